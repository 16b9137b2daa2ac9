"""Media types of result files by file name extension, the same in the manifest, the RO-Crate and the API.

Only types registered with IANA: GFF3, GenBank and FASTA have none and are plain text, which browsers display.
"""

from __future__ import annotations

from collections.abc import Iterable

from portal.results.names import ALL_TOXINS, CHECKSUMS

_TABLE = "text/tab-separated-values"
_TEXT = "text/plain"
_TYPES = {
    ".json": "application/json",
    ".html": "text/html",
    ".md": "text/markdown",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".pdf": "application/pdf",
    ".csv": "text/csv",
    ".tsv": _TABLE,
    ".table": _TABLE,
    ".txt": _TEXT,
    ".list": _TEXT,
    ".log": _TEXT,
    ".gbk": _TEXT,
    ".bib": _TEXT,
    ".ris": _TEXT,
    ".gff3": _TEXT,
    ".faa": _TEXT,
    ".fna": _TEXT,
    ".gz": "application/gzip",
    ".zip": "application/zip",
}
_OF_NAME = {ALL_TOXINS: _TABLE, CHECKSUMS: _TEXT}
UNKNOWN_TYPE = "application/octet-stream"
RESULT_ENDINGS = (".json", ".tsv", ".table", ".txt", ".list", ".gff3", ".gbk", ".svg", ".png", ".html", ".md", ".zip")


def media_type(name: str) -> str:
    """Return the media type of a result file, without parameters; the name may include folders."""
    name = name.rpartition("/")[2]
    if name in _OF_NAME:
        return _OF_NAME[name]
    return _TYPES.get("." + name.rpartition(".")[2].lower(), UNKNOWN_TYPE)


def content_type(name: str) -> str:
    """Return the media type for a Content-Type header: all text from the portal is UTF-8."""
    kind = media_type(name)
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


def content_types(names: Iterable[str]) -> list[str]:
    """Return the distinct types of some files, for a document that lists the possible ones."""
    return sorted({content_type(name) for name in names})
