"""A gene that is seen in part is compared by the parts that were seen: no hidden residue is a difference or a match."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from portal.domain.fasta import Expect
from portal.pipeline.digger.engine import Engine
from portal.pipeline.digger.genome_hits import GenomeHits
from portal.pipeline.digger.loci.by_parts import PartsComparer
from portal.pipeline.digger.loci.seen import SeenParts, count_columns
from portal.pipeline.digger.native.index import Index, load_index
from portal.pipeline.digger.reader import check_fasta
from portal.pipeline.stage import no_progress
from portal.results.candidates import is_candidate
from portal.results.loci import Locus, Verdict
from portal.results.locus_words import what_it_is, what_it_means
from tests.pipeline.digger.digger_builders import backbone, gene, reverse_complement, write_fasta
from tests.pipeline.loci_references import default_reference

STOPS = "TAATTAATTAA"
BEFORE, BEHIND = backbone(5, 900) + STOPS, STOPS + backbone(6, 900)
# Of several subfamilies with many alleles, of other folds and lengths, and one without a relative.
TOXINS = ("Cry1Ac9", "Cry1Ab5", "Cry1Fa1", "Cry1Ia1", "Cry2Aa1", "Cry3Aa1", "Cry9Ca1", "Vip3Aa1", "Cyt1Aa1", "Mpp51Aa1")
PLACES = (0.2, 0.5, 0.77)

Contigs = Mapping[str, str]
Find = Callable[..., GenomeHits]


@pytest.fixture(scope="module")
def real() -> Index:
    reference = default_reference()
    return load_index(reference.fasta, reference.folder / "index", 1)


@pytest.fixture(scope="module")
def find(real: Index, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Find]:
    folder = tmp_path_factory.mktemp("genomes")
    with ThreadPoolExecutor(1) as pool:
        engine = Engine(real, pool, 1)

        def hits(contigs: Contigs, kind: Expect = "nucl") -> GenomeHits:
            path: Path = write_fasta(folder / "g.fna", contigs)
            return engine.find(path, check_fasta(path, kind), no_progress)

        yield hits


def same_protein(index: Index, letters: str) -> set[str]:
    return {entry.name for entry in index.proteins if entry.letters == letters}


def with_all(index: Index, *parts: str) -> set[str]:
    """Return the entries that have all parts in their order."""

    def has(letters: str) -> bool:
        at = 0
        for part in parts:
            at = letters.find(part, at)
            if at < 0:
                return False
            at += len(part)
        return True

    return {entry.name for entry in index.proteins if has(entry.letters)}


def letters_of(index: Index, name: str) -> str:
    return next(entry.letters for entry in index.proteins if entry.name == name)


def only(hits: GenomeHits) -> Locus:
    (locus,) = hits.loci
    return locus


def names(locus: Locus) -> set[str]:
    return {locus.reference or "", *locus.equal_to}


def is_exact(locus: Locus, index: Index, letters: str) -> None:
    """Assert that all that was seen of a gene agrees with a toxin, and that nothing else is concluded."""
    assert locus.identity_percent == 100.0
    assert same_protein(index, letters) <= names(locus), (locus.name, locus.reference)
    assert not is_candidate(locus)
    assert what_it_is(locus).code == "locus.like_seen"
    assert all((name or "").startswith(locus.name) for name in names(locus))


def hidden(dna: str, place: float, lost: int, unknown: int) -> Contigs:
    at = int(place * len(dna))
    return {"c": BEFORE + dna[:at] + "N" * unknown + dna[at + lost :] + BEHIND}


@pytest.mark.parametrize("name", TOXINS)
@pytest.mark.parametrize(("lost", "unknown"), [(30, 30), (100, 100), (300, 300), (300, 100), (31, 100)])
def test_what_n_hide_is_no_difference(find: Find, real: Index, name: str, lost: int, unknown: int) -> None:
    letters = letters_of(real, name)
    for place in PLACES[:2]:
        locus = only(find(hidden(gene(letters), place, lost, unknown)))
        is_exact(locus, real, letters)
        assert (locus.coverage_percent or 0) <= 100 * (1 - (lost // 3 - 2) / len(letters))


@pytest.mark.parametrize("name", ["Cry1Ac9", "Vip3Aa1", "Cry9Ca1"])
@pytest.mark.parametrize("minus", [False, True])
def test_nine_hundred_n_in_a_long_gene(find: Find, real: Index, name: str, minus: bool) -> None:
    letters = letters_of(real, name)
    ((_, contig),) = hidden(gene(letters), 0.3, 900, 900).items()
    locus = only(find({"c": reverse_complement(contig) if minus else contig}))
    is_exact(locus, real, letters)
    cut = int(0.3 * len(gene(letters)))
    first, last = letters[: cut // 3], letters[(cut + 900) // 3 + 1 :]
    both = {each for each in with_all(real, first, last) if letters_of(real, each).startswith(first)}
    assert names(locus) == {each for each in both if letters_of(real, each).endswith(last)}


@pytest.mark.parametrize("name", TOXINS)
@pytest.mark.parametrize("lost", [0, 1, 2, 3, 45, 91])
def test_what_two_contigs_lack_is_x_and_no_difference(find: Find, real: Index, name: str, lost: int) -> None:
    letters = letters_of(real, name)
    dna = gene(letters)
    for place in PLACES[1:]:
        at = int(place * len(dna)) // 3 * 3 + lost % 3
        locus = only(find({"a": BEFORE + dna[:at], "b": dna[at + lost :] + BEHIND}))
        if len(locus.pieces) == 1:  # what is left of a short gene is no reading frame that is searched
            assert name in ("Cyt1Aa1", "Mpp51Aa1")
            continue
        assert locus.identity_percent == 100.0
        assert same_protein(real, letters) <= names(locus)
        assert not is_candidate(locus)
        unseen = sum(one != other for one, other in zip(locus.protein, letters, strict=True))
        assert unseen == locus.protein.count("X")
        assert -(-lost // 3) <= unseen <= -(-lost // 3) + 1 if lost else not unseen
        assert locus.verdict is not Verdict.REMNANT
        means = what_it_means(locus)
        if locus.verdict is Verdict.SPLIT:
            assert means is not None
            assert means.code == ("locus.means.split_unseen" if unseen else "locus.means.split")


@pytest.mark.parametrize("name", TOXINS)
def test_all_entries_that_share_the_seen_end_are_told(find: Find, real: Index, name: str) -> None:
    letters = letters_of(real, name)
    dna = gene(letters)
    for place in PLACES:
        at = max(int(place * len(letters)), 90) * 3
        for contigs, part in (
            ({"a": BEFORE + dna[:at]}, letters[: at // 3]),
            ({"a": dna[at:] + BEHIND}, letters[at // 3 :]),
        ):
            found = find(contigs).loci
            if not found and len(part) < 130:
                continue
            (locus,) = found
            is_exact(locus, real, letters)
            sharing = with_all(real, part)
            fits = str.startswith if part == letters[: len(part)] else str.endswith
            assert names(locus) == {each for each in sharing if fits(letters_of(real, each), part)}


@pytest.mark.parametrize("kind", ["orfs", "prot"])
@pytest.mark.parametrize("name", ["Cry1Ac9", "Cry2Aa1", "Vip3Aa1"])
def test_single_genes_and_proteins_are_compared_alike(find: Find, real: Index, name: str, kind: Expect) -> None:
    letters = letters_of(real, name)

    def record(protein: str) -> Contigs:
        if kind == "prot":
            return {"r": protein}
        return {"r": "".join(gene(part)[:-3] or "" if part != "X" else "NNN" for part in protein)}

    for part in (
        letters[:250],
        letters[220:],
        letters[:200] + "X" * 60 + letters[260:],
        letters[:250] + "X" + letters[251:],
    ):
        locus = only(find(record(part), kind))
        is_exact(locus, real, letters)
        assert locus.coverage_percent == pytest.approx(100 * (len(part) - part.count("X")) / len(letters), abs=1e-3)


@pytest.mark.parametrize("name", ["Cry1Ac9", "Cry2Aa1", "Cry9Ca1"])
def test_a_residue_that_differs_where_it_was_seen_is_a_difference(find: Find, real: Index, name: str) -> None:
    letters = letters_of(real, name)
    rng = random.Random(name)
    for at in (3, 150, len(letters) - 60):
        other = next(
            letter
            for letter in rng.sample("DKWPGF", 6)
            if not with_all(real, letters[max(0, at - 12) : at] + letter + letters[at + 1 : at + 12])
        )
        changed = letters[:at] + other + letters[at + 1 :]
        locus = only(find(hidden(gene(changed), 0.5, 300, 300)))
        seen = (locus.coverage_percent or 0) * len(letters) / 100
        assert locus.identity_percent == pytest.approx(100 * (seen - 1) / seen, abs=0.02)
        assert same_protein(real, letters) <= names(locus)
        assert is_candidate(locus)


def test_a_difference_beside_the_cut_is_one_and_foreign_letters_there_are_none(find: Find, real: Index) -> None:
    letters = letters_of(real, "Cry2Aa1")
    dna = gene(letters)
    changed = gene(letters[:398] + "W" + letters[399:])
    assert letters[398] != "W"
    assert is_candidate(only(find({"a": BEFORE + changed[:1200]})))
    adapter = backbone(9, 18).replace("TAA", "TCA").replace("TAG", "TCG").replace("TGA", "TCA")
    assert not is_candidate(only(find({"a": BEFORE + dna[:1200] + adapter})))


def test_a_start_that_subfamilies_share_has_their_common_name(find: Find, real: Index) -> None:
    shared: dict[str, set[str]] = {}
    for entry in real.proteins:
        if entry.name.startswith("Cry1") and entry.letters.startswith("M"):
            shared.setdefault(entry.letters[:140], set()).add(entry.name)
    start, _ = max(shared.items(), key=lambda item: (len({name[:6] for name in item[1]}), sorted(item[1])))
    assert len({name[:6] for name in shared[start]}) > 1, "the reference has no such start"
    locus = only(find({"a": BEFORE + gene(start)[:-3]}))
    assert names(locus) == shared[start]
    assert len({name[:6] for name in names(locus)}) > 1
    assert locus.name not in names(locus)


@pytest.mark.parametrize(
    ("query", "reference", "counted"),
    [
        ("ACDEF", "ACDEF", (5, 0)),
        ("ACXEF", "ACDEF", (4, 0)),
        ("ACX-F", "ACDEF", (3, 1)),  # one unknown codon hides one residue
        ("ACXXXX--F", "ACDEFGHIF", (3, 0)),  # a stretch hides whatever is there
        ("AC--XXXXF", "ACDEFGHIF", (3, 0)),
        ("ACXXXXXXF", "ACDE---IF", (3, 0)),
        ("AWXXXX--F", "ACDEFGHIF", (2, 1)),
    ],
)
def test_columns_that_were_not_seen_do_not_count(query: str, reference: str, counted: tuple[int, int]) -> None:
    assert count_columns([(query, reference)], is_joined=False) == counted


def test_parts_are_found_in_their_order_alone(real: Index) -> None:
    letters = letters_of(real, "Cry3Aa1")
    comparer = PartsComparer(real)
    entry = next(at for at, protein in enumerate(real.proteins) if protein.name == "Cry3Aa1")
    ordered = (letters[:200], letters[300:])
    turned = (letters[300:], letters[:200])
    assert comparer.compare(SeenParts(ordered, ordered, head_cut=False, tail_cut=False), entry).identity == 100.0
    assert comparer.compare(SeenParts(turned, turned, head_cut=True, tail_cut=True), entry).identity < 100.0
