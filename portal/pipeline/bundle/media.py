"""Media types of the result files, by the ends of their names."""

from __future__ import annotations

_TYPES = {
    ".json": "application/json",
    ".html": "text/html",
    ".md": "text/markdown",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".tsv": "text/tab-separated-values",
    ".table": "text/tab-separated-values",
    ".txt": "text/plain",
    ".list": "text/plain",
    ".log": "text/plain",
    ".gbk": "text/x-genbank",
    ".faa": "text/x-fasta",
    ".fna": "text/x-fasta",
    ".gff": "text/x-gff3",
    ".gz": "application/gzip",
    ".zip": "application/zip",
}


def media_type(name: str) -> str:
    """Return the media type of a result file."""
    if name.rpartition("/")[2] == "All_Toxins.txt":
        return "text/tab-separated-values"
    return _TYPES.get("." + name.rpartition(".")[2].lower(), "application/octet-stream")
