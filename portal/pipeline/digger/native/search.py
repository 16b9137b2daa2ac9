"""Find the proteins that any profile of a reference recognises.

Work is split into blocks of proteins, which threads compare with all profiles (HMMER's filters release the interpreter
lock). After its search, only the hits of a block are kept, so that memory does not grow with the genome.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from pyhmmer.easel import DigitalSequence, DigitalSequenceBlock
from pyhmmer.plan7 import Pipeline

from portal.pipeline.digger.native.index import Index
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


@dataclass(frozen=True, slots=True)
class ProfileHit:
    """A protein that a profile recognises; `pvalue` does not depend on the number of proteins searched."""

    query: Query
    profile: int
    pvalue: float
    score: float


@dataclass(frozen=True)
class ScanResult:
    """All hits, by protein and then by profile, and the number of proteins searched."""

    hits: tuple[ProfileHit, ...]
    searched: int
    too_long: tuple[str, ...]


class Scanner:
    """Compares proteins with the profiles of a reference; one object serves many genomes."""

    def __init__(self, index: Index, pool: ThreadPoolExecutor, threads: int) -> None:
        self._profiles = index.profiles
        self._kmers = index.kmers
        self._pool = pool
        self._ahead = threads + 1
        self._local = threading.local()

    def scan(self, queries: Iterable[Query], on_done: Callable[[Query], None]) -> ScanResult:
        """Search all queries; `on_done` receives the last query of each finished block, in order."""
        hits: list[ProfileHit] = []
        too_long: list[str] = []
        searched = 0
        pending: deque[tuple[list[Query], Future[list[ProfileHit]]]] = deque()

        def collect() -> None:
            block, future = pending.popleft()
            hits.extend(future.result())
            on_done(block[-1])

        for block in _blocks(queries):
            searched += len(block)
            too_long += [q.protein_id for q in block if q.orf.length_aa > MAX_PROTEIN_LENGTH]
            pending.append((block, self._pool.submit(self._search_block, block)))
            if len(pending) > self._ahead:
                collect()
        while pending:
            collect()
        return ScanResult(tuple(hits), searched, tuple(too_long))

    def _search_block(self, block: Sequence[Query]) -> list[ProfileHit]:
        """Return the hits of a block in the order of the proteins; clear hits are decided by ungapped score."""
        ungapped = self._ungapped()
        proteins = {
            at: DigitalSequence(ALPHABET, name=str(at).encode(), sequence=query.orf.amino_codes)
            for at, query in enumerate(block)
            if 0 < query.orf.length_aa <= MAX_PROTEIN_LENGTH
        }
        familiar = self._familiar(block)
        looked_at = [at for at in proteins if familiar[at]]
        clear = dict(zip(looked_at, ungapped.clear_hits([proteins[at] for at in looked_at]), strict=True))
        found = [(at, ProfileHit(block[at], *hit)) for at, hits in clear.items() for hit in hits]
        open_question = DigitalSequenceBlock(ALPHABET, [p for at, p in proteins.items() if not clear.get(at)])
        pipeline = Pipeline(ALPHABET, Z=1, E=_REPORT_P)
        for number, profile in enumerate(ungapped.optimized):
            for hit in pipeline.search_hmm(profile, open_question):
                at = int(hit.name)
                found.append((at, ProfileHit(block[at], number, hit.pvalue, hit.score)))
            pipeline.clear()
        found.sort(key=lambda item: (item[0], item[1].profile))
        return [hit for _, hit in found]

    def _familiar(self, block: Sequence[Query]) -> list[bool]:
        shares = self._kmers.known_shares([query.orf.amino_codes for query in block])
        lengths = np.array([max(query.orf.length_aa, 1) for query in block])
        familiar: list[bool] = (shares >= _FAMILIAR_SHARE + _FAMILIAR_CHANCE / np.sqrt(lengths)).tolist()
        return familiar

    def _ungapped(self) -> UngappedSearch:
        """Return this thread's copies of the profiles: a search stores the target's length in them."""
        own: UngappedSearch | None = getattr(self._local, "ungapped", None)
        if own is None:
            own = self._local.ungapped = UngappedSearch(self._profiles)
        return own


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
