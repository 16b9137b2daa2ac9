"""Output of the client commands: one tab-separated line per genome, or JSON."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

import click

from portal.cli.conclusion import conclusion_of_record, conclusion_text, outcome_text
from portal.results.gene_state import behind

ENDED_BADLY = frozenset({"failed", "refused", "lapsed", "deleted"})


def genome_line(row: Mapping[str, Any]) -> str:
    """Return a row of the table `tasks` as a line: name (else label), task, status, and a remark."""
    task_id = row["task_id"] or "-"  # a file that could not be announced has none
    return _line(row.get("name") or row["label"], task_id, row["status"], _said_of_row(row), row.get("bundle"))


def record_line(record: Mapping[str, Any], name: str = "") -> str:
    """Return a task's record as such a line; `name` is what its owner calls the strain."""
    return _line(name or record["filename"], record["task_id"], record["status"], _said_of_record(record))


def print_lines(rows: Iterable[Mapping[str, Any]]) -> None:
    """Print the line of each row of the table `tasks`."""
    for row in rows:
        click.echo(genome_line(row))


def _line(*fields: str | None) -> str:
    return "\t".join(plain(field) for field in fields if field is not None)


def plain(text: str) -> str:
    """Return a text without characters that end a field or line or control a terminal."""
    return "".join(" " if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char for char in text)


def _said_of_row(row: Mapping[str, Any]) -> str:
    if row["status"] == "running":
        return f"{row['stage'] or ''}, {row['progress']} %"
    if row["status"] == "completed" and row["conclusion"]:
        targets = (row["targets"] or "").replace("; ", ", ")
        # A portal of an earlier version does not tell the state of the genes.
        genes = behind(broken=bool(row.get("genes_broken")), cut=bool(row.get("genes_cut")))
        return outcome_text(row["conclusion"], targets, genes)
    return row["message"] or ""


def _said_of_record(record: Mapping[str, Any]) -> str:
    if record["status"] == "failed":
        return f"{record['error_message']} {record['advice'] or ''}".strip()
    if record["status"] == "completed":
        conclusion = conclusion_of_record(record)
        return conclusion_text(conclusion) if conclusion else ""
    if record["queue_position"]:
        return f"place {record['queue_position']}"
    if record["status"] == "running":
        return f"{record['current_stage'] or ''}, {record['progress']} %"
    return ""
