"""The clock, retention and the trash; what the portal keeps for itself."""

from __future__ import annotations

from portal.domain.catalogue.text import Text

TEXTS = {
    "clock.behind": Text(
        "The clock says {now}, and it has been {latest} already: nothing is removed by its age. Set the clock right; "
        "if it is right, run `btportal admin accept-time`.",
        "时钟显示 {now}，早于此前已确认的 {latest}：暂停一切按时间进行的清理。请校准时钟；若时钟无误，请运行 "
        "`btportal admin accept-time`。",
    ),
    "clock.ahead": Text(
        "The clock says {now}, more than a day beyond what can have passed since {latest}: nothing is removed by its "
        "age. Set the clock right; if it is right, run `btportal admin accept-time`.",
        "时钟显示 {now}，比自 {latest} 起可能经过的时间多出一天以上：暂停一切按时间进行的清理。请校准时钟；若时钟无误，"
        "请运行 `btportal admin accept-time`。",
    ),
    "clock.unknown": Text(
        "The time that was last found right cannot be read ({reason}): nothing is removed by its age.",
        "无法读取上次确认的时间（{reason}）：暂停一切按时间进行的清理。",
    ),
    "secret.damaged": Text(
        "{path} does not hold the portal's secret: restore it from a backup. Without it no token opens its task. "
        "If it is lost, `btportal admin new-secret` makes a new one, and says what can no longer be opened.",
        "{path} 中不是平台的密钥：请从备份恢复。没有它，任何令牌都无法打开任务。若已丢失，可运行 "
        "`btportal admin new-secret` 生成新密钥，该命令会说明哪些内容将无法再打开。",
    ),
    "control.unreadable": Text(
        "The operator's switches cannot be read ({reason}): nothing new is started.",
        "无法读取管理员的开关设置（{reason}）：暂不启动新任务。",
    ),
    "clock.ok": Text("The clock is believed: {now}.", "时钟可信：{now}。"),
    "retention.too_many": Text(
        "{count} of {total} tasks have expired at once, more than are removed without a word: nothing is removed. Look "
        "with `btportal admin expire --dry-run`, and let them go with `btportal admin expire`.",
        "{total} 个任务中有 {count} 个同时到期，超过可自动清理的数量，因此未删除任何任务。请用 "
        "`btportal admin expire --dry-run` 查看，确认后运行 `btportal admin expire`。",
    ),
    "retention.failed": Text(
        "{count} expired tasks cannot be removed: {names} ({reason}).",
        "有 {count} 个到期任务无法删除：{names}（{reason}）。",
    ),
    "trash.failed": Text(
        "{count} folders cannot be removed for good: {names} ({reason}).",
        "有 {count} 个目录无法彻底删除：{names}（{reason}）。",
    ),
}
