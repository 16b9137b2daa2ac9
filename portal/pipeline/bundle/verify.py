"""Check that a bundle holds exactly the files that its manifest lists.

The paths of the lists begin at the folder of the manifest: the one top folder, or the ZIP itself in bundles
of earlier versions.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from portal.domain.errors import InvalidValue
from portal.domain.message import Message, verbatim
from portal.pipeline.bundle.archive import MANIFEST_SCHEMA
from portal.results.names import CHECKSUMS, CRATE_JSON, MANIFEST_JSON

V = TypeVar("V")

_CHUNK = 1 << 20
# The description files of a bundle are small; the portal did not write a larger one.
_DOCUMENT_LIMIT = 64 << 20


def verify_bundle(path: Path) -> list[Message]:
    """Return one message per problem; none if the bundle is intact.

    Nothing is unpacked to disk, and no file is read beyond its size in the manifest.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _verify(archive)
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        return [Message("bundle.no_zip", reason=str(error))]


def _verify(archive: zipfile.ZipFile) -> list[Message]:
    names = archive.namelist()
    problems = [Message("bundle.twice", name=name) for name in sorted(set(names)) if names.count(name) > 1]
    problems += [Message("bundle.unsafe_name", name=repr(name)) for name in names if not _is_safe(name)]
    top = top_folder(names)
    absent = [name for name in (MANIFEST_JSON, CHECKSUMS, CRATE_JSON) if f"{top}{name}" not in names]
    if problems or absent:
        return problems + [Message("bundle.missing", name=name) for name in absent]
    try:
        listed = _below(top, _listed(json.loads(_document(archive, f"{top}{MANIFEST_JSON}"))))
        sums = _below(top, _sums(_document(archive, f"{top}{CHECKSUMS}").decode()))
    except (InvalidValue, ValueError, KeyError, TypeError) as error:
        lists = (MANIFEST_JSON, CHECKSUMS)
        return [Message("bundle.lists", names=lists, reason=_reason(error))]
    problems += [Message("bundle.missing", name=name) for name in listed if name not in names]
    described = set(listed) | {f"{top}{name}" for name in (MANIFEST_JSON, CHECKSUMS, CRATE_JSON)}
    problems += [Message("bundle.not_in", name=name, where=MANIFEST_JSON) for name in names if name not in described]
    problems += [
        Message("bundle.not_in", name=name, where=CHECKSUMS)
        for name in names
        if name not in sums and name != f"{top}{CHECKSUMS}"
    ]
    problems += [Message("bundle.only_in", name=name, where=CHECKSUMS) for name in sums if name not in names]
    for name in names:
        if name != f"{top}{CHECKSUMS}":
            problems += _check_file(archive, name, listed.get(name), sums.get(name))
    return problems


def top_folder(names: list[str]) -> str:
    """Return the top folder with its slash; empty if the lists are in none, or in several."""
    folders = {name.partition("/")[0] for name in names if name.partition("/")[2] == MANIFEST_JSON}
    return f"{folders.pop()}/" if len(folders) == 1 and MANIFEST_JSON not in names else ""


def _below(top: str, listed: dict[str, V]) -> dict[str, V]:
    return {f"{top}{name}": value for name, value in listed.items()}


def _reason(error: Exception) -> Message:
    return error.message if isinstance(error, InvalidValue) else verbatim(repr(error))


def _is_safe(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(name) and not path.is_absolute() and ".." not in path.parts and "\\" not in name


def _document(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > _DOCUMENT_LIMIT:
        raise InvalidValue(Message("record.too_large", name=name, limit=_DOCUMENT_LIMIT))
    return archive.read(name)


def _listed(manifest: dict[str, Any]) -> dict[str, tuple[int, str]]:
    if manifest["schema"] != MANIFEST_SCHEMA:
        raise InvalidValue(Message("document.format", number=str(manifest["schema"]), current=MANIFEST_SCHEMA))
    return {entry["path"]: (int(entry["size"]), str(entry["sha256"])) for entry in manifest["files"]}


def _sums(text: str) -> dict[str, str]:
    sums = {}
    for number, line in enumerate(text.splitlines(), start=1):
        digest, separator, name = line.partition("  ")
        if not separator or len(digest) != 64:
            raise InvalidValue(Message("bundle.line", name=CHECKSUMS, line=number))
        sums[name] = digest
    return sums


def _check_file(
    archive: zipfile.ZipFile, name: str, listed: tuple[int, str] | None, expected: str | None
) -> list[Message]:
    size = archive.getinfo(name).file_size
    if listed and size != listed[0]:
        return [Message("bundle.size", name=name, size=size, expected=listed[0])]
    digest = hashlib.sha256()
    try:
        with archive.open(name) as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        return [Message("bundle.damaged", name=name, reason=str(error))]
    problems = []
    if listed and digest.hexdigest() != listed[1]:
        problems.append(Message("bundle.differs", name=name, where=MANIFEST_JSON))
    if expected and digest.hexdigest() != expected:
        problems.append(Message("bundle.differs", name=name, where=CHECKSUMS))
    return problems
