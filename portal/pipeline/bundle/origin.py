"""Where a bundle comes from: the task, its input, and the versions and parameters that made it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from portal import __version__
from portal.domain.status import Lang

# What had a hand in the numbers and pictures; the bytes of a bundle hold for these versions.
LIBRARIES = ("numpy", "pyhmmer", "pyopal", "parasail", "pyfamsa", "matplotlib", "jinja2")
_CHUNK = 1 << 20


@dataclass(frozen=True)
class InputFile:
    """The genome as uploaded: its name is text only, never a path."""

    name: str
    size: int
    sha256: str

    @classmethod
    def of(cls, path: Path, name: str) -> InputFile:
        """Describe the file at `path`, which the user calls `name`."""
        size, digest = file_digest(path)
        # A browser or a client may send a folder along; a bundle names no folder of anybody.
        return cls(name=name.replace("\\", "/").rpartition("/")[2], size=size, sha256=digest)


@dataclass(frozen=True)
class Origin:
    """What a manifest says about the task. `submission_time` is ISO 8601 and dates every file of the bundle."""

    task_id: str
    strain: str
    submission_time: str
    lang: Lang
    genome: InputFile | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def moment(self) -> datetime:
        """The submission time in UTC; a time without a zone is taken as UTC.

        Raises:
            ValueError: `submission_time` is not ISO 8601.
        """
        moment = datetime.fromisoformat(self.submission_time)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def file_digest(path: Path) -> tuple[int, str]:
    """Return size in bytes and SHA-256 (hex) of a file."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()


def library_versions() -> dict[str, str]:
    """Return the versions of the installed ones among LIBRARIES."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def result_versions(digger_dir: Path, shoter_dir: Path) -> dict[str, Any]:
    """Return who made the results, from which data: the portal's version and what the stages say of themselves."""
    inventory = _json(digger_dir / "toxins.json")
    scores = _json(shoter_dir / "strain_scores.json")
    return {
        "portal": {"name": "bttoxin-portal", "version": __version__},
        "engine": without_paths(inventory.get("engine")),
        "reference": without_paths(inventory.get("reference")),
        "specificity": without_paths(scores.get("versions", {}).get("specificity")),
        "run_id": scores.get("run_id"),
        "libraries": library_versions(),
    }


def without_paths(value: Any) -> Any:
    """Return the value without any text that is an absolute path: a bundle leaves the machine, its paths do not."""
    if isinstance(value, Mapping):
        return {key: without_paths(item) for key, item in value.items() if not _is_path(item)}
    if isinstance(value, list | tuple):
        return [without_paths(item) for item in value if not _is_path(item)]
    return value


def _is_path(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(("/", "~/"))


def _json(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    data = json.loads(path.read_text(encoding="utf-8"))
    return data if isinstance(data, dict) else {}
