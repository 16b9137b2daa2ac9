"""Where a report in a bundle says what its strain is called, and how to replace that without packing the rest again.

A bundle's writer lets zlib begin anew on both sides of each such place (a full flush: byte-aligned, and nothing behind
it refers to what is before it). So the parts between them stay right whatever stands in their place. Where these are
is noted in an extra field of the member's entry in the central directory (PKWARE's APPNOTE 6.3.10, 4.5), which other
readers skip. What has no such field is packed anew as a whole.
"""

from __future__ import annotations

import struct
import zlib
from collections import deque
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from portal.results.named_report import name_places

REPORT_LIMIT_BYTES = 32 << 20  # a larger report keeps the name that its run gave it
_FIELD_ID = 0x7462  # registered by nobody
_HEAD = struct.Struct("<HH")
_SEAM = struct.Struct("<QQQQ")


class Seam(NamedTuple):
    """A place that can be replaced: from and to which byte, in the text and in its packed form."""

    start: int
    stop: int
    packed_start: int
    packed_stop: int


class SeamedPacker:
    """Packs as zlib's raw deflate does; the places (byte offsets from, to) can be replaced afterwards."""

    def __init__(self, places: Sequence[tuple[int, int]]) -> None:
        self._places = places
        self._packer = zlib.compressobj(zlib.Z_DEFAULT_COMPRESSION, zlib.DEFLATED, -zlib.MAX_WBITS)
        self._cuts = deque(cut for place in places for cut in place)
        self._cut_at: list[int] = []
        self._plain = self._packed = 0

    def compress(self, data: bytes) -> bytes:
        """Return what the next bytes of the text become."""
        out = bytearray()
        while self._cuts and self._cuts[0] <= self._plain + len(data):
            step = self._cuts.popleft() - self._plain
            out += self._packer.compress(data[:step]) + self._packer.flush(zlib.Z_FULL_FLUSH)
            self._cut_at.append(self._packed + len(out))
            self._plain, data = self._plain + step, data[step:]
        out += self._packer.compress(data)
        self._plain += len(data)
        self._packed += len(out)
        return bytes(out)

    def flush(self) -> bytes:
        """Return the end."""
        return self._packer.flush()

    @property
    def field(self) -> bytes:
        """The extra field that says where the places are; empty if there is none, or nothing was packed here."""
        if len(self._cut_at) < 2 * len(self._places):
            return b""
        ends = iter(self._cut_at)
        seams = [_SEAM.pack(start, stop, next(ends), next(ends)) for start, stop in self._places]
        data = b"".join(seams)
        return _HEAD.pack(_FIELD_ID, len(data)) + data if data else b""


def byte_places(text: str) -> list[tuple[int, int]]:
    """Return from and to which byte (UTF-8) a report in HTML says what its strain is called, in order."""
    found, chars, size = [], 0, 0
    for start, stop in name_places(text):
        size += len(text[chars:start].encode())
        found.append((size, size + len(text[start:stop].encode())))
        chars, size = stop, found[-1][1]
    return found


def read_seams(extra: bytes, *, size: int, packed: int) -> tuple[Seam, ...]:
    """Return the seams of a member of `size` bytes that are `packed` ones; none if it has none, or wrong ones."""
    while len(extra) >= _HEAD.size:
        kind, length = _HEAD.unpack_from(extra)
        data, extra = extra[_HEAD.size : _HEAD.size + length], extra[_HEAD.size + length :]
        if kind == _FIELD_ID and len(data) == length and length % _SEAM.size == 0:
            seams = tuple(Seam(*each) for each in _SEAM.iter_unpack(data))
            return seams if _in_order(seams, size, packed) else ()
    return ()


def _in_order(seams: Iterable[Seam], size: int, packed: int) -> bool:
    plain_at = packed_at = 0
    for start, stop, packed_start, packed_stop in seams:
        if not (plain_at <= start < stop and packed_at < packed_start < packed_stop):
            return False
        plain_at, packed_at = stop, packed_stop
    return plain_at <= size and packed_at < packed


def packed_alone(data: bytes) -> bytes:
    """Return bytes packed as what stands in a place: as a part that ends with a full flush."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush(zlib.Z_FULL_FLUSH)
