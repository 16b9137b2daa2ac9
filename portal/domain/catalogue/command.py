"""What a command refuses, beyond what the parts of the portal refuse."""

from __future__ import annotations

from portal.domain.catalogue.text import Text

TEXTS = {
    "command.day": Text(
        "a day is `today`, `yesterday` or a date such as 2026-03-02",
        "日期为 `today`、`yesterday` 或 2026-03-02 这样的日期",
    ),
    "command.span": Text(
        "expected a number and a unit, ten years at most: 90min, 1h, 2d", "应为数字加单位，最长十年：90min、1h、2d"
    ),
    "command.slots": Text(
        "NUMBER is a whole number from 0 to 10,000, or `usual`", "NUMBER 为 0 到 10,000 的整数，或 `usual`"
    ),
    "command.file": Text("{path} cannot be used: {reason}", "{path} 无法使用：{reason}"),
    "command.for_needs_number": Text("--for needs a NUMBER", "--for 需要 NUMBER"),
    "command.other_user": Text(
        "{folder} belongs to {user}; run this as {user}: runuser -u {user} -- btportal ...",
        "{folder} 属于用户 {user}；请以该用户运行：runuser -u {user} -- btportal ...",
    ),
    "command.no_token": Text(
        "{name} is not known here: name the folder of its run, or set BTPORTAL_TOKEN to the token of the task.",
        "此处没有 {name} 的记录：请指明其运行目录，或将 BTPORTAL_TOKEN 设为该任务的令牌。",
    ),
    "command.reference_none": Text(
        "WARNING: there is no toxin reference in {folder}.", "警告：{folder} 中没有毒素参考库。"
    ),
    "command.reference_mend": Text(
        "Until there is one, every genome that a user sends fails at its first stage, and the portal's own samples are"
        " missing. This mends it while the portal runs: {command}",
        "在此之前，用户提交的每个基因组都会在第一个阶段失败，平台自带的示例也不可用。平台运行时即可用以下命令修复：{command}",
    ),
    "command.no_run": Text(
        "No run called {name} is known here: give the id of a submission, or the folder of its run.",
        "此处没有 {name} 这次运行的记录：请给出提交批次的编号，或其运行目录。",
    ),
    "command.interrupted": Text(
        "Interrupted; nothing is lost. The same command continues from here.",
        "已中断，未丢失任何内容。再次运行同一命令即可继续。",
    ),
    "command.run_gone": Text(
        "The portal does not have this run any more ({folder}); with --new all of it is sent again.",
        "平台上已没有这次运行（{folder}）；使用 --new 可重新发送全部内容。",
    ),
    "command.new_needs_folder": Text(
        "--new needs a folder that does not exist yet, or none.", "--new 需要尚不存在的目录，或不指定目录。"
    ),
    "command.annotated": Text("genomes changed: {count}", "已更改的基因组数：{count}"),
    "command.one_row": Text(
        "a table for a single task has one row, but this one has {count}; to write several genomes, name their run",
        "单个任务的表格应只有一行，而此表有 {count} 行；要写入多个基因组，请指明其运行目录",
    ),
    "command.already_annotated": Text(
        "{label} has other text already ({columns}), and nothing was written; --replace writes over it",
        "{label} 已有其他内容（{columns}），未写入任何内容；使用 --replace 可覆盖",
    ),
    "command.annotation_outdated": Text(
        "{label} was changed since this table was downloaded ({columns}), and nothing was written; download it again, "
        "or write over the change with --replace",
        "下载此表后 {label} 已被更改（{columns}），未写入任何内容；请重新下载，或使用 --replace 覆盖该更改",
    ),
    "command.demo_not_ready": Text(
        "The portal did not become ready ({reason}). Its log {log} ends with:\n{tail}",
        "平台未能就绪（{reason}）。日志 {log} 的结尾为：\n{tail}",
    ),
    "command.no_answer": Text("it did not answer", "没有应答"),
    "command.demo_failed": Text(
        "Task {task_id} failed ({kind}): {reason}\n{tail}", "任务 {task_id} 失败（{kind}）：{reason}\n{tail}"
    ),
    "command.same_names": Text("several files have the same name: {names}", "有多个文件同名：{names}"),
    "command.nothing_recorded": Text(
        "there is nothing to compare: no recorded table has a row found by BLAST or HMM",
        "没有可比较的内容：记录的表格中没有由 BLAST 或 HMM 检出的行",
    ),
    "command.no_reference": Text(
        "There is no toxin reference: run `btportal reference fetch`, or name a FASTA with --reference.",
        "没有毒素参考库：请运行 `btportal reference fetch`，或用 --reference 指定 FASTA。",
    ),
    "command.no_reference_in": Text(
        "There is no reference in {folder}; run `btportal reference fetch` first.",
        "{folder} 中没有参考库；请先运行 `btportal reference fetch`。",
    ),
    "command.broken_reference": Text("A reference is broken.", "有参考库已损坏。"),
    "command.poller_taken_over": Text(
        "Another poller has taken over; this one ends.", "另一个后台进程已接管；本进程结束。"
    ),
    "command.process_ends": Text(
        "{process} keeps ending; its last output is above.", "{process} 反复退出；其最后的输出见上文。"
    ),
    "command.no_scores": Text(
        "{folder} has neither shoter/{name} nor {name}.", "{folder} 中既没有 shoter/{name}，也没有 {name}。"
    ),
    "command.no_subfolders": Text(
        "{folder}: a bundle needs the subfolders digger and shoter.", "{folder}：打包需要子目录 digger 和 shoter。"
    ),
    # deploy
    "deploy.path": Text(
        "The path {path} must be absolute and consist of letters, digits and . _ / + @ - only: units and configurations"
        " read other characters differently.",
        "路径 {path} 必须是绝对路径，且只含字母、数字和 . _ / + @ -：系统单元和配置文件对其他字符另有解释。",
    ),
    "deploy.account": Text("{name} is not a name of a user or group.", "{name} 不是用户或用户组的名称。"),
    # config
    "config.misspelt": Text("{name} is not a setting; {near} is", "{name} 不是设置项；应为 {near}"),
    "config.unknown": Text("{name} is not a setting of the portal", "{name} 不是本平台的设置项"),
    "config.wrong": Text("{name}: {reason}", "{name} 的值有误：{reason}"),
    "config.sound": Text("all settings are sound", "所有设置均有效"),
}
