"""What stands in the way of a request about a task, and the words for a task's states."""

from __future__ import annotations

from portal.domain.catalogue.text import Text

TEXTS = {
    "status.pending": Text("accepted", "已接收"),
    "status.queued": Text("waiting", "等待中"),
    "status.running": Text("running", "运行中"),
    "status.completed": Text("completed", "已完成"),
    "status.failed": Text("failed", "失败"),
    "task.transition": Text(
        "The task cannot change from “{before}” to “{after}”.", "任务不能从“{before}”变为“{after}”。"
    ),
    "task.unknown": Text(
        "There is no such task, or the token does not give access to this.", "没有此任务，或该令牌无此权限。"
    ),
    "task.too_many_waiting": Text(
        "Too many tasks are waiting. Please come back later.", "等待的任务过多，请稍后再来。"
    ),
    "task.too_many_attempts": Text(
        "This task has run {limit} times, which is the limit. Submit the genome again, or ask the operator.",
        "此任务已运行 {limit} 次，达到上限。请重新提交基因组，或联系管理员。",
    ),
    "task.key_reused": Text(
        "This Idempotency-Key was used for another file, file name, submission or other parameters.",
        "这个 Idempotency-Key 已用于另一个文件、文件名、批次或另一组参数。",
    ),
    "task.being_removed": Text(
        "The first task of this key is being removed. Please try again in a moment.",
        "此键对应的第一个任务正在移除，请稍候重试。",
    ),
    "task.deleted_here": Text(
        "This task has been deleted in this browser meanwhile, so nothing was changed.",
        "此任务已在此浏览器中删除，因此未作任何更改。",
    ),
    "task.undo_unknown": Text(
        "Nothing that can be undone was deleted here with this browser in the last ten minutes.",
        "过去十分钟内，此浏览器没有可撤销的删除操作。",
    ),
    "task.undo_late": Text(
        "It is too late to undo this: the files have been removed, or the same submission has been sent again.",
        "已无法撤销：文件已移除，或同一批次已重新提交。",
    ),
    "task.being_repaired": Text(
        "The record of this task is being repaired. Please try again in a minute.",
        "此任务的记录正在修复，请一分钟后重试。",
    ),
    "task.newer": Text(
        "A newer version of the portal has written this task; it can be read again when that version is back.",
        "此任务由更新版本的平台写入，待该版本恢复运行后方可读取。",
    ),
    "task.unreadable": Text(
        "This task cannot be read at the moment. Please try again later.", "目前无法读取此任务，请稍后重试。"
    ),
    "task.rebuilt": Text(
        "The record of this task was damaged and has been rebuilt from the files that its jobs left.",
        "该任务的记录曾损坏，已根据作业留下的文件重建。",
    ),
    "task.nothing_to_cancel": Text(
        "The task has already ended ({status}); there is nothing to cancel.", "任务已经结束（{status}），无需取消。"
    ),
    "task.has_ended": Text("The task has already ended ({status}).", "任务已经结束（{status}）。"),
    "task.not_ended": Text("The task has not ended yet.", "任务尚未结束。"),
    "task.cancel_first": Text(
        "The task has not ended yet. Cancel it first, or wait.", "任务尚未结束。请先取消，或等待其结束。"
    ),
    "task.being_cancelled": Text(
        "A cancellation that was asked for is not carried out yet. Please try again in a moment.",
        "取消请求尚未执行完毕，请稍后重试。",
    ),
    "task.retry_waiting": Text(
        "Another run with other settings was requested before and has not begun yet. Cancel that one first, or wait.",
        "此前已请求以其他设置重新运行，该次运行尚未开始。请先将其取消，或等待。",
    ),
    # its results
    "results.not_yet": Text("The task has not ended yet; there are no results.", "任务尚未结束，还没有结果。"),
    "results.none": Text("The task failed before there were any results.", "任务在产生结果之前就失败了。"),
    "results.no_bundle": Text("A bundle exists only once the task is completed.", "任务完成后才有打包文件。"),
    "results.of_earlier_run": Text(
        "The latest run of this task has no results. Those of run {number} are kept: add /runs/{number} to the task's "
        "address.",
        "此任务最近一次运行没有结果；第 {number} 次运行的结果仍保留，请在任务网址后加上 /runs/{number}。",
    ),
    "results.no_such_file": Text("There is no result file of this name.", "没有这个名称的结果文件。"),
    "results.no_such_toxin": Text("No gene of this task has this name.", "此任务中没有这个名称的基因。"),
    "results.no_such_run": Text(
        "This task has no run {number} with results. Runs that failed, or that have not ended, have none.",
        "此任务没有带结果的第 {number} 次运行；失败或尚未结束的运行没有结果。",
    ),
    "results.run_removed": Text(
        "The results of run {number} were removed on {date}, when later runs of this task had completed.",
        "第 {number} 次运行的结果已在此任务后来的运行完成后于 {date} 删除。",
    ),
    "results.unreachable": Text(
        "This file cannot be read at the moment. Please try again later.", "目前无法读取此文件，请稍后重试。"
    ),
    "example.none": Text("This portal has no example genome.", "本平台没有示例基因组。"),
    "task.too_many_asked": Text(
        "At most {limit} task states can be requested at once.", "一次最多查询 {limit} 个任务的状态。"
    ),
    # comparisons
    "compare.twice": Text("A task is named twice.", "同一任务出现了两次。"),
    "compare.nothing": Text("There is nothing to compare.", "没有可比较的内容。"),
    "compare.too_many": Text("At most {limit} tasks can be compared at once.", "一次最多比较 {limit} 个任务。"),
    "compare.unfinished": Text("Only completed tasks can be compared.", "只能比较已完成的任务。"),
    "compare.busy": Text(
        "Too many comparisons have been requested at once. Please try again in a moment.",
        "同时请求的比较过多，请稍候重试。",
    ),
    "compare.too_long": Text(
        "The comparison took too long and was stopped. Compare fewer tasks at once.",
        "比较耗时过长，已停止。请减少一次比较的任务数。",
    ),
    "compare.unreadable": Text(
        "The tasks cannot be compared at the moment: {reason}", "目前无法比较这些任务：{reason}"
    ),
    "compare.failed": Text(
        "The comparison failed; it has been logged. Compare fewer tasks, or tell the operator.",
        "比较失败，已记入日志。请减少任务数，或告知管理员。",
    ),
    "compare.not_kept": Text(
        "The comparison cannot be saved at the moment. Please try again later.", "目前无法保存比较结果，请稍后重试。"
    ),
    "compare.gone": Text(
        "The comparison has just been removed. Please ask for it again.", "比较结果刚被清理，请重新请求。"
    ),
}
