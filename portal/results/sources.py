"""A publication behind a record: its fields, its short citation, and the address that leads to it.

Only DOI and PubMed addresses are used: they are permanent and open the cited paper.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote

from msgspec import Struct

KINDS = ("article", "chapter", "patent", "dataset", "other")

_DOI = re.compile(r"10\.\d{4,9}/\S+")
_PUBMED = re.compile(
    r"https?://(?:www\.)?(?:pubmed\.ncbi\.nlm\.nih\.gov|ncbi\.nlm\.nih\.gov/pubmed|pubmed\.gov)/(\d+)/?"
    r"(?:[?#][\w=&.%+-]*)?"
)


@lru_cache(maxsize=4096)
def doi_address(doi: str | None) -> str | None:
    """Return the address of a DOI; None if the text is not a DOI."""
    is_doi = doi is not None and _DOI.fullmatch(doi)
    return "https://doi.org/" + quote(doi or "", safe="/:;()._-") if is_doi else None


def pubmed_address(pmid: str | None) -> str | None:
    """Return the address of a PubMed entry."""
    return f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/" if pmid and pmid.isdecimal() else None


def lasting_address(doi: str | None, url: str | None) -> str | None:
    """Return the address of the DOI, else that of the PubMed entry if `url` is one, else None."""
    if address := doi_address(doi):
        return address
    found = _PUBMED.fullmatch(url or "")
    return pubmed_address(found[1]) if found else None


class Source(Struct, frozen=True, omit_defaults=True):
    """A publication; a field that was not seen in print is empty.

    `authors` holds "Family, Given" or "Family"; a final "et al." stands for authors that were not looked up.
    """

    source_id: str
    kind: str
    authors: tuple[str, ...] = ()
    year: str = ""
    title: str = ""
    container: str = ""  # journal or book
    volume: str = ""
    issue: str = ""
    pages: str = ""
    doi: str = ""
    pmid: str = ""
    patent: str = ""

    @property
    def link(self) -> str | None:
        """Return the address of the DOI, else that of the PubMed entry, else None."""
        return doi_address(self.doi) or pubmed_address(self.pmid)

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the empty fields among those that a citation needs."""
        needed = ("patent",) if self.kind == "patent" else ("authors", "year", "title", "container")
        return tuple(name for name in needed if not getattr(self, name))

    @property
    def citation(self) -> str:
        """Return a short citation: "Tailor et al. 1992, Molecular Microbiology 6:1211", as far as it is known.

        Without authors it begins with the journal, "Toxins 9:124, 2017", and with where to find it if no page is known:
        "Toxicon, doi:10.1016/j.toxicon.2017.08.025".
        """
        if self.kind == "patent":
            return f"Patent {self.patent}"
        who = _who(self.authors)
        place = self.container + (f" {self.volume}" if self.volume else "") + (f":{self.pages}" if self.pages else "")
        found = f"doi:{self.doi}" if self.doi else f"PMID {self.pmid}" if self.pmid else ""
        if who:
            known = [" ".join(part for part in (who, self.year) if part), place or self.title or found]
        else:
            known = [
                place or self.title or found,
                "" if self.pages and self.year else (place and (found or self.title)),
            ]
            if self.year and known[0]:
                known[0] += f", {self.year}"
        return ", ".join(part for part in known if part) or self.source_id


def cited(source: Source | None, reference: str) -> str:
    """Return a source's short citation; the words of the table where no more than a journal is known in print."""
    return source.citation if source and source.citation not in (source.source_id, source.container) else reference


def _who(authors: tuple[str, ...]) -> str:
    names = [name.split(",")[0] for name in authors]
    if len(names) <= 1:
        return names[0] if names else ""
    if names[1] == "et al." or len(names) > 2:
        return f"{names[0]} et al."
    return f"{names[0]} & {names[1]}"
