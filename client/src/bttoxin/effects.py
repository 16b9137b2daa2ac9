"""The effects that client operations request from their driver.

Operations are written once, as generators that yield these values and receive the responses; `_blocking.py` and
`_async.py` perform them. The blocking and the asynchronous client therefore behave alike.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, repr=False)  # headers hold tokens
class Send:
    """One HTTP request whose response fits into memory. `content` is a raw body, `json` a value to encode as one."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    content: bytes | None = None
    timeout_s: float = 60.0


@dataclass(frozen=True, repr=False)
class Save:
    """A GET that appends its body to `target`; with an `etag`, resume at the file's end if the ETag still matches."""

    path: str
    target: Path
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: str | None = None


@dataclass(frozen=True)
class Sleep:
    """Wait for a number of seconds."""

    seconds: float


@dataclass(frozen=True, repr=False)
class Answer:
    """An HTTP response; header names are lower case. `content` is empty after a successful Save."""

    status: int
    headers: Mapping[str, str]
    content: bytes = b""


PROXY_LOGIN = (
    "The proxy that HTTPS_PROXY or HTTP_PROXY names wants a name and a password: "
    "set it as http://name:password@proxy.example:8080, or NO_PROXY to the portal's host."
)


class Interrupted(Exception):
    """No response, or an incomplete one: refused, reset, timed out, no such host.

    `may_pass` is False if a retry cannot help: an untrusted certificate, a proxy that requires a password.
    """

    def __init__(self, text: str, *, may_pass: bool = True) -> None:
        super().__init__(text)
        self.may_pass = may_pass


Effect = Send | Save | Sleep
Program = Generator[Effect, Any, T]
