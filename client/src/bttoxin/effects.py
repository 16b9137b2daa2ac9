"""What the operations of the client ask the outside world to do.

Operations are written once, as generators that yield these values and are sent the answers; `sync.py` and `asyncio.py`
carry them out. So the blocking and the asynchronous client cannot differ.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, repr=False)  # headers hold tokens
class Send:
    """One HTTP request whose answer fits into memory. `content` is the body as it is, `json` one to be encoded."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    content: bytes | None = None
    timeout_s: float = 60.0


@dataclass(frozen=True, repr=False)
class Save:
    """A GET whose body goes to the end of `target`; with an `etag`, from where the file ends if that still holds."""

    path: str
    target: Path
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: str | None = None


@dataclass(frozen=True)
class Sleep:
    """Wait for some seconds."""

    seconds: float


@dataclass(frozen=True, repr=False)
class Answer:
    """An answer of HTTP; header names are lower case. `content` is empty after a Save that succeeded."""

    status: int
    headers: Mapping[str, str]
    content: bytes = b""


PROXY_LOGIN = (
    "The proxy that HTTPS_PROXY or HTTP_PROXY names wants a name and a password: "
    "set it as http://name:password@proxy.example:8080, or NO_PROXY to the portal's host."
)


class Interrupted(Exception):
    """No answer, or a cut one: refused, reset, timed out, no such host.

    `may_pass` is False where trying again cannot help: an untrusted certificate, a proxy that wants a password.
    """

    def __init__(self, text: str, *, may_pass: bool = True) -> None:
        super().__init__(text)
        self.may_pass = may_pass


Effect = Send | Save | Sleep
Program = Generator[Effect, Any, T]
