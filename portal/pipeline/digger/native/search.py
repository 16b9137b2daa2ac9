"""Find the proteins that any profile of a reference recognises, or that share words with a family.

Work is split into blocks of proteins, which threads compare with all profiles (HMMER's filters release the interpreter
lock). After its search, only the hits of a block are kept, so that memory does not grow with the genome.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from pyhmmer.easel import DigitalSequence, DigitalSequenceBlock
from pyhmmer.plan7 import Pipeline

from portal.pipeline.digger.native.index import Index
from portal.pipeline.digger.native.kmers import ProteinWords
from portal.pipeline.digger.native.profiles import ALPHABET
from portal.pipeline.digger.native.queries import Query
from portal.pipeline.digger.native.ungapped import UngappedSearch

BLOCK_RESIDUES = 100_000  # small enough to distribute a stretch full of toxin genes over the threads
# HMMER's maximum target length; no toxin has more than about 3,100 amino acids.
MAX_PROTEIN_LENGTH = 50_000
# A protein is first checked by ungapped score if more than this fraction of its 5-mers occurs in the reference, plus an
# allowance for chance in short ones. For unrelated proteins the mean is 11 %.
_FAMILIAR_SHARE, _FAMILIAR_CHANCE = 0.13, 1.5
_REPORT_P = 1e-4  # HMMER's own last filter passes 1e-5


_Searched: TypeAlias = "tuple[list[Recognised], Callable[[], None]]"


@dataclass(frozen=True, slots=True)
class ProfileHit:
    """A profile that recognises a protein; `pvalue` does not depend on the number of proteins searched."""

    profile: int
    pvalue: float
    score: float


@dataclass(frozen=True)
class Recognised:
    """A protein that profiles recognise, or that shares words with families (`seeds`, see `SeedIndex.members`)."""

    query: Query
    hits: tuple[ProfileHit, ...]
    seeds: tuple[int, ...]


@dataclass(frozen=True)
class ScanResult:
    """The recognised proteins in order, and the number of proteins searched."""

    recognised: tuple[Recognised, ...]
    searched: int
    too_long: tuple[str, ...]


class Observer(Protocol):
    """Looks at all proteins of a scan, for another purpose."""

    def look(self, block: Sequence[Query], words: ProteinWords) -> Callable[[], None]:
        """Look at a block, in any thread; return a function that keeps the findings, called in the order of blocks."""


class Scanner:
    """Compares proteins with the profiles of a reference; one object serves many genomes."""

    def __init__(self, index: Index, pool: ThreadPoolExecutor, threads: int) -> None:
        self._profiles = index.profiles
        self._kmers = index.kmers
        self._seeds = index.seeds
        self._pool = pool
        self._ahead = threads + 1
        self._local = threading.local()

    def scan(
        self,
        queries: Iterable[Query],
        on_done: Callable[[Query], None] | None = None,
        observer: Observer | None = None,
    ) -> ScanResult:
        """Search all queries; `on_done` receives the last query of each finished block, in order."""
        recognised: list[Recognised] = []
        too_long: list[str] = []
        searched = 0
        pending: deque[tuple[list[Query], Future[_Searched]]] = deque()

        def collect() -> None:
            block, future = pending.popleft()
            found, keep = future.result()
            recognised.extend(found)
            keep()
            if on_done:
                on_done(block[-1])

        for block in _blocks(queries):
            searched += len(block)
            too_long += [q.protein_id for q in block if q.orf.length_aa > MAX_PROTEIN_LENGTH]
            pending.append((block, self._pool.submit(self._search_block, block, observer)))
            if len(pending) > self._ahead:
                collect()
        while pending:
            collect()
        return ScanResult(tuple(recognised), searched, tuple(too_long))

    def _search_block(self, block: Sequence[Query], observer: Observer | None) -> _Searched:
        """Return the recognised proteins of a block in order; clear hits are decided by ungapped score."""
        ungapped = self._ungapped()
        proteins = {
            at: DigitalSequence(ALPHABET, name=str(at).encode(), sequence=query.orf.amino_codes)
            for at, query in enumerate(block)
            if 0 < query.orf.length_aa <= MAX_PROTEIN_LENGTH
        }
        words = self._kmers.words([query.orf.amino_codes for query in block])
        familiar = _familiar(words)
        looked_at = [at for at in proteins if familiar[at]]
        clear = dict(zip(looked_at, ungapped.clear_hits([proteins[at] for at in looked_at]), strict=True))
        found: dict[int, list[ProfileHit]] = {at: [ProfileHit(*hit) for hit in hits] for at, hits in clear.items()}
        open_question = DigitalSequenceBlock(ALPHABET, [p for at, p in proteins.items() if not clear.get(at)])
        pipeline = Pipeline(ALPHABET, Z=1, E=_REPORT_P)
        for number, profile in enumerate(ungapped.optimized):
            for hit in pipeline.search_hmm(profile, open_question):
                found.setdefault(int(hit.name), []).append(ProfileHit(number, hit.pvalue, hit.score))
            pipeline.clear()
        seeds: dict[int, list[int]] = {}
        settled = [at for at in range(len(block)) if at not in proteins or clear.get(at)]
        for at, family in self._seeds.passing(words, settled):
            seeds.setdefault(at, []).append(family)
        recognised = [
            Recognised(block[at], tuple(sorted(hits, key=lambda hit: hit.profile)), tuple(seeds.get(at, ())))
            for at in sorted(found.keys() | seeds.keys())
            if (hits := found.get(at, [])) or at in seeds
        ]
        return recognised, observer.look(block, words) if observer else _nothing_to_keep

    def _ungapped(self) -> UngappedSearch:
        """Return this thread's copies of the profiles: a search stores the target's length in them."""
        own: UngappedSearch | None = getattr(self._local, "ungapped", None)
        if own is None:
            own = self._local.ungapped = UngappedSearch(self._profiles)
        return own


def _nothing_to_keep() -> None:
    """Keep nothing: nobody looks at the proteins."""


def _familiar(words: ProteinWords) -> list[bool]:
    lengths = np.maximum(words.lengths, 1)
    familiar: list[bool] = (words.known_shares() >= _FAMILIAR_SHARE + _FAMILIAR_CHANCE / np.sqrt(lengths)).tolist()
    return familiar


def _blocks(queries: Iterable[Query]) -> Iterator[list[Query]]:
    block: list[Query] = []
    residues = 0
    for query in queries:
        block.append(query)
        residues += query.orf.length_aa
        if residues >= BLOCK_RESIDUES:
            yield block
            block, residues = [], 0
    if block:
        yield block
