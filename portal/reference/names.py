"""The name table shipped with the portal.

Facts: the lists of renamed families in Crickmore et al. 2021 and of the BPPRC database (bpprc.org). Three single
proteins (Cry19Ca1, Cry32Wa1, Cry32Wa2) are also listed: current lists have the same sequences as Cry4Da1, Cry73Ba1
and Cry73Ba2.
"""

from __future__ import annotations

import csv
import io
from functools import cache
from importlib.resources import files

from portal.domain.toxin_names import NameTable, family_of


def read_data(name: str) -> list[dict[str, str]]:
    """Return the rows of a table shipped with this package."""
    text = files("portal.reference").joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))


@cache
def name_table() -> NameTable:
    """Return the table of both nomenclatures."""
    rows = read_data("names_1998_2020.csv")
    return NameTable.from_rows((row["name_2020"], row["name_1998"], row["other_name"]) for row in rows)


@cache
def known_families() -> tuple[str, ...]:
    """Return the rank-1 families (Cry1, Tpp2, Spp ...) of the nomenclature, in the table's order."""
    return tuple(dict.fromkeys(family_of(row["name_2020"]) for row in read_data("names_1998_2020.csv")))
