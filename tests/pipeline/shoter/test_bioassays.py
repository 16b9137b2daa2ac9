"""The shortlist of bioassays: what it takes from the scores, in which order, and that it concludes nothing itself."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from msgspec import structs

from portal.domain.dose import DoseFamily
from portal.domain.status import Lang
from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.run import run_shoter
from portal.results.bioassay_words import bioassay_section
from portal.results.bioassays import Bioassay, BioassayDocument, Reason, StrainBioassays
from portal.results.codec import from_json
from portal.results.conclusion import Assessment
from portal.results.own_tests import EffectCounts, Role
from portal.results.published_doses import lowest_doses
from portal.results.ranking import is_above_order
from portal.results.scores import ScoresDocument, SpeciesDocument
from portal.results.toxin_shares import ToxinShare
from portal.web.pages.score_view import read_scores
from tests.pipeline.shoter.fact_tables import fact, shoot
from tests.pipeline.shoter.shoter_builders import write_table

FACTS = [
    fact(1, "Cry1Ac", "Lepidoptera", "Plutella xylostella", "positive", "0.8", "ug/ml"),
    fact(2, "Cry1Ac", "Lepidoptera", "Spodoptera exigua", "positive", "40", "ug/ml", "recalled"),
    fact(3, "Cry1Ac", "Lepidoptera", "Spodoptera exigua", "negative"),
    fact(4, "Cry1Ac", "Diptera", "Aedes aegypti", "negative"),
    fact(5, "Cry1Ab", "Lepidoptera", "Manduca sexta", "positive", "5", "ng/cm2"),
]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return shoot(tmp_path, FACTS, "Cry1Ac1")


def shortlist(out: Path) -> dict[str, Bioassay]:
    document = from_json((out / "bioassays.json").read_bytes(), BioassayDocument)
    (strain,) = document.strains
    return {each.species: each for each in strain.species}


def test_a_species_has_its_names_tests_doses_and_reason(out: Path) -> None:
    moth = shortlist(out)["Plutella xylostella"]
    assert (moth.english, moth.chinese, moth.target) == ("diamondback moth", "小菜蛾", "Lepidoptera")
    assert (moth.toxin, moth.reason) == ("Cry1Ac1", Reason.CONFIRM)
    assert (moth.own_effect, moth.own_no_effect, moth.read) == (1, 0, 1)
    (dose,) = moth.doses
    assert (dose.measure, dose.dose, dose.dose_unit, dose.doi) == ("LC50", "0.8", "ug/ml", "10.1234/1")


def test_tests_that_disagree_and_tests_of_relatives_are_told(out: Path) -> None:
    found = shortlist(out)
    army = found["Spodoptera exigua"]
    assert (army.reason, army.own_effect, army.own_no_effect, army.read) == (Reason.CONTRADICTION, 1, 1, 1)
    horn = found["Manduca sexta"]
    assert (horn.reason, horn.own_effect, horn.relatives_effect) == (Reason.RELATIVES, 0, 1)
    assert [(dose.toxin, dose.role) for dose in horn.doses] == [("Cry1Ab", "relative")]
    assert found["Aedes aegypti"].reason is Reason.INACTIVE


def test_a_test_that_is_weak_or_names_no_species_does_not_confirm_the_strain(tmp_path: Path) -> None:
    found = {
        name: shortlist(shoot(tmp_path / name, facts, "Cyt2Ba1"))["Aedes aegypti"]
        for name, facts in {
            "weak group": [fact(1, "Cyt2Ba", "Diptera", "mosquito larvae", "weak")],
            "group": [fact(1, "Cyt2Ba", "Diptera", "mosquito larvae", "positive")],
            "genus": [fact(1, "Cyt2Ba", "Diptera", "Aedes", "positive")],
            "weak": [fact(1, "Cyt2Ba", "Diptera", "Aedes aegypti", "weak")],
            "weak beside a group": [
                fact(1, "Cyt2Ba", "Diptera", "Aedes aegypti", "weak"),
                fact(3, "Cyt2Ba", "Diptera", "mosquito larvae", "positive"),
            ],
            "this species": [
                fact(1, "Cyt2Ba", "Diptera", "Aedes aegypti larvae", "positive"),
                fact(3, "Cyt2Ba", "Diptera", "mosquito larvae", "weak"),
            ],
        }.items()
    }
    assert {name: (each.reason, each.own_effect, each.own_weak, each.own_group) for name, each in found.items()} == {
        "weak group": (Reason.WEAK, 1, 1, 1),
        "group": (Reason.GROUP, 1, 0, 1),
        "genus": (Reason.GROUP, 1, 0, 1),
        "weak": (Reason.WEAK, 1, 1, 0),
        "weak beside a group": (Reason.GROUP, 2, 1, 1),
        "this species": (Reason.CONFIRM, 2, 1, 1),
    }


def test_weak_tests_and_tests_on_groups_are_told_in_words(tmp_path: Path) -> None:
    out = shoot(tmp_path, [fact(1, "Cyt2Ba", "Diptera", "mosquito larvae", "weak")], "Cyt2Ba1")
    document = from_json((out / "bioassays.json").read_bytes(), BioassayDocument)
    (line,) = [line for line in bioassay_section(document.strains[0]).lines if line.row.species == "Aedes aegypti"]
    assert [words.word(Lang.EN) for words in line.tests[:2]] == [
        "own toxins: 1 with effect (1 weak), 0 without",
        "1 of these names only a group of species or a genus, not this species",
    ]
    assert line.tests[0].word(Lang.ZH) == "自身毒素：有效 1 项（其中弱效 1 项），无效 0 项"
    scores = read_scores(from_json((out / "strain_scores.json").read_bytes(), ScoresDocument))
    assert scores is not None
    (flies,) = [target for target in scores.scored if target.target == "Diptera"]
    assert flies.own_tests == EffectCounts(effect=1, none=0, weak=1)


def test_toxins_and_their_sum_say_why_one_species_comes_before_the_next(tmp_path: Path) -> None:
    facts = [
        fact(1, "Cry1Ac", "Lepidoptera", "Plutella xylostella", "positive"),
        fact(2, "Cry1Ac", "Lepidoptera", "Plutella xylostella", "weak"),
        fact(3, "Cry2Aa", "Lepidoptera", "Plutella xylostella", "positive"),
        fact(4, "Cry1Ac", "Lepidoptera", "Manduca sexta", "positive"),
        fact(5, "Cry2Aa", "Lepidoptera", "Manduca sexta", "negative"),
        fact(6, "Cry1Ca", "Lepidoptera", "Spodoptera exigua", "positive"),
    ]
    found = shortlist(shoot(tmp_path, facts, "Cry1Ac1", "Cry2Aa1"))
    told = {
        name: [(each.toxin, each.effect, each.no_effect, each.weak, each.acts) for each in row.toxins]
        for name, row in found.items()
        if row.target == "Lepidoptera"
    }
    assert told == {
        "Plutella xylostella": [("Cry2Aa1", 1, 0, 0, True), ("Cry1Ac1", 2, 0, 1, True)],
        "Manduca sexta": [("Cry1Ac1", 1, 0, 0, True), ("Cry2Aa1", 0, 1, 0, False)],
        "Spodoptera exigua": [("Cry1Ac1", 0, 0, 0, False)],
    }
    for listed in found.values():
        assert listed.contribution_sum == pytest.approx(sum(each.contribution for each in listed.toxins), abs=0.011)
    moths = [row for row in found.values() if row.target == "Lepidoptera"]
    keys = [(-round(row.own_sum or 0.0, 2), -round(row.score or 0.0, 2), row.species) for row in moths]
    assert keys == sorted(keys), "what is told is what orders"
    with (tmp_path / "bioassays.tsv").open(encoding="utf-8", newline="") as stream:
        rows = {each["species"]: each for each in csv.DictReader(stream, delimiter="\t")}
    horn = {each.toxin: each.contribution for each in found["Manduca sexta"].toxins}
    assert rows["Manduca sexta"]["toxin_contributions"] == (
        f"Cry1Ac1 {horn['Cry1Ac1']:.2f} (own: 1 with effect, 0 without); "
        f"Cry2Aa1 {horn['Cry2Aa1']:.2f} (own: 0 with effect, 1 without)"
    )
    assert float(rows["Manduca sexta"]["contribution_sum"]) == found["Manduca sexta"].contribution_sum


@pytest.mark.parametrize(
    ("tests", "english", "chinese"),
    [
        ([1], "1 of its toxins acts: Cry1Aa1 (1 test)", "1 种自身毒素有效：Cry1Aa1（1 项测试）"),
        ([3, 2], "2 of its toxins act: Cry1Aa1 (3 tests) and Cry1Ab1 (2)", None),
        ([0, 2], "1 of its toxins acts: Cry1Ab1 (2 tests)", None),
        (
            [1, 1, 1, 1, 1],
            "5 of its toxins act: Cry1Aa1 (1 test), Cry1Ab1 (1), Cry1Ac1 (1), and 2 more",
            "5 种自身毒素有效：Cry1Aa1（1 项测试）、Cry1Ab1（1 项）、Cry1Ac1（1 项）、另外 2 种",
        ),
        ([0], "Cry1Ac1 (99.0 %)", "Cry1Ac1（一致性 99.0 %）"),
    ],
)
def test_toxins_that_act_in_words(out: Path, tests: list[int], english: str, chinese: str | None) -> None:
    shares = tuple(
        ToxinShare(toxin=f"Cry1A{letter}1", role=Role.OWN, identity_percent=99.0, effect=count, no_effect=0, weak=0,
                   contribution=0.9 - place / 10)
        for place, (letter, count) in enumerate(zip("abcde", tests, strict=False))
    )  # fmt: skip
    part = structs.replace(shares[0], role=Role.PART, effect=4)  # speaks for the strain only if the gene is whole
    row = structs.replace(
        shortlist(out)["Plutella xylostella"], toxins=(*shares, part), contribution_sum=4.0, own_sum=2.5
    )
    (line,) = bioassay_section(StrainBioassays(strain="S1", species=(row,))).lines
    assert line.toxin is not None
    assert line.toxin.word(Lang.EN) == english
    assert chinese is None or line.toxin.word(Lang.ZH) == chinese
    assert line.sum is not None
    assert (line.sum.word(Lang.EN), line.sum.word(Lang.ZH)) == (
        "own 2.50, with relatives 4.00",
        "自身 2.50，含近缘毒素 4.00",
    )


def test_a_shortlist_of_before_names_the_best_toxin_and_no_sum(out: Path) -> None:
    document = json.loads((out / "bioassays.json").read_bytes())
    for species in document["strains"][0]["species"]:
        del species["toxins"], species["contribution_sum"], species["lowest_doses"]
        del species["rows_read"], species["order_score"], species["own_sum"], species["relatives"]
        del species["without_effect"], species["particular"]
    (strain,) = from_json(json.dumps(document).encode(), BioassayDocument).strains
    section = bioassay_section(strain)
    line = section.lines[0]
    assert "A new run puts tests of the strain's own toxins first" in section.meaning.word(Lang.EN)
    assert [each.row.species for each in section.without_effect] == ["Aedes aegypti"]
    assert line.toxin is not None
    assert (line.toxin.word(Lang.EN), line.sum, line.relatives) == ("Cry1Ac1 (99.0 %)", None, None)
    assert [dose.word(Lang.EN) for dose in line.doses] == ["LC50 0.8 µg/ml (Cry1Ac; Paper 2001)"]


def test_assessment_and_score_are_those_of_shoter(out: Path) -> None:
    scores = from_json((out / "strain_scores.json").read_bytes(), ScoresDocument)
    species = from_json((out / "strain_species_scores.json").read_bytes(), SpeciesDocument)
    by_name = {each.species: each for each in species.strains[0].species}
    found = shortlist(out)
    assert found
    for name, each in found.items():
        assert each.assessment == scores.strains[0].conclusion.of(each.target).assessment
        assert (each.score, each.low, each.high) == (by_name[name].score, by_name[name].low, by_name[name].high)
    order = list(Assessment)
    places = [order.index(each.assessment) for each in found.values()]
    assert places == sorted(places)
    assert list(found)[-1] == "Aedes aegypti"


def test_the_table_has_a_row_per_species_with_doses_and_sources(out: Path) -> None:
    with (out / "bioassays.tsv").open(encoding="utf-8", newline="") as stream:
        rows = {each["species"]: each for each in csv.DictReader(stream, delimiter="\t")}
    assert set(rows) == set(shortlist(out))
    assert rows["Plutella xylostella"]["published_doses"] == "LC50 0.8 ug/ml (Cry1Ac, Paper 2001)"
    assert rows["Aedes aegypti"]["assessment"] == "inactive"


MEASURED = [
    fact(1, "Cry1Ac", "Lepidoptera", "Plutella xylostella", "positive", "1.1-4.1", "ng/cm2"),
    fact(2, "Cry1Ac", "Lepidoptera", "Plutella xylostella", "positive", "0.0024", "ug/cm2"),
    fact(3, "Cry2Aa", "Lepidoptera", "Plutella xylostella", "positive", "3.2", "ug/ml", "seen_bpprc_row"),
    fact(4, "Cry1Ac", "Lepidoptera", "Plutella xylostella", "positive", "100", "ng/ml"),
    fact(5, "Cry1Ac", "Lepidoptera", "Plutella xylostella", "positive", "0.01", "ppm"),
    fact(6, "Cry1Ca", "Lepidoptera", "Plutella xylostella", "positive", "0.001", "ug/ml"),
    fact(7, "Cry1Ac", "Lepidoptera", "Manduca sexta", "positive", "<1", "ug/g"),
    fact(8, "Cry2Aa", "Lepidoptera", "Manduca sexta", "positive", "800", "ng/g"),
]


def test_the_lowest_dose_of_own_toxins_is_told_per_measure_and_family_of_units(tmp_path: Path) -> None:
    found = shortlist(shoot(tmp_path, MEASURED, "Cry1Ac1", "Cry2Aa1"))
    lowest = {
        name: [(each.measure, each.family, each.compared, [dose.record for dose in each.doses]) for each in told]
        for name, told in ((name, row.lowest_doses) for name, row in found.items())
        if told
    }
    assert lowest == {
        "Plutella xylostella": [
            ("LC50", DoseFamily.PER_AREA, 2, ["F0001"]),
            ("LC50", DoseFamily.PER_VOLUME, 2, ["F0004"]),
            ("LC50", DoseFamily.PPM, 1, ["F0005"]),
        ],
        "Manduca sexta": [("LC50", DoseFamily.PER_MASS, 2, ["F0007", "F0008"])],
    }
    lines = {
        line.row.species: [[dose.word(lang) for dose in line.doses] for lang in Lang]
        for line in bioassay_section(StrainBioassays(strain="S1", species=tuple(found.values()))).lines
    }
    assert lines["Plutella xylostella"][0] == [
        "LC50 1.1–4.1 ng/cm², the lowest of 2 (Cry1Ac; Paper 2001)",
        "LC50 100 ng/ml, the lowest of 2 (Cry1Ac; Paper 2004)",
        "LC50 0.01 ppm (Cry1Ac; Paper 2005)",
    ]
    assert lines["Manduca sexta"] == [
        [
            "LC50 <1 µg/g, possibly the lowest of 2 (Cry1Ac; Paper 2007)",
            "LC50 800 ng/g, possibly the lowest of 2 (Cry2Aa; Paper 2008)",
        ],
        [
            "LC50 <1 µg/g，可能为 2 个剂量中最低（Cry1Ac；来源：Paper 2007）",
            "LC50 800 ng/g，可能为 2 个剂量中最低（Cry2Aa；来源：Paper 2008）",
        ],
    ]
    with (tmp_path / "bioassays.tsv").open(encoding="utf-8", newline="") as stream:
        rows = {each["species"]: each for each in csv.DictReader(stream, delimiter="\t")}
    assert rows["Plutella xylostella"]["lowest_doses"] == (
        "LC50 1.1-4.1 ng/cm2 (Cry1Ac, Paper 2001) of 2; LC50 100 ng/ml (Cry1Ac, Paper 2004) of 2; "
        "LC50 0.01 ppm (Cry1Ac, Paper 2005) of 1"
    )


def test_doses_of_toxins_that_are_not_the_strains_own_are_marked_and_never_the_lowest(tmp_path: Path) -> None:
    found = shortlist(shoot(tmp_path, MEASURED, "Cry2Aa1"))
    row = found["Plutella xylostella"]
    assert [[dose.record for dose in each.doses] for each in row.lowest_doses] == [["F0003"]]
    row = shortlist(shoot(tmp_path / "relative", MEASURED, "Cry1Da1"))["Plutella xylostella"]
    assert row.lowest_doses == ()
    (line,) = bioassay_section(StrainBioassays(strain="S1", species=(row,))).lines
    assert len(line.doses) == 3
    assert all("a relative" in dose.word(Lang.EN) for dose in line.doses)


def test_a_dose_of_a_pair_counts_once_and_one_that_cannot_be_read_is_not_compared(out: Path) -> None:
    records = from_json((out / "strain_species_scores.json").read_bytes(), SpeciesDocument).records
    one = structs.replace(records["F0001"], toxin="Mpp64Ba", partner="Mpp64Ca", dose="3.15")
    other = structs.replace(one, toxin="Mpp64Ca", partner="Mpp64Ba")
    higher = structs.replace(one, dose="4", partner=None)
    strange = structs.replace(one, dose="0.1", dose_unit="units", partner=None)
    (told,) = lowest_doses({"a": one, "b": other, "c": higher, "d": strange})
    assert (told.compared, [dose.record for dose in told.doses]) == (2, ["a"])
    assert lowest_doses({"d": strange}) == ()


def test_a_species_above_its_order_has_the_orders_score_beside_it_and_a_word_why(tmp_path: Path) -> None:
    known = [fact(10 + n, "Cry1Ac", "Lepidoptera", f"Noctua n{chr(97 + n)}", "positive") for n in range(12)]
    facts = [*known, fact(1, "Cry1Ac", "Hemiptera", "Myzus persicae", "positive")]
    document = from_json((shoot(tmp_path, facts, "Cry1Ac1") / "bioassays.json").read_bytes(), BioassayDocument)
    orders = from_json((tmp_path / "strain_scores.json").read_bytes(), ScoresDocument).strains[0].targets
    of_order = {order.target: order.score for order in orders}
    assert all(row.order_score == of_order[row.target] for row in document.strains[0].species)
    section = bioassay_section(document.strains[0])
    lines = {line.row.species: line for line in section.lines}
    aphid = lines["Myzus persicae"]
    assert (aphid.row.score or 0.0) > (aphid.row.order_score or 0.0) + 0.1
    assert aphid.of_order is not None
    assert aphid.of_order.word(Lang.EN) == f"order {aphid.row.order_score:.2f}"
    assert aphid.of_order.word(Lang.ZH) == f"目 {aphid.row.order_score:.2f}"
    assert section.above_order is not None
    assert "may score above its order" in section.above_order.word(Lang.EN)
    moths = structs.replace(
        document.strains[0], species=tuple(line.row for line in section.lines if line.row.target == "Lepidoptera")
    )
    assert [line.of_order for line in bioassay_section(moths).lines] == [None] * len(moths.species)
    assert bioassay_section(moths).above_order is None


@pytest.mark.parametrize(
    ("score", "of_order", "is_above"),
    [(0.85, 0.45, True), (0.851, 0.849, False), (0.45, 0.85, False), (0.5, None, False), (None, 0.5, False)],
)
def test_above_is_what_differs_as_shown(score: float | None, of_order: float | None, is_above: bool) -> None:
    assert is_above_order(score, of_order) is is_above


def test_words_in_both_languages(out: Path) -> None:
    document = from_json((out / "bioassays.json").read_bytes(), BioassayDocument)
    section = bioassay_section(document.strains[0])
    by_species = {line.row.species: line for line in section.lines}
    moth = by_species["Plutella xylostella"]
    assert moth.names("en") == "diamondback moth · 小菜蛾"
    assert moth.names("zh") == "小菜蛾 · diamondback moth"
    assert moth.toxin is not None
    assert moth.toxin.word(Lang.EN) == "1 of its toxins acts: Cry1Ac1 (1 test)"
    (fly,) = section.without_effect
    assert fly.why.word(Lang.EN) == "the only test of an own toxin shows no effect: a negative control"
    assert "阴性对照" in fly.why.word(Lang.ZH)
    assert section.without_effect_title.word(Lang.EN) == "Tested without effect (1)"


def test_a_strain_without_toxins_has_an_empty_list(tmp_path: Path) -> None:
    hits = write_table(tmp_path / "All_Toxins.txt", [])
    run_shoter(hits, tmp_path, parameters=ShoterParameters(), strain="S1")
    document = from_json((tmp_path / "bioassays.json").read_bytes(), BioassayDocument)
    assert [(each.strain, each.species) for each in document.strains] == [("S1", ())]
