"""The bibliography of a specificity table: a CSV beside it, one publication per row, keyed by `source_id`.

`basis` is the origin of a row's fields: `text` (printed on a page that was read), `doi` (the DOI itself contains
journal, volume and pages), `citation` (as cited by another text), `unidentified` (a name that could not be resolved).
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from portal.domain.errors import InvalidInput
from portal.domain.message import Message
from portal.pipeline.shoter.specificity.facts import Fact
from portal.pipeline.shoter.specificity.problem import TableProblem
from portal.results.sources import KINDS, Source

COLUMNS = (
    "source_id",
    "kind",
    "authors",
    "year",
    "title",
    "container",
    "volume",
    "issue",
    "pages",
    "doi",
    "pmid",
    "patent",
    "basis",
)
BASES = ("text", "doi", "citation", "unidentified")
SUFFIX = ".references.csv"

_SOURCE_ID = re.compile(r"R\d{4}")
_DOI = re.compile(r"10\.\d{4,9}/\S+")


def path_beside(table: Path) -> Path:
    """Return the path of a table's bibliography: `specificity.references.csv` beside `specificity.csv`."""
    return table.with_suffix(SUFFIX)


def read_bibliography(content: bytes) -> tuple[dict[str, Source], list[TableProblem]]:
    """Return the sources by id, and all problems with their lines.

    Raises:
        InvalidInput: the file is not a CSV in UTF-8, or its header lacks a column.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InvalidInput(_inside(Message("table.encoding")), line=line, field="specificity") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    sources: dict[str, Source] = {}
    problems: list[TableProblem] = []
    try:
        header = next(reader, [])
        if missing := [name for name in COLUMNS if name not in header]:
            raise InvalidInput(_inside(Message("table.lacks", columns=missing)), line=1, field="specificity")
        for values in reader:
            if len(values) != len(header):
                wrong = Message("table.cells", found=len(values), expected=len(header))
                problems.append(TableProblem(reader.line_num, wrong))
                continue
            row = {name: value.strip() for name, value in zip(header, values, strict=True)}
            if problem := _problem(row, sources):
                problems.append(TableProblem(reader.line_num, problem))
            else:
                sources[row["source_id"]] = _source(row)
    except csv.Error as error:
        wrong = _inside(Message("table.not_csv", reason=str(error)))
        raise InvalidInput(wrong, line=reader.line_num, field="specificity") from None
    return sources, problems


def _problem(row: Mapping[str, str], known: Mapping[str, Source]) -> Message | None:
    source_id, year, doi, pmid = row["source_id"], row["year"], row["doi"], row["pmid"]
    checks: tuple[tuple[bool, Callable[[], Message]], ...] = (
        (bool(_SOURCE_ID.fullmatch(source_id)), lambda: Message("cell.source_id", value=source_id)),
        (source_id not in known, lambda: Message("table.twice", column="source_id", value=source_id)),
        (row["kind"] in KINDS, lambda: Message("cell.expected", column="kind", value=row["kind"], choices=KINDS)),
        (row["basis"] in BASES, lambda: Message("cell.expected", column="basis", value=row["basis"], choices=BASES)),
        (not year or bool(re.fullmatch(r"1[89]\d\d|20\d\d", year)), lambda: Message("cell.year", value=year)),
        (not doi or bool(_DOI.fullmatch(doi)), lambda: Message("cell.doi", value=doi)),
        (not pmid or pmid.isdigit(), lambda: Message("cell.pmid", value=pmid)),
        (row["kind"] != "patent" or bool(row["patent"]), lambda: Message("cell.no_patent")),
    )
    return next((wrong() for is_right, wrong in checks if not is_right), None)


def _inside(reason: Message) -> Message:
    return Message("specificity.in_bibliography", reason=reason)


def _source(row: Mapping[str, str]) -> Source:
    texts = {name: row[name] for name in COLUMNS if name not in ("authors", "basis")}
    return Source(**texts, authors=tuple(name.strip() for name in row["authors"].split(";") if name.strip()))


def check_links(facts: Sequence[Fact], sources: Mapping[str, Source]) -> list[TableProblem]:
    """Return facts whose source is missing from the bibliography or has a different DOI."""
    problems = []
    for fact in facts:
        source = sources.get(fact.source_id)
        if fact.source_id and source is None:
            problems.append(TableProblem(fact.line, Message("specificity.no_source", source=fact.source_id)))
        elif source and fact.doi and source.doi and source.doi.lower() != fact.doi.lower():
            other = Message("specificity.other_doi", doi=fact.doi, source=source.source_id, other=source.doi)
            problems.append(TableProblem(fact.line, other))
    return problems


def gaps(sources: Iterable[Source]) -> Counter[str]:
    """Return the number of sources that lack each field."""
    return Counter(name for source in sources for name in source.missing)
