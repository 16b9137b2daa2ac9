"""A certificate authority of the tests, and a certificate of it for this machine."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

_CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


@dataclass(frozen=True)
class Certificate:
    """A certificate with its key, and that of the authority to trust, as PEM files."""

    authority: Path
    chain: Path
    key: Path


def make_certificate(folder: Path, *names: str) -> Certificate:
    """Make an authority in a folder, and a certificate for some names such as `DNS:localhost` and `IP:127.0.0.1`."""

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    made = Certificate(folder / "authority.pem", folder / "host.pem", folder / "host.key")
    openssl("req", "-x509", *_CURVE, "-keyout", "authority.key", "-out", "authority.pem", "-days", "2",
            "-subj", "/CN=Authority of the tests", "-addext", "keyUsage=critical,keyCertSign")  # fmt: skip
    openssl("req", *_CURVE, "-keyout", "host.key", "-out", "host.csr", "-subj", "/CN=host")
    (folder / "names").write_text(f"subjectAltName={','.join(names or ('DNS:localhost', 'IP:127.0.0.1'))}\n")
    openssl("x509", "-req", "-in", "host.csr", "-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial",
            "-days", "2", "-out", "host.pem", "-extfile", "names")  # fmt: skip
    return made
