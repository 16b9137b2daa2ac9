"""How to connect to a portal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bttoxin.patience import Patience


@dataclass(repr=False)  # an API key may be among the headers
class Link:
    """A portal's address, the headers of each request, and how long the portal may be unreachable."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    patience: Patience = field(default_factory=Patience)
