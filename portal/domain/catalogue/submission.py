"""What stands in the way of a request about a submission."""

from __future__ import annotations

from portal.domain.catalogue.text import Text

_DAMAGED = Text(
    "this gzip file is damaged or cut; download or compress it again",
    "这个 gzip 文件已损坏或不完整，请重新下载或重新压缩",
)

TEXTS = {
    "submission.unknown": Text(
        "There is no such submission, or the token does not give access to this.",
        "没有这个提交批次，或该令牌无此权限。",
    ),
    "submission.no_item": Text(
        "The submission has no item {n}; it has {count}.", "该提交批次没有第 {n} 项，共有 {count} 项。"
    ),
    "submission.lapsed": Text(
        "The time to send this genome is over. Announce it in a new submission.",
        "该基因组的上传期限已过，请在新的提交批次中重新登记。",
    ),
    "submission.closed": Text(
        "This submission was closed without “{label}”. Send this genome in a new submission.",
        "该提交批次已结束上传，不含“{label}”。请在新的提交批次中提交该基因组。",
    ),
    "submission.deleted_here": Text(
        "This submission has been deleted in this browser meanwhile, with all of its genomes, so nothing was changed.",
        "此提交批次及其全部基因组已在此浏览器中删除，因此未作任何更改。",
    ),
    "submission.other_content": Text(
        "This Idempotency-Key was used for other genomes or other parameters.",
        "此 Idempotency-Key 已用于其他基因组或其他参数。",
    ),
    "submission.being_removed": Text(
        "The submission is being removed. Please try again in a moment.", "该提交批次正在删除，请稍后重试。"
    ),
    "submission.unreadable": Text(
        "The record of this submission cannot be read. Please contact the operator.",
        "该提交批次的记录无法读取，请告知管理员。",
    ),
    "submission.none_completed": Text(
        "No genome of this submission is completed yet.", "该提交批次中尚无已完成的基因组。"
    ),
    "submission.too_few": Text(
        "A comparison needs two completed genomes; this submission does not have them yet.",
        "比较至少需要两个已完成的基因组，该提交批次尚未达到。",
    ),
    "submission.queue_room": Text(
        "The queue has room for {left} more genomes, not for {wanted}. Please come back later.",
        "队列还能容纳 {left} 个基因组，容纳不下 {wanted} 个，请稍后再试。",
    ),
    "submission.disk_room": Text(
        "The disk of the portal has no room for all of these genomes. Please try again later.",
        "平台磁盘空间不足以容纳全部基因组，请稍后重试。",
    ),
    "item.encoding": Text(
        "The body may be packed with gzip, and with nothing else.", "请求正文只能用 gzip 压缩，不支持其他压缩方式。"
    ),
    "item.not_announced": Text(
        "this is not the file that was announced: its size or SHA-256 differs",
        "这不是登记的文件：大小或 SHA-256 不一致",
    ),
    "item.longer": Text(
        "the file is longer than the {announced} bytes that were announced", "文件超过登记的 {announced} 字节"
    ),
    "item.unpacked_longer": Text(
        "Unpacked, the file is larger than {limit} bytes, which is what was announced or the limit here.",
        "解压后文件超过 {limit} 字节，即登记的大小或平台上限。",
    ),
    "table.busy": Text(
        "Too many Excel workbooks are being made at once. Please try again in a moment, or take CSV.",
        "正在生成的 Excel 工作簿过多，请稍候重试，或下载 CSV。",
    ),
    "table.no_parquet": Text(
        "Parquet needs pyarrow, which this portal does not have; take json, ndjson or csv",
        "Parquet 需要 pyarrow，本平台未安装；请改用 json、ndjson 或 csv",
    ),
    "gzip.none": Text(
        "this is not a gzip file, despite the .gz in its name; if it is plain FASTA, remove .gz from the name",
        "文件名带有 .gz，但这不是 gzip 文件；如果是未压缩的 FASTA，请去掉文件名中的 .gz",
    ),
    # A browser cannot tell one from the other: the words are the same, so that all ways of sending say the same.
    "gzip.damaged": _DAMAGED,
    "gzip.cut": _DAMAGED,
    "value.label_length": Text("must have 1 to {longest} characters", "须为 1 到 {longest} 个字符"),
    "value.control": Text("must not hold control characters", "不得含有控制字符"),
    "value.same_label": Text("is the same as that of item {other}", "与第 {other} 项相同"),
    "value.bytes": Text("must be from 1 to {limit} bytes", "须为 1 到 {limit} 字节"),
    "value.sha256": Text("must be 64 lower-case hexadecimal digits", "须为 64 位小写十六进制数字"),
}
