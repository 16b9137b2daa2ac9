"""What is wrong with a sequence file, and with a value of a form or request."""

from __future__ import annotations

from portal.domain.catalogue.text import Text

TEXTS = {
    "verbatim": Text("{text}", "{text}"),
    "input.line": Text("line {line}: {reason}", "第 {line} 行：{reason}"),
    "input.item": Text("item {n} ({label}): {reason}", "第 {n} 项（{label}）：{reason}"),
    "input.file": Text("{name}: {reason}", "{name}：{reason}"),
    "input.field": Text("{field}: {problems}", "{field}：{problems}"),
    # files that are not FASTA
    "fasta.gzip": Text("this is a gzip archive; unpack it first (gunzip)", "这是 gzip 压缩文件，请先解压（gunzip）"),
    "fasta.zip": Text(
        "this is a zip archive or an Office document; unpack it, or export the sequences as FASTA",
        "这是 zip 压缩文件或 Office 文档，请先解压，或将序列导出为 FASTA",
    ),
    "fasta.packed": Text(
        "this is a {format} archive; unpack it first ({program})", "这是 {format} 压缩文件，请先解压（{program}）"
    ),
    "fasta.7z": Text("this is a 7z archive; unpack it first", "这是 7z 压缩文件，请先解压"),
    "fasta.pdf": Text("this is a PDF document, not FASTA", "这是 PDF 文档，不是 FASTA"),
    "fasta.utf16": Text(
        "this is UTF-16 text; save it as plain text (ASCII or UTF-8)",
        "这是 UTF-16 编码的文本，请另存为纯文本（ASCII 或 UTF-8）",
    ),
    "fasta.bom": Text(
        "the file starts with a byte order mark; save it as UTF-8 without BOM",
        "文件以字节顺序标记（BOM）开头，请另存为不带 BOM 的 UTF-8",
    ),
    "fasta.genbank": Text(
        "this is a GenBank record; export the sequences as FASTA", "这是 GenBank 记录，请将序列导出为 FASTA"
    ),
    "fasta.embl": Text("this is an EMBL record; export the sequences as FASTA", "这是 EMBL 记录，请将序列导出为 FASTA"),
    "fasta.fastq": Text(
        "this looks like FASTQ reads; assemble them first and upload the contigs as FASTA",
        "这似乎是 FASTQ 测序读段，请先组装，再上传 FASTA 格式的重叠群（contig）",
    ),
    "fasta.html": Text(
        "this is an HTML or XML page, not FASTA (was a login or error page downloaded instead of the file?)",
        "这是 HTML 或 XML 网页，不是 FASTA（下载到的可能是登录页或错误页，而不是文件本身）",
    ),
    # what a FASTA file must not hold
    "fasta.empty": Text("the file is empty: there is no sequence in it", "文件为空，其中没有序列"),
    "fasta.nul": Text("NUL byte: this is a binary file, not FASTA", "含 NUL 字节：这是二进制文件，不是 FASTA"),
    "fasta.gap": Text(
        "gap '{character}': this is an alignment; remove the gaps", "含空位“{character}”：这是比对结果，请删去空位"
    ),
    "fasta.byte": Text("byte {byte} in a sequence: this is not FASTA text", "序列中含字节 {byte}：这不是 FASTA 文本"),
    "fasta.not_sequence": Text("'{character}' is not a sequence character", "“{character}”不是序列字符"),
    "fasta.not_nucleotide": Text("'{character}' is not a nucleotide code", "“{character}”不是核苷酸代码"),
    "fasta.protein": Text(
        "protein where DNA is expected: '{character}' is the first character that is not a nucleotide code",
        "此处应为 DNA，实为蛋白质：“{character}”是第一个不属于核苷酸代码的字符",
    ),
    "fasta.nucleotides": Text("nucleotides where proteins are expected", "此处应为蛋白质，实为核苷酸序列"),
    "fasta.header_length": Text("the header is longer than {limit:,} bytes", "标题行超过 {limit:,} 字节"),
    "fasta.too_many_records": Text(
        "there are more than {limit:,} sequences in the file; a genome has a few thousand at most",
        "文件中的序列超过 {limit:,} 条；一个基因组最多只有几千条",
    ),
    "fasta.header_nul": Text(
        "NUL byte in a header: this is a binary file, not FASTA", "标题行含 NUL 字节：这是二进制文件，不是 FASTA"
    ),
    "fasta.header_encoding": Text("the header is not UTF-8 text", "标题行不是 UTF-8 文本"),
    "fasta.no_id": Text("the id is missing: a name must follow right after '>'", "缺少序列名：“>”之后须紧跟名称"),
    "fasta.duplicate_id": Text(
        "duplicate id '{name}', first seen in line {before}", "序列名“{name}”重复，首次出现在第 {before} 行"
    ),
    "fasta.no_sequence": Text("record '{name}' has a header but no sequence", "记录“{name}”有标题行而没有序列"),
    "fasta.no_header": Text(
        "sequence before the first header: a FASTA record starts with a line '>id'",
        "第一个标题行之前出现序列：FASTA 记录须以“>名称”一行开头",
    ),
    # values
    "value.flag": Text("must be true or false", "须为 true 或 false"),
    "value.invalid": Text("is not valid", "无效"),
    "value.date": Text("must be a day such as 2026-12-31", "须为日期，例如 2026-12-31"),
    "value.null": Text("must not be null", "不得为 null"),
    "value.text": Text("must be text", "必须是文本"),
    "value.list": Text("must be a list", "必须是列表"),
    "value.object": Text("must be an object with named fields", "必须是带字段名的对象"),
    "value.count": Text("must have {least} to {most} items or characters", "必须有 {least} 到 {most} 个项目或字符"),
    "value.number": Text("must be a number", "须为数字"),
    "value.whole_number": Text("must be a whole number", "须为整数"),
    "value.least": Text("must be at least {least:g}", "不得小于 {least:g}"),
    "value.most": Text("must be at most {most}", "不得大于 {most}"),
    "value.cache_url": Text(
        "must be redis://[user:password@]host[:port][/number], rediss://..., unix:///path, or empty",
        "须为 redis://[user:password@]host[:port][/number]、rediss://...、unix:///path，或留空",
    ),
    "value.cache_option": Text("has options that are not taken here: {names:, }", "含有此处不接受的选项：{names:, }"),
    "value.length": Text("must have at least {least} characters", "至少须有 {least} 个字符"),
    "value.empty": Text("must not be empty", "不得为空"),
    "value.expanded": Text(
        "must not contain %, a backslash or a line end: SLURM expands them, and no job would find its folder",
        "不得包含 %、反斜杠或换行：SLURM 会展开它们，作业将找不到其目录",
    ),
    "value.public_url": Text(
        "must be an address such as https://bt.example.org/bttoxin", "须为 https://bt.example.org/bttoxin 这样的网址"
    ),
    "value.public_path": Text(
        "must be an address whose path has only letters, digits and . _ ~ -", "网址的路径只能包含字母、数字和 . _ ~ -"
    ),
    "value.proxies": Text(
        "must be a count such as 1, or networks such as 127.0.0.1, 10.2.0.0/16",
        "须为数量（如 1）或网段（如 127.0.0.1, 10.2.0.0/16）",
    ),
    "value.person": Text(
        "must be one id of at most {longest} characters, without commas, spaces and control characters",
        "须为一个不超过 {longest} 个字符的标识，不含逗号、空格和控制字符",
    ),
    "value.header_name": Text(
        "must be the name of a header, such as X-Remote-User", "须为 HTTP 头的名称，如 X-Remote-User"
    ),
    "value.needed_for_identity": Text(
        "must name the proxies whose word on the signed-in person counts, since IDENTITY is 'header'",
        "IDENTITY 为 header 时，须给出可信的代理，由它们说明登录用户",
    ),
    "value.issuer": Text(
        "must be the address of an OpenID Connect provider: https, without a query",
        "须为 OpenID Connect 提供方的 https 网址，不带查询参数",
    ),
    "value.scopes": Text(
        "must be scopes separated by spaces, openid among them", "须为以空格分隔的 scope，其中包含 openid"
    ),
    "value.needed_for_oidc": Text("must be set, since IDENTITY is 'oidc'", "IDENTITY 为 oidc 时须设置此项"),
    "value.without_identity": Text(
        "has no effect while IDENTITY is 'none', since nobody signs in", "IDENTITY 为 none 时无人登录，此项无效"
    ),
    "value.listen": Text(
        "must be unix:/path/to/socket, or an address with its port such as 127.0.0.1:8000",
        "须为 unix:/path/to/socket，或带端口的地址，如 127.0.0.1:8000",
    ),
    "value.refused": Text("cannot be used: {reason}", "无法使用：{reason}"),
    "value.range": Text("must be a number from {lowest:g} to {highest:g}", "须为 {lowest:g} 到 {highest:g} 之间的数"),
    "value.choice": Text("must be one of {choices}", "须为以下之一：{choices}"),
    "value.unknown_parameter": Text("is not a parameter", "不是已有的参数"),
    "value.submission": Text("must be 1 to 100 letters, digits or . : @ _ -", "须为 1 到 100 个字母、数字或 . : @ _ -"),
    "value.idempotency_key": Text("must be 1 to 255 visible ASCII characters", "须为 1 到 255 个可见的 ASCII 字符"),
}
