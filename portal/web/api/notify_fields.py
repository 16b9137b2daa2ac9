"""What the fields for notifications mean, for the OpenAPI document."""

from __future__ import annotations

NOTIFY_MAIL = (
    "Mail address that is told once when the work has ended, and once before the results are removed; without results"
    " and tokens. Refused where the portal sends no mail."
)
NOTIFY_WEBHOOK = (
    "Address that is called then, with a signed JSON body; its host must be one that the portal's operator"
    " allows. Refused where no host is."
)
