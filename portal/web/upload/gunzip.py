"""Decompress a gzip stream while it arrives; data beyond the limit is never decompressed."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from portal.domain.errors import InvalidInput, PayloadTooLarge
from portal.domain.message import Message

_GZIP = 16 + zlib.MAX_WBITS
_MAGIC = b"\x1f\x8b"


class Gunzip:
    """One or more gzip members, as gzip and bgzip write them; at most `limit_bytes` of text, `piece_bytes` at once."""

    def __init__(self, limit_bytes: int, piece_bytes: int) -> None:
        self._left = limit_bytes
        self._limit = limit_bytes
        self._piece = piece_bytes
        self._unpacker = zlib.decompressobj(_GZIP)
        self._head = b""  # the first bytes, as many as tell whether it is gzip at all

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the content of the next bytes.

        Raises:
            InvalidInput: the data is damaged, or no gzip at all.
            PayloadTooLarge: the content exceeds the limit.
        """
        while data:
            if self._unpacker.eof:
                data = data.lstrip(b"\0")  # padding between members is allowed
                if not data:
                    return
                self._unpacker = zlib.decompressobj(_GZIP)
            if len(self._head) < len(_MAGIC):
                self._head += data[: len(_MAGIC) - len(self._head)]
                self._require_gzip()
            try:
                piece = self._unpacker.decompress(data, self._piece)
            except zlib.error as error:
                raise InvalidInput(Message("gzip.damaged")) from error
            data = self._unpacker.unused_data if self._unpacker.eof else self._unpacker.unconsumed_tail
            self._left -= len(piece)
            if self._left < 0:
                raise PayloadTooLarge(Message("item.unpacked_longer", limit=self._limit))
            if piece:
                yield piece

    def _require_gzip(self) -> None:
        if not _MAGIC.startswith(self._head):
            raise InvalidInput(Message("gzip.none"))

    def end(self) -> None:
        """Signal the end of the data; raise InvalidInput if the stream is incomplete."""
        if not self._unpacker.eof:
            raise InvalidInput(Message("gzip.cut"))
