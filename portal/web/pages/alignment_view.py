"""Lay out pairwise alignments: 60 columns a line in chunks of 10 that wrap on narrow screens. Pure.

Differences are told three ways: by the line between the rows, by underlined bold letters, and as a list.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from portal.results.alignments import AlignedGene, ReferenceAlignment
from portal.results.loci import DomainPart

_LINE, _CHUNK = 60, 10
_MOST_LISTED = 60  # differences in words
_SAME, _OTHER, _GAP, _UNKNOWN = "same", "diff", "gap", "unknown"


@dataclass(frozen=True)
class LetterRun:
    """Consecutive letters that are alike: `same` as opposite, `diff`erent, or a `gap` on either side."""

    looks: str
    letters: str


@dataclass(frozen=True)
class AlignmentChunk:
    """Ten columns: both rows as runs, the marks between, first positions (None: only gaps), the reference's domain."""

    protein: tuple[LetterRun, ...]
    marks: str
    reference: tuple[LetterRun, ...]
    protein_at: int | None
    reference_at: int | None
    domain: str


@dataclass(frozen=True)
class AlignmentView:
    """One alignment; `differences` are the first ones in words, `more` counts the others, `ticks` is for drawing.

    `columns` counts those in which the protein's residue is known, `unknown` the others. `ticks` are positions of
    differences in percent of the reference; `text` has 60 columns a line.
    """

    alignment: ReferenceAlignment
    chunks: tuple[AlignmentChunk, ...]
    columns: int
    identical: int
    replaced: int
    gaps: int
    unknown: int
    differences: tuple[str, ...]
    more: int
    ticks: tuple[float, ...]
    text: str


def lay_out(gene: AlignedGene, domains: Sequence[DomainPart]) -> tuple[AlignmentView, ...]:
    """Return the alignments of a gene; the domains are those of its first reference."""
    return tuple(_view(one, domains if at == 0 else ()) for at, one in enumerate(gene.alignments))


def _view(one: ReferenceAlignment, domains: Sequence[DomainPart]) -> AlignmentView:
    columns = list(_columns(one))
    looks = [column.looks for column in columns]
    told = list(_differences(columns))
    length = max(1, one.reference_length)
    differing = (column for column in columns if column.looks in (_OTHER, _GAP))
    places = sorted({column.reference_at for column in differing if column.reference_at})
    return AlignmentView(
        alignment=one,
        chunks=tuple(_chunk(columns[at : at + _CHUNK], domains) for at in range(0, len(columns), _CHUNK)),
        columns=len(columns) - looks.count(_UNKNOWN),
        identical=looks.count(_SAME),
        replaced=looks.count(_OTHER),
        gaps=looks.count(_GAP),
        unknown=looks.count(_UNKNOWN),
        differences=tuple(told[:_MOST_LISTED]),
        more=max(0, len(told) - _MOST_LISTED),
        ticks=tuple(round(100 * (place - 0.5) / length, 2) for place in places),
        text=alignment_lines(one),
    )


@dataclass(frozen=True)
class _Column:
    protein: str
    reference: str
    protein_at: int | None
    reference_at: int | None
    last_reference: int  # the last residue of the reference up to here

    @property
    def looks(self) -> str:
        if "-" in (self.protein, self.reference):
            return _GAP
        if self.protein == "X":
            return _UNKNOWN
        return _SAME if self.protein == self.reference else _OTHER


def _columns(one: ReferenceAlignment) -> Iterator[_Column]:
    protein_at, reference_at = one.start - 1, one.reference_start - 1
    for a, b in zip(one.protein_row, one.reference_row, strict=False):
        protein_at += a != "-"
        reference_at += b != "-"
        yield _Column(a, b, protein_at if a != "-" else None, reference_at if b != "-" else None, reference_at)


def _differences(columns: Sequence[_Column]) -> Iterator[str]:
    """Yield each difference in the notation of variants, from the reference to the protein: A12V, A12del, A12_insVL."""
    for looks, group in groupby(columns, key=lambda column: column.looks):
        run = list(group)
        if looks == _OTHER:
            yield from (f"{column.reference}{column.reference_at}{column.protein}" for column in run)
        elif looks == _GAP:
            yield from _gaps(run)


def _gaps(run: Sequence[_Column]) -> Iterator[str]:
    for in_protein, group in groupby(run, key=lambda column: column.protein == "-"):
        part = list(group)
        if not in_protein:
            at = part[0].last_reference
            yield f"{at}_{at + 1}ins{''.join(column.protein for column in part)}"
        elif len(part) == 1:
            yield f"{part[0].reference}{part[0].reference_at}del"
        else:
            first, last = part[0], part[-1]
            yield f"{first.reference}{first.reference_at}_{last.reference}{last.reference_at}del"


def _chunk(columns: Sequence[_Column], domains: Sequence[DomainPart]) -> AlignmentChunk:
    middle = columns[len(columns) // 2].last_reference
    return AlignmentChunk(
        protein=_runs((column.looks, column.protein) for column in columns),
        marks="".join("|" if column.looks == _SAME else " " for column in columns),
        reference=_runs((column.looks, column.reference) for column in columns),
        protein_at=next((column.protein_at for column in columns if column.protein_at), None),
        reference_at=next((column.reference_at for column in columns if column.reference_at), None),
        domain=next((domain.name for domain in domains if domain.start <= middle <= domain.end), ""),
    )


def _runs(letters: Iterator[tuple[str, str]]) -> tuple[LetterRun, ...]:
    return tuple(
        LetterRun(looks, "".join(letter for _, letter in group))
        for looks, group in groupby(letters, key=lambda pair: pair[0])
    )


def alignment_lines(one: ReferenceAlignment) -> str:
    """Return the alignment as text, 60 columns a line, with the positions of its first and last residues."""
    lines: list[str] = []
    protein_at, reference_at = one.start, one.reference_start
    width = len(str(max(one.end, one.reference_end)))
    label = max(len("protein"), len(one.reference))
    for start in range(0, len(one.protein_row), _LINE):
        a, b = one.protein_row[start : start + _LINE], one.reference_row[start : start + _LINE]
        marks = "".join("|" if x == y and x not in "-X" else " " for x, y in zip(a, b, strict=False))
        protein_next, reference_next = protein_at + len(a) - a.count("-"), reference_at + len(b) - b.count("-")
        lines += [
            f"{'protein':<{label}} {protein_at:>{width}} {a} {protein_next - 1}",
            f"{'':<{label}} {'':>{width}} {marks}".rstrip(),
            f"{one.reference:<{label}} {reference_at:>{width}} {b} {reference_next - 1}",
            "",
        ]
        protein_at, reference_at = protein_next, reference_next
    return "\n".join(lines)
