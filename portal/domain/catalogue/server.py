"""Faults of the portal itself."""

from __future__ import annotations

from portal.domain.catalogue.text import Text

TEXTS = {
    "server.internal": Text(
        "Something went wrong inside the portal. It has been logged; please try again, or tell the operator.",
        "平台内部出错，已记入日志。请重试，或告知运维人员。",
    ),
}
