"""What users read tables with, each told to keep text as text."""

from __future__ import annotations

import csv
import os
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

Table = list[list[str]]
_CELL, _ROW, _TABLE = "\x1f", "\x1e", "\x1d"
_R = r"""
files <- commandArgs(trailingOnly = TRUE)
quote <- files[1]
text <- function(cells) paste(enc2utf8(cells), collapse = "\x1f")
read <- function(path) {
  table <- read.delim(path, header = FALSE, quote = quote, colClasses = "character", na.strings = character(),
                      encoding = "UTF-8")
  paste(apply(as.matrix(table), 1, text), collapse = "\x1e")
}
cat(paste(vapply(files[-1], read, ""), collapse = "\x1d"))
"""


def by_pandas(path: Path, *, quoted: bool = True) -> Table:
    """Read with `pandas.read_csv`; `quoted=False` for tables of BtToxin_Digger, which knows no quotes."""
    quoting = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    table = pd.read_csv(path, sep="\t", header=None, dtype=str, keep_default_na=False, quoting=quoting)
    return [list(row) for row in table.itertuples(index=False)]


def by_csv(path: Path) -> Table:
    """Read with Python's own `csv`, as spreadsheets do."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream, delimiter="\t"))


def by_r(paths: Sequence[Path], *, quoted: bool = True) -> Iterable[Table]:
    """Read with R's `read.delim`, all files in one process."""
    command = ["Rscript", "--vanilla", "-e", _R, '"' if quoted else "", *map(str, paths)]
    done = subprocess.run(
        command, capture_output=True, timeout=60, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"}
    )
    assert done.returncode == 0, done.stderr.decode()
    tables = done.stdout.decode().split(_TABLE)
    return [[row.split(_CELL) for row in table.split(_ROW)] for table in tables]
