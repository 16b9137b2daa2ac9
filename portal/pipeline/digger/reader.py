"""Read FASTA files of any origin, one sequence at a time, in bounded memory.

`portal.domain.fasta`, the validator of uploads, first checks every file from end to end, so that an error with its line
is reported before any work is done. Gzip files are decompressed on the fly.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from portal.domain.errors import InvalidInput
from portal.domain.fasta import Expect, FastaFacts, validate_fasta
from portal.domain.message import Message
from portal.domain.os_errors import os_reason
from portal.domain.sequence_names import bounded_name

_BLOCK = 1 << 20
_GZIP_MAGIC = b"\x1f\x8b"
# One sequence is held in memory. The largest bacterial genomes have 15 Mb, an upload at most 50 MB.
MAX_SEQUENCE_LENGTH = 100_000_000
MAX_FILE_LENGTH = 1_000_000_000  # also for the decompressed content of a gzip file
_BLANKS = b" \t\v\f\n"


@dataclass(frozen=True, slots=True)
class FastaRecord:
    """One sequence: the name up to the first white space, the rest of the header, and the sequence in upper case.

    The name has a bounded length (see `portal.domain.sequence_names`).
    """

    name: str
    description: str
    sequence: bytes


def check_fasta(path: Path, expect: Expect) -> FastaFacts:
    """Read the whole file once and return its statistics.

    Raises:
        InvalidInput: not FASTA, not of the expected kind, or too large.
    """
    facts = validate_fasta(_blocks(path), expect)
    if facts.longest > MAX_SEQUENCE_LENGTH:
        raise InvalidInput(Message("file.sequence_length", length=facts.longest, limit=MAX_SEQUENCE_LENGTH))
    return facts


def read_fasta(path: Path) -> Iterator[FastaRecord]:
    """Yield the records of a file that `check_fasta` has accepted."""
    header = b""
    body = bytearray()
    for is_header, piece in _pieces(path):
        if not is_header:
            body += piece.translate(None, _BLANKS)
            continue
        if header:
            yield _record(header, body)
        header, body = piece, bytearray()
    if header:
        yield _record(header, body)


def _record(header: bytes, body: bytearray) -> FastaRecord:
    # Any white space ends the name, as in `portal.domain.fasta`; a file with an unnamed header was refused.
    name, *description = header[1:].decode("utf-8", errors="replace").split(None, 1)
    return FastaRecord(name=bounded_name(name), description="".join(description).strip(), sequence=bytes(body.upper()))


def _pieces(path: Path) -> Iterator[tuple[bool, bytes]]:
    r"""Yield (is a header, text): whole headers, and sequence in runs of many lines; accepts all three line ends."""
    rest = b""
    pending_return = False
    for block in _blocks(path):
        data = (b"\r" if pending_return else b"") + block
        pending_return = data.endswith(b"\r")
        data = rest + data.removesuffix(b"\r").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        at = 0
        while (start := data.find(b">", at)) >= 0:
            if start > at:
                yield False, data[at:start]
            end = data.find(b"\n", start)
            if end < 0:
                break
            yield True, data[start:end]
            at = end
        if start < 0:
            yield False, data[at:]
            rest = b""
        else:
            rest = data[start:]
    if rest:
        yield True, rest


def _blocks(path: Path) -> Iterator[bytes]:
    """Yield the file's bytes, decompressed if gzip."""
    total = 0
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == _GZIP_MAGIC
            raw.seek(0)
            stream: gzip.GzipFile | BinaryIO = gzip.GzipFile(fileobj=raw) if packed else raw
            while block := stream.read(_BLOCK):
                total += len(block)
                if total > MAX_FILE_LENGTH:
                    raise InvalidInput(Message("file.too_large", limit=MAX_FILE_LENGTH))
                yield block
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InvalidInput(Message("file.gzip_damaged")) from error
    except (IsADirectoryError, FileNotFoundError, PermissionError) as error:
        raise InvalidInput(Message("file.unreadable", name=path.name, reason=os_reason(error))) from error
