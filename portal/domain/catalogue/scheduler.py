"""What the scheduler's adapter complains of: the codes of `slurm`, with `slurm.` before them."""

from __future__ import annotations

from portal.domain.catalogue.text import Text

TEXTS = {
    # commands
    "slurm.command.not_found": Text(
        "{program} cannot be started: it is not in the PATH", "无法启动 {program}：PATH 中没有该程序"
    ),
    "slurm.command.timed_out": Text(
        "{program} did not answer within {seconds:g} s", "{program} 在 {seconds:g} 秒内没有应答"
    ),
    "slurm.command.failed": Text("{program}: {words}", "{program}：{words}"),
    "slurm.command.complains": Text("{program} answers, but complains: {words}", "{program} 有应答，但报告：{words}"),
    "slurm.answer.no_configuration": Text("the answer is not a configuration: {text}", "应答不是配置：{text}"),
    "slurm.answer.no_header": Text("the answer has no header: {text}", "应答没有表头：{text}"),
    # services
    "slurm.controller.left_alone": Text(
        "slurmctld is not asked for another {seconds:.0f} s: {reason}", "{seconds:.0f} 秒内不再询问 slurmctld：{reason}"
    ),
    "slurm.accounting.left_alone": Text(
        "accounting is not asked for a while: {reason}", "暂不询问记账数据库：{reason}"
    ),
    "slurm.accounting.none": Text("this cluster keeps no accounts", "该集群没有启用记账"),
    "slurm.executor.silent": Text("the scheduler does not answer", "调度系统没有应答"),
    # jobs
    "slurm.job.unknown_state": Text(
        "job {job_id} ({name}) is in a state that the portal does not know: {state}",
        "作业 {job_id}（{name}）处于平台不认识的状态：{state}",
    ),
    "slurm.job.files_not_named": Text(
        "job {job_id} was submitted, but its files could not be named: {reason}",
        "作业 {job_id} 已提交，但无法为其文件命名：{reason}",
    ),
    "slurm.job.files_not_written": Text(
        "the job's files could not be written to {folder}: {reason}", "无法将作业文件写入 {folder}：{reason}"
    ),
    "slurm.claim.unreadable": Text("the claim {path} cannot be read: {reason}", "无法读取占用标记 {path}：{reason}"),
    # the executor that needs no cluster
    "slurm.local.silent": Text("the local executor did not answer in time", "本机执行器未及时应答"),
    "slurm.local.refused": Text("the local executor refused the job: {words}", "本机执行器拒绝了该作业：{words}"),
    # options
    "slurm.option.form": Text(
        "'{word}' is not of the form --name or --name=value", "“{word}”不符合 --name 或 --name=value 的形式"
    ),
    "slurm.option.reserved": Text("--{name} is set by the portal itself", "--{name} 由平台自行设置"),
    "slurm.option.one_cluster": Text(
        "--clusters={value} must name exactly one cluster", "--clusters={value} 须只指定一个集群"
    ),
    "slurm.option.quotes": Text("a quotation mark or backslash has no partner", "引号或反斜杠不成对"),
}
