"""Recognise clear members of a family by their ungapped score, at a fifth of the full comparison's price.

HMMER spends most of its time on a true hit after it knows the score: it looks for domains and aligns them, which
nobody here asks for. The ungapped score (MSV, its first filter) has a p-value of its own. Where that is far below
every limit of the search, nothing after it can change the answer, and it stands for the full p-value, which it
estimates: smaller by up to a tenth of the exponent for proteins without gaps, larger for those with many. All other
proteins go the usual way.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from pyhmmer.easel import DigitalSequence
from pyhmmer.plan7 import Background, OptimizedProfile

from portal.pipeline.digger.profiles import ALPHABET, FamilyProfile

# The strictest limit of the search is E <= 1e-20; with this p-value a million proteins keep to it.
CLEAR_P = 1e-30
# HMMER's own first filter: a profile with a worse ungapped p-value gives no hit.
_FIRST_FILTER_P = 0.02
# The exact score takes 12 bytes per pair of letter and profile column; only Mcf toxins (3,000 amino acids) have more.
_MOST_CELLS = 4_000_000


class UngappedSearch:
    """Compare single proteins with all profiles by ungapped score; one object per thread."""

    def __init__(self, profiles: Sequence[FamilyProfile]) -> None:
        self._background = Background(ALPHABET)
        self._exact: list[Any] = [  # its type does not tell of `L`
            profile.hmm.to_profile(self._background) for profile in profiles
        ]
        self.optimized: Sequence[OptimizedProfile[Any]] = [profile.to_optimized() for profile in self._exact]
        self._toxin = [not profile.accessory for profile in profiles]
        # Of the ungapped score; its properties fail in pyhmmer 0.12.3.
        self._gumbel = [tuple(profile.hmm.evalue_parameters.as_vector()[:2]) for profile in profiles]

    def clear_hits(self, protein: DigitalSequence[Any]) -> list[tuple[int, float, float]]:
        """Return (profile, p-value, bits) of the profiles that clearly recognise a protein.

        Empty where that is open: no profile does, or a toxin's profile might do so on closer inspection only.
        """
        self._background.L = len(protein)
        null = self._background.null1(protein)
        beyond_range, toxin_possible = [], False
        for number, profile in enumerate(self.optimized):
            profile.L = len(protein)
            nats = profile.msv_filter(protein)  # infinite when it leaves the filter's 8-bit range
            if math.isinf(nats):
                beyond_range.append(number)
            elif self._toxin[number] and self._pvalue(number, (nats - null) / math.log(2)) <= _FIRST_FILTER_P:
                toxin_possible = True
        hits = [self._exact_hit(number, protein) for number in beyond_range]
        clear = [hit for hit in hits if hit[1] <= CLEAR_P]
        if any(self._toxin[hit[0]] for hit in hits):
            return clear if all(hit in clear for hit in hits if self._toxin[hit[0]]) else []
        return [] if toxin_possible else clear

    def _exact_hit(self, number: int, protein: DigitalSequence[Any]) -> tuple[int, float, float]:
        """Score without the filter's bounds; of a very long protein its first part, which can only score less."""
        profile = self._exact[number]
        longest = _MOST_CELLS // profile.M
        if len(protein) > longest:
            protein = DigitalSequence(ALPHABET, sequence=np.asarray(protein.sequence)[:longest])
        self._background.L = profile.L = len(protein)
        bits = (profile.msv_filter(protein) - self._background.null1(protein)) / math.log(2)
        return number, self._pvalue(number, bits), bits

    def _pvalue(self, number: int, bits: float) -> float:
        mu, decay = self._gumbel[number]
        return -math.expm1(-math.exp(min(-decay * (bits - mu), 700.0)))
