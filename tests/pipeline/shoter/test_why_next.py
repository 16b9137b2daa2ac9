"""Why one species of the shortlist stands before the next: own toxins first, as the row tells, for its own reason."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from msgspec import structs

from portal.domain.message import Message
from portal.domain.status import Lang
from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.run import run_shoter
from portal.results.bioassay_words import BioassaySection, bioassay_section
from portal.results.bioassays import Bioassay, BioassayDocument, Particular, Reason, StrainBioassays
from portal.results.codec import from_json
from portal.results.conclusion import Assessment
from portal.results.own_tests import Role
from portal.results.particulars import with_particulars
from portal.results.scores import ScoresDocument, ScoreState, SpeciesDocument
from portal.results.species_order import in_order, is_without_effect, own_contribution, place_of
from portal.results.toxin_shares import RelativeTests
from portal.results.why_test import why_test
from tests.pipeline.shoter.fact_tables import fact, shoot
from tests.pipeline.shoter.shoter_builders import row, write_table

KURSTAKI = ("Cry1Aa1", "Cry1Ab1", "Cry1Ac1", "Cry2Aa1", "Cry2Ab1", "Cry1Ia3", "Vip3Aa1")
ISRAELENSIS = ("Cry4Aa1", "Cry4Ba1", "Cry10Aa1", "Cry11Aa1", "Cyt1Aa1", "Cyt2Ba1", "Cyt1Ca1")
STRAINS = {
    "kurstaki": KURSTAKI,
    "israelensis": ISRAELENSIS,
    "both": (*KURSTAKI, *ISRAELENSIS),
    "one toxin": ("Cry1Ac1",),
    "others": ("Tpp1Aa1", "Cry5Ba1", "Cry8Ha1", "Cry3Aa1", "Cry31Aa1"),
}


ALONE = "the only test of an own toxin (Cry1Ac1) shows an effect"


def listed(folder: Path) -> StrainBioassays:
    (strain,) = from_json((folder / "bioassays.json").read_bytes(), BioassayDocument).strains
    return strain


@pytest.fixture(scope="module", params=STRAINS)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the results of an inventory with the shipped table of facts."""
    out = tmp_path_factory.mktemp("strain")
    toxins = STRAINS[request.param]
    hits = write_table(out / "All_Toxins.txt", [row(name, number) for number, name in enumerate(toxins, start=1)])
    run_shoter(hits, out, parameters=ShoterParameters(draws=100))
    return out


def key(each: Bioassay) -> tuple[object, ...]:
    """Return what a row tells of its place, in the words of the explanation above the list."""
    return (
        is_without_effect(each),
        each.panel != "pest",
        list(Assessment).index(each.assessment),
        -round(each.own_sum or 0.0, 2),
        -round(each.score or 0.0, 2),
        -round(each.contribution_sum or 0.0, 2),
    )


def test_rows_stand_by_what_they_tell(folder: Path) -> None:
    rows = listed(folder).species
    keys = [key(each) for each in rows]
    assert keys == sorted(keys)
    assert len({each.without_effect for each in rows}) == 2, "both kinds are among them"
    assert all(each.without_effect == is_without_effect(each) for each in rows)


def test_own_tests_alone_are_never_more_than_all_of_them(folder: Path) -> None:
    for each in listed(folder).species:
        assert 0.0 <= (each.own_sum or 0.0) <= (each.contribution_sum or 0.0) + 1e-3
        assert ((each.own_sum or 0.0) > 0.0) == any(toxin.acts for toxin in each.toxins)


def test_relatives_lift_no_species_above_one_with_more_own_evidence(tmp_path: Path) -> None:
    """Two patents on Cry4Cb and Cry4Cc lifted *Helicoverpa armigera* beside the plasmid of an israelensis."""
    own = [
        fact(n, toxin, "Lepidoptera", "Plutella xylostella", "positive") for n, toxin in enumerate(("Cry1Ac", "Cry2Aa"))
    ]
    less = [fact(11, "Cry1Ac", "Lepidoptera", "Helicoverpa armigera", "positive")]
    lent = [
        fact(20 + n, toxin, "Lepidoptera", "Helicoverpa armigera", "positive")
        for n, toxin in enumerate(("Cry4Cb", "Cry4Cc", "Cry2Ah", "Cry1Ca", "Cry1Da"))
    ]
    toxins = ("Cry1Ac1", "Cry2Aa1", "Cry4Aa1", "Cry4Ba1")
    rows = {each.species: each for each in listed(shoot(tmp_path, [*own, *less, *lent], *toxins)).species}
    assert list(rows)[:2] == ["Plutella xylostella", "Helicoverpa armigera"]
    moth, bollworm = rows["Plutella xylostella"], rows["Helicoverpa armigera"]
    assert (bollworm.contribution_sum or 0.0) > (moth.contribution_sum or 0.0), "relatives add more to the second"
    assert [each.toxin for each in bollworm.relatives] == ["Cry1Ca", "Cry1Da", "Cry2Ah", "Cry4Cb", "Cry4Cc"]
    lines = bioassay_section(StrainBioassays(strain="S1", species=tuple(rows.values()))).lines
    told = lines[1].relatives
    assert told is not None
    assert told.word(Lang.EN) == "relatives that act: Cry1Ca (1 test), Cry1Da (1), Cry2Ah (1), and 2 more"
    assert lines[0].relatives is None
    with (tmp_path / "bioassays.tsv").open(encoding="utf-8", newline="") as stream:
        cells = {each["species"]: each for each in csv.DictReader(stream, delimiter="\t")}
    assert cells["Helicoverpa armigera"]["relatives_tested"].startswith("Cry1Ca (1 with effect, 0 without); ")
    assert cells["Helicoverpa armigera"]["why"] == why_test(bollworm).word(Lang.EN)


def test_relatives_order_what_own_tests_leave_equal(tmp_path: Path) -> None:
    facts = [fact(n, "Cry1Ac", "Lepidoptera", name, "positive") for n, name in enumerate(("Aa aa", "Bb bb"), 1)]
    facts.append(fact(10, "Cry1Ca", "Lepidoptera", "Bb bb", "positive"))
    found = [each.species for each in listed(shoot(tmp_path, facts, "Cry1Ac1")).species if not each.without_effect]
    assert found == ["Bb bb", "Aa aa"]


def test_equal_sums_are_ordered_by_own_tests_then_own_toxins_then_name(tmp_path: Path) -> None:
    facts = [fact(n, "Cry1Ac", "Lepidoptera", f"Genus {name}", "positive") for n, name in enumerate(("c", "b", "a"), 1)]
    out = shoot(tmp_path, [[*each[:4], f"Genus species{each[4][-1]}", *each[5:]] for each in facts], "Cry1Ac1")
    conclusion = from_json((out / "strain_scores.json").read_bytes(), ScoresDocument).strains[0].conclusion
    (strain,) = from_json((out / "strain_species_scores.json").read_bytes(), SpeciesDocument).strains
    scores = [each for each in strain.species if each.state is ScoreState.TESTED]
    assert [each.species[-1] for each in in_order(scores, conclusion)] == ["a", "b", "c"]
    one, two, three = scores
    (share,) = one.units
    more_tests = structs.replace(two, units=(structs.replace(share, records=(*share.records, "F0099")),))
    halves = [
        structs.replace(
            share, contribution=share.contribution / 2, own_contribution=own_contribution(share) / 2, records=facts
        )
        for facts in (("F0001",), ("F0098",))
    ]
    more_toxins = structs.replace(three, units=tuple(halves))
    places = [place_of(each, conclusion) for each in (more_toxins, more_tests, one)]
    assert places == sorted(places)
    assert [place[:-2] for place in places] == [places[0][:-2]] * 3, "all else is equal"


def test_a_likely_order_lists_no_species_without_effect_before_one_with_support(tmp_path: Path) -> None:
    facts = [
        *(fact(20 + n, "Cry1Ac", "Lepidoptera", f"Noctua n{chr(97 + n)}", "positive") for n in range(12)),
        fact(7, "Cry1Ac", "Lepidoptera", "Cydia pomonella", "negative"),
        fact(8, "Cry1Ac", "Hemiptera", "Myzus persicae", "weak"),
        fact(10, "Cry1Ac", "Neuroptera", "Myrmeleon bore", "positive"),
    ]
    rows = {each.species: each for each in listed(shoot(tmp_path, facts, "Cry1Ac1")).species}
    assert rows["Cydia pomonella"].assessment is Assessment.LIKELY
    assert list(rows)[12:] == ["Myzus persicae", "Myrmeleon bore", "Cydia pomonella"]
    section = bioassay_section(listed(tmp_path))
    assert [line.row.species for line in section.without_effect] == ["Cydia pomonella"]
    assert [line.sum for line in section.without_effect] == [None]
    assert not {line.row.species for line in section.lines} & {"Cydia pomonella"}


def facts_of(each: Bioassay) -> tuple[object, ...]:
    counts = (each.own_effect, each.own_no_effect, each.own_group, each.relatives_effect, each.relatives_no_effect)
    return (*counts, each.own_weak, *sorted(toxin.toxin for toxin in each.acting))


def test_no_reason_stands_three_times_where_the_facts_differ(folder: Path) -> None:
    """A reason tells the facts that differ between the rows: their counts, or the toxins that act."""
    for lang in Lang:
        same: dict[str, list[Bioassay]] = defaultdict(list)
        for each in listed(folder).species:
            same[why_test(each).word(lang)].append(each)
        for words, rows in same.items():
            assert len(rows) < 3 or len({facts_of(each)[:2] for each in rows}) <= 2, words


def test_what_is_particular_belongs_to_one_species_of_its_order(folder: Path) -> None:
    rows = listed(folder).species
    counted = Counter(
        (each.target, each.panel, each.particular.kind, each.particular.toxin, each.particular.family)
        for each in rows
        if each.particular
    )
    assert counted
    assert set(counted.values()) == {1}
    assert not any(each.particular for each in rows if each.without_effect)


def test_every_kind_of_particularity_is_found_and_has_words(tmp_path: Path) -> None:
    names = ("Plutella xylostella", "Manduca sexta", "Cydia pomonella", "Lymantria dispar", "Ostrinia nubilalis")
    facts = [fact(n, "Cry1Ac", "Lepidoptera", name, "positive") for n, name in enumerate(names, 10)]
    template = listed(shoot(tmp_path, [*facts, fact(1, "Cry2Aa", "Lepidoptera", names[4], "positive")], "Cry1Ac1"))
    plain = [each for each in template.species if not each.without_effect]
    equal = [structs.replace(each, own_sum=0.5, own_effect=1, lowest_doses=(), particular=None) for each in plain]

    def found(*rows: Bioassay) -> list[tuple[Particular, str] | None]:
        told = with_particulars(rows)
        return [(each.particular.kind, why_test(each).word(Lang.EN)) if each.particular else None for each in told]

    first, second, *_ = equal
    toxin = structs.replace(first.toxins[0], toxin="Cry2Aa1", effect=1, role=Role.OWN, own_contribution=0.4)
    assert found(first) == [(Particular.ONLY, f"the only species of its order with support; {ALONE}")]
    assert found(first, second) == [None, None]
    assert found(first, structs.replace(second, own_sum=0.6)) == [
        None,
        (
            Particular.MOST_SUPPORT,
            "the most support of its order by tests of own toxins (1 test; toxins that act: 1)",
        ),
    ]
    assert found(first, structs.replace(second, own_effect=4)) == [
        None,
        (Particular.MOST_TESTED, "the most tested of its order with own toxins (4 tests)"),
    ]
    assert found(first, structs.replace(second, toxins=(*second.toxins, toxin))) == [
        None,
        (Particular.MOST_TOXINS, "more own toxins act on it than on any other of its order (2)"),
    ]
    assert found(first, structs.replace(second, toxins=(toxin,)))[1] == (
        Particular.ONLY_OF_TOXIN,
        "the only one of its order on which Cry2Aa1 is known to act",
    )


def test_the_lowest_dose_of_an_order_is_told_with_measure_and_toxin(tmp_path: Path) -> None:
    facts = [
        fact(1, "Cry1Ac", "Lepidoptera", "Plutella xylostella", "positive", "5", "ng/cm2"),
        fact(2, "Cry1Ac", "Lepidoptera", "Manduca sexta", "positive", "0.001", "ug/cm2"),
        fact(3, "Cry1Ac", "Lepidoptera", "Cydia pomonella", "positive", "0.1", "ug/ml"),
        fact(4, "Cry1Ac", "Lepidoptera", "Lymantria dispar", "positive"),
        fact(5, "Cry3Aa", "Coleoptera", "Tenebrio molitor", "positive", "7", "ug/g"),
        fact(6, "Cry3Aa", "Coleoptera", "Phaedon cochleariae", "positive"),
    ]
    said = {
        each.species: why_test(each).word(Lang.EN)
        for each in listed(shoot(tmp_path, facts, "Cry1Ac1", "Cry3Aa1")).species
    }
    assert "the lowest published LC50 per area of its order (Cry1Ac)" in said["Manduca sexta"]
    assert not any("lowest" in words for name, words in said.items() if name != "Manduca sexta")
    assert "published dose" not in said["Cydia pomonella"], "there is no second one per volume to compare it with"


def test_the_whole_section_has_a_reason_in_both_languages(folder: Path) -> None:
    section: BioassaySection = bioassay_section(listed(folder))
    for line in (*section.lines, *section.without_effect):
        assert line.why.is_known
        assert "=" not in line.why.word(Lang.ZH), "no placeholder is left"


@pytest.mark.parametrize("reason", Reason)
def test_a_reason_has_words_with_its_facts_and_without_them(tmp_path: Path, reason: Reason) -> None:
    facts = [fact(1, "Cry1Ac", "Lepidoptera", "Plutella xylostella", "positive")]
    plain = listed(shoot(tmp_path, facts, "Cry1Ac1")).species[0]
    told = structs.replace(
        plain,
        reason=reason,
        particular=None,
        toxins=tuple(structs.replace(plain.toxins[0], role=role) for role in Role),
        relatives=tuple(RelativeTests(toxin=f"Cry1C{letter}", effect=2, no_effect=1) for letter in "abc"),
        relatives_effect=6,
    )
    for each in (told, structs.replace(told, toxins=(), relatives=(), toxin=None, own_effect=0)):
        words = why_test(each)
        assert words.is_known
        assert all(part.is_known for part in words.params.values() if isinstance(part, Message))
        assert "{" not in words.word(Lang.EN) + words.word(Lang.ZH)
