"""Find the genomes of a run by pattern, folder or list; each has a label, a size and a digest."""

from __future__ import annotations

import glob
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bttoxin.errors import NoGenomes, RefusedFile
from bttoxin.file_faults import UnusableFile, measure_file, read_file

SUFFIXES = (".fna", ".fa", ".fasta")
_MAX_LABEL = 100
_NAMED = 5  # of the files that were passed over
# Characters without ink that are not controls: two labels that differ only in them are the same to the portal.
_NO_INK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)

Source = str | os.PathLike[str] | Iterable["str | os.PathLike[str]"]


@dataclass(frozen=True)
class GenomeFile:
    """A file that is to be sent, before anybody has looked into it."""

    path: Path
    label: str

    @property
    def is_packed(self) -> bool:
        """Return whether the file is sent compressed."""
        return self.path.suffix.lower() == ".gz"

    def refused(self, fault: UnusableFile, lang: str) -> RefusedFile:
        """Return the refusal of this file, in a language."""
        return RefusedFile(shown_path(self.path), self.label, fault.said(lang))


@dataclass(frozen=True)
class Genome(GenomeFile):
    """One file: `size` (bytes) and `sha256` are those of the uncompressed FASTA text, also for gzip files."""

    size: int
    sha256: str

    def read(self) -> bytes:
        """Return the bytes to send.

        Raises:
            UnusableFile: the file is gone, unreadable, or no longer what was announced.
        """
        return read_file(self.path, is_packed=self.is_packed, size=self.size, sha256=self.sha256)


def find_files(source: Source) -> list[GenomeFile]:
    """Return the files matching a pattern, folder, path or list of these, sorted by path, without duplicates.

    Whatever is named like a genome is listed, also if it cannot be sent: `look_at_files` says why.

    Raises:
        NoGenomes: nothing was found.
    """
    items = items_of(source)
    paths = sorted({_resolved(path) for item in items for path in _expand(item)})
    if not any(map(os.path.lexists, paths)):
        named = ", ".join(shown_path(item) for item in items)
        raise NoGenomes(f"no genomes (.fna, .fa, .fasta, also .gz) found in {named}")
    return _with_labels([GenomeFile(path, label_of(path)) for path in paths])


def look_at_files(
    files: Sequence[GenomeFile], *, limit_bytes: int | None, lang: str
) -> tuple[list[Genome], list[RefusedFile]]:
    """Return the genomes that can be sent, and the files that cannot, with the reason in a language."""
    genomes, refused = [], []
    for file in files:
        try:
            size, sha256 = measure_file(file.path, is_packed=file.is_packed, limit_bytes=limit_bytes)
        except UnusableFile as fault:
            refused.append(file.refused(fault, lang))
        else:
            genomes.append(Genome(file.path, file.label, size, sha256))
    return genomes, refused


def _resolved(path: Path) -> Path:
    """Return where links to files lead; whatever is no file keeps its name."""
    # `Path.resolve` and `is_file` fail on links that lead in a circle, and where the system refuses to look.
    return Path(os.path.realpath(path) if os.path.isfile(path) else os.path.abspath(path))  # noqa: PTH100, PTH113


def items_of(source: Source) -> list[str | os.PathLike[str]]:
    """Return the patterns, folders and paths of a source, which may be an iterator."""
    return [source] if isinstance(source, (str, os.PathLike)) else list(source)


def passed_over(source: Source) -> list[Path]:
    """Return the files of the folders in a source that are no genomes by their names, sorted; hidden ones do not count.

    A pattern or a named file passes over nothing.
    """
    inside = [entry for item in items_of(source) for entry in _entries(Path(item).expanduser())]
    found = {_resolved(entry) for entry in inside if _is_other_file(entry)}
    return sorted(found - {_resolved(path) for item in items_of(source) for path in _expand(item)})


def _entries(folder: Path) -> list[Path]:
    """Return what is in a folder; nothing if it is none, or cannot be read."""
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _is_other_file(entry: Path) -> bool:
    return os.path.isfile(entry) and not entry.name.startswith(".") and not is_genome_name(entry.name)  # noqa: PTH113


def words_for_passed_over(paths: Sequence[Path]) -> str:
    """Return how many files were passed over, with the first names."""
    names = ", ".join(_plain_name(path.name) for path in paths[:_NAMED])
    more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    files = "1 file that is" if len(paths) == 1 else f"{len(paths)} files that are"
    return f"not sent: {files} no .fna, .fa or .fasta by name: {names}{more}"


def _plain_name(name: str) -> str:
    return "".join(map(_plain, name))


def _expand(item: str | os.PathLike[str]) -> Iterator[Path]:
    path = Path(item).expanduser()
    if os.path.isdir(path):  # noqa: PTH112 - False for whatever the system refuses to tell
        try:
            entries = list(path.iterdir())
        except OSError:  # the folder itself is then named as what cannot be read
            entries = [path]
        yield from (entry for entry in entries if entry == path or is_genome_name(entry.name))
    elif os.path.lexists(path) or not glob.has_magic(str(path)):
        yield path
    else:
        for name in glob.glob(str(path), recursive=True):  # noqa: PTH207 - absolute patterns
            if is_genome_name(name) or not os.path.isdir(name):  # noqa: PTH112
                yield Path(name)


def is_genome_name(name: str) -> bool:
    """Return whether a file name looks like a genome."""
    return name.lower().removesuffix(".gz").endswith(SUFFIXES)


def shown_path(path: str | os.PathLike[str]) -> str:
    """Return a path as text that can be written anywhere: bytes that are not UTF-8 as `\\x..`."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def label_of(path: Path) -> str:
    """Return a genome's label: its file name, in any script, without suffixes and control characters."""
    name = unicodedata.normalize("NFC", path.name)
    for suffix in (".gz", *SUFFIXES):
        if name.lower().endswith(suffix):
            name = name[: -len(suffix)]
    name = "".join(map(_plain, name)).strip()
    return name[:_MAX_LABEL] or "genome"


def _plain(char: str) -> str:
    """Return a character as labels have it: usual spaces, and `_` for controls."""
    category = unicodedata.category(char)
    if category == "Zs" and char != "\u3000":
        return " "
    return "_" if category[0] == "C" or category in ("Zl", "Zp") else char


def _seen(label: str) -> str:
    """Return what one sees of a label; labels are equal if this is."""
    return _NO_INK.sub("", label).strip()


def _with_labels(files: list[GenomeFile]) -> list[GenomeFile]:
    """Make equal labels unique: by the name of the folder, or if that is equal too, by a number."""
    taken = Counter(_seen(file.label) for file in files)
    named = [
        file
        if taken[_seen(file.label)] == 1
        else replace(file, label="".join(map(_plain, f"{file.path.parent.name}/{file.label}"))[-_MAX_LABEL:])
        for file in files
    ]
    seen: Counter[str] = Counter()
    result = []
    for file in named:
        seen[_seen(file.label)] += 1
        number = seen[_seen(file.label)]
        result.append(file if number == 1 else replace(file, label=f"{file.label[: _MAX_LABEL - 6]} ({number})"))
    return result
