"""Write the files of a deployment from this package's templates, filled in for one site."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from portal.domain.address import PublicUrl
from portal.domain.errors import InvalidRequest
from portal.domain.message import Message
from portal.files.atomic import write_bytes

_FILES = Path(__file__).parent / "files"
# A space, a percent sign or a quote has another meaning in units and configurations.
_PLAIN_PATH = re.compile(r"/[\w./+@-]*", re.ASCII)
_ACCOUNT = re.compile(r"[a-z_][a-z0-9_-]{0,31}", re.ASCII)


@dataclass(frozen=True)
class Deployment:
    """What differs from site to site; paths are absolute, `max_upload_mb` in MiB."""

    public_url: PublicUrl
    jobs_dir: Path
    install_dir: Path = Path("/opt/bttoxin")
    env_file: Path = Path("/etc/bttoxin/portal.env")
    reference_dir: Path | None = None
    user: str = "bttoxin"
    group: str = "bttoxin"
    proxy_group: str = "www-data"
    socket: Path = Path("/run/bttoxin/web.sock")
    backup_dir: Path = Path("/var/backups/bttoxin")
    executor: str = "local"
    redis_url: str = ""
    certificate: Path = Path("/etc/ssl/certs/bttoxin.pem")
    certificate_key: Path = Path("/etc/ssl/private/bttoxin.key")
    max_upload_mb: int = 50

    def values(self) -> dict[str, object]:
        """Return the templates' variables.

        Raises:
            InvalidRequest: a path or an account has characters that are not safe in these files.
        """
        paths = (
            self.jobs_dir,
            self.install_dir,
            self.env_file,
            self.socket,
            self.backup_dir,
            self.certificate,
            self.certificate_key,
        )
        for path in (*paths, *([self.reference_dir] if self.reference_dir else [])):
            if not _PLAIN_PATH.fullmatch(str(path)):
                raise InvalidRequest(Message("deploy.path", path=str(path)))
        for name in (self.user, self.group, self.proxy_group):
            if not _ACCOUNT.fullmatch(name):
                raise InvalidRequest(Message("deploy.account", name=name))
        writable = [self.jobs_dir]
        if self.reference_dir is not None and not self.reference_dir.is_relative_to(self.jobs_dir):
            writable.append(self.reference_dir)
        return {
            **vars(self),
            "scheme": self.public_url.scheme,
            "server_name": self.public_url.name,
            "port": self.public_url.port,
            "prefix": self.public_url.prefix,
            "writable": " ".join(map(str, writable)),
            "home_needed": any(path.parts[1:2] in (("home",), ("root",)) for path in paths),
        }


def file_names() -> list[str]:
    """Return the files of a deployment, as paths relative to its folder."""
    return sorted(str(path.relative_to(_FILES))[: -len(".j2")] for path in _templates())


def _templates() -> Iterator[Path]:
    return (path for path in _FILES.rglob("*.j2") if not path.name.startswith("_"))


def write_deployment(deployment: Deployment, folder: Path) -> list[Path]:
    """Write all files below a folder, which may exist; return their paths.

    Raises:
        InvalidRequest: a value is not safe in the files.
        OSError: the folder cannot be written.
    """
    values = deployment.values()
    # None of this is HTML; the values are checked above.
    environment = Environment(  # noqa: S701
        loader=FileSystemLoader(_FILES),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    texts = {folder / name: environment.get_template(f"{name}.j2").render(values) for name in file_names()}
    mask = os.umask(0o022)  # other accounts read them: the services their settings, Prometheus its alerts
    try:
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            # The operator may add secrets to the settings.
            write_bytes(path, text.encode(), mode=0o600 if path.suffix == ".env" else 0o644)
    finally:
        os.umask(mask)
    return list(texts)
