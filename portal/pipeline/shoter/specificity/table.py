"""The specificity table: read a CSV with any of three headers, check it, and determine its version.

Accepted headers: that of the shipped table, that of a fact list (toxin_2020, target_group, ...), and that of an
unmodified BPPRC export (name, partnerprotein, target_order, ...). The columns determine which one it is.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import chain
from pathlib import Path

from portal.domain.errors import InvalidInput
from portal.domain.message import Message
from portal.domain.os_errors import os_reason
from portal.pipeline.shoter.specificity.bibliography import check_links, path_beside, read_bibliography
from portal.pipeline.shoter.specificity.checks import check_facts
from portal.pipeline.shoter.specificity.description import Description, read_description
from portal.pipeline.shoter.specificity.facts import Fact
from portal.pipeline.shoter.specificity.merge import merge_facts
from portal.pipeline.shoter.specificity.problem import TableProblem
from portal.pipeline.shoter.specificity.rows import dialect_of
from portal.results.sources import Source

SHIPPED_TABLE = Path(__file__).parents[1] / "data" / "specificity.csv"


@dataclass(frozen=True)
class SpecificityTable:
    """Checked facts with the name, version and checksum of their file."""

    name: str
    version: str
    sha256: str
    facts: tuple[Fact, ...]
    sources: Mapping[str, Source] = field(default_factory=dict)

    @property
    def unverified_facts(self) -> int:
        return sum(fact.unverified for fact in self.facts)

    def describe(self) -> dict[str, object]:
        """Return the description of the table for the outputs."""
        return {
            "name": self.name,
            "version": self.version,
            "sha256": self.sha256,
            "facts": len(self.facts),
            "unverified_facts": self.unverified_facts,
            "sources": len(self.sources),
        }

    def without_unverified(self) -> SpecificityTable:
        """Return the table without records whose source was not read."""
        facts = tuple(fact for fact in self.facts if not fact.unverified)
        return replace(self, facts=facts)


def read_facts(content: bytes) -> tuple[list[Fact], list[TableProblem]]:
    """Parse a CSV with any known header; return the facts, and all problems with their lines.

    Raises:
        InvalidInput: the file is not a CSV in UTF-8, or its header is none of the three.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InvalidInput(Message("table.encoding"), line=line, field="specificity") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    facts: list[Fact] = []
    problems: list[TableProblem] = []
    try:
        first = [name.strip() for name in next(reader, [])]
        dialect = dialect_of(first)
        header = dialect.columns
        for values in reader if dialect.has_header else chain([first], reader):
            cells = [value.strip() for value in values]
            if not any(cells):
                continue
            line = reader.line_num
            if len(cells) != len(header):
                problems.append(TableProblem(line, Message("table.cells", found=len(cells), expected=len(header))))
                continue
            row = dict(zip(header, cells, strict=True))
            found = dialect.read_row(row, line)
            if isinstance(found, TableProblem):
                problems.append(found)
            else:
                facts.extend(found)
    except csv.Error as error:
        message = Message("table.not_csv", reason=str(error))
        raise InvalidInput(message, line=reader.line_num, field="specificity") from None
    if dialect.skips_repeats:
        facts = merge_facts([], facts)
    problems.extend(check_facts(facts))
    return facts, sorted(problems, key=lambda problem: problem.line)


def table_from_bytes(
    content: bytes, *, name: str, version: str | None = None, bibliography: bytes = b""
) -> SpecificityTable:
    """Return a checked table with its bibliography, if any.

    Raises:
        InvalidInput: with the line of the first problem and the number of the others.
    """
    sources: dict[str, Source] = {}
    if bibliography:
        sources, problems = read_bibliography(bibliography)
        _refuse(problems, in_bibliography=True)
    facts, problems = read_facts(content)
    _refuse(problems or check_links(facts, sources))
    if not facts:
        raise InvalidInput(Message("specificity.no_record"), line=1, field="specificity")
    digest = hashlib.sha256(content).hexdigest()
    return SpecificityTable(name, version or digest[:12], digest, tuple(facts), sources)


def _refuse(problems: Sequence[TableProblem], *, in_bibliography: bool = False) -> None:
    if not problems:
        return
    first, others = problems[0], len(problems) - 1
    message = first.message
    if in_bibliography:
        message = Message("specificity.in_bibliography", reason=message)
    if others:
        message = Message("specificity.first_of_more", reason=message, count=others)
    raise InvalidInput(message, line=first.line, field="specificity")


def load_table(path: Path | None = None) -> SpecificityTable:
    """Load the table at `path`, or the one shipped, with the bibliography beside it.

    A JSON file of the same stem may contain name, version and the required numbers of facts and sources, since a file
    truncated at the end of a line otherwise looks complete.

    Raises:
        InvalidInput: with the line, if table, bibliography or description is invalid.
    """
    path = path or SHIPPED_TABLE
    try:
        content = path.read_bytes()
        references = path_beside(path)
        bibliography = references.read_bytes() if references.is_file() else b""
    except OSError as error:
        message = Message("table.unreadable", name=path.name, reason=os_reason(error))
        raise InvalidInput(message, field="specificity") from None
    about = read_description(path.with_suffix(".json"))
    return _cached(content, bibliography, about, path.stem)


@lru_cache(maxsize=4)
def _cached(content: bytes, bibliography: bytes, about: Description, stem: str) -> SpecificityTable:
    is_current = about.sha256 in (None, hashlib.sha256(content).hexdigest())
    version = about.version if is_current else None
    table = table_from_bytes(content, name=about.name or stem, version=version, bibliography=bibliography)
    about.check_counts(facts=len(table.facts), last_line=content.count(b"\n"), sources=len(table.sources))
    return table
