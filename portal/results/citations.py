"""A bibliography for other programs: CSL-JSON (Zotero, pandoc), BibTeX and RIS (EndNote, Zotero).

Pure: takes sources, returns text. Unknown fields are left out, never guessed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from portal.results.sources import Source

_CSL_KINDS = {"article": "article-journal", "chapter": "chapter", "patent": "patent", "dataset": "dataset"}
_BIB_KINDS = {"article": "article", "chapter": "incollection"}
_RIS_KINDS = {"article": "JOUR", "chapter": "CHAP", "patent": "PAT", "dataset": "DATA"}
# Characters that are markup in TeX.
_TEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip


def as_csl(sources: Iterable[Source]) -> str:
    """Return CSL-JSON, one item per source."""
    items = [_csl(source) for source in sources]
    return json.dumps(items, ensure_ascii=False, indent=1) + "\n"


def _csl(source: Source) -> dict[str, Any]:
    item: dict[str, Any] = {"id": source.source_id, "type": _CSL_KINDS.get(source.kind, "document")}
    if source.authors:
        item["author"] = [_csl_name(name) for name in source.authors]
    if source.year:
        item["issued"] = {"date-parts": [[int(source.year)]]}
    known = {
        "title": source.title,
        "container-title": source.container,
        "volume": source.volume,
        "issue": source.issue,
        "page": source.pages,
        "DOI": source.doi,
        "PMID": source.pmid,
        "number": source.patent,
        "URL": source.link or "",
    }
    return item | {name: value for name, value in known.items() if value}


def _csl_name(name: str) -> dict[str, str]:
    family, _, given = (part.strip() for part in name.partition(","))
    if name == "et al.":
        return {"literal": name}
    return {"family": family, "given": given} if given else {"family": family}


def as_bibtex(sources: Iterable[Source]) -> str:
    """Return BibTeX, ASCII except for letters, for UTF-8 engines and biber; keys are the source ids."""
    return "\n".join(_bibtex(source) for source in sources)


def _bibtex(source: Source) -> str:
    is_article = source.kind == "article"
    authors = " and ".join("others" if name == "et al." else _tex(name) for name in source.authors)
    known = {
        "author": authors,
        "year": source.year,
        "title": f"{{{_tex(source.title)}}}" if source.title else "",
        "journal" if is_article else "booktitle": _tex(source.container),
        "volume": source.volume,
        "number": source.issue or source.patent,
        "pages": source.pages.replace("-", "--"),
        "doi": source.doi,
        "pmid": source.pmid,
        "note": f"Patent {source.patent}" if source.kind == "patent" else "",
    }
    lines = [f"  {name} = {{{value}}}," for name, value in known.items() if value]
    return "\n".join([f"@{_BIB_KINDS.get(source.kind, 'misc')}{{{source.source_id},", *lines, "}", ""])


def _tex(text: str) -> str:
    return "".join(_TEX.get(letter, letter) for letter in text)


def as_ris(sources: Iterable[Source]) -> str:
    """Return RIS; lines end with CR and LF, as its specification requires."""
    return "".join(f"{line}\r\n" for source in sources for line in _ris(source))


def _ris(source: Source) -> Sequence[str]:
    first, _, last = source.pages.partition("-")
    known: list[tuple[str, str]] = [
        ("TY", _RIS_KINDS.get(source.kind, "GEN")),
        ("ID", source.source_id),
        *(("AU", name) for name in source.authors),
        ("PY", source.year),
        ("TI", source.title),
        ("JO" if source.kind == "article" else "T2", source.container),
        ("VL", source.volume),
        ("IS", source.issue),
        ("SP", first),
        ("EP", last),
        ("DO", source.doi),
        ("AN", f"PMID:{source.pmid}" if source.pmid else ""),
        ("M1", source.patent),
        ("UR", source.link or ""),
    ]
    lines = [f"{tag}  - {' '.join(value.split())}" for tag, value in known if value]
    return [*lines, "ER  - ", ""]


FORMATS: Mapping[str, tuple[str, Callable[[Iterable[Source]], str]]] = {
    "csl": ("references.json", as_csl),
    "bibtex": ("references.bib", as_bibtex),
    "ris": ("references.ris", as_ris),
}
