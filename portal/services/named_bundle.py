"""A stored bundle laid out anew under the name that its strain has today: folder, README, reports and lists.

All other members are sent as they are stored, compressed, so that nothing is packed again. Its lists (manifest, crate,
SHA256SUMS) are right for what is sent, and it has a digest of its own.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any, BinaryIO

from portal.results.named_report import named_crate, named_html, named_manifest, named_markdown, named_readme
from portal.results.names import CHECKSUMS, CRATE_JSON, MANIFEST_JSON, READMES
from portal.services.zip_stream import Member, Open, ZipLayout

_LOCAL_BYTES = 30  # of a local header, before the name
_DOCUMENT_LIMIT = 32 << 20  # of a report; a larger text is sent as it is


def named_bundle(stream: BinaryIO, open_file: Open, *, name: str, folder: str) -> ZipLayout | None:
    """Return the layout of a bundle under a name; None if it is not one that this version can name.

    Args:
        stream: the stored bundle.
        open_file: opens it again, when it is sent.
        name: what the strain is called.
        folder: the top folder.
    """
    try:
        with zipfile.ZipFile(stream) as archive:
            return _laid_out(archive, open_file, name, folder)
    except (zipfile.BadZipFile, zlib.error, ValueError, KeyError, TypeError, AttributeError):
        return None


def _laid_out(archive: zipfile.ZipFile, open_file: Open, name: str, folder: str) -> ZipLayout | None:
    infos = archive.infolist()
    tops = {info.filename.partition("/")[0] for info in infos}
    if len(tops) != 1:  # of a version whose bundles had no folder
        return None
    top = f"{tops.pop()}/"
    paths = {info.filename.removeprefix(top): info for info in infos}
    written = _written(archive, paths, name)
    members = []
    for path, info in paths.items():
        if path in written:
            members.append(_packed(f"{folder}/{path}", written[path], info))
        else:
            members.append(_as_stored(archive, f"{folder}/{path}", info, open_file))
    return ZipLayout(members)


def _written(archive: zipfile.ZipFile, paths: Mapping[str, zipfile.ZipInfo], name: str) -> dict[str, bytes]:
    """Return the texts that name the strain, and the lists of what the bundle holds, by path."""
    manifest = json.loads(_read(archive, paths[MANIFEST_JSON]))
    crate = json.loads(_read(archive, paths[CRATE_JSON]))
    sums = _read(archive, paths[CHECKSUMS]).decode()
    new: dict[str, bytes] = {}
    for path, info in paths.items():
        if info.file_size <= _DOCUMENT_LIMIT and (named := _named(path, manifest["strain"], name)):
            new[path] = named(_read(archive, info).decode()).encode()
    manifest = named_manifest(manifest, name)
    manifest["files"] = [_listed(entry, new.get(entry["path"])) for entry in manifest["files"]]
    new[MANIFEST_JSON] = _encoded(manifest)
    crate = named_crate(crate, name)
    crate["@graph"] = [_described(entry, new.get(entry.get("@id", ""))) for entry in crate["@graph"]]
    new[CRATE_JSON] = _encoded(crate)
    lines = []
    for line in sums.splitlines():
        digest, _, path = line.partition("  ")
        lines.append(f"{_sha256(new[path]) if path in new else digest}  {path}\n")
    new[CHECKSUMS] = "".join(lines).encode()
    return new


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    if info.file_size > _DOCUMENT_LIMIT:
        raise ValueError(info.filename)
    return archive.read(info)


def _named(path: str, strain: str, name: str) -> Any:
    """Return what names the text at a path; None where nothing names the strain in its title."""
    for lang, readme in READMES.items():
        if path == readme:
            return lambda text: named_readme(text, name, strain, lang)
    return report_namer(path.rpartition("/")[2], name)


def report_namer(file: str, name: str) -> Any:
    """Return what gives the report in a file a name; None if the file is no report."""
    if not file.startswith("report."):
        return None
    if file.endswith(".html"):
        return lambda text: named_html(text, name)
    return (lambda text: named_markdown(text, name)) if file.endswith(".md") else None


def _listed(entry: dict[str, Any], data: bytes | None) -> dict[str, Any]:
    return entry if data is None else {**entry, "size": len(data), "sha256": _sha256(data)}


def _described(entry: dict[str, Any], data: bytes | None) -> dict[str, Any]:
    if data is None or entry.get("@type") != "File":
        return entry
    return {**entry, "contentSize": str(len(data)), "sha256": _sha256(data)}


def _encoded(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _packed(path: str, data: bytes, info: zipfile.ZipInfo) -> Member:
    packer = zlib.compressobj(level=1, wbits=-15)  # a submission has hundreds; this halves the work
    packed = packer.compress(data) + packer.flush()
    return Member(
        path, len(packed), zlib.crc32(data), data=packed, plain_size=len(data), method=zipfile.ZIP_DEFLATED,
        moment=info.date_time,
    )  # fmt: skip


def _as_stored(archive: zipfile.ZipFile, path: str, info: zipfile.ZipInfo, open_file: Open) -> Member:
    """Return a member with the bytes that the stored archive has of it."""
    stream = archive.fp
    assert stream is not None
    stream.seek(info.header_offset)
    local = stream.read(_LOCAL_BYTES)
    start = info.header_offset + _LOCAL_BYTES + int.from_bytes(local[26:28], "little")
    start += int.from_bytes(local[28:30], "little")
    return Member(
        path, info.compress_size, info.CRC, open_file, plain_size=info.file_size, method=info.compress_type,
        moment=info.date_time, offset=start,
    )  # fmt: skip
