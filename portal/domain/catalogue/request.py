"""What is wrong with a request: its form, its token, its address, its size."""

from __future__ import annotations

from portal.domain.catalogue.text import Text

TEXTS = {
    "request.fields": Text("Some fields cannot be used.", "有些字段的内容无法使用。"),
    "request.parameters": Text("Some parameters cannot be used.", "有些参数无法使用。"),
    "request.limits": Text("Some limits are outside the permitted range.", "有些限额超出允许的范围。"),
    "request.scoring": Text("These parameters cannot be used: {problems:;}", "以下参数无法使用：{problems:;}"),
    "request.settings": Text("These settings cannot be used: {problems:;}", "以下设置无法使用：{problems:;}"),
    # a body of JSON
    "json.syntax": Text(
        "The body is not valid JSON: line {line}, column {column}.",
        "请求正文不是有效的 JSON：第 {line} 行，第 {column} 列。",
    ),
    "json.encoding": Text("The body is not in UTF-8.", "请求正文不是 UTF-8 编码。"),
    "json.number": Text(
        "The body holds a number that is too long or is none (NaN, Infinity).",
        "请求正文中有过长的数字，或非数值（NaN、Infinity）。",
    ),
    "json.duplicate": Text("An object in the body has two members of one name.", "请求正文的对象中有重名的成员。"),
    "json.depth": Text("The body is nested more than {depth} levels deep.", "请求正文的嵌套超过 {depth} 层。"),
    "json.surrogate": Text(
        "A text in the body holds half a character (a lone surrogate).",
        "请求正文的文本中有不完整的字符（孤立代理项）。",
    ),
    # the form of an upload
    "upload.not_multipart": Text(
        "Send the file as multipart/form-data, in the field 'file'.",
        "请以 multipart/form-data 发送文件，字段名为 file。",
    ),
    "upload.boundary": Text("The Content-Type has no usable boundary.", "Content-Type 中没有可用的 boundary。"),
    "upload.incomplete_form": Text(
        "The form is incomplete or is not multipart/form-data.", "表单不完整，或不是 multipart/form-data。"
    ),
    "upload.cut": Text(
        "The request ended before it was complete. Please send it again.", "请求在完成之前中断，请重新发送。"
    ),
    "upload.too_slow": Text(
        "The file arrived too slowly. Please try again over a better connection.",
        "文件传输过慢，请换用更好的网络后重试。",
    ),
    "upload.busy": Text(
        "Too many uploads are in progress. Please try again in a moment.", "正在进行的上传过多，请稍后重试。"
    ),
    "upload.request_too_large": Text(
        "The request is larger than the limit of {limit} MB.", "请求超过了 {limit} MB 的上限。"
    ),
    "upload.too_large": Text("The file is larger than the limit of {limit} MB.", "文件超过了 {limit} MB 的上限。"),
    "upload.no_file": Text("There is no file in the request.", "请求中没有文件。"),
    "upload.no_filename": Text("The file must be sent as a file, with its name.", "文件须作为文件发送，并带有文件名。"),
    "upload.one_file": Text(
        "A task has one file. Send each genome in a separate request.", "每个任务只有一个文件，请逐个提交基因组。"
    ),
    "upload.so_many_files": Text(
        "One form takes up to {most} files. Send the others as another submission.",
        "一张表单最多可包含 {most} 个文件，其余文件请另行提交。",
    ),
    "upload.file_field": Text("Only the field 'file' may hold a file.", "只有字段 file 可以包含文件。"),
    "upload.field_length": Text("A field of the form is too long.", "表单中有字段过长。"),
    "upload.packed": Text(
        "This is a compressed file of a kind that is not read; gzip is ({suffixes:or} with .gz behind it).",
        "不支持这种压缩格式；可以上传 gzip 文件（{suffixes:or} 后加 .gz）。",
    ),
    "upload.suffix": Text(
        "The file name must end in {suffixes:or}, or in one of these with .gz behind it.",
        "文件名必须以 {suffixes:or} 结尾，其后也可再加 .gz。",
    ),
    "upload.choose": Text("choose at least one file", "请至少选择一个文件"),
    "upload.sent_before": Text(
        "This form was already sent, with other files or settings. Choose the files again and send it once more.",
        "此表单已用其他文件或设置提交过。请重新选择文件，再提交一次。",
    ),
    # its fields
    "field.missing": Text("is missing", "缺失"),
    "field.unknown": Text("is not a known field", "不是已知的字段"),
    "field.not_a_file": Text("does not take a file", "不接受文件"),
    "field.length": Text("is longer than {limit:,} bytes", "超过 {limit:,} 字节"),
    "field.packed": Text("of compressed files only gzip is accepted", "压缩文件仅接受 gzip 格式"),
    "field.suffix": Text(
        "must be a {suffixes:or} file, also with .gz behind it", "必须是 {suffixes:or} 文件，其后也可再加 .gz"
    ),
    "field.slots": Text("must be a whole number from 0 to 10,000", "必须是 0 到 10,000 的整数"),
    "field.once": Text("each task once", "每个任务只能出现一次"),
    "field.one_task": Text("at least one completed task", "至少一个已完成的任务"),
    "field.unfinished": Text("{task_id} is not completed", "{task_id} 尚未完成"),
    # who asks, and from where
    "access.unknown_person": Text(
        "{person} is neither a person who has signed in nor a submitter's pseudonym (16 hexadecimal digits).",
        "{person} 既不是登录过的用户，也不是提交者的假名（16 位十六进制数字）。",
    ),
    "access.no_token": Text(
        "Send the task's token as 'Authorization: Bearer <token>'.",
        "请以 Authorization: Bearer <令牌> 发送任务的令牌。",
    ),
    "access.foreign_page": Text("This must be sent from a page of this portal.", "此操作必须从本平台的页面发起。"),
    "access.no_host": Text("The request has no Host header.", "请求缺少 Host 头。"),
    "access.unknown_host": Text(
        "This portal is not reached under this host name; its operator sets it with PUBLIC_URL.",
        "不能通过此主机名访问本平台；由管理员用 PUBLIC_URL 设定。",
    ),
    "access.identity": Text(
        "What the proxy says about the signed-in person {problem}.", "代理提供的登录用户标识{problem}。"
    ),
    "access.key": Text("This API key is not valid, or was revoked.", "此 API 密钥无效，或已被撤销。"),
    "access.key_cannot": Text(
        "An API key cannot do this; sign in and do it in person.", "不能用 API 密钥执行此操作，请本人登录后操作。"
    ),
    "access.too_many_keys": Text(
        "You have {limit} API keys, which is the limit. Revoke one first.",
        "您已有 {limit} 个 API 密钥，达到上限。请先撤销一个。",
    ),
    "access.no_key": Text("There is no such API key.", "没有此 API 密钥。"),
    "access.sign_in": Text(
        "The sign-in did not succeed, or took too long. Please begin again.", "登录未成功，或耗时过长，请重新开始。"
    ),
    "access.provider": Text(
        "The institute's sign-in cannot be reached at the moment. Links and tokens of tasks still work.",
        "目前无法连接机构的登录服务。任务的链接和令牌仍然有效。",
    ),
    "access.client_secret": Text(
        "The file {path} with the secret for the sign-in provider cannot be read: {reason}",
        "无法读取登录服务的密钥文件 {path}：{reason}",
    ),
    "access.not_signed_in": Text("Please sign in first.", "请先登录。"),
    "access.wrong_secrets": Text(
        "Too many wrong secrets. Please come back in a quarter of an hour.", "密钥错误次数过多，请一刻钟后再试。"
    ),
    # how much one client may do
    "client.too_many_waiting": Text(
        "You have {limit} tasks waiting, which is the limit for one client. Submit more when some have started.",
        "您已有 {limit} 个任务在等待，达到单个用户的上限。请在部分任务开始后再提交。",
    ),
    "client.queue_nearly_full": Text(
        "The queue is nearly full; its last places are kept for others. Please come back when some of your tasks "
        "have started.",
        "队列即将排满，剩余位置留给其他用户。请在您的部分任务开始后再提交。",
    ),
    "client.too_many_bytes": Text(
        "Your tasks use the {limit:g} GB of disk space that one client may have. Delete tasks that you no longer need.",
        "您的任务已用满单个用户可用的 {limit:g} GB 磁盘空间。请删除不再需要的任务。",
    ),
    "client.upload_rate": Text(
        "You have started too many uploads within a minute. Please wait a moment.", "一分钟内上传次数过多，请稍候。"
    ),
    "client.search_rate": Text(
        "You have searched too often within a minute. Please wait a moment.", "一分钟内搜索次数过多，请稍候。"
    ),
    "client.wrong_tokens": Text(
        "Too many wrong tokens came from your address. Please wait a moment.", "来自您地址的错误令牌过多，请稍候。"
    ),
    # what HTTP has a code for and the portal no text of its own
    "http.400": Text("The request is malformed.", "请求格式有误。"),
    "http.401": Text("The request lacks a token.", "请求缺少令牌。"),
    "http.403": Text("This request is not allowed.", "不允许此请求。"),
    "http.404": Text("There is nothing at this address.", "此网址没有内容。"),
    "http.405": Text("This address does not support the request's method.", "此网址不支持这种请求方法。"),
    "http.406": Text("There is no answer in a format that the request accepts.", "没有请求所接受的格式。"),
    "http.408": Text("The request arrived too slowly.", "请求传输过慢。"),
    "http.409": Text("This is not possible at the moment.", "目前无法执行此操作。"),
    "http.410": Text("This address is no longer in use.", "此网址已停用。"),
    "http.411": Text("The request does not state its length.", "请求没有说明长度。"),
    "http.412": Text("A condition of the request does not hold.", "请求的条件不成立。"),
    "http.413": Text("The request is larger than the limit.", "请求超过了上限。"),
    "http.414": Text("The address is too long.", "网址过长。"),
    "http.415": Text("This media type is not accepted.", "不接受此媒体类型。"),
    "http.416": Text("The range lies outside the file.", "请求的范围超出文件。"),
    "http.422": Text("Some values of the request cannot be used.", "请求中有些值无法使用。"),
    "http.428": Text("The request lacks a condition.", "请求缺少条件。"),
    "http.429": Text("There are too many requests. Please come back later.", "请求过多，请稍后再来。"),
    "http.431": Text("The headers of the request are too long.", "请求标头过长。"),
    "http.500": Text(
        "Something went wrong inside the portal. It has been logged; please try again, or tell the operator.",
        "平台内部出现错误，已记入日志；请重试，或告知管理员。",
    ),
    "http.501": Text("The portal does not support this.", "平台不支持此功能。"),
    "http.502": Text("A server behind the portal does not answer.", "平台后端的服务器没有应答。"),
    "http.503": Text("The portal is not ready. Please try again later.", "平台尚未就绪，请稍后重试。"),
    "http.504": Text("A server behind the portal does not answer in time.", "平台后端的服务器未及时应答。"),
}
