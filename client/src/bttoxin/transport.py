"""HTTP settings of both clients: timeouts, proxies, and what counts as an interruption."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from bttoxin._version import __version__
from bttoxin.effects import PROXY_LOGIN, Answer, Interrupted, Save, Send

_LOOPBACK = ("all://127.0.0.1", "all://localhost", "all://[::1]")
CONNECT_S = 10.0
PIECE_BYTES = 1 << 18


def client_options(url: str, verify: str | Path | bool) -> dict[str, Any]:
    """Return the options of an httpx client for a portal.

    Loopback never goes through a proxy, even if HTTP_PROXY is set: a proxy cannot reach it. `verify` may be the file
    of a private certificate authority. Redirects are not followed: the portal's API sends none, so a redirect leads
    to a log-in page.
    """
    context: ssl.SSLContext | bool
    context = verify if isinstance(verify, bool) else ssl.create_default_context(cafile=str(verify))
    return {
        "base_url": url.rstrip("/"),
        "timeout": httpx.Timeout(60.0, connect=CONNECT_S),
        "verify": context,
        "follow_redirects": False,
        "headers": {"User-Agent": f"bttoxin/{__version__}", "Accept": "application/json"},
        "limits": httpx.Limits(max_connections=4),
    }


def loopback_mounts(transport: Any) -> dict[str, Any]:
    """Return the mounts that make traffic to this machine bypass proxies."""
    return dict.fromkeys(_LOOPBACK, transport)


def request_options(effect: Send) -> dict[str, Any]:
    """Return the arguments for httpx."""
    return {
        "method": effect.method,
        "url": effect.path,
        "headers": dict(effect.headers),
        "params": dict(effect.params) or None,
        "json": effect.json,
        "content": effect.content,
        "timeout": httpx.Timeout(effect.timeout_s, connect=CONNECT_S),
    }


def save_headers(effect: Save) -> tuple[dict[str, str], int]:
    """Return the headers of a download and how many of its bytes are already on disk."""
    there = effect.target.stat().st_size if effect.etag and effect.target.exists() else 0
    headers = {**effect.headers, "Accept": "*/*", "Accept-Encoding": "identity"}
    if there and effect.etag:
        headers |= {"Range": f"bytes={there}-", "If-Range": effect.etag}
    return headers, there


def answer(status: int, headers: Mapping[str, str], content: bytes = b"") -> Answer:
    """Return a response with its header names in lower case."""
    return Answer(status, {name.lower(): value for name, value in headers.items()}, content)


def interruption(error: Exception, url: str) -> Interrupted:
    """Describe why a request failed, without the request itself, which may contain a token."""
    text = str(error) or type(error).__name__
    cause = error.__cause__ or error.__context__
    if "CERTIFICATE_VERIFY_FAILED" in text or isinstance(cause, ssl.SSLCertVerificationError):
        text += " (does the institute have a certificate authority of its own? Name its file with verify=...)"
        return Interrupted(f"{url}: {text}", may_pass=False)
    if isinstance(error, httpx.ProxyError) and "407" in text:
        return Interrupted(PROXY_LOGIN, may_pass=False)
    if isinstance(error, httpx.ProxyError):
        text = f"the proxy named in the environment (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY) refused it: {text}"
    return Interrupted(f"{url}: {text}")
