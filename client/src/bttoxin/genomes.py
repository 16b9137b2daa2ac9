"""Find the genomes of a run by pattern, folder or list; each has a label, a size and a digest."""

from __future__ import annotations

import glob
import gzip
import hashlib
import os
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

SUFFIXES = (".fna", ".fa", ".fasta")
_PIECE_BYTES = 1 << 20
_MAX_LABEL = 100
_NAMED = 5  # of the files that were passed over

Source = str | os.PathLike[str] | Iterable["str | os.PathLike[str]"]


@dataclass(frozen=True)
class Genome:
    """One file: `size` (bytes) and `sha256` are those of the uncompressed FASTA text, also for gzip files."""

    path: Path
    label: str
    size: int
    sha256: str

    @property
    def is_packed(self) -> bool:
        """Return whether the file is sent compressed."""
        return self.path.suffix.lower() == ".gz"

    def read(self) -> bytes:
        """Return the bytes to send."""
        return self.path.read_bytes()


def find_genomes(source: Source) -> list[Genome]:
    """Return the genomes matching a pattern, folder, path or list of these, sorted by path, without duplicates.

    Raises:
        FileNotFoundError: nothing was found, or a named file does not exist.
        ValueError: a `.gz` file is not a valid gzip file.
    """
    items = items_of(source)
    paths = sorted({path.resolve() for item in items for path in _expand(item)})
    if not paths:
        raise FileNotFoundError(f"no genomes (.fna, .fa, .fasta, also .gz) found in {', '.join(map(str, items))}")
    return _with_labels([_look_at(path) for path in paths])


def items_of(source: Source) -> list[str | os.PathLike[str]]:
    """Return the patterns, folders and paths of a source, which may be an iterator."""
    return [source] if isinstance(source, (str, os.PathLike)) else list(source)


def passed_over(source: Source) -> list[Path]:
    """Return the files of the folders in a source that are no genomes by their names, sorted; hidden ones do not count.

    A pattern or a named file passes over nothing.
    """
    folders = [path for item in items_of(source) if (path := Path(item).expanduser()).is_dir()]
    found = {entry.resolve() for folder in folders for entry in folder.iterdir() if _is_other_file(entry)}
    return sorted(found - {path.resolve() for item in items_of(source) for path in _expand(item)})


def _is_other_file(entry: Path) -> bool:
    return entry.is_file() and not entry.name.startswith(".") and not is_genome_name(entry.name)


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
    if path.is_dir():
        yield from (entry for entry in path.iterdir() if entry.is_file() and is_genome_name(entry.name))
    elif path.exists():
        yield path
    elif glob.has_magic(str(path)):
        yield from (Path(name) for name in glob.glob(str(path), recursive=True) if Path(name).is_file())  # noqa: PTH207 - absolute patterns
    else:
        raise FileNotFoundError(f"there is no file {item}")


def is_genome_name(name: str) -> bool:
    """Return whether a file name looks like a genome."""
    return name.lower().removesuffix(".gz").endswith(SUFFIXES)


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


def _look_at(path: Path) -> Genome:
    digest, size = hashlib.sha256(), 0
    opener = gzip.open if path.suffix.lower() == ".gz" else open
    try:
        with opener(path, "rb") as stream:
            while piece := stream.read(_PIECE_BYTES):
                digest.update(piece)
                size += len(piece)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{path}: this is no whole gzip file ({error})") from error
    return Genome(path, label_of(path), size, digest.hexdigest())


def _with_labels(genomes: list[Genome]) -> list[Genome]:
    """Make equal labels unique: by the name of the folder, or if that is equal too, by a number."""
    taken = Counter(genome.label for genome in genomes)
    named = [
        genome
        if taken[genome.label] == 1
        else replace(genome, label=f"{genome.path.parent.name}/{genome.label}"[-_MAX_LABEL:])
        for genome in genomes
    ]
    seen: Counter[str] = Counter()
    result = []
    for genome in named:
        seen[genome.label] += 1
        number = seen[genome.label]
        result.append(genome if number == 1 else replace(genome, label=f"{genome.label[: _MAX_LABEL - 6]} ({number})"))
    return result
