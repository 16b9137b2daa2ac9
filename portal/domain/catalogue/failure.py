"""Why tasks fail: by kind, with advice, and what one job or stage says of its own end."""

from __future__ import annotations

from portal.domain.catalogue.text import Text

_KINDS = {
    "cancelled": Text("The task was cancelled.", "任务已取消。"),
    "timeout": Text("The task reached its time limit.", "任务达到了时间上限。"),
    "out_of_memory": Text("The task needed more memory than it had.", "任务所需的内存超过了可用内存。"),
    "node_failure": Text("The computer that ran the task failed.", "运行任务的计算节点发生了故障。"),
    "preempted": Text("The cluster took the computer away for more urgent work.", "集群将计算节点让给了更紧急的作业。"),
    "tool_error": Text("A program of the pipeline stopped with an error.", "流程中的一个程序因错误而停止。"),
    "invalid_input": Text("The pipeline cannot read the file.", "流程无法读取该文件。"),
    "submit_rejected": Text("The cluster refused the job.", "集群拒绝了该作业。"),
    "disk_full": Text("The disk of the portal was full.", "平台的磁盘已满。"),
    "output_missing": Text(
        "A stage ended without the files that it should have written.", "有阶段结束时没有写出应有的文件。"
    ),
    "not_configured": Text("A part of the pipeline is not installed or not set up.", "流程的某个部分未安装或未配置。"),
    "record_damaged": Text("The record of this task was damaged on the disk.", "该任务的记录在磁盘上已损坏。"),
    "not_started": Text(
        "The job ended on the cluster before it could begin its work.", "作业在集群上尚未开始工作就已结束。"
    ),
    "lost": Text(
        "The cluster no longer knows this job, and it left no result.", "集群已没有该作业的信息，它也没有留下结果。"
    ),
}
_ADVICE = {
    "cancelled": Text(
        "You can run it again at any time; finished stages are kept.", "您可以随时重新运行；已完成的阶段会保留。"
    ),
    "timeout": Text(
        "Large or fragmented genomes take longer, and so does a busy machine. Run it again with more time.",
        "基因组较大或片段较多，或机器繁忙时，耗时会更长。请增加时间后重新运行。",
    ),
    "out_of_memory": Text(
        "Run it again with more memory. If the form allows no more, ask your operator.",
        "请增加内存后重新运行。如果表单不允许更多，请联系管理员。",
    ),
    "node_failure": Text(
        "Your genome is not to blame. The portal has already tried again; run it once more later.",
        "与您的基因组无关。平台已自动重试过，请稍后再运行一次。",
    ),
    "preempted": Text("Your genome is not to blame. Run it again later.", "与您的基因组无关，请稍后重新运行。"),
    "tool_error": Text(
        "The last lines of the log say where. If they do not help, send the task's ID to your operator.",
        "日志的最后几行会说明出错之处。如果没有帮助，请将任务编号发给管理员。",
    ),
    "invalid_input": Text(
        "Correct the file and submit it as a new task. Contigs of one genome as FASTA are expected.",
        "请修正文件，并作为新任务提交。文件应为一个基因组的重叠群，FASTA 格式。",
    ),
    "submit_rejected": Text(
        "Nothing is wrong with your genome. Your operator has to check the portal's cluster settings.",
        "您的基因组没有问题，需要管理员检查平台的集群设置。",
    ),
    "disk_full": Text(
        "Your operator has to free some space; run it again afterwards.", "请联系管理员清理磁盘，然后重新运行。"
    ),
    "output_missing": Text(
        "Run it again; if it happens again, tell your operator.", "请重新运行；如果再次发生，请告知管理员。"
    ),
    "not_configured": Text(
        "Nothing is wrong with your genome. Your operator can find the missing part with `btportal doctor`.",
        "您的基因组没有问题。管理员可用 `btportal doctor` 找出缺少的部分。",
    ),
    "not_started": Text(
        "Nothing is wrong with your genome. Your operator can find the reason with `btportal admin stuck`.",
        "您的基因组没有问题。管理员可用 `btportal admin stuck` 查看原因。",
    ),
    "record_damaged": Text("Submit the genome again as a new task.", "请将基因组作为新任务重新提交。"),
    "lost": Text(
        "Your genome is not to blame. Run it again; if it happens again, tell your operator.",
        "与您的基因组无关。请重新运行；如果再次发生，请告知管理员。",
    ),
}

TEXTS = {
    **{f"failure.{kind}": text for kind, text in _KINDS.items()},
    **{f"advice.{kind}": text for kind, text in _ADVICE.items()},
    # how a job ended, as the poller concludes
    "job.lost": Text(
        "The cluster no longer knows the job, and it left no result.", "集群已没有该作业的信息，它也没有留下结果。"
    ),
    "job.files_missing": Text(
        "The job ended, but some of its result files are missing.", "作业已结束，但缺少应有的结果文件。"
    ),
    "job.ended_from_outside": Text("The job was ended from outside.", "作业被外部终止。"),
    "job.stage_failed": Text("The stage failed; see its log.", "该阶段失败；详见日志。"),
    "job.timeout": Text("The job reached its time limit.", "作业达到了时间上限。"),
    "job.timeout_of": Text("The job reached its time limit of {limit}.", "作业达到了 {limit} 的时间上限。"),
    "duration.hours": Text("{number} h", "{number} 小时"),
    "duration.minutes": Text("{number} min", "{number} 分钟"),
    "duration.seconds": Text("{number} s", "{number} 秒"),
    "job.out_of_memory_of": Text(
        "The job needed more memory than the {given:g} GB that it was given.",
        "作业所需的内存超过了分配的 {given:g} GB。",
    ),
    "job.memory_seen": Text(
        "{reason} At most {peak:.2g} GB were seen in use.", "{reason}观测到的最大用量为 {peak:.2g} GB。"
    ),
    "job.not_started": Text("The job ended before it could begin its work.", "作业尚未开始工作就已结束。"),
    "job.not_started_on": Text(
        "The job ended on {node} before it could begin its work.", "作业在 {node} 上尚未开始工作就已结束。"
    ),
    "job.unreadable_input": Text("The job could not read its input.", "作业无法读取其输入。"),
    "job.earlier_missing": Text(
        "The results of an earlier stage are missing or incomplete.", "较早阶段的结果缺失或不完整。"
    ),
    "job.disk_full": Text("The disk became full while the job was running.", "作业运行时磁盘已满。"),
    "job.part_missing": Text(
        "A part of the pipeline is missing where the job ran.", "运行作业的机器上缺少流程的某个部分。"
    ),
    "job.lost_by_cluster": Text(
        "The cluster has lost the job; nobody cancelled it.", "集群丢失了该作业，并非有人取消。"
    ),
    "job.out_of_memory": Text("The job needed more memory than it was given.", "作业所需的内存超过了分配的内存。"),
    "job.node_failed": Text("The computer that ran the job failed.", "运行作业的计算节点发生了故障。"),
    "job.preempted": Text("The job had to make room for another one.", "作业须为其他作业让出资源。"),
    "job.parent_failed": Text("The previous job did not succeed.", "前一个作业没有成功。"),
    "job.cancelled": Text("The job was cancelled on the cluster.", "作业在集群上被取消。"),
    "job.cancelled_by": Text("The job was cancelled on the cluster by {name}.", "作业在集群上被 {name} 取消。"),
    "job.restarted": Text(
        "The cluster restarted the job; it continues in a new attempt.", "集群重新启动了作业；将以新的尝试继续。"
    ),
    "job.killed": Text(
        "The process was killed from outside; it may have run out of memory.", "进程被外部终止，可能是内存不足。"
    ),
    "job.killed_for_memory": Text(
        "The job was killed, most likely because it ran out of memory.", "作业被终止，很可能是内存不足。"
    ),
    "job.unexplained": Text(
        "The job ended with an error before it could report the reason; its log may help.",
        "作业因错误而结束，未能报告原因；日志或许有帮助。",
    ),
    "job.refused": Text("The cluster refused the job: {reason}", "集群拒绝了该作业：{reason}"),
    "job.shared_ended": Text(
        "The job that the task shared with others ended before its turn.",
        "与其他任务共用的作业在轮到该任务之前已结束。",
    ),
    # how a stage ended, as it reports itself
    "stage.time_used_up": Text("The task has used up its running time.", "任务的运行时间已用完。"),
    "stage.share_used_up": Text(
        "The task takes longer than its part of a shared job.", "任务所需的时间超过了它在共用作业中的份额。"
    ),
    "stage.time_announced": Text(
        "The cluster announced that the job's time is running out.", "集群通知作业的运行时间即将用完。"
    ),
    "stage.told_to_end": Text("The job received a request to end.", "作业收到了结束的请求。"),
    "stage.promised": Text("The stage did not write {name}, which it should have.", "该阶段没有写出应有的 {name}。"),
    "stage.too_much_output": Text(
        "The stage was ended: it had written more than {limit:,} MB, far more than a genome of this size has results.",
        "该阶段已被终止：写出的数据超过 {limit:,} MB，远超过此大小的基因组应有的结果量。",
    ),
    "stage.disk_full": Text("The disk became full while the stage was running.", "该阶段运行时磁盘已满。"),
    "stage.out_of_memory": Text("The stage needed more memory than the job has.", "该阶段所需的内存超过了作业的内存。"),
    "stage.internal": Text(
        "The stage ended with an internal error ({error}); see its log.",
        "该阶段因内部错误（{error}）而结束；详见日志。",
    ),
    "stage.earlier_missing": Text(
        "The results of {stages:and} are missing or incomplete.", "{stages:and} 的结果缺失或不完整。"
    ),
    "stage.lacking": Text("{problems:sentences}", "{problems:sentences}"),
}
