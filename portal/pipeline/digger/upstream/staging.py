"""Stage a genome so that its name, headers and letters cannot break BtToxin_Digger.

In version 1.0.10, file names reach `sh -c` unquoted, headers with `|` lose all hits, every letter except A, C, G and T
is deleted before translation, empty contigs abort the run, and a second run merges files left by the first. Each run
therefore gets a fresh folder three levels deep (the tool writes two levels above its own), the genome is called
`s0001.fna` and its contigs `c000001`, ..., and the letters that the tool would delete are deleted here, so that true
coordinates can be restored afterwards.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from portal.domain.fasta import n50_of
from portal.pipeline.digger.reader import FastaRecord, read_fasta

STAGED_STRAIN = "s0001"
INPUT_FOLDER = "in"
SUFFIX = ".fna"
# Below this no reading frame of 75 amino acids fits.
MIN_CONTIG = 225
_WIDTH = 70
_TO_DELETE = bytes(byte for byte in range(256) if byte not in b"ACGT")


@dataclass(frozen=True)
class StagedContig:
    """A contig under its staged name; `kept` holds the 0-based positions of the letters kept, None if all were."""

    record: FastaRecord
    kept: npt.NDArray[np.int64] | None

    def true_position(self, staged: int) -> int:
        """Convert a 1-based position in the staged contig to one in the uploaded contig."""
        return staged if self.kept is None else int(self.kept[staged - 1]) + 1


@dataclass(frozen=True)
class StagedGenome:
    """The folder in which the tool runs, and the meaning of its names."""

    scratch: Path
    cwd: Path
    contigs: dict[str, StagedContig]
    n50: int
    deleted_letters: int
    short_contigs: int

    @property
    def toxins_folder(self) -> Path:
        return self.cwd / "Results" / "Toxins"

    def contig_of(self, protein_id: str) -> tuple[StagedContig, str]:
        """Return the contig of a staged protein id, and the id with the contig's own name.

        Raises:
            KeyError: no staged contig matches the id.
        """
        name, _, number = protein_id.rpartition("_")
        contig = self.contigs[name]
        return contig, f"{contig.record.name}_{number}"


def stage_genome(genome: Path, work_dir: Path) -> StagedGenome:
    """Write the genome to a fresh folder below `work_dir` for the tool."""
    scratch = Path(tempfile.mkdtemp(prefix="bttoxin-", dir=work_dir))
    cwd = scratch / "one" / "two" / "run"
    (cwd / INPUT_FOLDER).mkdir(parents=True)
    (scratch / "tmp").mkdir()
    contigs: dict[str, StagedContig] = {}
    deleted = short = 0
    lengths = []
    with (cwd / INPUT_FOLDER / f"{STAGED_STRAIN}{SUFFIX}").open("wb") as stream:
        for number, given in enumerate(read_fasta(genome), start=1):
            record = FastaRecord(given.name, given.description, given.sequence.replace(b"U", b"T"))
            letters = record.sequence.translate(None, _TO_DELETE)
            deleted += len(record.sequence) - len(letters)
            if len(letters) < MIN_CONTIG:
                short += 1
                continue
            name = f"c{number:06d}"
            contigs[name] = StagedContig(record, _kept_places(record.sequence, letters))
            lengths.append(len(letters))
            stream.write(b">%s\n" % name.encode())
            stream.writelines(letters[at : at + _WIDTH] + b"\n" for at in range(0, len(letters), _WIDTH))
    return StagedGenome(scratch, cwd, contigs, n50_of(lengths), deleted, short)


def _kept_places(sequence: bytes, letters: bytes) -> npt.NDArray[np.int64] | None:
    if len(letters) == len(sequence):
        return None
    return np.flatnonzero(np.isin(np.frombuffer(sequence, dtype=np.uint8), np.frombuffer(b"ACGT", dtype=np.uint8)))
