"""Check the result of a BtToxin_Digger run; version 1.0.10 always exits with code 0.

A table with only its header means no hit *or* any failure. It counts as "no toxin" only if the strain is listed in
`Strains_without_toxins_found.txt` and the log shows no sign of a failure; rows count only if the strain's `.list` has
the same number, since the two differ after a crash in between.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from portal.domain.errors import StageError
from portal.domain.message import Message
from portal.domain.status import FailureKind
from portal.pipeline.digger.upstream.staging import INPUT_FOLDER, STAGED_STRAIN, StagedGenome
from portal.results.names import WITHOUT_TOXINS

MIN_N50 = 50_000
LOW_N50_FOLDER = "N50lt50K"
# The tool drops short contigs; if none is left, it prints a message and continues.
_NOTHING_LONG_ENOUGH = "Empty Sequence file"


class LowN50(StageError):
    """The tool does not search a genome this fragmented."""

    def __init__(self, n50: int) -> None:
        super().__init__(Message("digger.low_n50", limit=MIN_N50, n50=n50))
        self.n50 = n50


@dataclass(frozen=True)
class _Failure:
    reason: Message
    kind: FailureKind = FailureKind.TOOL_ERROR


def _full_disk(_: str) -> _Failure:
    return _Failure(Message("digger.sign.disk_full"), FailureKind.DISK_FULL)


def _no_memory(_: str) -> _Failure:
    return _Failure(Message("digger.sign.memory"), FailureKind.OUT_OF_MEMORY)


def _no_perl_module(name: str) -> _Failure:
    return _Failure(Message("digger.sign.perl_module", name=name), FailureKind.NOT_CONFIGURED)


def _no_program(name: str) -> _Failure:
    return _Failure(Message("digger.sign.program", name=name), FailureKind.NOT_CONFIGURED)


def _no_library(name: str) -> _Failure:
    return _Failure(Message("digger.sign.library", name=name), FailureKind.NOT_CONFIGURED)


def _failed_search(name: str) -> _Failure:
    return _Failure(Message("digger.sign.search", name=name))


# Lines that never occur in a successful run, even without toxins (which does print a Perl exception about its own
# files); the text matched by a group of the pattern is included in the message.
_SIGNS: tuple[tuple[re.Pattern[str], Callable[[str], _Failure]], ...] = tuple(
    (re.compile(pattern, re.MULTILINE), failure)
    for pattern, failure in (
        (r"No space left on device|Disk quota exceeded", _full_disk),
        (r"Out of memory|annot allocate memory|bad_alloc|^Killed", _no_memory),
        (r"Can't locate (\S+?\.pm)", _no_perl_module),
        (r"sh: (?:line )?(?:\d+: )?(\S+?): (?:command )?not found", _no_program),
        (r"error while loading shared libraries: (\S+?):", _no_library),
        (r"(BLAST (?:Database|engine) error.*)", _failed_search),
        (r"^(Error: .*)", _failed_search),
        (r"Segmentation fault|core dumped|Illegal instruction", lambda _: _Failure(Message("digger.sign.crash"))),
        (r"Permission denied", lambda _: _Failure(Message("digger.sign.permission"))),
        (r"Syntax error", lambda _: _Failure(Message("digger.sign.syntax"))),
        (r"Illegal division by zero", lambda _: _Failure(Message("digger.sign.no_sequence"))),
        (r"Need to provide a sequence ID|Can't call method", lambda _: _Failure(Message("digger.sign.names"))),
        (r"Could not guess alphabet", lambda _: _Failure(Message("digger.sign.not_dna"))),
    )
)


def check_run(staged: StagedGenome, log: str, returncode: int, *, rows: int | None, listed: int | None) -> None:
    """Return if the result is valid; `rows` and `listed` are None if the table or the list is missing.

    Raises:
        LowN50: the tool skipped the genome.
        StageError: any other failure.
    """
    if any((staged.cwd / INPUT_FOLDER / LOW_N50_FOLDER).glob("*")):
        raise LowN50(staged.n50)
    failure = _failure(log)
    if returncode:
        failure = failure or _Failure(Message("digger.sign.exit_code", code=returncode))
    if failure is None and rows is not None and (rows or _is_without_toxins(staged, log)):
        if rows and rows != listed:
            failure = _Failure(_other_list(rows, listed))
    elif failure is None:
        failure = _Failure(Message("digger.sign.silent"))
    if failure is not None:
        raise StageError(Message("digger.unfinished", reason=failure.reason), kind=failure.kind)


def _other_list(rows: int, listed: int | None) -> Message:
    if listed is None:
        return Message("digger.sign.no_list", count=rows)
    return Message("digger.sign.other_list", rows=rows, listed=listed)


def _failure(log: str) -> _Failure | None:
    for pattern, failure in _SIGNS:
        found = pattern.search(log)
        if found:
            return failure(found[found.lastindex or 0])
    return None


def _is_without_toxins(staged: StagedGenome, log: str) -> bool:
    return STAGED_STRAIN in names_in(staged.toxins_folder / WITHOUT_TOXINS) or _NOTHING_LONG_ENOUGH in log


def names_in(path: Path) -> set[str]:
    """Return the lines of a file of names; none if it does not exist."""
    return set(path.read_text(encoding="utf-8", errors="replace").split()) if path.is_file() else set()
