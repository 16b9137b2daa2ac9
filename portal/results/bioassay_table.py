"""`bioassays.tsv`: the shortlists of a run as a table, a row per strain and species. Pure: takes documents."""

from __future__ import annotations

from collections.abc import Mapping

from portal.domain.status import Lang
from portal.results.bioassays import Bioassay, BioassayDocument
from portal.results.published_doses import dose_with_source, lowest_with_sources
from portal.results.ranking import sum_text
from portal.results.toxin_shares import RelativeTests, ToxinShare
from portal.results.why_test import why_test

# Lists, each written as one text: by field, their column of the table. What is particular to a species is in `why`.
_LISTS = {
    "toxins": "toxin_contributions",
    "relatives": "relatives_tested",
    "lowest_doses": "lowest_doses",
    "doses": "published_doses",
}
_PLAIN = tuple(name for name in Bioassay.__struct_fields__ if name not in (*_LISTS, "particular"))
COLUMNS = ("strain", *_PLAIN, *_LISTS.values(), "why", "run_id")


def table_rows(document: BioassayDocument) -> list[Mapping[str, object]]:
    """Return a row per strain and species, for the TSV; doses are written with toxin and source."""
    return [
        {
            "strain": strain.strain,
            **{name: getattr(row, name) for name in _PLAIN},
            _LISTS["toxins"]: "; ".join(map(_toxin_with_tests, row.toxins)),
            _LISTS["relatives"]: "; ".join(map(_relative_with_tests, row.relatives)),
            _LISTS["lowest_doses"]: lowest_with_sources(row.lowest_doses),
            _LISTS["doses"]: "; ".join(map(dose_with_source, row.doses)),
            "why": why_test(row).word(Lang.EN),
            "run_id": document.run_id,
        }
        for strain in document.strains
        for row in strain.species
    ]


def _toxin_with_tests(share: ToxinShare) -> str:
    """Return what a toxin adds, with its own tests: `Cry1Ac9 0.99 (own: 1 with effect, 0 without)`."""
    tests = f"{share.effect} with effect, {share.no_effect} without"
    return f"{share.toxin} {sum_text(share.contribution)} ({share.role}: {tests})"


def _relative_with_tests(relative: RelativeTests) -> str:
    return f"{relative.toxin} ({relative.effect} with effect, {relative.no_effect} without)"
