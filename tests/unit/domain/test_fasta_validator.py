"""What a user's file must look like, and what the error says when it does not."""

from __future__ import annotations

import gzip
import hashlib
import random
import time
import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.domain.errors import InvalidInput
from portal.domain.fasta import MAX_RECORDS, Expect, FastaFacts, FastaValidator, validate_fasta
from portal.domain.message import Message
from portal.domain.sequence_names import MAX_NAME, bounded_name

DNA = b"ACGTTGCA" * 20
PROTEIN = b"MDNNPNINECIPYNCLSNPEVEVLGGERIETGYTPIDISLSLTQFLLSEFVPGAGFVLGLVDIIWG"


def outcome(data: bytes, expect: str = "auto", cuts: tuple[int, ...] = (), block: int = 1 << 18) -> FastaFacts | str:
    """Feed the data in the pieces that `cuts` make; return the facts, or the error as text."""
    validator = FastaValidator(expect, block_bytes=block)  # type: ignore[arg-type]
    bounds = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    try:
        for start, end in pairwise(bounds):
            validator.feed(data[start:end])
        return validator.finish()
    except InvalidInput as error:
        return str(error)


@pytest.mark.parametrize(
    ("data", "expect", "message"),
    [
        (b"", "auto", "the file is empty"),
        (b"\n \n\n", "auto", "the file is empty"),
        (b">a\n", "auto", "line 1: record 'a' has a header but no sequence"),
        (b">a\nACGT\n>b\n\n>c\nACGT\n", "auto", "line 3: record 'b' has a header but no sequence"),
        (b"ACGT\n>a\nACGT\n", "auto", "line 1: sequence before the first header"),
        (b"\n\nACGT\n", "auto", "line 3: sequence before the first header"),
        (b">a\n" + PROTEIN + b"\n", "nucl", "line 2: protein where DNA is expected"),
        (b">a\n" + DNA + b"\n>b\n" + PROTEIN * 9 + b"\n", "orfs", "line 4: protein where DNA is expected"),
        (b">a\n" + DNA + b"\n", "prot", "line 2: nucleotides where proteins are expected"),
        (b">a\n\n\n" + DNA + b"\n", "prot", "line 4: nucleotides where proteins are expected"),
        (b">a\n" + DNA + b"\nACGTQACGT\n", "auto", "line 3: 'Q' is not a nucleotide code"),
        (gzip.compress(b">a\nACGT\n"), "auto", "line 1: this is a gzip archive"),
        (b"PK\x03\x04rest", "auto", "line 1: this is a zip archive"),
        (b"\n <!DOCTYPE html><html>", "auto", "line 1: this is an HTML or XML page"),
        (b"@read1\nACGT\n+\nIIII\n", "auto", "line 1: this looks like FASTQ"),
        (b"LOCUS       X", "auto", "line 1: this is a GenBank record"),
        (b"\xef\xbb\xbf>a\nACGT\n", "auto", "line 1: the file starts with a byte order mark"),
        (">a\nACGT\n".encode("utf-16"), "auto", "line 1: this is UTF-16 text"),
        (b">a\nAC\0GT\n", "auto", "line 2: NUL byte"),
        (b">a\n" + DNA * 5 + b"\nAC\0GT\n", "auto", "line 3: NUL byte"),
        (b">a\n" + DNA * 5 + b"\n>b\0c\nACGT\n", "auto", "line 3: NUL byte in a header"),
        (b">a\nAC\xe9GT\n", "auto", "line 2: byte 0xe9 in a sequence"),
        (b">a\nAC\n>b\nGT\n>a x\nAC\n", "auto", "line 5: duplicate id 'a', first seen in line 1"),
        (b">\nACGT\n", "auto", "line 1: the id is missing"),
        (b">a\nAC\n> b\nACGT\n", "auto", "line 3: the id is missing"),
        (b">a\nAC1GT\n", "auto", "line 2: '1' is not a sequence character"),
        (b">a\nACGT\nAC>GT\n", "auto", "line 3: '>' is not a sequence character"),
        (b">a\nAC-GT\n", "auto", "line 2: gap '-': this is an alignment"),
        (b">a\nAC..GT\n", "auto", "line 2: gap '.': this is an alignment"),
        (b">caf\xe9\nACGT\n", "auto", "line 1: the header is not UTF-8"),
        (b">" + b"x" * 100_001 + b"\nACGT\n", "auto", "line 1: the header is longer than 100,000 bytes"),
        (b">a\r\nACGT\r\nAC\r\n\r\n>a\r\nA\r\n", "auto", "line 5: duplicate id 'a'"),
        (b">a\rACGT\r>b\rAC!\r", "auto", "line 4: '!' is not a sequence character"),
    ],
)
def test_a_bad_file_is_refused_with_line_and_reason(data: bytes, expect: str, message: str) -> None:
    found = outcome(data, expect)
    assert isinstance(found, str), found
    assert found.startswith(message)


@pytest.mark.parametrize(
    "data",
    [
        b">a x\nACGTAC\nGT\n>b\nTTTT\n",
        b">a x\r\nACGTAC\r\nGT\r\n>b\r\nTTTT\r\n",
        b">a x\rACGTAC\rGT\r>b\rTTTT",
        b">a x\nacgtacgt\n\n>b\n\nttTT",
        b"\n\n>a x\nACGT ACGT \n\t>b"[:-3] + b">b\nTTTT",
    ],
)
def test_line_ends_case_blanks_and_a_missing_last_newline_do_not_matter(data: bytes) -> None:
    facts = validate_fasta([data])
    assert (facts.records, facts.letters, facts.kind, facts.longest, facts.n50) == (2, 12, "nucl", 8, 8)


def test_iupac_letters_are_dna_and_counted_as_ambiguous() -> None:
    facts = validate_fasta([b">a\n" + DNA + b"NRYSWKMBDHV\nnryswkmbdhv\n"])
    assert (facts.kind, facts.ambiguous, facts.letters) == ("nucl", 22, len(DNA) + 22)


def test_a_genome_of_only_n_is_dna() -> None:
    facts = validate_fasta([b">a\n" + b"N" * 1000])
    assert (facts.kind, facts.ambiguous) == ("nucl", 1000)


def test_rna_is_taken_and_said_so() -> None:
    facts = validate_fasta([b">a\n" + DNA.replace(b"T", b"U")])
    assert facts.kind == "nucl"
    assert facts.notes == (Message("note.uracil"),)


def test_proteins_with_stops() -> None:
    facts = validate_fasta([b">a\n" + PROTEIN + b"*\n>b\n" + PROTEIN + b"*" + PROTEIN + b"XX\n"])
    assert (facts.kind, facts.records, facts.ambiguous) == ("prot", 2, 2)
    assert facts.notes == (Message("note.stops", count=1),)


def test_coding_sequences_are_told_from_contigs() -> None:
    genes = b"".join(b">g%d\nATGAAA\nGCTTAA\n" % number for number in range(10))
    assert validate_fasta([genes]).kind == "orfs"
    assert validate_fasta([genes + b">c\nACGTT\n>d\nACGTT\n"]).kind == "nucl"
    declared = validate_fasta([genes + b">c\nACGTT\n"], "orfs")
    assert declared.kind == "orfs"
    assert declared.notes == (Message("note.not_coding", count=1, total=11),)
    assert validate_fasta([genes], "nucl").kind == "nucl"


def test_n50_is_the_contig_that_holds_the_middle_base() -> None:
    lengths = (80, 70, 50, 40, 30, 20)
    data = b"".join(b">%d\n%s\n" % (size, b"A" * size) for size in lengths)
    assert validate_fasta([data]).n50 == 70


ALPHABET = st.sampled_from([b"A", b"c", b"G", b"T", b"N", b"L", b"*", b"\n", b"\r", b"\r\n", b">", b"\n>", b" ", b"-"])
HEADERS = st.sampled_from([b">a\n", b">b desc\r\n", b">c\r", b"\n>d\xc3\xa9 x\n", b">\n", b">e\xff\n"])


@settings(max_examples=300, deadline=None)
@given(
    pieces=st.lists(st.one_of(ALPHABET, HEADERS, st.just(b"ACGT" * 40 + b"\n"), st.just(b">h%d" % 1)), max_size=40),
    cuts=st.lists(st.integers(0, 10_000), max_size=12),
    block=st.integers(1, 400),
)
def test_how_the_bytes_arrive_changes_nothing(pieces: list[bytes], cuts: list[int], block: int) -> None:
    data = b">first\n" + b"".join(pieces)
    assert outcome(data, cuts=tuple(cuts), block=block) == outcome(data)


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=600), cuts=st.lists(st.integers(0, 600), max_size=5))
def test_any_bytes_give_facts_or_a_reason(data: bytes, cuts: list[int]) -> None:
    assert outcome(data, cuts=tuple(cuts), block=7) == outcome(data)


def plain_reading(data: bytes) -> tuple[int, int] | int | None:
    """Read a file that starts with a header the slow and simple way.

    Returns (records, letters), the line of the first mistake, or None where only the whole file tells.
    """
    lengths: dict[bytes, int] = {}
    name, header_line = b"", 0
    lines = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    for number, line in enumerate(lines, start=1):
        if line.startswith(b">"):
            if name and not lengths[name]:
                return header_line
            words = line[1:].split()
            try:
                line.decode()
            except UnicodeDecodeError:
                return number
            if not words or line[1:2].isspace() or words[0] in lengths:
                return number
            name, header_line = words[0], number
            lengths[name] = 0
        else:
            letters = line.replace(b" ", b"")
            if not all(byte in b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz*" for byte in letters):
                return number
            lengths[name] += len(letters)
    if not lengths[name]:
        return header_line
    text = b"".join(line for line in lines if not line.startswith(b">")).replace(b" ", b"").upper()
    plain = sum(map(text.count, (b"A", b"C", b"G", b"T", b"N", b"U")))
    if plain >= 0.75 * len(text) and text.translate(None, b"ACGTNURYSWKMBDHV"):
        return None
    return len(lengths), len(text)


@settings(max_examples=300, deadline=None)
@given(
    pieces=st.lists(st.one_of(ALPHABET, HEADERS, st.just(b"ACGT" * 40 + b"\n")), max_size=30),
    cuts=st.lists(st.integers(0, 10_000), max_size=6),
    block=st.integers(1, 300),
)
def test_it_agrees_with_a_plain_reading(pieces: list[bytes], cuts: list[int], block: int) -> None:
    data = b">first\n" + b"".join(pieces)
    expected, found = plain_reading(data), outcome(data, cuts=tuple(cuts), block=block)
    if isinstance(expected, tuple):
        assert isinstance(found, FastaFacts), found
        assert (found.records, found.letters) == expected
    else:
        assert isinstance(found, str), found
        assert expected is None or found.startswith(f"line {expected}: ")


def seconds_for(data: bytes, chunk: int = 1 << 16) -> float:
    pieces = [data[start : start + chunk] for start in range(0, len(data), chunk)]
    start = time.process_time()  # what others on the machine do does not count
    validate_fasta(pieces)
    return time.process_time() - start


@pytest.mark.speed
@pytest.mark.parametrize("shape", ["lines", "one line", "many contigs", "only N"])
def test_ten_megabytes_take_a_moment_whatever_their_shape(shape: str) -> None:
    rng = random.Random(5)
    base = bytes(rng.choices(b"ACGT", k=60_000))
    if shape == "lines":
        data = b">a\n" + b"\n".join([base[:60]] * 160_000)
    elif shape == "one line":
        data = b">a\n" + base * 160
    elif shape == "many contigs":
        data = b"".join(b">contig_%d\n%s\n%s\n" % (number, base[:50], base[:50]) for number in range(90_000))
    else:
        data = b">a\n" + b"N" * 9_600_000
    hashing = time.process_time()
    hashlib.sha512(data).digest()  # a yardstick that no processor has an instruction of its own for
    hashing = time.process_time() - hashing
    factor = 40 if shape == "many contigs" else 6  # ten times what was measured: this guards the order of growth
    assert min(seconds_for(data) for _ in range(2)) < factor * hashing


def test_memory_is_the_ids_and_not_the_file() -> None:
    line = b"ACGT" * 16_000 + b"\n"
    tracemalloc.start()
    validator = FastaValidator()
    validator.feed(b">a\n")
    for _ in range(300):
        validator.feed(line)
    validator.finish()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000  # 19 MB went through


def test_records_are_bounded_and_the_line_is_told_before_the_rest_is_read() -> None:
    validator = FastaValidator()
    piece = b"".join(b">%d\nA\n" % number for number in range(MAX_RECORDS))
    validator.feed(piece)
    more = b"".join(b">x%d\nA\n" % number for number in range(50_000))
    with pytest.raises(InvalidInput, match="line 200001: there are more than 100,000 sequences"):
        validator.feed(more)
    assert validate_fasta([piece]).records == MAX_RECORDS


def test_a_record_takes_little_memory_whatever_its_name() -> None:
    tracemalloc.start()
    validator = FastaValidator()
    for number in range(300):
        validator.feed(b">%d_" % number + b"x" * 90_000 + b"\nACGTACGT\n")
    facts = validator.finish()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000  # 27 MB went through
    assert [str(note) for note in facts.notes] == [
        "300 names are longer than 200 characters; results show their beginning and a mark"
    ]


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.integers(1, 400))
def test_a_bounded_name_is_short_and_tells_names_apart(text: str, times: int) -> None:
    name, other = text * times, text * times + "x"
    assert len(bounded_name(name)) <= MAX_NAME
    assert bounded_name(name) != bounded_name(other)
    assert (bounded_name(name) == name) == (len(name) <= MAX_NAME)
    assert bounded_name(bounded_name(name)) == bounded_name(name)


def test_a_name_that_looks_like_the_mark_of_another_is_its_duplicate() -> None:
    long = "x" * 300
    data = f">{long}\nACGT\n>{bounded_name(long)}\nACGT\n".encode()
    with pytest.raises(InvalidInput, match="line 3: duplicate id"):
        validate_fasta([data])


def test_a_plasmid_that_begins_and_ends_like_a_gene_is_none() -> None:
    rng = random.Random(5)
    for _ in range(300):
        body = "".join(rng.choice("ACGT") for _ in range(3 * 500))
        plasmid = f">p\nATG{body}TAA\n".encode()
        assert validate_fasta([plasmid]).kind == "nucl"
    codons = [a + b + c for a in "ACGT" for b in "ACGT" for c in "ACGT" if a + b + c not in ("TAA", "TAG", "TGA")]
    genes = "".join(f">g{n}\nATG{''.join(rng.choice(codons) for _ in range(300))}TAA\n" for n in range(20))
    assert validate_fasta([genes.encode()]).kind == "orfs"
    assert validate_fasta([genes.encode() + b">plasmid\nCCC" + body.encode() + b"\n"]).kind == "nucl"
    assert validate_fasta([genes.encode(), b">late\n", b"ATG", b"AAATAA", b"GGG\n", b"TAA\n"]).kind == "nucl"


@pytest.mark.parametrize("letter", ["N", "X", "x", "R"])
def test_masked_and_ambiguous_contigs_leave_a_genome_a_genome(letter: str) -> None:
    genome = b">a\n" + DNA * 10 + b"\n>masked\n" + letter.encode() * 50 * len(DNA) + b"\n"
    for expect in ("auto", "nucl"):
        facts = validate_fasta([genome], expect)
        assert (facts.kind, facts.records) == ("nucl", 2)
        assert facts.ambiguous == 50 * len(DNA)


@pytest.mark.parametrize(
    ("sequence", "expect", "percent"),
    [
        (b"N" * 5000, "auto", 100.0),
        (b"ACGT" * 10 + b"N" * 40, "nucl", 50.0),
        (b"ACGT" * 10 + b"N" * 39, "nucl", None),
        (b"MKLEEFIL" + b"X" * 24, "prot", 75.0),
        (b"MKLEEFIL" * 4, "prot", None),
    ],
)
def test_a_file_that_is_mostly_unknown_says_so(sequence: bytes, expect: Expect, percent: float | None) -> None:
    notes = validate_fasta([b">a\n" + sequence + b"\n"], expect).notes
    told = [note for note in notes if note.code == "note.mostly_unknown"]
    assert [note.to_json()["params"]["percent"] for note in told] == ([] if percent is None else [percent])
