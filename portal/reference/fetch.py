"""Fetch the default reference and the screening panel from PyPI, without running any of the package's code.

The source archive of btyper3 (GPL-3.0) contains 959 Cry, Cyt and Vip proteins under their 1998 names, and the
virulence proteins and panC genes that genomes are screened with. pip downloads it and stops if its SHA-256 is not the
pinned one; then these members are read. Installing the package is not necessary and
would not work offline, since its build downloads more.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from portal.domain.errors import InvalidInput, NotReady
from portal.domain.message import Message
from portal.domain.os_errors import os_reason
from portal.reference.screening import has_panel, panel_folder, place_panel
from portal.reference.sources import fasta_entries
from portal.reference.store import ReferenceStore
from portal.reference.types import Reference


@dataclass(frozen=True)
class PinnedArchive:
    """A source archive on PyPI, the toxin proteins in it, and the two files of a screening panel if it has one."""

    package: str
    version: str
    sha256: str
    path: str
    licence: str
    virulence: str | None = None
    pan_c: str | None = None

    @property
    def file_name(self) -> str:
        return f"{self.package}-{self.version}.tar.gz"

    @property
    def member(self) -> str:
        return self.member_of(self.path)

    @property
    def origin(self) -> str:
        return f"PyPI {self.package} {self.version} ({self.licence}), archive SHA-256 {self.sha256}"

    def member_of(self, path: str) -> str:
        """Return the name of a file within the archive."""
        return f"{self.package}-{self.version}/{path}"


DEFAULT = PinnedArchive(
    package="btyper3",
    version="3.4.0",
    sha256="8717a5805b469ba08399e594eef9b7868740aad90428156ce8a65c2949c7cf28",
    path="btyper3/seq_bt_db/btyper3_bt_sequences.faa",
    licence="GPL-3.0",
    virulence="btyper3/seq_virulence_db/btyper3_virulence_sequences.faa",
    pan_c="btyper3/seq_panC_db/panC.fna",
)
MAX_MEMBER_BYTES = 20_000_000
TIMEOUT_S = 180.0

Say = Callable[[str], None]


def fetch_default(
    store: ReferenceStore, *, say: Say = print, archive: Path | None = None, pinned: PinnedArchive = DEFAULT
) -> Reference:
    """Ensure that the default reference and its screening panel are installed.

    Needs no network if they are, or if `archive` is given. A reference that is there already is returned even if the
    panel, which earlier versions did not install, cannot be downloaded.

    Raises:
        NotReady: the archive cannot be downloaded; the message suggests an alternative.
        InvalidInput: the archive is not the pinned one.
    """
    name = pinned.package
    there = [reference for reference in store.list() if reference.name == name]
    ready = bool(there) and not store.verify(name)
    panel_ready = pinned.virulence is None or has_panel(panel_folder(store.root))
    if ready:
        rest = "no download" if panel_ready else "the screening panel is not"
        say(f"reference {name} {there[0].version} is there already ({there[0].entries} proteins); {rest}")
        if panel_ready:
            return there[0]
    with tempfile.TemporaryDirectory(prefix="btportal-fetch-") as scratch:
        if archive is None:
            try:
                archive = _download(pinned, Path(scratch), say)
            except NotReady as error:
                if not ready:
                    raise
                say(f"the screening panel is not installed, so genomes are not screened: {error.message}")
                return there[0]
        if not panel_ready:
            _place_panel(store, archive, pinned, say)
        if ready:
            return there[0]
        say(f"reading {pinned.member}")
        data = _read_member(archive, pinned, pinned.path)
    entries = list(fasta_entries(data))
    reference = store.add_entries(entries, name, version=pinned.version, origin=pinned.origin, replace=bool(there))
    say(f"{len(entries)} proteins read, {reference.entries} kept after the clean-up, in {reference.folder}")
    return reference


def _place_panel(store: ReferenceStore, archive: Path, pinned: PinnedArchive, say: Say) -> None:
    """Install the screening panel of an archive that has one."""
    if pinned.virulence is None or pinned.pan_c is None:
        return
    say(f"reading {pinned.member_of(pinned.virulence)} and {pinned.member_of(pinned.pan_c)}")
    virulence, pan_c = (_read_member(archive, pinned, path) for path in (pinned.virulence, pinned.pan_c))
    panel = place_panel(
        panel_folder(store.root), virulence, pan_c, version=f"{pinned.package} {pinned.version}", source=pinned.origin
    )
    say(f"screening panel in {panel.virulence.parent}")


def _download(pinned: PinnedArchive, scratch: Path, say: Say) -> Path:
    """Download the pinned source archive with pip."""
    requirement = f"{pinned.package}=={pinned.version}"
    (scratch / "requirements.txt").write_text(f"{requirement} --hash=sha256:{pinned.sha256}\n", encoding="utf-8")
    options = ["--no-deps", "--no-binary", ":all:", "--require-hashes", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "download", *options, "-r", "requirements.txt", "-d", "."]
    say(f"downloading {pinned.file_name}: pip download {' '.join(options)} {requirement}, SHA-256 {pinned.sha256}")
    environment = os.environ | {"PIP_NO_INPUT": "1", "PIP_RETRIES": "1", "PIP_DEFAULT_TIMEOUT": "20"}
    try:
        done = subprocess.run(
            command, cwd=scratch, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise NotReady(Message("fetch.too_long", seconds=TIMEOUT_S)) from None
    archive = scratch / pinned.file_name
    if done.returncode or not archive.is_file():
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
        reason = " ".join(line for line in lines if line.startswith("ERROR")) or lines[-1]
        raise NotReady(Message("fetch.pip", name=pinned.file_name, reason=reason))
    return archive


def _read_member(archive: Path, pinned: PinnedArchive, path: str) -> bytes:
    """Return a file from the archive, which is not unpacked and not trusted.

    Raises:
        InvalidInput: the file is not the pinned one.
    """
    try:
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    except OSError as error:
        raise InvalidInput(Message("file.unreadable", name=str(archive), reason=os_reason(error))) from error
    if digest != pinned.sha256:
        raise InvalidInput(
            Message("fetch.digest", name=archive.name, expected=pinned.file_name, found=digest, wanted=pinned.sha256)
        )
    with tarfile.open(archive, "r:gz") as tar:
        member = tar.getmember(pinned.member_of(path))
        stream = tar.extractfile(member)
        if stream is None or member.size > MAX_MEMBER_BYTES:
            raise InvalidInput(Message("fetch.member", name=pinned.member_of(path)))
        return stream.read(MAX_MEMBER_BYTES)
