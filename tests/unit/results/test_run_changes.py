"""What changed between two runs: settings, genes, conclusion and scores, and nothing that did not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from portal.results.changes import ChangesDocument, ComparedRun, Extent, compare_runs
from portal.results.conclusion import Assessment, Caution, Outcome
from portal.results.gene_changes import GeneFact, GeneFate
from portal.results.loci import Event, EventKind, Locus, Verdict
from portal.results.locus_state import Qualified
from portal.results.scores import OrderScore, ScoreState, StrainScores
from portal.results.toxins import FoundToxin
from portal.services.run_changes import RunChanges
from portal.services.tasks import TaskService
from tests.builders import Site, make_site, run_again


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return make_site(tmp_path_factory.mktemp("changes") / "jobs")


def as_compared(tasks: TaskService, task: Any, number: int = 1) -> ComparedRun:
    documents = tasks.toxins(task), tasks.loci(task), tasks.scores(task), tasks.species(task)
    return ComparedRun(number, {"min_identity": 0.8}, "en", "1.0", *documents)


@pytest.fixture(scope="module")
def run(site: Site) -> ComparedRun:
    return as_compared(site.tasks, site.task().task)


def second(run: ComparedRun, **changes: Any) -> ComparedRun:
    return replace(run, number=2, **changes)


def with_strain(run: ComparedRun, **changes: Any) -> ComparedRun:
    [strain] = run.scores.strains
    strains: tuple[StrainScores, ...] = (structs.replace(strain, **changes),)
    return second(run, scores=structs.replace(run.scores, strains=strains))


def with_locus(run: ComparedRun, place: int, **changes: Any) -> ComparedRun:
    assert run.loci is not None
    loci: list[Locus] = list(run.loci.loci)
    loci[place] = structs.replace(loci[place], **changes)
    return second(run, loci=structs.replace(run.loci, loci=tuple(loci)))


def only(document: ChangesDocument, *lists: str) -> None:
    """Assert that nothing else is told."""
    told = {name for name in ("settings", "genes", "targets", "species") if getattr(document, name)}
    if document.conclusion:
        told.add("conclusion")
    assert told == set(lists)


def test_the_same_result_is_the_same_word_for_word(run: ComparedRun) -> None:
    document = compare_runs(run, second(run))
    assert (document.before, document.after, document.extent) == (1, 2, Extent.NONE)
    only(document)


def test_the_id_of_a_run_and_its_versions_are_no_result(run: ComparedRun) -> None:
    versions = structs.replace(run.scores.versions, shoter="9.9")
    scores = structs.replace(run.scores, run_id="another", versions=versions)
    document = compare_runs(run, second(run, scores=scores, parameters={"min_identity": 0.9}, lang="zh", portal="2"))
    assert document.extent is Extent.NONE
    only(document, "settings")
    assert {change.name: (change.before, change.after) for change in document.settings} == {
        "min_identity": (0.8, 0.9),
        "lang": ("en", "zh"),
        "portal": ("1.0", "2"),
        "shoter": (run.scores.versions.shoter, "9.9"),
    }


def test_another_reference_of_the_same_name_is_told_by_its_digest(run: ComparedRun) -> None:
    reference = structs.replace(run.toxins.reference, sha256="0" * 64)
    document = compare_runs(run, second(run, toxins=structs.replace(run.toxins, reference=reference)))
    assert [change.name for change in document.settings] == ["reference_sha256"]


def test_a_gene_that_only_one_run_has_is_new_or_gone(run: ComparedRun) -> None:
    assert run.loci is not None
    fewer = second(
        run,
        toxins=structs.replace(run.toxins, toxins=run.toxins.toxins[1:]),
        loci=structs.replace(run.loci, loci=run.loci.loci[1:]),
    )
    lost = compare_runs(run, fewer)
    [change] = lost.genes
    assert (change.fate, change.after) == (GeneFate.GONE, None)
    assert change.before is not None
    assert (change.before.name, change.before.key) == (run.loci.loci[0].name, "L1")
    [back] = compare_runs(fewer, run).genes
    assert (back.fate, back.after) == (GeneFate.NEW, change.before)
    assert lost.extent is Extent.RESULTS


def test_numbers_of_genes_do_not_matter_their_places_do(run: ComparedRun) -> None:
    assert run.loci is not None
    renumbered = tuple(
        structs.replace(locus, locus_id=f"L{number}")
        for number, locus in zip(range(20, 40), run.loci.loci, strict=False)
    )
    document = compare_runs(run, second(run, loci=structs.replace(run.loci, loci=renumbered)))
    assert document.genes == ()
    assert document.extent is Extent.DETAILS


@pytest.mark.parametrize(
    ("changes", "fact"),
    [
        ({"name": "Cry1Ab1"}, GeneFact.NAME),
        ({"identity_percent": 97.5}, GeneFact.IDENTITY),
        ({"coverage_percent": None}, GeneFact.COVERAGE),
        ({"verdict": Verdict.REMNANT}, GeneFact.VERDICT),
    ],
)
def test_a_gene_says_what_is_different_in_it(run: ComparedRun, changes: dict[str, Any], fact: GeneFact) -> None:
    document = compare_runs(run, with_locus(run, 0, **changes))
    [change] = document.genes
    assert (change.fate, change.facts) == (GeneFate.CHANGED, (fact,))
    only(document, "genes")


@pytest.mark.parametrize(("before", "after", "differs"), [(0.994, 0.9963, False), (0.984, 0.9963, True)])
def test_close_to_one_is_no_change(run: ComparedRun, before: float, after: float, differs: bool) -> None:
    [strain] = run.scores.strains
    one, other = (
        with_strain(run, targets=(structs.replace(strain.targets[0], score=score), *strain.targets[1:]))
        for score in (before, after)
    )
    document = compare_runs(one, other)
    assert bool(document.targets) is differs
    assert document.extent is (Extent.RESULTS if differs else Extent.DETAILS)


def test_what_no_table_shows_is_a_detail(run: ComparedRun) -> None:
    assert run.loci is not None
    almost = (run.loci.loci[0].identity_percent or 0) - 0.0001
    document = compare_runs(run, with_locus(run, 0, identity_percent=almost))
    only(document)
    assert document.extent is Extent.DETAILS


def test_a_gene_below_a_new_threshold_is_no_longer_scored(run: ComparedRun) -> None:
    [strain] = run.scores.strains
    hits = tuple(structs.replace(hit, kept=False) if place == 0 else hit for place, hit in enumerate(strain.hits))
    document = compare_runs(run, with_strain(run, hits=hits))
    [change] = document.genes
    assert change.facts == (GeneFact.SCORED,)
    assert change.before is not None
    assert change.after is not None
    assert (change.before.scored, change.after.scored) == (True, False)


def test_engines_without_loci_are_compared_by_their_rows(run: ComparedRun) -> None:
    rows = replace(run, loci=None)
    toxins: tuple[FoundToxin, ...] = run.toxins.toxins
    moved = structs.replace(toxins[0], identity_percent=50.0)
    later = second(rows, toxins=structs.replace(run.toxins, toxins=(moved, *toxins[2:])))
    fates = [(change.fate, change.facts) for change in compare_runs(rows, later).genes]
    assert fates == [(GeneFate.CHANGED, (GeneFact.IDENTITY,)), (GeneFate.GONE, ())]


def test_an_overlap_on_the_other_strand_is_another_gene(run: ComparedRun) -> None:
    assert run.loci is not None
    pieces = tuple(structs.replace(piece, strand="-") for piece in run.loci.loci[0].pieces)
    fates = {change.fate for change in compare_runs(run, with_locus(run, 0, pieces=pieces)).genes}
    assert fates == {GeneFate.GONE, GeneFate.NEW}


def test_scores_that_read_differently_are_told_with_their_assessment(run: ComparedRun) -> None:
    [strain] = run.scores.strains
    first: OrderScore = strain.targets[0]
    lower = structs.replace(first, score=0.4, low=0.3, high=0.5)
    pest = tuple(
        structs.replace(each, assessment=Assessment.POSSIBLE) if each.target == first.target else each
        for each in strain.conclusion.pest
    )
    conclusion = structs.replace(strain.conclusion, outcome=Outcome.POSSIBLE, pest=pest)
    document = compare_runs(run, with_strain(run, targets=(lower, *strain.targets[1:]), conclusion=conclusion))
    only(document, "targets", "conclusion")
    [change] = document.targets
    assert change.target == first.target
    assert change.before is not None
    assert change.after is not None
    assert (change.before.score, change.after.score, change.after.assessment) == (first.score, 0.4, "possible")
    assert document.conclusion is not None
    assert (document.conclusion.before, document.conclusion.after) == (strain.conclusion.outcome, Outcome.POSSIBLE)
    assert first.target in document.conclusion.likely_before
    assert first.target in document.conclusion.possible_after


@pytest.mark.parametrize("genes", ["broken", "cut"])
def test_the_same_targets_of_damaged_genes_are_another_conclusion(run: ComparedRun, genes: str) -> None:
    conclusion = structs.replace(run.scores.strains[0].conclusion, **{f"genes_{genes}": True})
    document = compare_runs(run, with_strain(run, conclusion=conclusion))
    only(document, "conclusion")
    assert document.conclusion is not None
    assert (document.conclusion.genes_before, document.conclusion.genes_after) == ("whole", genes)
    assert document.conclusion.likely_before == document.conclusion.likely_after


@pytest.mark.parametrize("caution", Caution)
def test_another_reason_for_the_same_assessment_is_told(run: ComparedRun, caution: Caution) -> None:
    conclusion = run.scores.strains[0].conclusion
    [first, *others] = conclusion.pest
    held = structs.replace(conclusion, pest=(structs.replace(first, caution=caution), *others))
    document = compare_runs(run, with_strain(run, conclusion=held))
    only(document, "targets")
    assert [(change.target, change.after and change.after.caution) for change in document.targets] == [
        (first.target, caution)
    ]


def test_a_break_behind_the_core_is_another_state_than_one_before_it(run: ComparedRun) -> None:
    """The verdict is the same, and so is all else."""
    assert run.loci is not None
    first = run.loci.loci[0]
    length = first.reference_length or 0
    assert first.name.startswith("Cry")

    def stopped(at: int) -> ComparedRun:
        [piece] = first.pieces
        ends = ((1, 1, at - 1), (2, at, length))
        pieces = [
            structs.replace(piece, reading=reading, reference_start=start, reference_end=end)
            for reading, start, end in ends
        ]
        event = Event(kind=EventKind.STOP, residue=at, contig=piece.contig, position=piece.start)
        return with_locus(run, 0, verdict=Verdict.PREMATURE_STOP, pieces=tuple(pieces), events=(event,))

    early, late = stopped(100), stopped(length - 100)
    [change] = compare_runs(early, late).genes
    assert change.facts == (GeneFact.VERDICT,)
    assert change.before is not None
    assert change.after is not None
    assert (change.before.state, change.after.state) == (None, Qualified.STOP_BEHIND_CORE)
    assert change.before.verdict == change.after.verdict


def test_a_score_that_differs_behind_its_decimals_is_a_detail(run: ComparedRun) -> None:
    [strain] = run.scores.strains
    nearly = structs.replace(strain.targets[0], high=(strain.targets[0].high or 0) - 0.00001)
    document = compare_runs(run, with_strain(run, targets=(nearly, *strain.targets[1:])))
    assert document.extent is Extent.DETAILS


def test_a_species_without_records_is_the_same_as_one_that_is_not_listed(run: ComparedRun) -> None:
    assert run.species is not None
    [strain] = run.species.strains
    gone = structs.replace(strain, species=strain.species[1:])
    document = compare_runs(run, second(run, species=structs.replace(run.species, strains=(gone,))))
    only(document, "species")
    [change] = document.species
    assert (change.species, change.after) == (strain.species[0].species, None)
    unknown = structs.replace(strain.species[0], state=ScoreState.NO_EVIDENCE, score=None, low=None, high=None)
    listed = structs.replace(strain, species=(*strain.species[1:], unknown))
    kept = second(run, species=structs.replace(run.species, strains=(listed,)))
    assert compare_runs(second(run, species=structs.replace(run.species, strains=(gone,))), kept).species == ()


def test_a_genome_without_toxins_can_be_compared(site: Site, run: ComparedRun) -> None:
    none = as_compared(site.tasks, site.task(hits=0).task)
    document = compare_runs(run, replace(none, number=2))
    assert {change.fate for change in document.genes} == {GeneFate.GONE}
    assert document.conclusion is not None
    assert document.conclusion.after is Outcome.NO_TOXINS
    assert compare_runs(none, replace(none, number=2)).extent is Extent.NONE


def test_runs_without_a_plan_have_no_version(tmp_path: Path) -> None:
    site = make_site(tmp_path / "jobs")
    built = run_again(site.portal, site.task())
    document = RunChanges(site.portal, site.tasks).between(built.task, 1, 2)
    assert "portal" not in {change.name for change in document.settings}
    assert document.extent is Extent.NONE
