"""Recognise clear members of a family by ungapped score, at a fifth of the cost of the full comparison.

For a true hit, HMMER spends most of its time after it knows the score: it finds domains and aligns them, which is not
needed here. The ungapped score (MSV, its first filter) has its own p-value. If that is far below every limit of the
search, later steps cannot change the result, and it is used as an estimate of the full p-value: smaller by up to a
tenth of the exponent for proteins without gaps, larger for those with many. All other proteins are compared in full.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from pyhmmer.easel import DigitalSequence
from pyhmmer.plan7 import Background, OptimizedProfile

from portal.pipeline.digger.native.profiles import ALPHABET, FamilyProfile
from portal.pipeline.digger.orfs import Codes

# The strictest limit of the search is E <= 1e-20; this p-value satisfies it for a million proteins.
CLEAR_P = 1e-30
# HMMER's own first filter: a profile with a worse ungapped p-value gives no hit.
_FIRST_FILTER_P = 0.02
# A protein much longer than a profile can be judged by its first part; only Mcf toxins (3,000 amino acids) need more
# pairs of residue and profile column.
_MOST_CELLS = 4_000_000

Floats = npt.NDArray[np.float32]
_SINGLE = np.float32


class UngappedSearch:
    """Compares proteins with all profiles by ungapped score; one object per thread."""

    def __init__(self, profiles: Sequence[FamilyProfile]) -> None:
        self._background = Background(ALPHABET)
        self._exact: list[Any] = [  # its type stub lacks `L`
            profile.hmm.to_profile(self._background) for profile in profiles
        ]
        self.optimized: Sequence[OptimizedProfile[Any]] = [profile.to_optimized() for profile in self._exact]
        self._match_scores: dict[int, Floats] = {}
        self._toxin = [not profile.accessory for profile in profiles]
        # For the ungapped score; pyhmmer 0.12.3's own properties fail.
        self._gumbel = [tuple(profile.hmm.evalue_parameters.as_vector()[:2]) for profile in profiles]

    def clear_hits(self, proteins: Sequence[DigitalSequence[Any]]) -> list[list[tuple[int, float, float]]]:
        """Return for each protein (profile, p-value, bits) of the profiles that clearly recognise it.

        Empty if undecided: no profile does, or a toxin's profile might do so only in the full comparison.
        """
        firsts = [self._first_look(protein) for protein in proteins]
        hits: list[list[tuple[int, float, float]]] = [[] for _ in proteins]
        pairs = [(at, number) for at, (beyond_range, _) in enumerate(firsts) for number in beyond_range]
        for (at, number), bits in zip(pairs, self._exact_bits([(proteins[at], n) for at, n in pairs]), strict=True):
            hits[at].append((number, self._pvalue(number, bits), bits))
        return [self._clear(of_one, first[1]) for of_one, first in zip(hits, firsts, strict=True)]

    def _first_look(self, protein: DigitalSequence[Any]) -> tuple[list[int], bool]:
        """Return the profiles whose 8-bit score overflows, and whether another toxin's profile is undecided."""
        self._background.L = len(protein)
        null = self._background.null1(protein)
        beyond_range, toxin_possible = [], False
        for number, profile in enumerate(self.optimized):
            profile.L = len(protein)
            nats = profile.msv_filter(protein)  # infinite if it exceeds the filter's range
            if math.isinf(nats):
                beyond_range.append(number)
            elif self._toxin[number] and self._pvalue(number, (nats - null) / math.log(2)) <= _FIRST_FILTER_P:
                toxin_possible = True
        return beyond_range, toxin_possible

    def _clear(self, hits: list[tuple[int, float, float]], toxin_possible: bool) -> list[tuple[int, float, float]]:
        clear = [hit for hit in hits if hit[1] <= CLEAR_P]
        if any(self._toxin[hit[0]] for hit in hits):
            return clear if all(hit in clear for hit in hits if self._toxin[hit[0]]) else []
        return [] if toxin_possible else clear

    def _exact_bits(self, pairs: Sequence[tuple[DigitalSequence[Any], int]]) -> list[float]:
        """Score without the filter's bounds; of a very long protein only its first part, which cannot score higher."""
        codes = [np.asarray(protein.sequence)[: _MOST_CELLS // self.optimized[number].M] for protein, number in pairs]
        bits = []
        for letters, nats in zip(codes, exact_scores([self._emissions(n) for _, n in pairs], codes), strict=True):
            self._background.L = len(letters)
            null = self._background.null1(DigitalSequence(ALPHABET, sequence=letters))
            bits.append((nats - null) / math.log(2))
        return bits

    def _emissions(self, number: int) -> Floats:
        """Return a profile's scores of residues (rows) by column."""
        if number not in self._match_scores:
            both = np.asarray(self._exact[number].emission_scores)  # match and insert alternate, from column 0
            self._match_scores[number] = np.ascontiguousarray(both[:, 2::2])
        return self._match_scores[number]

    def _pvalue(self, number: int, bits: float) -> float:
        mu, decay = self._gumbel[number]
        return -math.expm1(-math.exp(min(-decay * (bits - mu), 700.0)))


def exact_scores(emissions: Sequence[Floats], proteins: Sequence[Codes]) -> list[float]:
    """Return the ungapped scores (nats) of proteins, each with its profile, computed in parallel residue by residue.

    HMMER's MSV model (Eddy 2011, PLoS Comput Biol 7:e1002195): any number of ungapped matches between any two columns,
    with lengths as for two matches. Single precision, in HMMER's order. `emissions` are residues by columns.
    """
    if not proteins:
        return []
    order = sorted(range(len(proteins)), key=lambda at: -len(proteins[at]))
    lengths = np.array([len(proteins[at]) for at in order])
    table, rows = _stacked([emissions[at] for at in order], [proteins[at] for at in order])
    columns = np.array([emissions[at].shape[1] for at in order])
    stay, move = np.log(lengths / (lengths + 3)).astype(_SINGLE), np.log(3 / (lengths + 3)).astype(_SINGLE)
    enter, leave = np.log(2 / (columns * (columns + 1))).astype(_SINGLE), _SINGLE(math.log(0.5))
    matched = np.full((len(order), table.shape[1] + 1), -np.inf, dtype=_SINGLE)
    begun, scored = matched.copy(), np.empty((len(order), table.shape[1]), dtype=_SINGLE)
    outside, again, begin = np.zeros(len(order), _SINGLE), np.full(len(order), -np.inf, _SINGLE), move.copy()
    scores = [0.0] * len(order)
    running = len(order)
    for row, of_letters in enumerate(rows, start=1):
        now = slice(0, running)
        np.take(table, of_letters[now], axis=0, out=scored[now])
        np.maximum(matched[now, :-1], (begin[now] + enter[now])[:, None], out=begun[now, 1:])
        begun[now, 1:] += scored[now]
        matched, begun = begun, matched
        again[now] = np.maximum(again[now] + stay[now], matched[now, 1:].max(axis=1) + leave)
        outside[now] += stay[now]
        begin[now] = np.maximum(outside[now], again[now]) + move[now]
        while running and lengths[running - 1] == row:
            running -= 1
            scores[order[running]] = float(again[running] + move[running])
    return scores


def _stacked(emissions: Sequence[Floats], proteins: Sequence[Codes]) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Stack different profiles into one table, and return it with the row index for each residue of each protein."""
    first_row: dict[int, int] = {}
    parts: list[Floats] = []
    for one in emissions:
        if id(one) not in first_row:
            first_row[id(one)] = sum(len(part) for part in parts)
            parts.append(one)
    table = np.full((sum(len(part) for part in parts), max(part.shape[1] for part in parts)), -np.inf, dtype=_SINGLE)
    for part in parts:
        table[first_row[id(part)] : first_row[id(part)] + len(part), : part.shape[1]] = part
    rows = np.zeros((len(proteins[0]), len(proteins)), dtype=np.intp)
    for place, (one, letters) in enumerate(zip(emissions, proteins, strict=True)):
        rows[: len(letters), place] = letters.astype(np.intp) + first_row[id(one)]
    return table, rows
