"""What keeps a stage from its work: missing programs and files, tools that fail."""

from __future__ import annotations

from portal.domain.catalogue.text import Text

TEXTS = {
    # before a stage runs
    "stage.no_genome": Text("The genome file of the task is missing.", "任务的基因组文件不存在。"),
    "stage.no_engine": Text("There is no Digger engine called '{engine}'.", "没有名为“{engine}”的 Digger 引擎。"),
    "stage.no_reference": Text(
        "There is no toxin reference: run `btportal reference fetch`.",
        "没有毒素参考库：请运行 `btportal reference fetch`。",
    ),
    "stage.no_package": Text("The Python package {name} is not installed.", "未安装 Python 包 {name}。"),
    "stage.no_template": Text("The report's template {name} is not installed.", "未安装报告模板 {name}。"),
    "stage.no_results": Text("The results of {stage} are missing.", "缺少 {stage} 的结果。"),
    "stage.no_file": Text("{name} of {stage} is missing.", "缺少 {stage} 的 {name}。"),
    "stage.specificity": Text("The specificity table cannot be used: {reason}.", "无法使用特异性表：{reason}。"),
    # errors that a stage passes on
    "stage.input": Text("The input file cannot be searched: {reason}.", "无法搜索输入文件：{reason}。"),
    "stage.scoring": Text("The toxins cannot be scored: {reason}.", "无法为毒素计分：{reason}。"),
    "stage.submission_time": Text("The submission time '{time}' is not ISO 8601.", "提交时间“{time}”不符合 ISO 8601。"),
    # programs that a stage runs
    "tool.cannot_start": Text("{program} cannot be started: {reason}.", "无法启动 {program}：{reason}。"),
    "tool.time_limit": Text(
        "{program} was stopped after its time limit of {seconds:.0f} s.",
        "{program} 达到 {seconds:.0f} 秒的时限后被停止。",
    ),
    "tool.scratch_limit": Text(
        "{program} was stopped: its temporary files need more than {gigabytes:.1f} GB.",
        "{program} 已被停止：其临时文件超过 {gigabytes:.1f} GB。",
    ),
    "tool.not_installed": Text(
        "{program} is not installed on the machine that runs the job. Ask the operator to install it, or to set "
        "DIGGER_ENGINE=native.",
        "运行作业的机器上未安装 {program}。请管理员安装，或设置 DIGGER_ENGINE=native。",
    ),
    # BtToxin_Digger
    "digger.low_n50": Text(
        "BtToxin_Digger does not search genomes with an N50 below {limit:,} bp; this one has {n50:,} bp. Upload a "
        "better assembly, or ask the operator to set LOW_N50=native, which searches such genomes all the same.",
        "BtToxin_Digger 不搜索 N50 低于 {limit:,} bp 的基因组，而此基因组的 N50 为 {n50:,} bp。"
        "请上传更好的组装结果，或请管理员设置 LOW_N50=native，以便同样搜索此类基因组。",
    ),
    "digger.unfinished": Text(
        "BtToxin_Digger did not finish: {reason}. The log has the details.",
        "BtToxin_Digger 未能完成：{reason}。详情见日志。",
    ),
    "digger.columns": Text(
        "BtToxin_Digger wrote a table with {count} columns that are not those expected.",
        "BtToxin_Digger 写出的表格有 {count} 列，与预期不符。",
    ),
    "digger.cut": Text(
        "BtToxin_Digger wrote a truncated table: line {number} has {count} columns.",
        "BtToxin_Digger 写出的表格不完整：第 {number} 行有 {count} 列。",
        one="BtToxin_Digger wrote a truncated table: line {number} has 1 column.",
    ),
    "digger.not_listed": Text(
        "BtToxin_Digger's table names the protein {protein}, which its list lacks.",
        "BtToxin_Digger 的表格中有蛋白质 {protein}，而其列表中没有。",
    ),
    "digger.foreign_protein": Text(
        "BtToxin_Digger's table names the protein {protein}, which is not from this genome.",
        "BtToxin_Digger 的表格中有蛋白质 {protein}，它不属于此基因组。",
    ),
    # what its log shows; a part of digger.unfinished
    "digger.sign.disk_full": Text("the disk is full", "磁盘已满"),
    "digger.sign.memory": Text("it ran out of memory", "内存不足"),
    "digger.sign.perl_module": Text("the Perl module {name} is missing", "缺少 Perl 模块 {name}"),
    "digger.sign.program": Text("{name} is missing", "缺少 {name}"),
    "digger.sign.library": Text("the library {name} is missing", "缺少程序库 {name}"),
    "digger.sign.search": Text("its search failed ({name})", "其搜索失败（{name}）"),
    "digger.sign.crash": Text("one of its programs crashed", "其中一个程序崩溃"),
    "digger.sign.permission": Text("it was not allowed to read or write a file", "没有读写某个文件的权限"),
    "digger.sign.syntax": Text("it could not run a command of its own", "无法运行自身的命令"),
    "digger.sign.no_sequence": Text("it found no sequence in its input", "输入中没有序列"),
    "digger.sign.names": Text("it lost the names of the sequences", "丢失了序列名称"),
    "digger.sign.not_dna": Text("its input is not DNA", "输入不是 DNA"),
    "digger.sign.exit_code": Text("it ended with code {code}", "以代码 {code} 结束"),
    "digger.sign.no_list": Text(
        "its table has {count} rows and its list is missing",
        "其表格有 {count} 行，而列表缺失",
        one="its table has 1 row and its list is missing",
    ),
    "digger.sign.other_list": Text(
        "its table ({rows}) and its list ({listed}) have different numbers of rows",
        "其表格（{rows} 行）与列表（{listed} 行）行数不同",
    ),
    "digger.sign.silent": Text("it stopped without giving a reason", "停止运行，未说明原因"),
    # documents of an earlier stage
    "results.missing_document": Text(
        "{name} is missing: the stage before has not finished.", "缺少 {name}：前一阶段尚未完成。"
    ),
    "results.other_form": Text("{name} does not have the expected form: {reason}", "{name} 的格式不符：{reason}"),
}
