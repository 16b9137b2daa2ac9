"""What is told to somebody whose file is no FASTA."""

from __future__ import annotations

import re

from portal.domain.errors import InvalidInput

SNIFF_BYTES = 256

_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")

# First bytes of what people upload by mistake, and what to tell them.
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "this is a gzip archive; unpack it first (gunzip)"),
    (b"PK\x03\x04", "this is a zip archive or an Office document; unpack it, or export the sequences as FASTA"),
    (b"BZh", "this is a bzip2 archive; unpack it first (bunzip2)"),
    (b"\xfd7zXZ\x00", "this is an xz archive; unpack it first (unxz)"),
    (b"\x28\xb5\x2f\xfd", "this is a zstd archive; unpack it first (unzstd)"),
    (b"7z\xbc\xaf", "this is a 7z archive; unpack it first"),
    (b"%PDF", "this is a PDF document, not FASTA"),
    (b"\xff\xfe", "this is UTF-16 text; save it as plain text (ASCII or UTF-8)"),
    (b"\xfe\xff", "this is UTF-16 text; save it as plain text (ASCII or UTF-8)"),
    (b"\xef\xbb\xbf", "the file starts with a byte order mark; save it as UTF-8 without BOM"),
    (b"LOCUS ", "this is a GenBank record; export the sequences as FASTA"),
    (b"ID   ", "this is an EMBL record; export the sequences as FASTA"),
    (b"@", "this looks like FASTQ reads; assemble them first and upload the contigs as FASTA"),
    (b"<", "this is an HTML or XML page, not FASTA (was a login or error page downloaded instead of the file?)"),
)


def refuse_other_formats(block: bytes) -> None:
    """Look at the first bytes of a file for what is no FASTA at all.

    Raises:
        InvalidInput: it is an archive, a web page, reads, a record of another format, or binary.
    """
    start = block.lstrip()
    for signature, reason in _SIGNATURES:
        if block.startswith(signature) or start.startswith(signature):
            raise InvalidInput(reason, line=1)
    binary = _CONTROL.search(block[:SNIFF_BYTES])
    if binary:
        raise InvalidInput(illegal_letter(binary.group()), line=1 + block.count(b"\n", 0, binary.start()))


def illegal_letter(letter: bytes) -> str:
    """Say what is wrong with a byte that no sequence may hold."""
    if letter == b"\0":
        return "NUL byte: this is a binary file, not FASTA"
    if letter in (b"-", b"."):
        return f"gap '{letter.decode()}': this is an alignment; remove the gaps"
    if not 32 < letter[0] < 127:
        return f"byte 0x{letter[0]:02x} in a sequence: this is not FASTA text"
    return f"'{letter.decode()}' is no sequence letter"


def shown(name: str) -> str:
    """Quote an id for an error message, cut to a length that a page can show."""
    return f"'{name}'" if len(name) <= 60 else f"'{name[:57]}...'"
