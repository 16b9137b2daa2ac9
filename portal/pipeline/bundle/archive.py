"""Write all results into one ZIP as a stream, below one top folder; the same results always give the same bytes.

Every entry has the task's submission time, mode 644 and a fixed position, so that the bytes depend neither on the
time of writing nor on the user or the machine.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from portal.pipeline.bundle.crate import crate_metadata
from portal.pipeline.bundle.entry import BundleEntry
from portal.pipeline.bundle.origin import Origin, without_paths
from portal.pipeline.bundle.readme import readme
from portal.results.media import media_type
from portal.results.name_seams import REPORT_LIMIT_BYTES, SeamedPacker, byte_places
from portal.results.names import CHECKSUMS, CRATE_JSON, MANIFEST_JSON, READMES, languages

MANIFEST_SCHEMA = 1
# Already compressed; compressing them again costs time and saves nothing.
_PACKED = (".png", ".gz", ".zip")
_CHUNK = 1 << 20
_ZIP64_FROM = 1 << 30
_ZIP_FIRST_YEAR = 1980


def regular_files(folder: Path) -> list[Path]:
    """Return the files of a flat folder by name, without hidden files (temporary) and links (may leave the folder)."""
    files = (path for path in folder.iterdir() if not path.name.startswith("."))
    return sorted(path for path in files if stat.S_ISREG(path.lstat().st_mode))


def write_bundle(
    target: Path, files: Mapping[str, Sequence[Path]], *, origin: Origin, versions: Mapping[str, Any]
) -> tuple[BundleEntry, ...]:
    """Write the bundle to `target` and return its entries, except the three that describe the others.

    Args:
        files: the files of each folder in the bundle, by folder name.
        origin: names the top folder, and dates every file.
        versions: of what made the files.
    """
    partial = target.with_name(f".{target.name}.partial")
    try:
        with partial.open("wb") as stream:
            entries = write_stream(stream, files, origin=origin, versions=versions)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return entries


def write_stream(
    stream: IO[bytes], files: Mapping[str, Sequence[Path]], *, origin: Origin, versions: Mapping[str, Any]
) -> tuple[BundleEntry, ...]:
    """Write the bundle to a stream, which need not be seekable, and return its entries."""
    paths = {f"{folder}/{path.name}": path for folder in files for path in files[folder]}
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        entries = [
            _add_document(archive, name, readme(lang, list(paths), origin, versions).encode(), origin)
            for lang, name in READMES.items()
        ]
        entries += [_add_file(archive, name, paths[name], origin) for name in sorted(paths)]
        manifest = _encode(_manifest(entries, origin, versions))
        described = _add_document(archive, MANIFEST_JSON, manifest, origin)
        crate = _encode(crate_metadata([*entries, described], origin, versions))
        sums = [*entries, described, _add_document(archive, CRATE_JSON, crate, origin)]
        lines = "".join(f"{entry.sha256}  {entry.path}\n" for entry in sums)
        archive.writestr(_info(CHECKSUMS, origin), lines.encode())
    return tuple(entries)


def _info(name: str, origin: Origin) -> zipfile.ZipInfo:
    """Return the entry of a file by its path below the top folder."""
    moment = origin.moment
    stamp = (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)
    info = zipfile.ZipInfo(f"{origin.top}/{name}", date_time=max(stamp, (_ZIP_FIRST_YEAR, 1, 1, 0, 0, 0)))
    info.create_system = 3  # Unix, whatever the machine
    info.external_attr = (stat.S_IFREG | 0o644) << 16
    info.compress_type = zipfile.ZIP_STORED if name.endswith(_PACKED) else zipfile.ZIP_DEFLATED
    return info


def _add_file(archive: zipfile.ZipFile, name: str, path: Path, origin: Origin) -> BundleEntry:
    digest, size, info = hashlib.sha256(), 0, _info(name, origin)
    with path.open("rb") as source:
        expected = os.fstat(source.fileno()).st_size
        packer = _packer_of(path, expected)
        with archive.open(info, "w", force_zip64=expected > _ZIP64_FROM) as sink:
            if packer is not None:
                sink._compressor = packer  # type: ignore[attr-defined] # zipfile takes none; a test reads the result
            while chunk := source.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
                sink.write(chunk)
    if packer is not None:
        info.extra += packer.field
    return BundleEntry(name, size, digest.hexdigest(), media_type(name))


def _packer_of(path: Path, size: int) -> SeamedPacker | None:
    """Return what packs a report so that the name in it can be replaced; None for what is packed as usual."""
    if path.suffix != ".html" or size > REPORT_LIMIT_BYTES:
        return None
    try:
        places = byte_places(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        return None
    return SeamedPacker(places) if places else None


def _add_document(archive: zipfile.ZipFile, name: str, content: bytes, origin: Origin) -> BundleEntry:
    archive.writestr(_info(name, origin), content)
    return BundleEntry(name, len(content), hashlib.sha256(content).hexdigest(), media_type(name))


def _manifest(entries: list[BundleEntry], origin: Origin, versions: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "schema": MANIFEST_SCHEMA,
        "task_id": origin.task_id,
        "strain": origin.strain,
        "submission_time": origin.moment.isoformat(),
        "lang": origin.lang.value,
        "languages": [lang.value for lang in languages(origin.lang)],
        "input": asdict(origin.genome) if origin.genome else None,
        "parameters": without_paths(dict(origin.parameters)),
        "versions": dict(versions),
        "files": [asdict(entry) for entry in entries],
    }


def _encode(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
