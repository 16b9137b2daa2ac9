"""What stands in the way of sharing a task or submission."""

from __future__ import annotations

from portal.domain.catalogue.text import Text

TEXTS = {
    "share.unknown": Text("There is no such share.", "没有此分享链接。"),
    "share.too_many": Text(
        "{limit} shares are open, which is the limit. Revoke one first.",
        "已有 {limit} 个有效的分享链接，达到上限。请先撤销一个。",
    ),
    "share.other_content": Text(
        "This Idempotency-Key was used for another share of the same task or submission.",
        "此 Idempotency-Key 已用于同一任务或提交批次的另一个分享链接。",
    ),
    "share.made_and_closed": Text(
        "This Idempotency-Key made share {number}, which was revoked. Use another key to make a new one.",
        "此 Idempotency-Key 创建的分享链接（编号 {number}）已被撤销。如需新的链接，请使用另一个 Idempotency-Key。",
    ),
    "share.revoked": Text(
        "This link was revoked. Ask the person who gave it to you for a new one.",
        "此链接已被撤销。如仍需查看，请向提供链接的人索取新的链接。",
    ),
    "share.expired": Text(
        "The last day of this link was {day} (UTC). Ask the person who gave it to you for a new one.",
        "此链接的有效期至 {day}（UTC）。如仍需查看，请向提供链接的人索取新的链接。",
    ),
    "share.nothing_done": Text(
        "Nothing is completed yet, so there are no results that a snapshot could show.",
        "尚无已完成的结果，快照没有可显示的内容。",
    ),
    "share.not_then": Text(
        "This link shows results as they were when it was made; this genome was not completed then.",
        "此链接只显示创建时已有的结果；此基因组当时尚未完成。",
    ),
    "share.run_again": Text(
        "This genome was run again after this link was made. The link shows the results of then, which are no longer "
        "kept, and not the present ones. Ask whoever sent it for another link.",
        "此基因组在链接创建之后又重新运行。该链接只显示当时的结果，而那些结果已不再保留；现在的结果不会显示。请向发送者索取新的链接。",
    ),
    "share.snapshot_damaged": Text(
        "The list of what this link shows cannot be read. Ask whoever sent it for another link.",
        "无法读取此链接所显示内容的清单。请向发送者索取新的链接。",
    ),
    "share.ends": Text("must be a day from {first} to {last}", "须为 {first} 至 {last} 之间的日期"),
}
