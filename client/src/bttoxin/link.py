"""How a portal is spoken to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bttoxin.patience import Patience


@dataclass(repr=False)  # an API key may be among the headers
class Link:
    """The address of a portal, what is sent with each request, and how long it may be away."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    patience: Patience = field(default_factory=Patience)
