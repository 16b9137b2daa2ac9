"""An OpenID Connect provider (`oidc-provider-mock`, of PyPI) in a process of its own."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from tests.ports import free_port

_PATIENCE_S = 60.0


@contextlib.contextmanager
def running_provider(folder: Path, *claims: dict[str, object]) -> Iterator[str]:
    """Yield the issuer of a provider that knows these people, each with a `sub`; others get one on signing in."""
    port = free_port()
    known = [word for person in claims for word in ("--user-claims", json.dumps(person))]
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true", *known]
    with (folder / "provider.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            await_provider(f"http://localhost:{port}", process)
            yield f"http://localhost:{port}"
        finally:
            process.terminate()
            process.wait()


def await_provider(issuer: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until a provider tells about itself."""
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{issuer}/.well-known/openid-configuration").status_code == httpx.codes.OK:
                return
        time.sleep(0.05)
    raise AssertionError("the provider has not started")
