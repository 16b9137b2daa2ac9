"""A stored bundle laid out anew under the name that its strain has today: folder, README, reports and lists.

All other members are sent as they are stored, compressed, so that nothing is packed again. Its lists (manifest, crate,
SHA256SUMS) are right for what is sent, and it has a digest of its own. Of a report in HTML, which is most of what has
to change, only the places with the name are replaced (`portal.results.name_seams`): then the layout is known in a few
milliseconds, and digests, which need the whole text, are computed when the first byte that depends on them is read.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import zipfile
import zlib
from collections.abc import Mapping
from functools import cached_property
from typing import Any, BinaryIO, NamedTuple

from portal.results.name_seams import REPORT_LIMIT_BYTES, Seam, packed_alone, read_seams
from portal.results.named_report import (
    name_in_html,
    named_crate,
    named_html,
    named_manifest,
    named_markdown,
    named_readme,
)
from portal.results.names import CHECKSUMS, CRATE_JSON, MANIFEST_JSON, READMES
from portal.services.zip_stream import Later, Member, Open, Piece, Slice, ZipLayout, read_pieces, size_of

_LOCAL_BYTES = 30  # of a local header, before the name


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
    stored = {path: _as_stored(archive, f"{folder}/{path}", info, open_file) for path, info in paths.items()}
    spliced = {}
    for path, info in paths.items():
        if seams := _seams(path, info):
            spliced[path] = _Spliced(stored[path], seams, name)
    written = _Written(archive, paths, name, spliced)
    members = []
    for path, info in paths.items():
        if path in spliced:
            members.append(spliced[path].member)
        elif path in written.documents:
            members.append(_packed(f"{folder}/{path}", written.documents[path], info))
        elif path in written.lists:
            members.append(written.list_member(path, f"{folder}/{path}", info))
        else:
            members.append(stored[path])
    return ZipLayout(members)


def _seams(path: str, info: zipfile.ZipInfo) -> tuple[Seam, ...]:
    is_report = path.rpartition("/")[2].startswith("report.") and path.endswith(".html")
    if not is_report or info.compress_type != zipfile.ZIP_DEFLATED or info.file_size > REPORT_LIMIT_BYTES:
        return ()
    return read_seams(info.extra, size=info.file_size, packed=info.compress_size)


class _Digest(NamedTuple):
    sha256: str
    crc: int


class _Spliced:
    """A report of which the places with the name are replaced, and the rest is as it is stored."""

    def __init__(self, stored: Member, seams: tuple[Seam, ...], name: str) -> None:
        assert stored.open is not None
        own = name_in_html(name).encode()
        pieces: list[Piece] = []
        at = 0
        for seam in seams:
            pieces += [Slice(stored.open, stored.offset + at, seam.packed_start - at), packed_alone(own)]
            at = seam.packed_stop
        self._pieces = (*pieces, Slice(stored.open, stored.offset + at, stored.size - at))
        size = sum(map(size_of, self._pieces))
        self.size = stored.unpacked + sum(len(own) - (seam.stop - seam.start) for seam in seams)
        self.member = Member(
            stored.name, size, lambda: self.digest.crc, plain_size=self.size, method=zipfile.ZIP_DEFLATED,
            moment=stored.moment, pieces=self._pieces,
        )  # fmt: skip

    @cached_property
    def digest(self) -> _Digest:
        """SHA-256 and CRC-32 of the text; raises OSError if it is not what its entry says."""
        sha256, crc, size = hashlib.sha256(), 0, 0
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
        for packed in read_pieces(self._pieces):
            try:
                text = unpacker.decompress(packed)
            except zlib.error as error:
                raise OSError(f"{self.member.name} cannot be unpacked") from error
            sha256.update(text)
            crc, size = zlib.crc32(text, crc), size + len(text)
        if size != self.size or not unpacker.eof:
            raise OSError(f"{self.member.name} has {size} bytes, not {self.size}")
        return _Digest(sha256.hexdigest(), crc)


class _Written:
    """The texts that name the strain (`documents`), and the lists of what the bundle holds, by path.

    Where reports are spliced, the lists have a mark of the length of a digest in place of each that is not known yet.
    """

    def __init__(
        self,
        archive: zipfile.ZipFile,
        paths: Mapping[str, zipfile.ZipInfo],
        name: str,
        spliced: Mapping[str, _Spliced],
    ) -> None:
        manifest = json.loads(_read(archive, paths[MANIFEST_JSON]))
        crate = json.loads(_read(archive, paths[CRATE_JSON]))
        sums = _read(archive, paths[CHECKSUMS]).decode()
        self._spliced = spliced
        self.documents: dict[str, bytes] = {}
        for path, info in paths.items():
            if path in spliced or info.file_size > REPORT_LIMIT_BYTES:
                continue
            if named := _named(path, manifest["strain"], name):
                self.documents[path] = named(_read(archive, info).decode()).encode()
        self._marks = {path: secrets.token_hex(32) for path in (*spliced, MANIFEST_JSON, CRATE_JSON)}
        new = {path: (len(data), _sha256(data)) for path, data in self.documents.items()}
        new |= {path: (report.size, self._marks[path]) for path, report in spliced.items()}
        manifest = named_manifest(manifest, name)
        manifest["files"] = [_listed(entry, new.get(entry["path"])) for entry in manifest["files"]]
        self.lists = {MANIFEST_JSON: _encoded(manifest)}
        new[MANIFEST_JSON] = len(self.lists[MANIFEST_JSON]), self._marks[MANIFEST_JSON]
        crate = named_crate(crate, name)
        crate["@graph"] = [_described(entry, new.get(entry.get("@id", ""))) for entry in crate["@graph"]]
        self.lists[CRATE_JSON] = _encoded(crate)
        new[CRATE_JSON] = len(self.lists[CRATE_JSON]), self._marks[CRATE_JSON]
        lines = []
        for line in sums.splitlines():
            digest, _, path = line.partition("  ")
            lines.append(f"{new[path][1] if path in new else digest}  {path}\n")
        self.lists[CHECKSUMS] = "".join(lines).encode()

    @cached_property
    def final(self) -> Mapping[str, bytes]:
        """The lists with all digests."""
        known = {path: report.digest.sha256 for path, report in self._spliced.items()}
        final = {}
        for path, marked in self.lists.items():  # each has digests of those before it
            data = marked
            for other, sha256 in known.items():
                data = data.replace(self._marks[other].encode(), sha256.encode())
            final[path] = data
            if path in self._marks:
                known[path] = _sha256(data)
        return final

    def list_member(self, path: str, called: str, info: zipfile.ZipInfo) -> Member:
        """Return a list as a member: packed if its digests are known, else as it is, since its size has to be known."""
        if not self._spliced:
            return _packed(called, self.final[path], info)
        size = len(self.lists[path])
        later = Later(size, lambda: self.final[path])
        return Member(called, size, lambda: zlib.crc32(self.final[path]), moment=info.date_time, pieces=(later,))


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    if info.file_size > REPORT_LIMIT_BYTES:
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


def _listed(entry: dict[str, Any], new: tuple[int, str] | None) -> dict[str, Any]:
    """Return an entry of the manifest with a new size (bytes) and digest, if there is one."""
    return entry if new is None else {**entry, "size": new[0], "sha256": new[1]}


def _described(entry: dict[str, Any], new: tuple[int, str] | None) -> dict[str, Any]:
    if new is None or entry.get("@type") != "File":
        return entry
    return {**entry, "contentSize": str(new[0]), "sha256": new[1]}


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
