"""The origin of a bundle: the task, its input, and the versions and parameters that produced it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import msgspec

from portal import __version__
from portal.domain.file_names import never_a_device
from portal.domain.status import Lang
from portal.files.taskdir import is_safe_name, strain_name
from portal.pipeline.library_versions import installed_version
from portal.results.names import SCORES_JSON, TOXINS_JSON
from portal.results.reading import read_document
from portal.results.scores import ScoresDocument
from portal.results.toxins import ToxinsDocument

# Libraries that affect numbers and pictures; the bytes of a bundle are reproducible with the same versions.
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
        # A browser or a client may send a folder with the name; a bundle must not reveal a user's folders.
        return cls(name=name.replace("\\", "/").rpartition("/")[2], size=size, sha256=digest)


@dataclass(frozen=True)
class Origin:
    """The manifest's description of the task. `submission_time` (ISO 8601) is the date of every file in the bundle.

    `folder` is the bundle's one top folder; by default it is named after the strain and the task.
    """

    task_id: str
    strain: str
    submission_time: str
    lang: Lang
    genome: InputFile | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    folder: str = ""

    @property
    def top(self) -> str:
        """Return the name of the top folder, which differs between tasks and is possible on every system."""
        if self.folder:
            return self.folder
        strain = self.strain if is_safe_name(self.strain) else strain_name(self.strain)
        name = f"{strain}_{self.task_id}" if self.task_id else strain
        return never_a_device(name).rstrip(".")

    @property
    def moment(self) -> datetime:
        """Return the submission time in UTC; a time without a zone is taken as UTC.

        Raises:
            ValueError: `submission_time` is not ISO 8601.
        """
        moment = datetime.fromisoformat(self.submission_time)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def file_digest(path: Path) -> tuple[int, str]:
    """Return the size in bytes and the SHA-256 (hex) of a file."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()


def library_versions() -> dict[str, str]:
    """Return the versions of those LIBRARIES that are installed."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = installed_version(name)
        except PackageNotFoundError:
            continue
    return found


def result_versions(digger_dir: Path, shoter_dir: Path) -> dict[str, Any]:
    """Return what produced the results, and from which data: the portal's version and what each stage recorded."""
    toxins = digger_dir / TOXINS_JSON
    inventory = read_document(toxins, ToxinsDocument) if toxins.exists() else None
    scores = read_document(shoter_dir / SCORES_JSON, ScoresDocument)
    return {
        "portal": {"name": "bttoxin-portal", "version": __version__},
        "engine": without_paths(msgspec.to_builtins(inventory.engine)) if inventory else None,
        "reference": without_paths(msgspec.to_builtins(inventory.reference)) if inventory else None,
        "sequences": msgspec.to_builtins(inventory.sequences) if inventory else None,
        "specificity": without_paths(msgspec.to_builtins(scores.versions.specificity)),
        "run_id": scores.run_id,
        "libraries": library_versions(),
    }


def without_paths(value: Any) -> Any:
    """Return the value without texts that are absolute paths, which must not leave the machine with the bundle."""
    if isinstance(value, Mapping):
        return {key: without_paths(item) for key, item in value.items() if not _is_path(item)}
    if isinstance(value, list | tuple):
        return [without_paths(item) for item in value if not _is_path(item)]
    return value


def _is_path(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(("/", "~/"))
