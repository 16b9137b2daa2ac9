"""What `btportal doctor` says about one thing."""

from __future__ import annotations

from dataclasses import dataclass

OK, WARN, FAIL = "ok", "warn", "FAIL"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `mend` is what to type or set where it is not well."""

    state: str
    name: str
    message: str
    mend: str = ""
