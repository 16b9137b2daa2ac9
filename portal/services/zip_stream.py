"""A ZIP of already compressed files, laid out before any byte is sent.

Members are stored as they are, or as another archive has compressed them, so the position of every byte is known in
advance: the length can be announced and any range served without building the archive. No library does both
(zipstream-ng knows the length, none serves ranges). The format is PKWARE's APPNOTE 6.3.10, with ZIP64 records
throughout, which all current readers accept.
"""

from __future__ import annotations

import contextlib
import io
import struct
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, Self

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_PIECE_BYTES = 1 << 18
_VERSION = 45  # ZIP64
_UTF8 = 0x0800
_FIRST_MOMENT = (1980, 1, 1, 0, 0, 0)  # the same files make the same archive
_LOCAL = struct.Struct("<IHHHHHIIIHH")
_CENTRAL = struct.Struct("<IHHHHHHIIIHHHHHII")
_ZIP64_END = struct.Struct("<IQHHIIQQQQ")
_ZIP64_LOCATOR = struct.Struct("<IIQI")
_END = struct.Struct("<IHHHHIIH")
_FULL32, _FULL16 = 0xFFFFFFFF, 0xFFFF
_END_BYTES = _ZIP64_END.size + _ZIP64_LOCATOR.size + _END.size


Open = Callable[[], BinaryIO]


@dataclass(frozen=True)
class Slice:
    """`size` bytes of what `open` opens, from `offset` on."""

    open: Open
    offset: int
    size: int


@dataclass(frozen=True)
class Later:
    """`size` bytes that are made when they are sent: their number is known, and what they are takes time."""

    size: int
    make: Callable[[], bytes]


Piece = bytes | Slice | Later


@dataclass(frozen=True)
class Member:
    """A member of the archive with a known size (bytes): the content from `open`, at its `offset`, or `data`.

    With a `method` other than 0 the content is compressed in that way, and `plain_size` is its size unpacked. `moment`
    is the time of the file: year, month, day, hour, minute, second. A `crc` that can be called is computed when it is
    sent. With `pieces` the content is made of these.
    """

    name: str
    size: int
    crc: int | Callable[[], int]
    open: Open | None = None
    data: bytes = b""
    plain_size: int | None = None
    method: int = 0
    moment: tuple[int, int, int, int, int, int] = _FIRST_MOMENT
    offset: int = 0
    pieces: tuple[Piece, ...] = ()

    @property
    def unpacked(self) -> int:
        """The size of the content in bytes, unpacked."""
        return self.size if self.plain_size is None else self.plain_size

    @property
    def content(self) -> tuple[Piece, ...]:
        """What the member is made of, packed."""
        if self.open is not None:
            return (Slice(self.open, self.offset, self.size),)
        return self.pieces or (self.data,)

    @property
    def crc_now(self) -> int:
        """The CRC-32 of the content, unpacked."""
        return self.crc if isinstance(self.crc, int) else self.crc()

    @classmethod
    def of_bytes(cls, name: str, data: bytes) -> Member:
        """Return a member that holds these bytes."""
        return cls(name, len(data), zlib.crc32(data), data=data)


class Checksums:
    """A bounded cache of contents' CRC-32 by their SHA-256, each computed once."""

    def __init__(self, most: int = 20_000) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._known: OrderedDict[str, int] = OrderedDict()

    def member(self, name: str, size: int, sha256: str, open_file: Open) -> Member:
        """Return a member with this content; `open_file` opens it, and raises, also here, if the content differs."""
        open_file().close()
        return Member(name, size, partial(self._crc, sha256, open_file), open_file)

    def _crc(self, sha256: str, open_file: Open) -> int:
        with self._lock:
            crc = self._known.get(sha256)
        if crc is None:
            crc = 0
            with open_file() as stream:
                while piece := stream.read(_PIECE_BYTES):
                    crc = zlib.crc32(piece, crc)
        with self._lock:
            self._known[sha256] = crc
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return crc


class ZipLayout:
    """The archive of some members, in order."""

    def __init__(self, members: Sequence[Member]) -> None:
        self._parts: list[tuple[int, int, Piece]] = []  # where it begins, its size, what it is
        self.size = 0
        places = []
        later = False
        for member in members:
            places.append(self.size)
            later = later or callable(member.crc)
            self._add(_now_or_later(_local_size(member), partial(_local_header, member), later=callable(member.crc)))
            for piece in member.content:
                self._add(piece)
        start, length = self.size, sum(map(_central_size, members))

        def end() -> bytes:
            central = b"".join(map(_central_header, members, places))
            return central + _end(len(members), start, length)

        self._add(_now_or_later(length + _END_BYTES, end, later=later))

    def _add(self, piece: Piece) -> None:
        self._parts.append((self.size, size_of(piece), piece))
        self.size += size_of(piece)

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from `start` up to `stop`.

        Raises:
            PortalError, OSError: a file has changed; the archive must then be abandoned.
        """
        stop = self.size if stop is None else min(stop, self.size)
        with _Sources() as sources:
            for offset, length, piece in self._parts:
                first, last = max(start - offset, 0), min(stop - offset, length)
                if first < last:
                    yield from sources.read(piece, first, last)


def _now_or_later(size: int, make: Callable[[], bytes], *, later: bool) -> Piece:
    return Later(size, make) if later else make()


def size_of(piece: Piece) -> int:
    """Return the number of bytes of a piece."""
    return len(piece) if isinstance(piece, bytes) else piece.size


def read_pieces(pieces: Iterable[Piece]) -> Iterator[bytes]:
    """Yield the bytes of pieces; see `ZipLayout.read` for errors."""
    with _Sources() as sources:
        for piece in pieces:
            yield from sources.read(piece, 0, size_of(piece))


class _Sources:
    """Reads pieces. The slices of one file that follow each other are read from one handle."""

    def __init__(self) -> None:
        self._stack = contextlib.ExitStack()
        self._open: Open | None = None
        self._stream: BinaryIO | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def read(self, piece: Piece, first: int, last: int) -> Iterator[bytes]:
        """Yield the bytes of a piece from `first` up to `last`."""
        if isinstance(piece, Slice):
            yield from self._slice(piece, first, last)
            return
        data = piece if isinstance(piece, bytes) else piece.make()
        if len(data) != size_of(piece):
            raise OSError(f"{len(data)} bytes where {size_of(piece)} were announced")
        yield data[first:last]

    def _slice(self, piece: Slice, first: int, last: int) -> Iterator[bytes]:
        left, stream = last - first, self._opened(piece.open)
        stream.seek(piece.offset + first)
        while left:
            data = stream.read(min(_PIECE_BYTES, left))
            if not data:
                raise OSError("a file became shorter while it was sent")
            left -= len(data)
            yield data

    def _opened(self, open_file: Open) -> BinaryIO:
        if self._stream is None or open_file is not self._open:
            self._stack.close()
            self._stream = self._stack.enter_context(open_file())
            self._open = open_file
        return self._stream


class LayoutFile(io.RawIOBase):
    """An archive that was laid out, to be read like a file."""

    def __init__(self, layout: ZipLayout) -> None:
        self.layout = layout
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self.layout.size}[whence]
        self._place = max(0, start + offset)
        return self._place

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer)
        piece = b"".join(self.layout.read(self._place, self._place + len(view)))
        view[: len(piece)] = piece
        self._place += len(piece)
        return len(piece)


def _local_size(member: Member) -> int:
    return _LOCAL.size + len(member.name.encode()) + 20


def _central_size(member: Member) -> int:
    return _CENTRAL.size + len(member.name.encode()) + 28


def _dos_time(member: Member) -> tuple[int, int]:
    """Return the time and the date of a member as MS-DOS wrote them."""
    year, month, day, hour, minute, second = member.moment
    return hour << 11 | minute << 5 | second // 2, (year - 1980) << 9 | month << 5 | day


def _local_header(member: Member) -> bytes:
    name = member.name.encode()
    extra = struct.pack("<HHQQ", 1, 16, member.unpacked, member.size)
    head = _LOCAL.pack(
        0x04034B50, _VERSION, _UTF8, member.method, *_dos_time(member), member.crc_now, _FULL32, _FULL32, len(name),
        len(extra),
    )  # fmt: skip
    return head + name + extra


def _central_header(member: Member, offset: int) -> bytes:
    name = member.name.encode()
    extra = struct.pack("<HHQQQ", 1, 24, member.unpacked, member.size, offset)
    attributes = 0o100644 << 16
    made_by = 3 << 8 | _VERSION  # Unix
    head = _CENTRAL.pack(
        0x02014B50, made_by, _VERSION, _UTF8, member.method, *_dos_time(member), member.crc_now, _FULL32, _FULL32,
        len(name), len(extra), 0, 0, 0, attributes, _FULL32,
    )  # fmt: skip
    return head + name + extra


def _end(count: int, start: int, length: int) -> bytes:
    record = _ZIP64_END.pack(0x06064B50, 44, 3 << 8 | _VERSION, _VERSION, 0, 0, count, count, length, start)
    locator = _ZIP64_LOCATOR.pack(0x07064B50, 0, start + length, 1)
    end = _END.pack(0x06054B50, 0, 0, min(count, _FULL16), min(count, _FULL16), _FULL32, _FULL32, 0)
    return record + locator + end
