"""The index of a reference, built once and cached: profiles and a 5-mer index.

    <cache_dir>/<first 16 letters of the FASTA's SHA-256>-i<INDEX_VERSION>/
        profiles.h3m    profile HMMs of the families
        domains.h3m     profile HMMs of the domains
        profiles.json   the meaning of each profile, and the versions used to build it
        kmers.npz       which entry and family holds which 5-mers, and the entries with low complexity masked

The complete folder is renamed into place. Jobs that start together wait for the lock of the first.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.metadata
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from pyhmmer.plan7 import HMM, HMMFile

from portal.domain.errors import InvalidInput
from portal.domain.message import Message
from portal.pipeline.digger.native.domains import build_domains
from portal.pipeline.digger.native.kmers import KmerIndex
from portal.pipeline.digger.native.lowcomplexity import mask
from portal.pipeline.digger.native.profiles import FamilyProfile, Protein, build_profiles
from portal.pipeline.digger.native.seeds import SeedIndex, Seeds
from portal.pipeline.digger.orfs import AMINO_LETTERS, Codes
from portal.pipeline.digger.reader import check_fasta, read_fasta

INDEX_VERSION = 5
_AMINO_CODE = np.array(
    [max(AMINO_LETTERS.find(chr(byte)), -1) if chr(byte).isalpha() else -1 for byte in range(256)], dtype=np.int8
)
_X = AMINO_LETTERS.index("X")


@dataclass(frozen=True)
class Index:
    """A reference, ready to be searched."""

    proteins: tuple[Protein, ...]
    profiles: tuple[FamilyProfile, ...]
    domains: tuple[HMM[Any], ...]
    kmers: KmerIndex
    seeds: SeedIndex
    masked: tuple[Codes, ...]
    sha256: str

    @cached_property
    def residues(self) -> int:
        """Return the number of residues in the reference: the `n` of the E-value."""
        return sum(len(protein.letters) for protein in self.proteins)


def encode_protein(letters: bytes) -> Codes:
    """Return the Easel codes of an upper-case protein; anything outside its alphabet, including stops, becomes X."""
    codes = _AMINO_CODE[np.frombuffer(letters, dtype=np.uint8)]
    return np.where(codes < 0, _X, codes).astype(np.uint8)


def read_proteins(fasta: Path) -> tuple[Protein, ...]:
    """Read the entries of a reference; a stop at the end is removed, an internal one becomes X.

    Raises:
        InvalidInput: not a protein FASTA.
    """
    try:
        check_fasta(fasta, "prot")
    except InvalidInput as error:
        wrong = Message("reference.file", name=fasta.name, reason=error.reason)
        raise InvalidInput(wrong, line=error.line, field="reference") from error
    return tuple(
        Protein(record.name, record.description, letters.decode("ascii"), encode_protein(letters))
        for record in read_fasta(fasta)
        if (letters := record.sequence.rstrip(b"*").replace(b"*", b"X"))
    )


def load_index(fasta: Path, cache_dir: Path, threads: int) -> Index:
    """Return the index of a reference; build it if it does not exist.

    Raises:
        InvalidInput: the reference is not a protein FASTA.
    """
    proteins = read_proteins(fasta)
    sha256 = hashlib.sha256(fasta.read_bytes()).hexdigest()
    folder = cache_dir / f"{sha256[:16]}-i{INDEX_VERSION}"
    loaded = _load(folder)
    if loaded is None:
        cache_dir.mkdir(parents=True, exist_ok=True)
        with _locked(folder.with_suffix(".lock")):
            loaded = _load(folder)
            if loaded is None:
                _build(folder, proteins, sha256, threads)
                loaded = _load(folder)
    if loaded is None:
        raise OSError(f"the index {folder} cannot be read back")
    profiles, domains, kmers, seeds, masked = loaded
    index = SeedIndex(seeds, [p.name for p in proteins], [p.amino_codes for p in proteins], kmers)
    return Index(proteins, profiles, domains, kmers, index, _split(masked, proteins), sha256)


def _split(everything: Codes, proteins: Sequence[Protein]) -> tuple[Codes, ...]:
    """Split the concatenated entries."""
    ends = np.cumsum([len(protein.amino_codes) for protein in proteins])
    return tuple(np.split(everything, ends[:-1]))


def _build(folder: Path, proteins: Sequence[Protein], sha256: str, threads: int) -> None:
    kmers = KmerIndex.build([protein.amino_codes for protein in proteins])
    with ThreadPoolExecutor(1) as beside:  # the largest class alone keeps one thread busy for most of the time
        domains = beside.submit(build_domains, proteins, kmers, 1)
        profiles = build_profiles(proteins, kmers, threads)
    seeds = Seeds.build([p.name for p in proteins], [p.amino_codes for p in proteins], kmers)
    scratch = Path(tempfile.mkdtemp(prefix=".building-", dir=folder.parent))
    try:
        _write_hmms(scratch / "profiles.h3m", [profile.hmm for profile in profiles])
        _write_hmms(scratch / "domains.h3m", domains.result())
        np.savez(
            scratch / "kmers.npz",
            kmers=kmers.kmers,
            offsets=kmers.offsets,
            entries=kmers.entries,
            seed_offsets=seeds.offsets,
            seed_entries=seeds.entries,
            seed_positions=seeds.positions,
            masked=np.concatenate([mask(protein.amino_codes) for protein in proteins]),
        )
        facts = {
            "reference_sha256": sha256,
            "entries": len(proteins),
            "built_with": {name: importlib.metadata.version(name) for name in ("pyhmmer", "pyfamsa", "numpy")},
            "profiles": [{"family": profile.family, "accessory": profile.accessory} for profile in profiles],
        }
        (scratch / "profiles.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
        scratch.chmod(0o755)
        if folder.exists():  # damaged: `_load` could not read it
            shutil.rmtree(folder)
        scratch.replace(folder)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise


_Stored: TypeAlias = "tuple[tuple[FamilyProfile, ...], tuple[HMM[Any], ...], KmerIndex, Seeds, Codes]"


def _load(folder: Path) -> _Stored | None:
    """Return the stored index, None if there is none or it is damaged."""
    try:
        facts: dict[str, Any] = json.loads((folder / "profiles.json").read_text(encoding="utf-8"))
        hmms = _read_hmms(folder / "profiles.h3m")
        domains = tuple(_read_hmms(folder / "domains.h3m"))
        with (folder / "kmers.npz").open("rb") as stream, np.load(stream) as stored:
            kmers = KmerIndex(stored["kmers"], stored["offsets"], stored["entries"], facts["entries"])
            seeds = Seeds(stored["seed_offsets"], stored["seed_entries"], stored["seed_positions"])
            masked = stored["masked"]
        profiles = tuple(
            FamilyProfile(hmm, stands_for["family"], stands_for["accessory"])
            for hmm, stands_for in zip(hmms, facts["profiles"], strict=True)
        )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return profiles, domains, kmers, seeds, masked


def _write_hmms(path: Path, hmms: Sequence[HMM[Any]]) -> None:
    with path.open("wb") as stream:
        for hmm in hmms:
            hmm.creation_time = hmm.command_line = None  # the same reference gives the same bytes
            hmm.write(stream, binary=True)


def _read_hmms(path: Path) -> list[HMM[Any]]:
    if not path.stat().st_size:
        return []
    stream = HMMFile(path)
    try:
        return list(stream)
    finally:
        stream.close()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
