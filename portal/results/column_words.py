"""What the columns of tables mean, with their units, in words: one table for all tables."""

from __future__ import annotations

from collections.abc import Mapping

from portal.domain.message import Message
from portal.results import evidence_table, toxin_table
from portal.results.tables import META, TABLES

# Columns of a grid beside its orders, species or toxins.
GRID_COLUMNS = (
    "strain",
    "label",
    "task_id",
    "conclusion",
    "targets",
    "toxins",
    "alleles",
    "found_inactive",
    "inconclusive",
    "scores_broken",
    "scores_cut",
    "cautions",
    "genes_broken",
    "genes_cut",
    "genes_broken_count",
    "genes_cut_count",
    "genes_altered_count",
    "toxins_broken",
    "toxins_cut",
    "toxins_altered",
)
NAMES = frozenset(
    {name for table in TABLES.values() for name in table}
    | {*toxin_table.COLUMNS, *evidence_table.COLUMNS, *GRID_COLUMNS}
)
# Where a name means something else than in the other tables.
_ELSEWHERE: Mapping[tuple[str, str], Message] = {("tasks", "name"): Message("column.given_name")}


def column_words(name: str, table: str) -> Message | None:
    """Return what a column of a table means; None if its name is that of an order, a species or a toxin."""
    if table == "tasks" and name.startswith(META):
        return Message("column.metadata")
    return _ELSEWHERE.get((table, name)) or (Message(f"column.of.{name}") if name in NAMES else None)
