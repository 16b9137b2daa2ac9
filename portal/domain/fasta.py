"""Check a FASTA file while it streams in, at a fraction of the cost of hashing it.

Accepted: DNA or protein letters of the IUPAC alphabets in either case, any of the three line endings, blank lines,
spaces inside sequence lines, a last line without a line ending, `U` for `T`, `*` for a stop in a protein.
Refused, with the line number: everything else, including gaps (`-`, `.`), because a gapped file is an alignment and its
coordinates are not those of a genome.

Blocks are processed with `bytes.split` and `bytes.translate`, never letter by letter; a piece of sequence is examined
again only if it holds something unusual.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from portal.domain.errors import InvalidInput
from portal.domain.fasta_refusals import SNIFF_BYTES, illegal_character, refuse_other_formats, shown
from portal.domain.message import Message
from portal.domain.sequence_names import MAX_NAME, bounded_name

Kind = Literal["nucl", "prot", "orfs"]
Expect = Literal["auto", "nucl", "prot", "orfs"]

BLOCK_BYTES = 1 << 18
MAX_HEADER_BYTES = 100_000
MAX_RECORDS = 100_000  # the worst drafts have a few thousand contigs
# In DNA nearly all letters are A, C, G, T, U or N; in proteins about a quarter are.
MIN_CORE_SHARE = 0.75
# A file counts as coding sequences if this share of its records reads start codon ... stop codon, and none has a stop
# inside: a plasmid may begin and end like that by chance, and would lose its toxins.
MIN_CDS_SHARE = 0.9
MAX_CDS_LETTERS = 60_000

_BLANK = b" \t\n\v\f"
_CORE = b"ACGTacgt"
# X is not an IUPAC nucleotide code, but is used to mask regions of genomes: it is read as N.
_IUPAC = b"NURYSWKMBDHVXnuryswkmbdhvx"
_PROTEIN = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz*"
_NOT_NUCLEOTIDE = re.compile(rb"[^ \t\n\v\fACGTUNRYSWKMBDHVXacgtunryswkmbdhvx]")
_NOT_LETTER = re.compile(rb"[^ \t\n\v\fA-Za-z*]")
_STARTS = frozenset((b"ATG", b"GTG", b"TTG"))
_STOPS = frozenset((b"TAA", b"TAG", b"TGA"))
_FIRST_STOP = re.compile(rb"(?:...)*?(?:TAA|TAG|TGA)")


@dataclass(frozen=True)
class FastaFacts:
    """Facts about a valid file; lengths in letters, `notes` are for the user."""

    records: int
    letters: int
    kind: Kind
    longest: int
    n50: int
    ambiguous: int
    notes: tuple[Message, ...] = ()

    def as_record(self) -> dict[str, Any]:
        """Return the facts in the form of a task's record: notes as English sentences, and as codes (`remarks`)."""
        numbers = {item.name: getattr(self, item.name) for item in fields(self) if item.name != "notes"}
        return {
            **numbers,
            "notes": [str(note) for note in self.notes],
            "remarks": [note.to_json() for note in self.notes],
        }


@dataclass
class _Record:
    """The record being read: its first line and the facts about its sequence so far."""

    name: str
    line: int
    letters: int = 0
    first: bytes = b""
    last: bytes = b""
    read: bytearray = field(default_factory=bytearray)  # while it may be a coding sequence


@dataclass
class _Tally:
    """Counts over all records."""

    letters: int = 0
    special: int = 0  # letters that are not A, C, G or T
    any_base: int = 0  # N
    uracil: int = 0
    unknown: int = 0  # X
    foreign: int = 0  # letters that stand for no nucleotide: E, F, I, L, P, Q and the like
    stops: int = 0
    end_stops: int = 0
    coding: int = 0  # records that read start codon ... stop codon


class FastaValidator:
    """Check the bytes of one file in pieces of any size; `finish` returns the facts.

    Memory: the ids, one number per record, and one block.

    Raises (from both methods):
        InvalidInput: with the 1-based line; the first of several errors in the file, except an error that only the
            whole file shows (proteins where DNA is expected).
    """

    def __init__(self, expect: Expect = "auto", *, unique_ids: bool = True, block_bytes: int = BLOCK_BYTES) -> None:
        self._expect = expect
        self._unique_ids = unique_ids
        self._block_bytes = block_bytes
        self._waiting = bytearray()  # small pieces, collected until they fill a block
        self._sniffed = False
        self._held = b"\n"  # the start of the next block; at first a line ending "before line 1"
        self._line = 0
        self._seen: dict[str, int] = {}
        self._lengths = array("Q")
        self._record: _Record | None = None
        self._tally = _Tally()
        self._first_odd: tuple[int, str] | None = None
        self._first_sequence_line = 0
        self._cut_names = 0
        self._may_be_coding = True

    def feed(self, chunk: bytes) -> None:
        """Check the next piece of the file."""
        if self._waiting or len(chunk) < max(self._block_bytes, SNIFF_BYTES):
            self._waiting += chunk
            if len(self._waiting) < max(self._block_bytes, 0 if self._sniffed else SNIFF_BYTES):
                return
            chunk = bytes(self._waiting)
            self._waiting.clear()
        for start in range(0, len(chunk), max(self._block_bytes, SNIFF_BYTES)):
            self._take(chunk[start : start + max(self._block_bytes, SNIFF_BYTES)])

    def finish(self, expect: Expect | None = None) -> FastaFacts:
        """End the file and return its facts; pass `expect` if the expected type is known only after the file."""
        self._expect = expect or self._expect
        self._take(bytes(self._waiting), last=True)
        self._waiting.clear()
        if self._record is None:
            raise InvalidInput(Message("fasta.empty"))
        self._close_record(self._record)
        return self._facts()

    def _take(self, block: bytes, *, last: bool = False) -> None:
        if not self._sniffed:
            self._sniffed = True
            refuse_other_formats(block)
        data = self._held + block
        self._held = b""
        split_return = not last and data.endswith(b"\r")  # its "\n" may be the first byte of the next block
        if b"\r" in data:
            data = (data[:-1] if split_return else data).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if not last:
            data = self._hold_back(data)
        if split_return:
            self._held += b"\r"
        self._check(data)

    def _hold_back(self, data: bytes) -> bytes:
        """Keep an unfinished header, or a line ending that a header may follow, for the next block."""
        cut = data.rfind(b"\n")
        if cut < 0 or data[cut + 1 : cut + 2] not in (b"", b">") or len(data) - cut > MAX_HEADER_BYTES + 2:
            return data  # so long a header is refused when its record begins
        self._held = data[cut:]
        return data[:cut]

    def _check(self, data: bytes) -> None:
        if b">" not in data:
            self._take_sequence(data)
            return
        sequence, *records = data.split(b"\n>")
        self._take_sequence(sequence)
        for record in records:
            header, newline, sequence = record.partition(b"\n")
            self._line += 1
            self._open_record(header)
            self._line += len(newline)
            self._take_sequence(sequence)

    def _open_record(self, header: bytes) -> None:
        line = self._line
        if self._record is not None:
            self._close_record(self._record)
        if len(header) > MAX_HEADER_BYTES:
            raise InvalidInput(Message("fasta.header_length", limit=MAX_HEADER_BYTES), line=line)
        if b"\0" in header:
            raise InvalidInput(Message("fasta.header_nul"), line=line)
        try:
            text = header.decode()
        except UnicodeDecodeError:
            raise InvalidInput(Message("fasta.header_encoding"), line=line) from None
        if not text or text[0].isspace():
            raise InvalidInput(Message("fasta.no_id"), line=line)
        full = text.split(None, 1)[0]
        name = bounded_name(full)
        self._cut_names += name != full
        before = self._seen.setdefault(name, line)
        if before != line and self._unique_ids:
            raise InvalidInput(Message("fasta.duplicate_id", name=shown(name), before=before), line=line)
        if len(self._lengths) == MAX_RECORDS:
            raise InvalidInput(Message("fasta.too_many_records", limit=MAX_RECORDS), line=line)
        self._record = _Record(name, line)

    def _close_record(self, record: _Record) -> None:
        if not record.letters:
            raise InvalidInput(Message("fasta.no_sequence", name=shown(record.name)), line=record.line)
        self._lengths.append(record.letters)
        if self._may_be_coding and _has_stop_inside(record.read):
            self._may_be_coding = False
        if record.last.endswith(b"*"):
            self._tally.end_stops += 1
        elif record.letters % 3 == 0 and record.first.upper() in _STARTS:
            self._tally.coding += record.last.upper() in _STOPS

    def _take_sequence(self, sequence: bytes) -> None:
        if not sequence:
            return
        rest = sequence.translate(None, _CORE)  # for ordinary DNA only the line endings remain
        newlines = len(rest)
        letters = len(sequence) - newlines
        if rest.strip(b"\n"):
            newlines = rest.count(b"\n")
            rest = rest.translate(None, _BLANK)
            self._take_rest(sequence, rest)
            letters += len(rest)
        record = self._record
        if letters:
            if record is None:
                raise InvalidInput(
                    Message("fasta.no_header"),
                    line=self._line + _lines_before_letters(sequence),
                )
            if not self._first_sequence_line:
                self._first_sequence_line = self._line + _lines_before_letters(sequence)
            if len(record.first) < 3:
                record.first = (record.first + _leading(sequence))[:3]
            record.last = (record.last + _trailing(sequence))[-3:]
            record.letters += letters
            self._tally.letters += letters
            if record.letters > MAX_CDS_LETTERS:
                self._may_be_coding = False
            if self._may_be_coding:
                record.read += sequence.translate(None, _BLANK)
        self._line += newlines

    def _take_rest(self, sequence: bytes, rest: bytes) -> None:
        """Count the letters that are not A, C, G or T, and refuse anything that is not a letter."""
        odd = rest.translate(None, _IUPAC)
        if self._record is not None and odd:
            illegal = _NOT_LETTER.search(sequence) if odd.translate(None, _PROTEIN) else None
            if illegal:
                line = self._line + sequence.count(b"\n", 0, illegal.start())
                raise InvalidInput(illegal_character(illegal.group()), line=line)
            if self._first_odd is None:
                found = _NOT_NUCLEOTIDE.search(sequence)
                assert found is not None
                self._first_odd = self._line + sequence.count(b"\n", 0, found.start()), found.group().decode()
        tally = self._tally
        tally.special += len(rest)
        tally.any_base += _number(rest, b"Nn")
        tally.uracil += _number(rest, b"Uu")
        tally.unknown += _number(rest, b"Xx")
        stops = _number(rest, b"*")
        tally.stops += stops
        tally.foreign += len(odd) - stops

    def _facts(self) -> FastaFacts:
        tally = self._tally
        plain = tally.letters - tally.special + tally.uracil
        is_dna = plain + tally.any_base >= MIN_CORE_SHARE * tally.letters
        kind: Kind = "prot"
        if self._expect == "prot":
            if is_dna:
                raise InvalidInput(Message("fasta.nucleotides"), line=self._first_sequence_line)
        elif self._expect != "auto" or is_dna or not (tally.foreign or tally.stops):
            self._refuse_non_nucleotides(is_dna)
            kind = "orfs" if self._expect == "orfs" or (self._expect == "auto" and self._is_coding()) else "nucl"
        ambiguous = tally.unknown if kind == "prot" else tally.letters - plain
        return FastaFacts(
            records=len(self._lengths),
            letters=tally.letters,
            kind=kind,
            longest=max(self._lengths),
            n50=n50_of(self._lengths),
            ambiguous=ambiguous,
            notes=self._notes(kind, ambiguous),
        )

    def _refuse_non_nucleotides(self, is_dna: bool) -> None:
        if self._first_odd is None:
            return
        line, letter = self._first_odd
        if is_dna:
            raise InvalidInput(Message("fasta.not_nucleotide", character=letter), line=line)
        raise InvalidInput(Message("fasta.protein", character=letter), line=line)

    def _is_coding(self) -> bool:
        return self._may_be_coding and self._tally.coding >= MIN_CDS_SHARE * len(self._lengths)

    def _notes(self, kind: Kind, ambiguous: int) -> tuple[Message, ...]:
        tally = self._tally
        records = len(self._lengths)
        notes = []
        if unknown := mostly_unknown(tally.letters, ambiguous):
            notes.append(unknown)
        if self._cut_names:
            notes.append(Message("note.long_names", count=self._cut_names, limit=MAX_NAME))
        if kind == "prot" and tally.stops > tally.end_stops:
            notes.append(Message("note.stops", count=tally.stops - tally.end_stops))
        if kind != "prot" and tally.uracil:
            notes.append(Message("note.uracil"))
        if kind == "orfs" and tally.coding < records:
            notes.append(Message("note.not_coding", count=records - tally.coding, total=records))
        return tuple(notes)


def mostly_unknown(letters: int, ambiguous: int) -> Message | None:
    """Return how many percent of a file's letters are unknown, if half of them or more are.

    So little is left of such a file that what is not found in it may be in the genome all the same.
    """
    if not letters or 2 * ambiguous < letters:
        return None
    return Message("note.mostly_unknown", percent=100 * ambiguous / letters)


def validate_fasta(chunks: Iterable[bytes], expect: Expect = "auto", *, unique_ids: bool = True) -> FastaFacts:
    """Check a whole file given as pieces of bytes.

    Raises:
        InvalidInput: with the 1-based line.
    """
    validator = FastaValidator(expect, unique_ids=unique_ids)
    for chunk in chunks:
        validator.feed(chunk)
    return validator.finish()


def _has_stop_inside(sequence: bytearray) -> bool:
    """Tell whether there is a stop codon in the first reading frame before the last codon."""
    found = _FIRST_STOP.match(bytes(sequence).upper().replace(b"U", b"T"))
    return found is not None and found.end() <= len(sequence) - 3


def _number(letters: bytes, wanted: bytes) -> int:
    """Count letters; `bytes.count` would take 20 times as long if the wanted ones are frequent."""
    return len(letters) - len(letters.translate(None, wanted))


def _lines_before_letters(sequence: bytes) -> int:
    return sequence.count(b"\n", 0, len(sequence) - len(sequence.lstrip(_BLANK)))


def _leading(sequence: bytes) -> bytes:
    """Return the first three letters."""
    head = sequence[:3]
    return head if head.isalpha() and len(head) == 3 else sequence.translate(None, _BLANK)[:3]


def _trailing(sequence: bytes) -> bytes:
    """Return the last three letters."""
    tail = sequence[-4:].rstrip(b"\n")[-3:]
    return tail if tail.isalpha() and len(tail) == 3 else sequence.translate(None, _BLANK)[-3:]


def n50_of(lengths: Iterable[int]) -> int:
    """Return the N50: the length of the contig with the middle letter, in order of decreasing length; 0 if none."""
    ordered = sorted(lengths, reverse=True)
    rest = sum(ordered) / 2
    for length in ordered:
        rest -= length
        if rest <= 0:
            return length
    return 0
