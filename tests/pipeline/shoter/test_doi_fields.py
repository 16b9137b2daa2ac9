"""What a DOI says itself, journal, year, volume and pages, agrees with the fields of the bibliography."""

from __future__ import annotations

import re

import pytest

from portal.pipeline.shoter.specificity.table import load_table
from portal.results.sources import Source

# The beginning of a DOI after its publisher's number, and the journal that has it.
JOURNALS = {
    r"10\.1128/aem\.": "Applied and Environmental Microbiology",
    r"10\.1128/jb\.": "Journal of Bacteriology",
    r"10\.1128/mr\.": "Microbiological Reviews",
    r"10\.1128/mmbr\.": "Microbiology and Molecular Biology Reviews",
    r"10\.1128/cdli\.": "Clinical and Diagnostic Laboratory Immunology",
    r"10\.1016/j\.jip\.|10\.1006/jipa\.": "Journal of Invertebrate Pathology",
    r"10\.1016/j\.biocontrol\.": "Biological Control",
    r"10\.1016/j\.toxicon\.": "Toxicon",
    r"10\.1006/pest\.": "Pesticide Biochemistry and Physiology",
    r"10\.1002/ps\.": "Pest Management Science",
    r"10\.1073/pnas\.": "Proceedings of the National Academy of Sciences of the United States of America",
    r"10\.1074/jbc\.": "Journal of Biological Chemistry",
    r"10\.1093/jee/|10\.1603/ec": "Journal of Economic Entomology",
    r"10\.1093/jb/": "The Journal of Biochemistry",
    r"10\.1186/s41938-": "Egyptian Journal of Biological Pest Control",
    r"10\.1186/s12866-": "BMC Microbiology",
    r"10\.1371/journal\.pone\.": "PLoS ONE",
    r"10\.1371/journal\.pntd\.": "PLoS Neglected Tropical Diseases",
    r"10\.3389/fmicb\.": "Frontiers in Microbiology",
    r"10\.3390/toxins": "Toxins",
    r"10\.3390/insects": "Insects",
    r"10\.1007/s00284-": "Current Microbiology",
    r"10\.1007/s00253-": "Applied Microbiology and Biotechnology",
}
SOURCES = [source for source in load_table().sources.values() if source.doi]


def named(source: Source) -> str | None:
    return next((name for start, name in JOURNALS.items() if re.match(start, source.doi, re.IGNORECASE)), None)


def test_most_dois_name_their_journal() -> None:
    assert sum(named(source) is not None for source in SOURCES) > len(SOURCES) / 2


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.source_id)
def test_a_doi_is_of_the_journal_that_the_bibliography_names(source: Source) -> None:
    journal = named(source)
    assert journal is None or source.container == journal


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.source_id)
def test_the_numbers_in_a_doi_are_those_of_the_bibliography(source: Source) -> None:
    doi = source.doi.lower()
    if found := re.fullmatch(r"10\.1128/[a-z]+\.(\d+)\.(\d+)\.(\d+)-(\d+)\.(\d{4})", doi):
        volume, issue, first, _, year = found.groups()
        assert (source.volume or volume, source.issue or issue, source.year or year) == (volume, issue, year)
        assert (source.pages or first).partition("-")[0] == first
    elif found := re.fullmatch(r"10\.(?:1016/j\.jip|1006/jipa|1016/j\.biocontrol|1016/j\.toxicon)\.(\d{4})\..*", doi):
        assert not source.year or abs(int(source.year) - int(found[1])) <= 1, (
            "accepted in one year, printed in the next"
        )
    elif found := re.fullmatch(r"10\.3390/(?:toxins|insects)(\d+)(\d{2})(\d{4})", doi):
        assert not source.volume or source.volume == found[1]
    elif found := re.fullmatch(r"10\.1186/s\d+-0?(\d{2})-.*", doi):
        assert not source.year or abs(int(source.year) - 2000 - int(found[1])) <= 1
