"""A line of the table of use."""

from __future__ import annotations

from portal.files.usage import UsageLine

LINE = UsageLine("aaaaaaaaaaaa", 1, "2026-03-02", "completed", None, "s", ("1",), "sacct", 4.0, 60, 240.0, 200.0, 10)
