"""What stands in the way of sharing a task or submission."""

from __future__ import annotations

from portal.domain.catalogue.text import Text

TEXTS = {
    "share.unknown": Text("There is no such share.", "没有此分享链接。"),
    "share.too_many": Text(
        "{limit} shares are open, which is the limit. Take one back first.",
        "已有 {limit} 个有效的分享链接，达到上限。请先收回一个。",
    ),
    "share.ends": Text("must be a day from {first} to {last}", "须为 {first} 至 {last} 之间的日期"),
}
