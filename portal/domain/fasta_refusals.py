"""Recognise files that are not FASTA by their first bytes, and characters that a sequence must not hold."""

from __future__ import annotations

import re

from portal.domain.errors import InvalidInput
from portal.domain.message import Message

SNIFF_BYTES = 256

_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")

# First bytes of formats that people upload by mistake; the pages check them too.
SIGNATURES: tuple[tuple[bytes, Message], ...] = (
    (b"\x1f\x8b", Message("fasta.gzip")),
    (b"PK\x03\x04", Message("fasta.zip")),
    (b"BZh", Message("fasta.packed", format="bzip2", program="bunzip2")),
    (b"\xfd7zXZ\x00", Message("fasta.packed", format="xz", program="unxz")),
    (b"\x28\xb5\x2f\xfd", Message("fasta.packed", format="zstd", program="unzstd")),
    (b"7z\xbc\xaf", Message("fasta.7z")),
    (b"%PDF", Message("fasta.pdf")),
    (b"\xff\xfe", Message("fasta.utf16")),
    (b"\xfe\xff", Message("fasta.utf16")),
    (b"\xef\xbb\xbf", Message("fasta.bom")),
    (b"LOCUS ", Message("fasta.genbank")),
    (b"ID   ", Message("fasta.embl")),
    (b"@", Message("fasta.fastq")),
    (b"<", Message("fasta.html")),
)


def refuse_other_formats(block: bytes) -> None:
    """Check the first bytes of a file for a format other than FASTA.

    Raises:
        InvalidInput: it is an archive, a web page, reads, a record of another format, or binary.
    """
    start = block.lstrip()
    for signature, reason in SIGNATURES:
        if block.startswith(signature) or start.startswith(signature):
            raise InvalidInput(reason, line=1)
    binary = _CONTROL.search(block[:SNIFF_BYTES])
    if binary:
        raise InvalidInput(illegal_character(binary.group()), line=1 + block.count(b"\n", 0, binary.start()))


def illegal_character(character: bytes) -> Message:
    """Return what is wrong with a byte that no sequence may hold."""
    if character == b"\0":
        return Message("fasta.nul")
    if character in (b"-", b"."):
        return Message("fasta.gap", character=character.decode())
    if not 32 < character[0] < 127:
        return Message("fasta.byte", byte=f"0x{character[0]:02x}")
    return Message("fasta.not_sequence", character=character.decode())


def shown(name: str) -> str:
    """Cut an id to a length that a page can show."""
    return name if len(name) <= 60 else f"{name[:57]}..."
