"""What an operator says to everybody: announcements, maintenance."""

from __future__ import annotations

from portal.domain.catalogue.text import Text

TEXTS = {
    "announcement.unknown": Text("There is no announcement {name}.", "没有编号为 {name} 的公告。"),
    "announcement.time": Text(
        "expected a time of this century such as 2026-03-02T18:00 (UTC, or with an offset such as +08:00)",
        "应为本世纪内的时间，例如 2026-03-02T18:00（UTC，或带 +08:00 这样的时差）",
    ),
    "announcement.long": Text("at most {limit} characters", "最多 {limit} 个字符"),
    "announcement.empty": Text("a text in English or Chinese is needed", "需要英文或中文内容"),
    "maintenance.past": Text("this time is over", "该时间已过"),
    "announcement.over": Text("it would end before it begins", "结束时间早于开始时间"),
    "maintenance.on": Text(
        "The portal is closed for maintenance. Running analyses continue; nothing is lost.",
        "平台正在维护。正在运行的分析会继续，不会丢失任何内容。",
    ),
    "maintenance.until": Text(
        "The portal is closed for maintenance until about {until}. Running analyses continue; nothing is lost.",
        "平台正在维护，预计 {until} 结束。正在运行的分析会继续，不会丢失任何内容。",
    ),
    "maintenance.said": Text("The portal is closed for maintenance: {text}", "平台正在维护：{text}"),
}
