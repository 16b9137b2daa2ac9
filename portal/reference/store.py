"""The references of a portal: one folder each, one of them in use.

    <root>/
      current                  name of the reference in use
      <name>/reference.faa     cleaned proteins (the name alone in the header)
      <name>/reference.json    facts: version, source, SHA-256, families, blind spots
      <name>/changes.tsv       what the clean-up dropped, renamed or remarked on

A reference is built in a temporary folder and renamed into place, under one lock: a reader sees it complete or not at
all, and a refused source changes nothing.
"""

from __future__ import annotations

import csv
import fcntl
import hashlib
import io
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, fields
from datetime import UTC, datetime
from pathlib import Path

from portal.domain.errors import Conflict, CorruptRecord, InvalidInput, NotFound
from portal.domain.message import Message
from portal.domain.os_errors import os_reason
from portal.files.atomic import encode_json, storage_error, write_bytes
from portal.files.document import read_object
from portal.reference.clean import Cleaned, clean
from portal.reference.sources import digger_database, read_entries
from portal.reference.types import Change, Entry, Reference

FASTA_NAME = "reference.faa"
FACTS_NAME = "reference.json"
CHANGES_NAME = "changes.tsv"
_CURRENT = "current"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class ReferenceStore:
    """References below one folder, which need not exist yet."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def list(self) -> Sequence[Reference]:
        """Return all references by name; other folders are skipped."""
        if not self.root.is_dir():
            return []
        folders = sorted(path for path in self.root.iterdir() if (path / FACTS_NAME).is_file())
        return [self._read(folder) for folder in folders if _NAME.fullmatch(folder.name)]

    def get(self, name: str) -> Reference:
        """Return one reference.

        Raises:
            NotFound: there is none of that name.
            CorruptRecord: its facts cannot be read.
        """
        folder = self.root / _checked(name)
        if not (folder / FACTS_NAME).is_file():
            names = [reference.name for reference in self.list()]
            if names:
                raise NotFound(Message("reference.none", name=name, names=names))
            raise NotFound(Message("reference.empty_store", name=name))
        return self._read(folder)

    def current(self) -> Reference | None:
        """Return the reference in use, None if none was chosen or the chosen one is gone."""
        try:
            return self.get((self.root / _CURRENT).read_text(encoding="utf-8").strip())
        except (FileNotFoundError, NotFound, InvalidInput):
            return None

    def use(self, name: str) -> Reference:
        """Check a reference and put it into use.

        Raises:
            NotFound: there is none of that name.
            InvalidInput: it is damaged; the one in use does not change.
        """
        with self._locked():
            reference = self.get(name)
            problems = self.verify(name)
            if problems:
                raise InvalidInput(Message("reference.broken", name=name, problems=problems))
            write_bytes(self.root / _CURRENT, f"{name}\n".encode())
        return reference

    def add(self, source: Path, name: str, *, version: str = "", origin: str = "", replace: bool = False) -> Reference:
        """Clean a FASTA, a table or the database of an installed BtToxin_Digger and keep it under a name.

        The first reference of a store is put into use at once. `version` and `origin` default to those of the source.

        Raises:
            InvalidInput: the source is refused, with the reason; nothing changed.
            Conflict: the name is taken and `replace` is off.
        """
        if source.is_dir():
            source = digger_database(source)
            version = version or source.stem.removeprefix("bt_toxin")
            origin = origin or f"BtToxin_Digger database {source.name}"
        return self.add_entries(
            read_entries(source), name, version=version, origin=origin or source.name, replace=replace
        )

    def add_entries(
        self, entries: Sequence[Entry], name: str, *, version: str, origin: str, replace: bool = False
    ) -> Reference:
        """Clean entries and keep them under a name; see `add`."""
        _checked(name)
        cleaned = clean(entries)
        with self._locked():
            folder = self.root / name
            if folder.exists() and not replace:
                raise Conflict(Message("reference.taken", name=name))
            self._place(folder, cleaned, version=version, origin=origin)
            if self.current() is None:
                write_bytes(self.root / _CURRENT, f"{name}\n".encode())
        return self.get(name)

    def changes(self, name: str) -> Sequence[Change]:
        """Return the changes made by the clean-up."""
        text = (self.get(name).folder / CHANGES_NAME).read_text(encoding="utf-8")
        return [Change(**row) for row in csv.DictReader(io.StringIO(text), delimiter="\t")]

    def verify(self, name: str) -> Sequence[Message]:
        """Return one message per problem of a reference.

        Raises:
            NotFound: there is none of that name.
        """
        reference = self.get(name)
        try:
            data = reference.fasta.read_bytes()
        except OSError as error:
            return [Message("file.unreadable", name=FASTA_NAME, reason=os_reason(error))]
        problems = []
        if hashlib.sha256(data).hexdigest() != reference.sha256:
            problems.append(Message("reference.changed", name=FASTA_NAME))
        if data.count(b">") != reference.entries:
            found = data.count(b">")
            problems.append(Message("reference.entries", name=FASTA_NAME, found=found, expected=reference.entries))
        return problems

    def remove(self, name: str) -> None:
        """Remove a reference that is not in use.

        Raises:
            Conflict: it is in use.
        """
        with self._locked():
            folder = self.get(name).folder
            current = self.current()
            if current is not None and current.name == name:
                raise Conflict(Message("reference.in_use", name=name))
            self._discard(folder)

    def _place(self, folder: Path, cleaned: Cleaned, *, version: str, origin: str) -> None:
        draft = Path(tempfile.mkdtemp(prefix=".new-", dir=self.root))
        try:
            _write_draft(draft, cleaned, version=version, origin=origin)
            draft.chmod(0o755)
            if folder.exists():
                self._discard(folder)
            draft.replace(folder)
        except OSError as error:
            raise storage_error(error) from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _discard(self, folder: Path) -> None:
        """Rename a folder away in one step, then delete it."""
        trash = Path(tempfile.mkdtemp(prefix=".old-", dir=self.root))
        folder.replace(trash / folder.name)
        shutil.rmtree(trash, ignore_errors=True)

    def _read(self, folder: Path) -> Reference:
        facts = read_object(folder / FACTS_NAME)
        try:
            values = {item.name: facts[item.name] for item in fields(Reference) if item.name in facts}
            values |= {"families": tuple(facts["families"]), "blind_spots": tuple(facts["blind_spots"])}
            return Reference(name=folder.name, folder=folder, fasta=folder / FASTA_NAME, **values)
        except (KeyError, TypeError) as error:
            raise CorruptRecord(Message("reference.facts", name=f"{folder.name}/{FACTS_NAME}")) from error

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Allow only one process at a time to change the store."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / ".lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise InvalidInput(Message("reference.name", name=name), field="name")
    return name


def _write_draft(draft: Path, cleaned: Cleaned, *, version: str, origin: str) -> None:
    fasta = "".join(f">{entry.name}\n{entry.sequence}\n" for entry in cleaned.entries).encode()
    sha256 = hashlib.sha256(fasta).hexdigest()
    table = io.StringIO()
    writer = csv.writer(table, delimiter="\t", lineterminator="\n")
    writer.writerow([item.name for item in fields(Change)])
    writer.writerows(astuple(change) for change in cleaned.changes)
    facts = {
        "version": version or sha256[:12],
        "sha256": sha256,
        "entries": len(cleaned.entries),
        "families": cleaned.families,
        "blind_spots": cleaned.blind_spots,
        "source": origin,
        "added_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    write_bytes(draft / FASTA_NAME, fasta)
    write_bytes(draft / CHANGES_NAME, table.getvalue().encode())
    write_bytes(draft / FACTS_NAME, encode_json(facts))
