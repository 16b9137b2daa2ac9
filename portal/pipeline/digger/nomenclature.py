"""Toxin name functions for the search, beyond portal.domain.toxin_names: families, and names before 2020.

The table of portal.reference alone defines which names changed.
"""

from __future__ import annotations

import re

from portal.reference.names import name_table

_NAME = re.compile(r"(?P<prefix>[A-Za-z]+)(?P<number>\d+)(?P<rest>.*)")


def prefix_of(name: str) -> str:
    """Return the letters before the first number (`Cry` of `Cry1Aa1`), or the whole name if it has no number."""
    match = _NAME.match(name)
    return match["prefix"] if match else name


def primary_family(name: str) -> str:
    """Return letters and primary number (`Cry1` of `Cry1Aa1`)."""
    match = _NAME.match(name)
    return match["prefix"] + match["number"] if match else name


def current_family(name: str) -> str:
    """Return the primary family in the nomenclature of 2020, for a name of either nomenclature."""
    return primary_family(name_table().to_2020(name))


def name_before_2020(name: str) -> str | None:
    """Return the 1998 name of a toxin, for a name of either nomenclature; None if the family had none."""
    table = name_table()
    return table.to_1998(table.to_2020(name))
