"""States of the parts of the portal."""

from __future__ import annotations

from portal.domain.catalogue.text import Text

TEXTS = {
    "part.disk": Text("disk", "磁盘"),
    "part.redis": Text("cache (Redis)", "缓存（Redis）"),
    "part.scheduler": Text("scheduler", "调度系统"),
    "part.poller": Text("background process", "后台进程"),
    "part.engine": Text("toxin search", "毒素搜索"),
    "part.reference": Text("toxin reference", "毒素参考库"),
    "part.installation": Text("installation", "安装"),
    "part.notifications": Text("notifications", "通知"),
    "health.notifications_off": Text("No notifications are configured.", "未配置通知。"),
    "health.notifications_ok": Text(
        "{count} notifications are waiting to be sent.",
        "待发通知 {count} 条。",
        one="A notification is waiting to be sent.",
    ),
    "health.notifications_failed": Text(
        "{count} notifications could not be sent: see `btportal admin notifications`.",
        "有 {count} 条通知未能发出：请运行 `btportal admin notifications` 查看。",
        one="A notification could not be sent: see `btportal admin notifications`.",
    ),
    "health.notifications_unreadable": Text("The outbox cannot be read: {reason}.", "无法读取待发通知：{reason}。"),
    "health.not_ready": Text("The portal is not ready: {parts}.", "平台尚未就绪：{parts}。"),
    "health.disk_unreachable": Text("The job folder cannot be reached: {reason}.", "无法访问作业目录：{reason}。"),
    "health.disk_full": Text(
        "{free:.1f} GB free, {floor:.1f} GB must stay free.", "剩余 {free:.1f} GB，至少须保留 {floor:.1f} GB。"
    ),
    "health.inodes_full": Text(
        "{free} inodes are free, {floor} must stay free: the disk takes no more files.",
        "剩余 {free} 个 inode，至少须保留 {floor} 个：磁盘无法再存放文件。",
    ),
    "health.disk_ok": Text("{free:.1f} GB free.", "剩余 {free:.1f} GB。"),
    "health.poller_never": Text(
        "No poller has run yet: start `btportal poller`.", "后台进程尚未启动：请运行 `btportal poller`。"
    ),
    "health.poller_silent": Text(
        "The poller has been silent for {seconds:.0f} s.", "后台进程已有 {seconds:.0f} 秒没有动静。"
    ),
    "health.poller_alarms": Text("{alarms:;}", "{alarms:;}"),
    "health.stands_still": Text(
        "The poller is stopped, because JOBS_DIR is not the folder that it was: {reason}. If this is a copy, leave it "
        "at that; if it was moved or restored for good, run `btportal admin adopt-folder`.",
        "JOBS_DIR 已不是原来的目录（{reason}），后台进程因此停止处理。若这是副本，请保持现状；若目录已正式迁移或恢复，"
        "请运行 `btportal admin adopt-folder`。",
    ),
    "site.path": Text("it was at {before} and is at {now}", "原路径为 {before}，现为 {now}"),
    "site.inode": Text("another folder lies at {path}", "{path} 处已是另一个目录"),
    "site.device": Text("another disk is mounted at {path}", "{path} 处挂载了另一块磁盘"),
    "site.machine": Text("its disk was on another machine", "其磁盘原先属于另一台机器"),
    "health.poller_ok": Text("The poller is running.", "后台进程运行正常。"),
    "health.scheduler_unknown": Text("Not known: no poller has run yet.", "未知：后台进程尚未启动。"),
    "health.scheduler_closed": Text(
        "{scheduler} answers, and has taken no jobs since {since}: {complaint}",
        "{scheduler} 有应答，但自 {since} 起不接收作业：{complaint}",
    ),
    "health.scheduler_silent": Text("{scheduler} does not answer: {reason}.", "{scheduler} 没有应答：{reason}。"),
    "health.scheduler_ok": Text("{scheduler} answers.", "{scheduler} 有应答。"),
    "health.local_ok": Text("Jobs run on this machine.", "作业在本机运行。"),
    "health.no_reason": Text("no reason given", "未说明原因"),
    # what the poller wants an operator to know
    "alarm.no_node_starts": Text(
        "Jobs end before they begin, on every node that they may use; only probes are started: {words}",
        "作业在所有可用节点上均尚未开始即已结束；目前仅提交试探作业：{words}",
    ),
    "alarm.nodes_do_not_start": Text(
        "Jobs end before they begin, on {nodes}; only probes are started: {words}",
        "作业在 {nodes} 上尚未开始即已结束；目前仅提交试探作业：{words}",
    ),
    "alarm.node_left_out": Text(
        "Node {node}: {count} jobs in a row ended before they began; it is not used for now: {words}",
        "节点 {node}：连续 {count} 个作业尚未开始即已结束，暂不使用该节点：{words}",
    ),
    # tasks that do not move
    "stuck.draining": Text("The operator has paused new tasks.", "管理员已暂停启动新任务。"),
    "stuck.slot": Text("All slots for running tasks are in use.", "运行任务的名额已用完。"),
    "stuck.time_limit": Text(
        "lower TASK_TIMEOUT, or choose another SLURM_PARTITION", "调低 TASK_TIMEOUT，或改用其他 SLURM_PARTITION"
    ),
    "stuck.jobs_do_not_start": Text(
        "correct what the alarm names (JOB_SETUP, Python, JOBS_DIR on the nodes), then restart the poller",
        "修正告警所指的问题（节点上的 JOB_SETUP、Python 或 JOBS_DIR），然后重启后台进程",
    ),
    # a comparison of records and cluster; states are SLURM's words
    "finding.runaway": Text(
        "{state} in the accounts; see `sacctmgr show runawayjobs`",
        "在记账数据库中为 {state}；参见 `sacctmgr show runawayjobs`",
    ),
    "finding.twice": Text("jobs {jobs} are COMPLETED", "作业 {jobs} 均为 COMPLETED"),
    "finding.lost": Text("recorded as {state}, unknown to the cluster", "记录为 {state}，集群没有该作业"),
    "finding.overdue": Text(
        "ended at {since} ({state}), but the task is {status}", "已于 {since} 结束（{state}），而任务仍为{status}"
    ),
    "finding.other_end": Text(
        "recorded as {state}, accounted as {accounted}", "记录为 {state}，记账数据库中为 {accounted}"
    ),
    "finding.adopted": Text("found by its name", "按名称找回"),
    "finding.elsewhere": Text("{state}, in {folder}", "{state}，位于 {folder}"),
    "finding.foreign": Text("{state}, of no task of this portal", "{state}，不属于本平台的任何任务"),
    "finding.orphan": Text("{state}, wanted by no task", "{state}，没有任务需要它"),
    "consistency.internal": Text(
        "An internal error of the portal ({error}) stopped the comparison; see the poller's log.",
        "平台内部错误（{error}）中止了核对；详见后台进程的日志。",
    ),
    "consistency.no_accounts": Text(
        "The executor {executor} keeps no accounts to compare the records with.",
        "执行器 {executor} 没有可与记录比较的记账信息。",
    ),
    "health.redis_off": Text(
        "No Redis is configured; records are read from the disk.", "未配置 Redis；记录直接从磁盘读取。"
    ),
    "health.redis_silent": Text(
        "Redis does not answer; records are read from the disk.", "Redis 没有应答；记录直接从磁盘读取。"
    ),
    "health.redis_ok": Text("Redis answers.", "Redis 有应答。"),
    "health.installation_ok": Text("All {count} files of the installation are there.", "安装的 {count} 个文件齐全。"),
    "health.installation_missing": Text("Files of the installation are missing: {names}.", "安装缺少文件：{names}。"),
    "health.installation_missing_more": Text(
        "Files of the installation are missing: {names} and {count} more.",
        "安装缺少文件：{names} 等，另有 {count} 个。",
    ),
    "health.pages_broken": Text("The pages cannot be rendered: {reason}.", "无法生成网页：{reason}。"),
    "health.report_broken": Text("The report cannot be rendered: {reason}.", "无法生成报告：{reason}。"),
    "health.no_program": Text("{program} is not installed here.", "此处未安装 {program}。"),
    "health.engine_native": Text("Digger searches with the portal's own engine.", "Digger 使用平台自带的引擎搜索。"),
    "health.engine_published": Text("Digger searches with BtToxin_Digger.", "Digger 使用 BtToxin_Digger 搜索。"),
    "health.reference_unreadable": Text(
        "The toxin reference cannot be read: {reason}.", "无法读取毒素参考库：{reason}。"
    ),
    "health.reference_none": Text(
        "There is no toxin reference: run `btportal reference fetch`.",
        "没有毒素参考库：请运行 `btportal reference fetch`。",
    ),
    "health.reference_ok": Text("{name} {version} is in use.", "正在使用 {name} {version}。"),
}
