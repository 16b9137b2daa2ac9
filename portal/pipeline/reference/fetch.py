"""Fetch the default reference from the PyPI, without running any of the package's code.

The source archive of btyper3 (GPL-3.0) carries 959 Cry, Cyt and Vip proteins under their names of 1998. pip downloads
it, and stops when its SHA-256 is not the pinned one; then one member is read. Installing the package is not needed and
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
from pathlib import Path

from portal.domain.errors import InvalidInput, NotReady
from portal.pipeline.reference.sources import fasta_entries
from portal.pipeline.reference.store import ReferenceStore
from portal.pipeline.reference.types import Reference

DEFAULT_NAME = "btyper3"
VERSION = "3.4.0"
ARCHIVE = f"btyper3-{VERSION}.tar.gz"
ARCHIVE_SHA256 = "8717a5805b469ba08399e594eef9b7868740aad90428156ce8a65c2949c7cf28"
MEMBER = f"btyper3-{VERSION}/btyper3/seq_bt_db/btyper3_bt_sequences.faa"
MAX_MEMBER_BYTES = 20_000_000
TIMEOUT_S = 180.0

_INSTEAD = (
    "Without network: copy that archive here and run `btportal reference fetch --archive FILE`, "
    "or add proteins of your own with `btportal reference add FILE --name NAME`."
)

Say = Callable[[str], None]


def fetch_default(store: ReferenceStore, *, say: Say = print, archive: Path | None = None) -> Reference:
    """Make sure that the default reference is there; without network when it is, or when `archive` is given.

    Raises:
        NotReady: the archive cannot be downloaded; the message says what to do instead.
        InvalidInput: the archive is not the pinned one.
    """
    there = [reference for reference in store.list() if reference.name == DEFAULT_NAME]
    if there and not store.verify(DEFAULT_NAME):
        say(f"reference {DEFAULT_NAME} {there[0].version} is there already ({there[0].entries} proteins); no download")
        return there[0]
    with tempfile.TemporaryDirectory(prefix="btportal-fetch-") as scratch:
        if archive is None:
            archive = _download(Path(scratch), say)
        say(f"reading {MEMBER}")
        data = _read_member(archive)
    origin = f"PyPI btyper3 {VERSION} (GPL-3.0), archive SHA-256 {ARCHIVE_SHA256}"
    entries = list(fasta_entries(data))
    reference = store.add_entries(entries, DEFAULT_NAME, version=VERSION, origin=origin, replace=bool(there))
    say(f"{len(entries)} proteins read, {reference.entries} kept after the clean-up, in {reference.folder}")
    return reference


def _download(scratch: Path, say: Say) -> Path:
    """Let pip fetch the pinned source archive."""
    requirements = scratch / "requirements.txt"
    requirements.write_text(f"btyper3=={VERSION} --hash=sha256:{ARCHIVE_SHA256}\n", encoding="utf-8")
    options = ["--no-deps", "--no-binary", ":all:", "--require-hashes", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "download", *options, "-r", requirements.name, "-d", "."]
    say(f"downloading {ARCHIVE}: pip {' '.join(command[3:-4])} btyper3=={VERSION} (SHA-256 pinned)")
    environment = os.environ | {"PIP_NO_INPUT": "1", "PIP_RETRIES": "1", "PIP_DEFAULT_TIMEOUT": "20"}
    try:
        done = subprocess.run(
            command, cwd=scratch, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise NotReady(f"The download took more than {TIMEOUT_S:.0f} s. {_INSTEAD}") from None
    archive = scratch / ARCHIVE
    if done.returncode or not archive.is_file():
        lines = [line for line in (done.stderr or done.stdout).splitlines() if line.startswith("ERROR")]
        raise NotReady(f"pip could not download {ARCHIVE}: {' '.join(lines) or 'no reason given'}. {_INSTEAD}")
    return archive


def _read_member(archive: Path) -> bytes:
    """Return the protein file from the archive, which is neither unpacked nor trusted.

    Raises:
        InvalidInput: another file than the pinned one.
    """
    try:
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    except OSError as error:
        raise InvalidInput(f"{archive} cannot be read: {error.strerror}") from error
    if digest != ARCHIVE_SHA256:
        raise InvalidInput(f"{archive.name} is not {ARCHIVE}: its SHA-256 is {digest}, pinned is {ARCHIVE_SHA256}")
    with tarfile.open(archive, "r:gz") as tar:
        member = tar.getmember(MEMBER)
        stream = tar.extractfile(member)
        if stream is None or member.size > MAX_MEMBER_BYTES:
            raise InvalidInput(f"{MEMBER} is not the file that it should be")
        return stream.read(MAX_MEMBER_BYTES)
