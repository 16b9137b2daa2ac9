"""Disks, files and records."""

from __future__ import annotations

from portal.domain.catalogue.text import Text

TEXTS = {
    "disk.full": Text("The disk of the portal is full. Please try again later.", "平台的磁盘已满，请稍后重试。"),
    "disk.nearly_full": Text(
        "The disk of the portal is nearly full. Please try again later.", "平台的磁盘即将用尽，请稍后重试。"
    ),
    "disk.jobs_dir": Text("JOBS_DIR {path} cannot be used: {reason}.", "JOBS_DIR {path} 无法使用：{reason}。"),
    "disk.no_portal": Text(
        "{path} is not the job folder of a portal: set JOBS_DIR as the portal has it.",
        "{path} 不是平台的作业目录：请将 JOBS_DIR 设为与平台一致。",
    ),
    "secret.unreadable": Text("The secret in {path} cannot be read.", "无法读取 {path} 中的密钥。"),
    "secret.open": Text(
        "The secret in {path} may be read by others: chmod 600 {path}. Who has seen it can open all tasks; a new one "
        "makes all tokens invalid.",
        "{path} 中的密钥可被他人读取：请执行 chmod 600 {path}。看到过密钥的人可以打开所有任务；"
        "更换密钥会使所有令牌失效。",
    ),
    "secret.short": Text(
        "The secret in {path} has less than {least} bytes: tokens could be guessed. Restore the right one from a "
        "backup, or make a new one with `btportal admin new-secret`, which makes all tokens invalid.",
        "{path} 中的密钥不足 {least} 字节，令牌可能被猜出。请从备份恢复正确的密钥，或用 `btportal admin new-secret` "
        "生成新密钥（所有令牌会随之失效）。",
    ),
    "secret.missing": Text(
        "The secret {path} is missing, and {tasks} tasks and {submissions} submissions are opened by tokens made with "
        "it. Restore it from a backup, or set PORTAL_SECRET if it was kept there. If it is lost, `btportal admin "
        "new-secret` makes a new one, and says what can no longer be opened.",
        "密钥 {path} 缺失，而 {tasks} 个任务和 {submissions} 个提交批次的令牌都由它生成。请从备份恢复；若密钥原本"
        "保存在 PORTAL_SECRET 中，请重新设置。若已丢失，可运行 `btportal admin new-secret` 生成新密钥，"
        "该命令会说明哪些内容将无法再打开。",
    ),
    "secret.different": Text(
        "The secret is not the one with which the tokens of {tasks} tasks and {submissions} submissions were made: all "
        "of them would be closed to their users. Set the former PORTAL_SECRET, or restore `.portal/secret` from a "
        "backup. If it is lost, `btportal admin new-secret` says what can no longer be opened and "
        "accepts another one.",
        "当前密钥不是生成现有令牌的密钥：{tasks} 个任务和 {submissions} 个提交批次都将无法由其用户打开。"
        "请恢复原来的 PORTAL_SECRET，或从备份恢复 `.portal/secret`。若已丢失，`btportal admin new-secret` "
        "会说明哪些内容将无法再打开，并接受新的密钥。",
    ),
    "secret.accept": Text("Use the secret in PORTAL_SECRET from now on?", "从现在起使用 PORTAL_SECRET 中的密钥？"),
    "secret.accepted": Text(
        "The secret in PORTAL_SECRET is used from now on. Restart the web process and the poller.",
        "从现在起使用 PORTAL_SECRET 中的密钥。请重启网页进程和后台进程。",
    ),
    "secret.configured": Text(
        "The secret is the setting PORTAL_SECRET: change it there.", "密钥由 PORTAL_SECRET 设置：请在该处更改。"
    ),
    "secret.closes": Text(
        "A new secret closes {tasks} tasks and {submissions} submissions to their users, for good: their tokens, links "
        "to share and open browsers. Requests repeated with an Idempotency-Key start new tasks. Operators still see "
        "the tasks, running ones are finished, and results are kept as long as before. Operators have to log in again.",
        "更换密钥后，用户将永远无法再打开 {tasks} 个任务和 {submissions} 个提交批次："
        "其令牌、分享链接和已打开的浏览器会话全部失效，以相同 Idempotency-Key 重发的请求会创建新任务。"
        "管理员仍可查看这些任务，正在运行的任务会继续完成，结果的保留期不变。管理员需要重新登录。",
    ),
    "secret.ask": Text("Make a new secret?", "生成新密钥？"),
    "secret.made": Text(
        "A new secret is in {path}. Restart the web process and the poller, and make a backup.",
        "新密钥已写入 {path}。请重启网页进程和后台进程，并做一次备份。",
    ),
    # what the portal itself stores; the reason is a parser's
    "record.unreadable": Text("{name} cannot be read: {reason}", "无法读取 {name}：{reason}"),
    "record.no_object": Text("{name} does not hold a JSON object", "{name} 中不是 JSON 对象"),
    "record.form": Text("{name} does not have the expected form: {reason}", "{name} 的格式不符：{reason}"),
    "record.no_file": Text("{name} is not a regular file of the portal", "{name} 不是平台自己的普通文件"),
    "record.too_large": Text("{name} has more than {limit:,} bytes", "{name} 超过 {limit:,} 字节"),
    "record.locked": Text(
        "{name} is in use by another process. Please try again.", "{name} 正被另一进程占用，请稍后重试。"
    ),
    "record.too_deep": Text("{name} is nested more than {depth} levels deep", "{name} 的嵌套超过 {depth} 层"),
    "record.newer": Text(
        "{name} has format {format}, and this version of the portal knows formats up to {known}: a newer version wrote "
        "it, and it is left as it is",
        "{name} 的格式为 {format}，而此版本的平台只支持到格式 {known}：该文件由更新的版本写入，将保持原样",
    ),
    # documents of results
    "document.format": Text(
        "format {number} is not known to this version, which writes {current}",
        "此版本不支持格式 {number}（它写出的是格式 {current}）",
    ),
    "document.fields": Text("it does not follow format {number}: {error}", "不符合格式 {number}：{error}"),
    "document.conclusion": Text(
        "a conclusion of format {number} is not known to this version", "此版本不支持格式 {number} 的结论"
    ),
    "pack.id": Text("'{pack_id}' is not the ID of a pack of jobs", "“{pack_id}”不是作业组的编号"),
    "record.other_stage": Text(
        "{name} in the folder of {stage} belongs to another stage", "{stage} 目录中的 {name} 属于另一个阶段"
    ),
    "record.changed": Text("{name} is not the file that the stage made", "{name} 已不是该阶段生成的文件"),
    "record.other_task": Text("the request belongs to another task", "该请求属于另一个任务"),
    "record.no_job": Text("the plan has no job {job}", "计划中没有作业 {job}"),
    "record.stale": Text(
        "{task_id}: revision {revision} would replace {current}", "{task_id}：修订版 {revision} 将覆盖 {current}"
    ),
    "poller.taken_over": Text("Another poller has taken over.", "另一个后台进程已接管。"),
    # errors of the operating system
    "os.EACCES": Text("permission denied", "没有权限"),
    "os.EPERM": Text("operation not permitted", "不允许此操作"),
    "os.ENOENT": Text("no such file or folder", "没有该文件或目录"),
    "os.ENOTDIR": Text("not a folder", "不是目录"),
    "os.EISDIR": Text("it is a folder", "这是目录"),
    "os.EEXIST": Text("it exists already", "已存在"),
    "os.ENOTEMPTY": Text("the folder is not empty", "目录不为空"),
    "os.EBUSY": Text("it is in use", "正在使用中"),
    "os.EROFS": Text("the file system is read-only", "文件系统为只读"),
    "os.ENOSPC": Text("no space left on the disk", "磁盘空间不足"),
    "os.EDQUOT": Text("the disk quota is used up", "磁盘配额已用尽"),
    "os.EFBIG": Text("the file is too large", "文件过大"),
    "os.EIO": Text("the disk reports an error", "磁盘读写错误"),
    "os.ESTALE": Text("the shared disk has lost the file", "共享磁盘上的文件句柄已失效"),
    "os.ETIMEDOUT": Text("the disk does not answer", "磁盘没有应答"),
    "os.EMFILE": Text("too many open files", "打开的文件过多"),
    "os.ENFILE": Text("too many open files", "打开的文件过多"),
    "os.ENAMETOOLONG": Text("the name is too long", "名称过长"),
    "os.ELOOP": Text("too many symbolic links", "符号链接层数过多"),
    "os.other": Text("system error {name}", "系统错误 {name}"),
    # backups, and a look at everything
    "backup.none": Text("{path} is no backup, or one that was not finished", "{path} 不是备份，或备份没有完成"),
    "backup.damaged": Text("{path} is damaged: {reason}", "{path} 已损坏：{reason}"),
    "backup.within": Text(
        "{path} lies within JOBS_DIR; back up to another place", "{path} 位于 JOBS_DIR 之内；请备份到别处"
    ),
    "backup.not_empty": Text("{path} is not empty", "{path} 不是空目录"),
    "backup.changed": Text("{name} is not what was backed up", "{name} 与备份时不同"),
    "backup.missing": Text("{name} is missing or cannot be read", "{name} 缺失或无法读取"),
    "backup.unnamed": Text("{name} was not backed up and lies there all the same", "{name} 不在备份清单中，却存在于此"),
    "backup.count": Text(
        "the list names {found:,} files where {expected:,} were backed up",
        "清单列有 {found:,} 个文件，而备份时为 {expected:,} 个",
    ),
    "backup.made": Text("{path}: {tasks:,} tasks, {files:,} files", "{path}：{tasks:,} 个任务，{files:,} 个文件"),
    "backup.sound": Text("all {files:,} files are as they were", "全部 {files:,} 个文件均完好"),
    "backup.restored": Text(
        "{tasks:,} tasks are in {path}, as installation {site}", "已将 {tasks:,} 个任务恢复到 {path}，安装标识为 {site}"
    ),
    "fsck.stranger": Text("{name} belongs to no task", "{name} 不属于任何任务"),
    "fsck.no_record": Text("there is no record; the poller makes it again", "没有记录；轮询进程会重建"),
    "fsck.other_record": Text("the record is that of {task_id}", "记录属于 {task_id}"),
    "fsck.missing": Text("{name} is missing", "缺少 {name}"),
    "fsck.clean": Text("all {tasks:,} tasks are whole", "全部 {tasks:,} 个任务均完整"),
}
