"""One result of `btportal doctor`."""

from __future__ import annotations

from dataclasses import dataclass

OK, WARN, FAIL = "ok", "warn", "FAIL"


@dataclass(frozen=True)
class Finding:
    """The result of one check; `mend` is what to type or set if it failed."""

    state: str
    name: str
    message: str
    mend: str = ""
