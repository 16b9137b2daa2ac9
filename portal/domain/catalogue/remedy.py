"""What to do about an error, by the first word of its code; the pages at `/errors` say it."""

from __future__ import annotations

from portal.domain.catalogue.text import Text

TEXTS = {
    "remedy.fasta": Text(
        "Correct the file where the message says and submit it again. A genome is expected as FASTA: its contigs, "
        "each with a header line that begins with '>' and a unique name.",
        "请按提示修正文件后重新提交。应为 FASTA 格式的基因组：每条重叠群有一个以“>”开头、名称唯一的标题行。",
    ),
    "remedy.input": Text(
        "Correct the file in the line that is named and submit it again.", "请修正所指的行，然后重新提交文件。"
    ),
    "remedy.upload": Text(
        "Nothing was stored. Send the file again as a form (multipart/form-data) with the field 'file'; the name of "
        "the file ends in .fna, .fa or .fasta.",
        "没有保存任何内容。请以表单（multipart/form-data）的“file”字段重新上传文件；"
        "文件名须以 .fna、.fa 或 .fasta 结尾。",
    ),
    "remedy.value": Text(
        "Correct the value of the field that is named. The API's description lists what each field accepts.",
        "请修正所指字段的值。API 说明中列有各字段可接受的值。",
    ),
    "remedy.field": Text(
        "Send each field that the API's description lists, under its name and once.",
        "请按 API 说明发送各字段：名称一致，每个字段只出现一次。",
    ),
    "remedy.request": Text(
        "The details name each field that is wrong. Correct these and send the request again.",
        "详情中列出了有误的各个字段，请修正后重新发送请求。",
    ),
    "remedy.json": Text(
        "Send strict JSON in UTF-8, as a JSON library writes it.",
        "请发送 UTF-8 编码的严格 JSON，即 JSON 库所写出的形式。",
    ),
    "remedy.gzip": Text(
        "Compress the file again and check it with `gzip -t`, or send it unpacked.",
        "请重新压缩文件并用 `gzip -t` 检查，或发送未压缩的文件。",
    ),
    "remedy.share": Text(
        "List the shares of the task or submission: each has a number, and says whether it is still open.",
        "请先列出该任务或提交批次的分享链接：每个链接有编号，并注明是否仍有效。",
    ),
    "remedy.annotation": Text(
        "Download the metadata table, correct the cell in the line that is named, and send the table again; nothing of "
        "it was taken.",
        "请下载元数据表，修正所指行的单元格后重新发送；该表的内容均未写入。",
    ),
    "remedy.notify": Text(
        "Correct the address to notify, or leave it out: the genome is accepted without it, and nothing is sent when "
        "it has ended.",
        "请修正通知地址，或不填：不填也可提交基因组，只是结束时不发送通知。",
    ),
    "remedy.item": Text(
        "Compare the file with what the submission announced; announce a new submission where they differ.",
        "请将文件与该批次预先声明的内容核对；如不一致，请声明新的批次。",
    ),
    "remedy.submission": Text(
        "Check the submission first: it shows which genomes have arrived and what is wrong with the others.",
        "请先查看该批次：其中列有已收到的基因组以及其余基因组的问题。",
    ),
    "remedy.access": Text(
        "Send the token of the task as `Authorization: Bearer TOKEN`, or open the link that you were given when you "
        "submitted the genome.",
        "请以 `Authorization: Bearer 令牌` 发送任务的令牌，或打开提交基因组时得到的链接。",
    ),
    "remedy.client": Text(
        "Wait for as long as the header Retry-After says, then send the request again. Nothing that was accepted is "
        "lost.",
        "请等待 Retry-After 标头所示的时间后再发送。已接收的内容不会丢失。",
    ),
    "remedy.task": Text(
        "Look at the state of the task: what is possible depends on it. A wrong token and an unknown task are answered "
        "alike.",
        "请查看任务的状态，可执行的操作取决于状态。令牌错误与任务不存在的应答相同。",
    ),
    "remedy.results": Text(
        "Ask for the list of result files once the task is completed; a file that cannot be read at the moment can be "
        "asked for again.",
        "任务完成后请先获取结果文件列表；暂时无法读取的文件可稍后再请求。",
    ),
    "remedy.table": Text(
        "Ask for the table in another format: CSV, TSV and JSON are always there.",
        "请改用其他格式：CSV、TSV 和 JSON 始终可用。",
    ),
    "remedy.compare": Text(
        "Name at least one completed task, each once, and fewer tasks where the comparison takes too long.",
        "请指定至少一个已完成的任务，每个只出现一次；如耗时过长，请减少任务数。",
    ),
    "remedy.example": Text(
        "Choose one of the examples that are named, or submit a genome of your own.",
        "请选用所列的示例，或提交自己的基因组。",
    ),
    "remedy.disk": Text(
        "Try again later. The operator has to free disk space; nothing that was accepted is lost.",
        "请稍后重试。需要管理员清理磁盘空间；已接收的内容不会丢失。",
    ),
    "remedy.health": Text(
        "Try again later. The operator sees with `btportal doctor` which part is missing.",
        "请稍后重试。管理员可用 `btportal doctor` 查看缺少的部分。",
    ),
    "remedy.maintenance": Text(
        "Wait: clients and open pages continue when the portal opens again. `Retry-After` says when to ask.",
        "请等待：平台重新开放后，客户端和已打开的页面会自动继续。`Retry-After` 说明何时再次请求。",
    ),
    "remedy.record": Text(
        "A file that the portal keeps cannot be used at the moment. Try again in a minute; if it happens again, tell "
        "the operator the X-Request-Id of the answer.",
        "平台保存的某个文件目前无法使用。请一分钟后重试；如再次发生，请将应答中的 X-Request-Id 告知管理员。",
    ),
    "remedy.failure": Text(
        "The page of the task says what happened and what to do; its log has the details. A task can be run again.",
        "任务页面说明了发生的情况和处理办法，日志中有详情。任务可以重新运行。",
    ),
    "remedy.http": Text(
        "Check address, method and headers of the request against the API's description. For an answer of 500 and "
        "above try again later; if it happens again, tell the operator the X-Request-Id of the answer.",
        "请对照 API 说明检查请求的网址、方法和标头。应答为 500 及以上时请稍后重试；如再次发生，"
        "请将应答中的 X-Request-Id 告知管理员。",
    ),
    "remedy.verbatim": Text(
        "A program that the portal uses said this in its own words. Try again; if it happens again, tell the operator.",
        "这是平台所用程序的原话。请重试；如再次发生，请告知管理员。",
    ),
}
