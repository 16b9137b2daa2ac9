"""Check repaired proteins against the profiles of toxin families: the HMM column of All_Toxins.txt, for loci."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from pyhmmer.easel import DigitalSequence, DigitalSequenceBlock
from pyhmmer.plan7 import Pipeline

from portal.pipeline.digger.calls import HMM_EVALUE
from portal.pipeline.digger.native.index import Index
from portal.pipeline.digger.native.profiles import ALPHABET, FamilyProfile
from portal.pipeline.digger.orfs import Codes


def recognised(index: Index, proteins: Sequence[Codes], searched: int, pool: ThreadPoolExecutor) -> list[bool]:
    """Return for each protein whether a profile finds it with E <= 1e-10, for `searched` proteins."""
    block = DigitalSequenceBlock(
        ALPHABET,
        [DigitalSequence(ALPHABET, name=str(at).encode(), sequence=codes) for at, codes in enumerate(proteins)],
    )

    def search(profile: FamilyProfile) -> list[int]:
        pipeline = Pipeline(ALPHABET, Z=max(searched, 1), E=HMM_EVALUE)
        return [int(hit.name) for hit in pipeline.search_hmm(profile.hmm, block)]

    found = pool.map(search, [profile for profile in index.profiles if not profile.accessory])
    known = {at for hits in found for at in hits}
    return [at in known for at in range(len(proteins))]
