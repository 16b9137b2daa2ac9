"""The whole catalogue: every code with its text.

The texts of a group, the first word of a code, are loaded when one of them is first needed: a job words a handful of
the catalogue's messages, and loading them all would be a tenth of its start.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import cast

from portal.domain.catalogue.text import Text

# Module -> the groups of which it has texts. A code stands in one module; a test checks both.
MODULES: Mapping[str, str] = {
    "annotation": "annotation",
    "announcement": "announcement maintenance",
    "bioassays": "bioassay reading",
    "candidates": "candidate",
    "columns": "column",
    "command": "command config deploy",
    "contents": "content readme",
    "failure": "advice duration failure job stage",
    "health": "alarm consistency finding health part site stuck",
    "housekeeping": "clock control retention secret trash",
    "input": "fasta input value verbatim",
    "loci": "genes locus",
    "notification": "notify",
    "pipeline": "digger results stage tool",
    "progress": "progress",
    "reason": "reason",
    "reference": "example fetch file parity reference",
    "remark": "drop kind note remark",
    "remedy": "remedy",
    "request": "access client field http json request upload",
    "scheduler": "slurm",
    "scores": "score",
    "screening": "screening",
    "share": "share",
    "storage": "backup disk document fsck os pack poller record secret",
    "submission": "gzip item submission table value",
    "tables": "bundle calibration cell specificity table validation",
    "task": "compare example results status task",
    "upgrade": "upgrade",
}


class Catalogue(Mapping[str, Text]):
    """The texts by code, loaded by group; iteration loads them all."""

    def __init__(self, modules: Mapping[str, str]) -> None:
        self._texts: dict[str, Text] = {}
        self._unread: dict[str, list[str]] = {}  # group -> modules that are still to be loaded
        for module, groups in modules.items():
            for group in groups.split():
                self._unread.setdefault(group, []).append(module)

    def __getitem__(self, code: str) -> Text:
        self._read(code.partition(".")[0])
        return self._texts[code]

    def __iter__(self) -> Iterator[str]:
        for group in tuple(self._unread):
            self._read(group)
        return iter(self._texts)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _read(self, group: str) -> None:
        for module in self._unread.get(group, ()):
            self._texts |= texts_of(module)
        # Afterwards, so that a second thread that asks meanwhile does not find the group half read.
        self._unread.pop(group, None)


def texts_of(module: str) -> Mapping[str, Text]:
    """Return the texts of one of the catalogue's modules."""
    return cast("Mapping[str, Text]", import_module(f"portal.domain.catalogue.{module}").TEXTS)


TEXTS: Mapping[str, Text] = Catalogue(MODULES)
