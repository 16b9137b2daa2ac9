"""Published tests of a toxin whose gene is broken count nowhere as the strain's own; a contig's end breaks none."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import structs

from portal.domain.status import Lang
from portal.pipeline.report.summary import summarise
from portal.pipeline.shoter.output import strain_scores
from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.run import run_shoter
from portal.pipeline.shoter.scoring import Scorer
from portal.pipeline.shoter.strain import StrainResult, score_strain
from portal.results.bioassay_words import bioassay_section
from portal.results.bioassays import Bioassay, BioassayDocument, Reason
from portal.results.codec import from_json
from portal.results.evidence_table import evidence_of
from portal.results.gene_state import Damage, damage_of, is_broken, is_part
from portal.results.own_tests import EffectCounts, Role
from portal.results.reading import read_results
from portal.results.scores import ScoresDocument, ScoreState, Tier
from portal.results.shortlist import reason_of
from portal.web.pages.score_view import Target, read_scores
from tests.pipeline.shoter.scored import other_fold
from tests.pipeline.shoter.shoter_builders import fact, hits_of, row
from tests.pipeline.shoter.shoter_builders import write_table as write_hits

P = ShoterParameters(draws=100)
FACTS = [
    fact("Cry1Ac", "Lepidoptera", species="Plutella xylostella", number=1),
    fact("Cry1Ac", "Lepidoptera", species="Helicoverpa armigera", number=2),
    fact("Cry2Aa", "Lepidoptera", species="Plutella xylostella", number=3),
    fact("Cry1Ac", "Diptera", activity="negative", species="Aedes aegypti", number=4),
    fact("Cyt1Aa", "Diptera", species="Aedes aegypti", number=5),
    fact("Cry4Aa", "Diptera", species="Aedes aegypti", number=6),
]
CUT = {"location": "1-1500", "Aln_length": "500", "reference_range": "679-1178"}
WITH_STOP = {"Protein sequence": "M" * 400 + "*" + "M" * 700}


def scored(*rows: dict[str, str]) -> StrainResult:
    targets = sorted({item.order for item in FACTS})
    orders, species = Scorer.build(FACTS, P), Scorer.build(FACTS, P, by_species=True)
    return score_strain("S1", hits_of(list(rows)), orders, species, targets, P)


@pytest.mark.parametrize("cut", [{}, CUT], ids=["in_the_contig", "at_its_end"])
def test_a_broken_gene_alone_is_no_direct_evidence(cut: dict[str, str]) -> None:
    broken, whole = scored(row("Cry1Ac1", 1, **WITH_STOP, **cut)), scored(row("Cry1Ac1"))
    assert broken.units[0].is_broken
    assert not whole.units[0].is_broken
    found = {score.target: score for score in broken.orders}
    moths = found["Lepidoptera"]
    assert (moths.state, moths.tier, moths.trials.tried, moths.trials.read) == ("broken", "none", 0, 0)
    assert 0 < moths.score < next(score for score in whole.orders if score.target == "Lepidoptera").score
    assert found["Diptera"].state == "negative_only", "what fails when it is whole fails when it is broken"
    assert [remark.code for remark in broken.remarks] == ["remark.broken"]
    assert not whole.remarks


def test_a_gene_that_the_contigs_end_cuts_is_not_broken() -> None:
    cut, whole = scored(row("Cry1Ac1", 1, **CUT)), scored(row("Cry1Ac1"))
    assert cut.units[0].flags == ("contig_edge",)
    found, complete = ({score.target: score for score in each.orders} for each in (cut, whole))
    moths, flies = found["Lepidoptera"], found["Diptera"]
    assert (moths.state, moths.tier, moths.trials) == ("tested", "primary", complete["Lepidoptera"].trials)
    assert 0 < moths.score < complete["Lepidoptera"].score, "it weighs less"
    assert flies.state == "negative_only"
    assert not cut.remarks


WHOLE = {"Protein sequence": "M" * 1101}


@pytest.mark.parametrize(
    ("copies", "broken"), [((WHOLE, WITH_STOP), 1), ((WITH_STOP, WITH_STOP), 2), ((WHOLE, WHOLE), 0)]
)
def test_of_copies_each_that_is_broken_counts(copies: tuple[dict[str, str], ...], broken: int) -> None:
    found = scored(*(row("Cry1Ac1", number, **copy) for number, copy in enumerate(copies, start=1)))
    [unit] = found.units
    assert unit.copies == 2
    assert strain_scores(found).damage == Damage(broken, cut=0)
    assert unit.is_broken == (broken == 2)


def test_beside_a_whole_toxin_the_broken_one_leaves_the_state_to_it() -> None:
    found = scored(row("Cry1Ac1", 1, **WITH_STOP), row("Cry2Aa1", 2))
    moths = next(score for score in found.orders if score.target == "Lepidoptera")
    assert (moths.state, moths.tier, moths.trials.tried) == ("tested", "primary", 1)
    assert {entry.unit.name: entry.state for entry in moths.units} == {"Cry1Ac1": "broken", "Cry2Aa1": "tested"}


def test_a_broken_helper_helps_nothing() -> None:
    stop = {"Protein sequence": "M" * 100 + "*" + "M" * 200}
    assert [each.helper for each in scored(row("Cry4Aa1", 1), other_fold("Cyt1Aa1", 2)).helpers] == ["Cyt1Aa1"]
    assert not scored(row("Cry4Aa1", 1), other_fold("Cyt1Aa1", 2, **stop)).helpers


def test_flags_that_say_that_a_gene_is_broken() -> None:
    for flag in ("internal_stop", "frameshift", "insertion", "remnant"):
        assert is_broken(("hmm_only", "contig_edge", flag))
    assert not is_broken(("internal_stop", "core_whole"))
    for flag in ("contig_edge", "incomplete"):  # of the assembly, not of the gene
        assert not is_broken(("hmm_only", flag))
    assert not is_broken(("hmm_only", "merged_fragments", "other_contig", "partner_missing:Tpp2"))


class Run:
    """The documents of one run with the shipped facts."""

    def __init__(self, folder: Path, *rows: dict[str, str]) -> None:
        folder.mkdir()
        run_shoter(write_hits(folder / "All_Toxins.txt", list(rows)), folder, parameters=P)
        self.scores = from_json((folder / "strain_scores.json").read_bytes(), ScoresDocument)
        document = from_json((folder / "bioassays.json").read_bytes(), BioassayDocument)
        self.shortlist = document.strains[0]

    @property
    def moths(self) -> Target:
        scores = read_scores(self.scores)
        assert scores is not None
        return next(target for target in scores.scored if target.target == "Lepidoptera")

    @property
    def bioassays(self) -> dict[str, Bioassay]:
        return {each.species: each for each in self.shortlist.species}


def test_page_shortlist_and_evidence_count_the_tests_of_broken_genes_apart(tmp_path: Path) -> None:
    whole = Run(tmp_path / "whole", row("Cry1Ac1", 1), row("Cry2Aa1", 2))
    broken = Run(tmp_path / "broken", row("Cry1Ac1", 1, **WITH_STOP), row("Cry2Aa1", 2, **WITH_STOP))
    assert whole.moths.own_tests[0] > 5
    assert whole.moths.broken_tests == EffectCounts()
    assert broken.moths.own_tests == EffectCounts()
    assert broken.moths.broken_tests == whole.moths.own_tests
    assert (broken.moths.state, broken.moths.tier) == (ScoreState.BROKEN, Tier.NONE)
    reasons = {each.reason for each in broken.bioassays.values()}
    assert Reason.BROKEN in reasons
    assert reasons.isdisjoint({Reason.CONFIRM, Reason.CONTRADICTION})
    for species, each in whole.bioassays.items():
        other = broken.bioassays[species]
        assert (other.own_effect, other.broken_effect) == (0, each.own_effect), species
    assert {dose.role for each in broken.bioassays.values() for dose in each.doses} == {Role.BROKEN, Role.RELATIVE}
    assert {each.role for each in evidence_of(broken.scores).rows} == {Role.BROKEN, Role.RELATIVE}
    assert {each.role for each in evidence_of(whole.scores).rows} == {Role.OWN, Role.RELATIVE}


def test_page_shortlist_and_evidence_count_the_tests_of_a_toxin_seen_in_part_apart(tmp_path: Path) -> None:
    whole, cut = Run(tmp_path / "whole", row("Cry1Ac1", 1)), Run(tmp_path / "cut", row("Cry1Ac1", 1, **CUT))
    assert cut.scores.strains[0].units[0].flags == ("contig_edge",)
    assert (cut.moths.state, cut.moths.tier) == (ScoreState.TESTED, Tier.PRIMARY), "scores are as before"
    assert (cut.moths.own_tests, cut.moths.broken_tests) == (EffectCounts(), EffectCounts())
    assert cut.moths.part_tests == whole.moths.own_tests
    reasons = [each.reason for each in cut.bioassays.values()]
    assert reasons.count(Reason.PART) > 5
    assert Reason.CONFIRM not in reasons, "a test of the toxin says nothing of a strain that may lack it"
    for species, each in whole.bioassays.items():
        other = cut.bioassays[species]
        assert (other.own_effect, other.part_effect, other.broken_effect) == (0, each.own_effect, 0), species
    assert {dose.role for each in cut.bioassays.values() for dose in each.doses} == {Role.PART, Role.RELATIVE}
    assert {each.role for each in evidence_of(cut.scores).rows} == {Role.PART, Role.RELATIVE}


def test_a_whole_toxin_beside_the_part_of_another_confirms_the_strain(tmp_path: Path) -> None:
    run = Run(tmp_path / "run", row("Cry1Ac1", 1, **CUT), row("Cry1Ab1", 2))
    assert Reason.CONFIRM in {each.reason for each in run.bioassays.values()}
    assert run.moths.own_tests[0] > 0
    assert run.moths.part_tests[0] > 0


@pytest.mark.parametrize(
    ("role", "changes", "english", "chinese"),
    [
        (Role.PART, CUT, "only a part of it was seen here", "只看到其一部分"),
        (Role.BROKEN, WITH_STOP, "its gene is broken here", "其基因在此已受损"),
    ],
)
def test_a_dose_says_that_the_strain_may_not_make_its_toxin(
    tmp_path: Path, role: Role, changes: dict[str, str], english: str, chinese: str
) -> None:
    run = Run(tmp_path / "run", row("Cry1Ac1", 1, **changes))
    dosed = structs.replace(run.shortlist, species=tuple(each for each in run.shortlist.species if each.doses))
    lines = bioassay_section(dosed).lines
    doses = [(dose, said) for line in lines for dose, said in zip(line.row.doses, line.doses, strict=False)]
    assert role in {dose.role for dose, _ in doses}
    for dose, said in doses:
        assert (english in said.word(Lang.EN)) == (chinese in said.word(Lang.ZH)) == (dose.role is role)
        assert ("a relative" in said.word(Lang.EN)) == (dose.role is Role.RELATIVE)
    table = (tmp_path / "run" / "bioassays.tsv").read_text("utf-8")
    assert f"Cry1Ac, {english}, " in table


def test_a_gene_cut_behind_its_toxin_core_is_the_strains_own() -> None:
    assert is_part(("contig_edge",))
    assert not is_part(("contig_edge", "core_whole")), "the other half of a protoxin is cut off in the gut"
    assert not is_part(("contig_edge", "internal_stop")), "broken as well"
    assert not is_part(())


def test_the_shortlist_says_what_a_test_of_a_broken_gene_would_show(tmp_path: Path) -> None:
    section = bioassay_section(Run(tmp_path / "run", row("Cry1Ac1", 1, **WITH_STOP)).shortlist)
    line = next(line for line in section.lines if line.row.reason is Reason.BROKEN)
    assert "whether anything is left" in line.why.word(Lang.EN)
    assert "是否尚存活性" in line.why.word(Lang.ZH)
    assert any("genes are broken" in text.word(Lang.EN) for text in line.tests)


def test_records_of_another_toxin_are_no_tests_of_the_strains_own(tmp_path: Path) -> None:
    near = Run(tmp_path / "near", row("Cry1Ac1", Identity="90"))
    assert near.moths.own_tests == EffectCounts(), "below 95 % identity it is a different toxin"
    assert all(each.own_effect == 0 for each in near.bioassays.values())
    rows = evidence_of(near.scores).rows
    assert {each.role for each in rows} == {Role.RELATIVE}
    assert {each.identity_percent for each in rows if each.toxin == "Cry1Ac"} == {90.0}
    assert {each.identity_percent for each in rows if each.toxin != "Cry1Ac"} == {None}, "nobody compared the two"
    broken = evidence_of(Run(tmp_path / "broken", row("Cry1Ac1", 1, Identity="90", **WITH_STOP)).scores).rows
    found = {(each.role, each.identity_percent, each.is_of_relative) for each in broken}
    assert found == {(Role.BROKEN, 90.0, True), (Role.RELATIVE, None, True)}
    same = evidence_of(Run(tmp_path / "same", row("Cry1Ac1", Identity="95")).scores).rows
    found = {(each.role, each.identity_percent, each.is_of_relative) for each in same}
    assert found == {(Role.OWN, 95.0, False), (Role.RELATIVE, None, True)}


def test_the_report_lists_records_of_another_toxin_with_those_of_relatives(tmp_path: Path) -> None:
    for name, identity, is_same in (("near", "90", False), ("same", "99", True)):
        folder = tmp_path / name
        folder.mkdir()
        run_shoter(write_hits(folder / "All_Toxins.txt", [row("Cry1Ac1", Identity=identity)]), folder, parameters=P)
        results = read_results(folder / "no digger", folder)
        line = next(
            line for line in summarise(results, results.strains[0]).targets if line.score.target == "Lepidoptera"
        )
        share = line.score.units[0]
        [source] = line.sources
        assert source.records == (share.records if is_same else ())
        assert set(source.records + source.inherited) == {*share.records, *share.inherited_records}


def test_a_strain_whose_genes_are_all_broken_or_cut_is_concluded_so(tmp_path: Path) -> None:
    stops = Run(tmp_path / "stops", row("Cry1Ac1", 1, **WITH_STOP), row("Cry2Aa1", 2, **WITH_STOP))
    one = Run(tmp_path / "one", row("Cry1Ac1", 1, **WITH_STOP), row("Cry2Aa1", 2))
    cut = Run(tmp_path / "cut", row("Cry1Ac1", 1, **CUT))
    both = Run(tmp_path / "both", row("Cry1Ac1", 1, **CUT), row("Cry2Aa1", 2, **WITH_STOP))
    cut_and_whole = Run(tmp_path / "cut and whole", row("Cry1Ac1", 1, **CUT), row("Cry2Aa1", 2))
    runs = (stops, one, cut, both, cut_and_whole)
    told = [each.scores.strains[0].conclusion.genes_behind for each in runs]
    assert told == ["broken", "whole", "cut", "cut", "whole"]


def test_genes_are_counted_as_broken_or_as_cut() -> None:
    flags = [
        (),
        ("internal_stop",),
        ("frameshift", "contig_edge"),
        ("contig_edge",),
        ("remnant", "core_whole"),
        ("hmm_only",),
    ]
    assert damage_of(flags) == Damage(broken=2, cut=1, altered=1)


def test_page_and_report_say_how_many_genes_are_broken_or_cut(tmp_path: Path) -> None:
    run = Run(tmp_path / "run", row("Cry1Ac1", 1, **WITH_STOP), row("Cry2Aa1", 2), row("Cry1Ba1", 3, **CUT))
    scores = read_scores(run.scores)
    assert scores is not None
    assert (scores.damage, scores.cut) == (Damage(broken=1, cut=1), ("Cry1Ba1",))


def test_own_tests_decide_where_one_of_them_shows_an_effect() -> None:
    def reason(state: ScoreState = ScoreState.TESTED, **counts: tuple[int, ...]) -> Reason:
        own, part, relatives = (EffectCounts(*counts.get(whose, ())) for whose in ("own", "part", "relatives"))
        return reason_of(state, own=own, named=own, part=part, relatives=relatives)

    own, none = (7, 0), (0, 3)
    assert reason(own=own, relatives=(17, 2)) is Reason.CONFIRM
    assert reason(own=(7, 1), relatives=(17, 0)) is Reason.CONTRADICTION
    assert reason(own=none, relatives=(5, 0)) is Reason.CONTRADICTION
    assert reason(ScoreState.INHERITED, relatives=(5, 0)) is Reason.RELATIVES
    assert reason(own=none, part=(5, 0), relatives=(5, 0)) is Reason.PART
    assert reason(own=own, part=(5, 3)) is Reason.CONFIRM
    assert reason(part=none, relatives=(5, 0)) is Reason.CONTRADICTION
