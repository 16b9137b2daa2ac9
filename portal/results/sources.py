"""A publication behind a record: its fields, its short citation, and the one address that leads to it.

Addresses are those of DOI and PubMed alone: they last, and they open the paper that they claim.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any
from urllib.parse import quote

KINDS = ("article", "chapter", "patent", "dataset", "other")


@dataclass(frozen=True)
class Source:
    """A publication; a field that nobody has seen printed is empty.

    `authors` holds "Family, Given" or "Family"; a last one of "et al." stands for those that were not looked up.
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
        if self.doi:
            return "https://doi.org/" + quote(self.doi, safe="/:;()._-")
        return f"https://pubmed.ncbi.nlm.nih.gov/{self.pmid}/" if self.pmid else None

    @property
    def missing(self) -> tuple[str, ...]:
        """Return which of the fields that a citation needs are empty."""
        needed = ("patent",) if self.kind == "patent" else ("authors", "year", "title", "container")
        return tuple(name for name in needed if not getattr(self, name))

    @property
    def citation(self) -> str:
        """Return a short citation: "Tailor et al. 1992, Molecular Microbiology 6:1211", or what there is of it."""
        if self.kind == "patent":
            return f"Patent {self.patent}"
        who = _who(self.authors)
        head = " ".join(part for part in (who, self.year) if part)
        place = self.container + (f" {self.volume}" if self.volume else "") + (f":{self.pages}" if self.pages else "")
        known = [part for part in (head, place) if part]
        if not head or not place:
            known.append(self.title or (f"doi:{self.doi}" if self.doi else f"PMID {self.pmid}" if self.pmid else ""))
        return ", ".join(part for part in known if part) or self.source_id

    def to_json(self) -> dict[str, Any]:
        """Return the fields that are not empty, with the short citation and the address."""
        known = {name: value for name, value in asdict(self).items() if value and name != "source_id"}
        return {**known, "authors": list(self.authors), "citation": self.citation, "link": self.link}

    @classmethod
    def from_json(cls, source_id: str, data: Mapping[str, Any]) -> Source:
        """Take what `to_json` made."""
        known = {item.name: str(data.get(item.name) or "") for item in fields(cls) if item.name != "authors"}
        known["source_id"] = source_id
        return cls(**known, authors=tuple(str(name) for name in data.get("authors") or ()))


def _who(authors: tuple[str, ...]) -> str:
    names = [name.split(",")[0] for name in authors]
    if len(names) <= 1:
        return names[0] if names else ""
    if names[1] == "et al." or len(names) > 2:
        return f"{names[0]} et al."
    return f"{names[0]} & {names[1]}"
