"""The specificity table: reading a CSV of any of three headers, checking it, and naming its version.

Headers taken: the one this project ships, the one of a fact list (toxin_2020, target_group, ...), and the export of the
BPPRC specificity database as it is (name, partnerprotein, target_order, ...). Which one it is follows from the columns.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from portal.domain.errors import InvalidInput
from portal.pipeline.shoter.specificity.checks import Problem, check_facts, fact_key
from portal.pipeline.shoter.specificity.facts import Fact
from portal.pipeline.shoter.specificity.rows import dialect_of

SHIPPED_TABLE = Path(__file__).parents[1] / "data" / "specificity.csv"


@dataclass(frozen=True)
class SpecificityTable:
    """Checked facts with the name, version and sum of the file they came from."""

    name: str
    version: str
    sha256: str
    facts: tuple[Fact, ...]

    @property
    def unverified_facts(self) -> int:
        return sum(fact.unverified for fact in self.facts)

    def describe(self) -> dict[str, object]:
        """Return what every output says about the table."""
        return {
            "name": self.name,
            "version": self.version,
            "sha256": self.sha256,
            "facts": len(self.facts),
            "unverified_facts": self.unverified_facts,
        }

    def without_unverified(self) -> SpecificityTable:
        """Return the part of the table whose sources were read."""
        facts = tuple(fact for fact in self.facts if not fact.unverified)
        return SpecificityTable(self.name, self.version, self.sha256, facts)


def read_facts(content: bytes) -> tuple[list[Fact], list[Problem]]:
    """Parse a CSV of any known header; return the facts and every problem, with lines.

    Raises:
        InvalidInput: where the file is no CSV in UTF-8 or its header is none of the three.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InvalidInput("the specificity table is not UTF-8 text", line=line, field="specificity") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    facts: list[Fact] = []
    problems: list[Problem] = []
    try:
        header = [name.strip() for name in next(reader, [])]
        read_row, skips_repeats = dialect_of(header)
        for values in reader:
            if not any(value.strip() for value in values):
                continue
            line = reader.line_num
            if len(values) != len(header):
                problems.append(Problem(line, f"{len(values)} columns, the header has {len(header)}"))
                continue
            row = {name: value.strip() for name, value in zip(header, values, strict=True)}
            found = read_row(row, line)
            if isinstance(found, Problem):
                problems.append(found)
            else:
                facts.extend(found)
    except csv.Error as error:
        raise InvalidInput(f"not a CSV file ({error})", line=reader.line_num, field="specificity") from None
    if skips_repeats:
        facts = merge_facts([], facts)
    problems.extend(check_facts(facts))
    return facts, sorted(problems)


def table_from_bytes(content: bytes, *, name: str, version: str | None = None) -> SpecificityTable:
    """Return a checked table.

    Raises:
        InvalidInput: with the line of the first problem and the number of the others.
    """
    facts, problems = read_facts(content)
    if problems:
        first, others = problems[0], len(problems) - 1
        more = f" ({others} more; `btportal specificity check` lists them)" if others else ""
        raise InvalidInput(f"{first.text}{more}", line=first.line, field="specificity")
    if not facts:
        raise InvalidInput("the specificity table has no record", line=1, field="specificity")
    digest = hashlib.sha256(content).hexdigest()
    return SpecificityTable(name, version or digest[:12], digest, tuple(facts))


def load_table(path: Path | None = None) -> SpecificityTable:
    """Load the table at `path`, or the one shipped; a JSON of the same stem beside it may hold name and version."""
    path = path or SHIPPED_TABLE
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InvalidInput(f"the specificity table cannot be read: {error.strerror}", field="specificity") from None
    name, version = _described(path.with_suffix(".json"), content)
    return _cached(content, name or path.stem, version)


def _described(about: Path, content: bytes) -> tuple[str | None, str | None]:
    """Return name and version from a table's description; no version where the table was changed since it was built."""
    try:
        described = json.loads(about.read_text(encoding="utf-8"))
        name, version, digest = described.get("name"), described.get("version"), described.get("sha256")
    except FileNotFoundError:
        return None, None
    except (OSError, ValueError, AttributeError) as error:
        raise InvalidInput(
            f"{about.name} does not describe the specificity table: {error}", field="specificity"
        ) from None
    is_current = digest in (None, hashlib.sha256(content).hexdigest())
    return name and str(name), str(version) if version and is_current else None


@lru_cache(maxsize=4)
def _cached(content: bytes, name: str, version: str | None) -> SpecificityTable:
    return table_from_bytes(content, name=name, version=version)


def merge_facts(base: Iterable[Fact], extension: Iterable[Fact]) -> list[Fact]:
    """Return `base` followed by those facts of `extension` that say something new."""
    merged = list(base)
    known = {fact_key(fact) for fact in merged}
    taken_ids = {fact.fact_id for fact in merged}
    for fact in extension:
        if fact_key(fact) in known:
            continue
        if fact.fact_id in taken_ids:
            raise InvalidInput(f"fact_id {fact.fact_id} stands for two facts", line=fact.line, field="specificity")
        known.add(fact_key(fact))
        taken_ids.add(fact.fact_id)
        merged.append(fact)
    return merged
