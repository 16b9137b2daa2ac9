"""Judge a run of BtToxin_Digger, whose exit code is 0 whatever happened (1.0.10).

A table with nothing but its header means no hit *or* any failure. It counts as "no toxin" only when the strain stands
in `Strains_without_toxins_found.txt` and the log shows no sign of a failure; rows count only when the strain's `.list`
has as many, since a crash in between leaves the two apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from portal.domain.errors import StageError
from portal.domain.status import FailureKind
from portal.pipeline.digger.upstream.staging import INPUT_FOLDER, STAGED_STRAIN, StagedGenome
from portal.results.names import WITHOUT_TOXINS

MIN_N50 = 50_000
LOW_N50_FOLDER = "N50lt50K"
# The tool drops short contigs itself; when none is left it says so and goes on.
_NOTHING_LONG_ENOUGH = "Empty Sequence file"


class LowN50(StageError):
    """The tool does not search a genome of so many pieces."""

    def __init__(self, n50: int) -> None:
        super().__init__(
            f"BtToxin_Digger does not search genomes with an N50 below {MIN_N50:,} bp; this one has {n50:,} bp. Upload "
            "a better assembly, or ask the operator to set LOW_N50=native, which searches such genomes all the same."
        )


@dataclass(frozen=True)
class _Sign:
    pattern: re.Pattern[str]
    sentence: str
    kind: FailureKind = FailureKind.TOOL_ERROR


def _sign(pattern: str, sentence: str, kind: FailureKind = FailureKind.TOOL_ERROR) -> _Sign:
    return _Sign(re.compile(pattern, re.MULTILINE), sentence, kind)


# Lines that no good run prints, also not one without toxins (which does print a Perl exception about its own files).
_SIGNS = (
    _sign(r"No space left on device|Disk quota exceeded", "the disk is full", FailureKind.DISK_FULL),
    _sign(r"Out of memory|annot allocate memory|bad_alloc|^Killed", "it ran out of memory", FailureKind.OUT_OF_MEMORY),
    _sign(r"Can't locate (\S+?\.pm)", "the Perl module {} is missing", FailureKind.NOT_CONFIGURED),
    _sign(r"sh: (?:line )?(?:\d+: )?(\S+?): (?:command )?not found", "{} is missing", FailureKind.NOT_CONFIGURED),
    _sign(r"error while loading shared libraries: (\S+?):", "the library {} is missing", FailureKind.NOT_CONFIGURED),
    _sign(r"(BLAST (?:Database|engine) error.*)", "its search failed ({})"),
    _sign(r"^(Error: .*)", "its search failed ({})"),
    _sign(r"Segmentation fault|core dumped|Illegal instruction", "one of its programs crashed"),
    _sign(r"Permission denied", "it was not allowed to read or write a file"),
    _sign(r"Syntax error", "it could not run a command of its own"),
    _sign(r"Illegal division by zero", "it found no sequence in its input"),
    _sign(r"Need to provide a sequence ID|Can't call method", "it lost the names of the sequences"),
    _sign(r"Could not guess alphabet", "its input is not DNA"),
)  # fmt: skip


def check_run(staged: StagedGenome, log: str, returncode: int, *, rows: int | None, listed: int | None) -> None:
    """Return when the result counts; `rows` and `listed` are None where the table or the list is not there.

    Raises:
        LowN50: the tool put the genome aside.
        StageError: anything else that is not a result.
    """
    if any((staged.cwd / INPUT_FOLDER / LOW_N50_FOLDER).glob("*")):
        raise LowN50(staged.n50)
    failure = _failure(log)
    if returncode:
        failure = failure or _Failure(f"it ended with code {returncode}", FailureKind.TOOL_ERROR)
    if failure is None and rows is not None and (rows or _is_without_toxins(staged, log)):
        if rows and rows != listed:
            failure = _Failure(
                f"its table has {rows} rows and its list {'is missing' if listed is None else f'has {listed}'}",
                FailureKind.TOOL_ERROR,
            )
    elif failure is None:
        failure = _Failure("it stopped without saying why", FailureKind.TOOL_ERROR)
    if failure is not None:
        raise StageError(
            f"BtToxin_Digger did not finish: {failure.reason}. The log has the details.", kind=failure.kind
        )


@dataclass(frozen=True)
class _Failure:
    reason: str
    kind: FailureKind


def _failure(log: str) -> _Failure | None:
    for sign in _SIGNS:
        found = sign.pattern.search(log)
        if found:
            return _Failure(sign.sentence.format(*found.groups()), sign.kind)
    return None


def _is_without_toxins(staged: StagedGenome, log: str) -> bool:
    return STAGED_STRAIN in names_in(staged.toxins_folder / WITHOUT_TOXINS) or _NOTHING_LONG_ENOUGH in log


def names_in(path: Path) -> set[str]:
    """Return the lines of a file of names; none where it is not there."""
    return set(path.read_text(encoding="utf-8", errors="replace").split()) if path.is_file() else set()
