"""Why a job waits, in plain words; the names are those of `slurm.reasons`."""

from __future__ import annotations

from portal.domain.catalogue.text import Text

_SHARE = Text(
    "The portal's share of the cluster is in use; the job starts when others end.",
    "本平台在集群上的配额已用满，其他作业结束后即开始。",
)
_LIMIT_OF_KIND = Text(
    "A limit for this kind of job is reached; the job starts when others end.",
    "此类作业已达到上限，其他作业结束后即开始。",
)
_TOO_LARGE = Text(
    "The job asks for more than the portal may use at once; an administrator has to change its settings.",
    "作业申请的资源超过本平台的上限，需要管理员修改设置。",
)
_NOT_ALLOWED = Text(
    "The portal may not use this part of the cluster; an administrator has to change its settings.",
    "本平台无权使用集群的这一分区，需要管理员修改设置。",
)
_SWITCHED_OFF = Text(
    "This part of the cluster is switched off for now; the job starts when it is back.",
    "集群的这一分区暂时停用，恢复后作业即开始。",
)
_PREPARING = Text("The computer is being prepared; the job starts in a moment.", "计算节点正在准备，作业马上开始。")
_HELD_AFTER_FAILURE = Text(
    "The cluster could not start the job and holds it; an administrator has to look at it.",
    "集群无法启动该作业并已将其挂起，需要管理员处理。",
)
_STORAGE = Text("The job waits for fast storage.", "作业正在等待高速存储。")
_BROKEN = Text(
    "A fault of the cluster keeps the job from starting; the administrators have to repair it.",
    "集群故障使作业无法开始，需要管理员修复。",
)

_SUBMIT_LIMIT = Text(
    "The cluster accepts no more jobs of the portal for now; the task is submitted as others end.",
    "集群暂不再接收本平台的作业；其他作业结束后即会提交。",
)

_REASONS = {
    "None": Text("The cluster has not looked at the job yet.", "集群尚未处理该作业。"),
    "Priority": Text("Other jobs come first.", "其他作业优先级更高，正在排队。"),
    "Resources": Text("The job is next and waits for free cores or memory.", "即将开始，正在等待空闲的核心或内存。"),
    "Dependency": Text("The job waits for the stage before it.", "正在等待上一阶段完成。"),
    "DependencyNeverSatisfied": Text(
        "The stage before it did not succeed, so this one will not start.", "上一阶段未成功，此阶段不会开始。"
    ),
    "JobHeldUser": Text("The job is on hold until somebody releases it.", "作业已被挂起，等待释放。"),
    "JobHeldAdmin": Text("An administrator of the cluster holds the job.", "集群管理员已挂起该作业。"),
    "BeginTime": Text("The job starts at a set time, or is about to be tried again.", "作业将在设定的时间开始或重试。"),
    "DeadLine": Text("The job's deadline can no longer be met.", "作业已无法在截止时间前完成。"),
    "Licenses": Text("The job waits for a software licence.", "作业正在等待软件许可证。"),
    "Reservation": Text("The job waits for the start of its reservation.", "作业正在等待预约时段开始。"),
    "ReservationDeleted": Text(
        "The job's reservation was removed; an administrator has to release the job.",
        "作业的预约已被删除，需要管理员释放该作业。",
    ),
    "ReqNodeNotAvail": Text(
        "The computers that the job may use are reserved or under maintenance.", "作业可用的节点已被预留或正在维护。"
    ),
    "Nodes_required_for_job_are_DOWN": Text(
        "The computers that the job may use are down, drained or reserved for others.",
        "作业可用的节点已停机、停用或被预留。",
    ),
    "NodeDown": Text("A computer that the job needs is down.", "作业所需的节点已停机。"),
    "FrontEndDown": Text("The cluster's front end is down.", "集群前端已停机。"),
    "PartitionDown": _SWITCHED_OFF,
    "PartitionInactive": _SWITCHED_OFF,
    "PartitionConfig": _TOO_LARGE,
    "PartitionNodeLimit": _TOO_LARGE,
    "PartitionTimeLimit": Text(
        "The job's time limit is longer than this part of the cluster allows; an administrator has to change it.",
        "作业的时限超过该分区允许的最长时间，需要管理员修改。",
    ),
    "BadConstraints": _TOO_LARGE,
    "MaxMemPerLimit": _TOO_LARGE,
    "Max": _SHARE,
    "Assoc": _SHARE,
    "AssocMaxCpuPerJobLimit": _TOO_LARGE,
    "AssocMaxMemPerJob": _TOO_LARGE,
    "AssocMaxNodePerJobLimit": _TOO_LARGE,
    "AssocMaxWallDurationPerJobLimit": _TOO_LARGE,
    "AccountingPolicy": _SHARE,
    "AccountNotAllowed": _NOT_ALLOWED,
    "InvalidAccount": _NOT_ALLOWED,
    "InvalidQOS": _NOT_ALLOWED,
    "QOS": _LIMIT_OF_KIND,
    "QOSNotAllowed": _NOT_ALLOWED,
    "QOSMaxCpuPerJobLimit": _TOO_LARGE,
    "QOSMaxMemoryPerJob": _TOO_LARGE,
    "QOSMaxNodePerJobLimit": _TOO_LARGE,
    "QOSMaxWallDurationPerJobLimit": _TOO_LARGE,
    "QOSMinCpuNotSatisfied": _TOO_LARGE,
    "QOSMinGRES": _TOO_LARGE,
    "QOSMinMemory": _TOO_LARGE,
    "JobArrayTaskLimit": _LIMIT_OF_KIND,
    # Of a submission that was put off: the portal's own words, and SLURM's names of limits.
    "AssocMaxSubmit": _SUBMIT_LIMIT,
    "AssocGrpSubmit": _SUBMIT_LIMIT,
    "QOSMaxSubmit": _SUBMIT_LIMIT,
    "QOSGrpSubmit": _SUBMIT_LIMIT,
    "SubmitLimit": _SUBMIT_LIMIT,
    "PartitionUnavailable": _SWITCHED_OFF,
    "SubmissionsDisabled": Text(
        "The cluster accepts no jobs at the moment; the task is submitted as soon as it does.",
        "集群目前不接收作业，恢复后即会提交。",
    ),
    "ControllerBusy": Text(
        "The cluster is too busy to accept the job; it will be submitted in a moment.", "集群繁忙，稍后即会提交作业。"
    ),
    "DependencyProblem": Text("The job waits for the stage before it.", "正在等待上一阶段完成。"),
    "JobFilesNotWritten": Text(
        "The files of the job cannot be written at the moment; the operators of the portal have to look at the disk.",
        "目前无法写入作业文件，需要平台管理员检查磁盘。",
    ),
    "JobsDoNotStart": Text(
        "Jobs of the portal end on the cluster before they begin, so none is submitted for now; its operators"
        " have to look at it. The task keeps its place.",
        "本平台的作业在集群上尚未开始即已结束，因此暂不提交；需要平台管理员处理。任务保留其排队位置。",
    ),
    "SubmitFailed": Text(
        "The cluster refused the job for a reason that the portal does not know; it is tried again.",
        "集群以平台无法识别的理由拒绝了作业，将再次尝试。",
    ),
    "NoAnswer": Text(
        "The cluster does not answer; the job is submitted as soon as it does.", "集群没有应答，恢复后即会提交作业。"
    ),
    "SharedJob": Text(
        "The task shares a job with others of its submission; its turn comes.",
        "任务与同一批次的其他任务共用一个作业，将依次运行。",
    ),
    "Suspended": Text(
        "An administrator of the cluster has suspended the job; it continues when it is resumed.",
        "集群管理员已暂停该作业，恢复后将继续运行。",
    ),
    "SchedDefer": Text(
        "The cluster will try to start it in the next scheduling cycle.", "集群将在下一轮调度中尝试启动。"
    ),
    "Cleaning": Text("The cluster is still cleaning up after the job's last run.", "集群正在清理该作业上次的运行。"),
    "Prolog": _PREPARING,
    "Reboot": _PREPARING,
    "BurstBuffer": _STORAGE,
    "MaxBootTime": _BROKEN,
    "SystemFailure": _BROKEN,
    "FedJobLock": Text("Another cluster is deciding about the job.", "另一集群正在处理该作业。"),
    "FedJobRequeue": Text("Another cluster is deciding about the job.", "另一集群正在处理该作业。"),
    "JobHoldMaxRequeue": _HELD_AFTER_FAILURE,
    "JobLaunchFailure": _HELD_AFTER_FAILURE,
    "launch_failed_requeued_held": _HELD_AFTER_FAILURE,
    "user_env_retrieval_failed_requeued_held": _HELD_AFTER_FAILURE,
    "job_requeued_in_held_state": _HELD_AFTER_FAILURE,
}

TEXTS = {
    **{f"reason.{name}": text for name, text in _REASONS.items()},
    "reason.other": Text("The cluster gives the reason {reason}.", "集群给出的原因：{reason}。"),
}
