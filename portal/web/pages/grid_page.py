"""What every page with a grid passes to its templates and its script: rows, addresses, tools."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from flask import Response, request

from portal.domain.message import Message
from portal.services.submission_grid import GridBy
from portal.web.pages.damage_words import flaw_words
from portal.web.pages.grid import BY_WORDS, ColumnView, GridLine, GridView, GridWish, arrange
from portal.web.pages.grid_data import grid_data
from portal.web.pages.grid_find import is_wanted
from portal.web.pages.grid_groups import cut_of
from portal.web.texts.meanings import meanings

# As many rows as the tallest screen shows; the script fetches all of them as data, and draws those in sight.
FIRST_ROWS = 24
_QUERY = ("by", "find", "state", "sort", "refresh")


@dataclass(frozen=True)
class GridLinks:
    """Where the links of a grid lead. `page` and `rows` take a query; `strain` is "" for a row without a page.

    evidence: what leads from the address of a strain to the evidence of a column.
    """

    page: Callable[..., str]
    rows: Callable[..., str]
    strain: Callable[[GridLine], str]
    evidence: Callable[[ColumnView], str]


def asked_by() -> GridBy:
    """Return the columns of the query."""
    wanted = request.args.get("by", "")
    return GridBy(wanted) if wanted in list(GridBy) else GridBy.ORDERS


def asked_wish() -> GridWish:
    """Return the filter and order of the query."""
    return GridWish(request.args.get("find", ""), request.args.get("state", ""), request.args.get("sort", ""))


def grid_context(grid: GridView, links: GridLinks) -> Mapping[str, Any]:
    """Return the context of `_grid.html`: the first rows, or with `rows` in the query all of those that are wanted."""
    wish = asked_wish()
    wanted = [line for line in arrange(grid, wish) if is_wanted(line, wish)]
    lines = wanted if "rows" in request.args else wanted[:FIRST_ROWS]
    query: dict[str, Any] = {name: request.args[name] for name in _QUERY if name in request.args}
    return {
        "grid": grid,
        "wish": wish,
        "lines": lines,
        "shown": len(wanted),
        "whole_address": links.page(**query, rows="all") if len(lines) < len(wanted) else "",
        "links": links,
        "group_sizes": Counter(line.group for line in wanted),
        "cut": cut_of(grid.by),
        "flaw_words": flaw_words(),
        "meanings": meanings,
        "species_above_order": Message("score.species_above_order"),
        "by_words": {by: word for by, word in BY_WORDS.items() if by is not GridBy.METADATA or grid.has_metadata},
    }


def rows_answer(grid: GridView, links: GridLinks) -> Response:
    """Return all rows as data, in their own order; see `grid_data`."""
    body = msgspec.json.encode(data_of(grid, grid.lines, links))
    return Response(body, content_type="application/json", headers={"Cache-Control": "no-store"})


def data_of(grid: GridView, lines: Iterable[GridLine], links: GridLinks) -> dict[str, Any]:
    """Return rows as data."""
    return grid_data(grid, lines, links.strain, links.evidence)
