"""Find the best reference entry for a candidate, with the numbers that BLAST would give.

There are three steps, each over fewer entries: plain BLOSUM62 scores (pyopal, many entries at once), scores fitted to
the composition of the pair (see `composition`) for those near the best, and the trace-back of the best. Which entry a
protein is closest to is a question of its own (see `closeness`). If a candidate has a close relative, entries that
share few 5-mers with it are not scored; `Aligner(index, exhaustive=True)` scores all. Entries with equal sequences are
aligned once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import parasail
import pyopal

from portal.pipeline.digger.native.closeness import Likeness, closest_of, is_further
from portal.pipeline.digger.native.composition import SCALE, adjusted_scores, composition
from portal.pipeline.digger.native.evalue import expected
from portal.pipeline.digger.native.index import Index
from portal.pipeline.digger.native.kmers import distinct_kmers
from portal.pipeline.digger.native.pairwise import GAP_FIRST, GAP_NEXT, MATRIX_LETTERS, Pair, Rows
from portal.pipeline.digger.orfs import Codes, decode_protein

MAX_EVALUE = 1e-25
# A weaker alignment may still be a piece of a gene with other, clear pieces.
WEAK_EVALUE = 1e-3
# By one entry and the plain matrix; the best entry and the fitted matrix may still make it a row.
_NEAR_EVALUE = 1e-12
# If the closest entry shares the first fraction of a candidate's 5-mers, entries with less than the second fraction of
# those shared ones are not scored. The limits allow for chimeras of two toxins, which may share more 5-mers with one
# toxin but align longer with the other. bench/digger.py checks that the limits lose nothing.
_CLOSE = ((0.95, 0.8), (0.85, 0.6), (0.7, 0.4), (0.15, 0.3), (0.06, 0.25))
# Fitting a matrix to the compositions changes scores by a few percent at most, and less for closer pairs.
_NEAR_POINTS, _NEAR_SHARE = 12, 0.05
_MOST_FITTED = 24
# The largest ratio of a fitted score to the plain one that is allowed for: of 15,000 chance pairs with a plain score of
# at least 35 one in ten thousand had 1.48, of 500 with at least 50 the largest was 1.33.
_MOST_GAINED = 1.6
# A pair that shares less than this fraction of its 5-mers is not nearly identical, so that masks apply.
_MAYBE_IDENTICAL = 0.5
_ZERO_EVALUE = 1e-180
# An entry that is closer than the best one by score has nearly its score: what differs is the fitted matrix.
_CLOSER_SHARE = 0.01


@dataclass(frozen=True)
class Alignment:
    """The best local alignment of a query to one entry; all coordinates 1-based and inclusive.

    `ties` names the other entries with the same score, in the order of the reference; `closest` the alignment with the
    entry that the query is closest to, where that is another one, or where not all of `ties` are as close.
    """

    entry: int
    score: int
    evalue: float
    query_start: int
    query_end: int
    hit_start: int
    hit_end: int
    columns: int
    identical: int
    ties: tuple[int, ...]
    query_row: str
    hit_row: str
    closer: Alignment | None = None

    @property
    def closest(self) -> Alignment:
        """Return the alignment with the entry that the query is closest to; its `ties` are as close."""
        return self.closer or self

    @property
    def identity(self) -> float:
        """Return identical residues in percent of the alignment's columns."""
        return self.identical / self.columns * 100  # this order of operations gives the real tool's last digit

    @property
    def known_identity(self) -> float:
        """Return identical residues in percent of the columns in which the query's residue is known."""
        return self.identical / max(self.columns - self.query_row.count("X"), 1) * 100


@dataclass(frozen=True)
class _Scored:
    """A reference sequence with its fitted score and its sort criteria."""

    at: int
    pair: Pair
    score: int
    evalue: float
    rows: Rows | None = None

    def order(self, last_entry: int) -> tuple[float, int, int]:
        """Return BLAST's sort key: E-value (0 below 1e-180), then printed score, last entry first."""
        return (self.evalue if self.evalue >= _ZERO_EVALUE else 0.0, -_rounded(self.score), -last_entry)


class Aligner:
    """Finds the best entry of a reference for a protein; thread-safe.

    Sequence numbers refer to distinct sequences; `_members` maps them to entries.
    """

    def __init__(self, index: Index, *, exhaustive: bool = False) -> None:
        self._index = index
        self._exhaustive = exhaustive
        members: dict[str, list[int]] = {}
        for entry, protein in enumerate(index.proteins):
            members.setdefault(protein.letters, []).append(entry)
        self._members = list(members.values())
        self._number = {entry: at for at, entries in enumerate(self._members) for entry in entries}
        self._first = np.array([entries[0] for entries in self._members], dtype=np.int64)
        self._letters = [_plain(letters) for letters in members]
        self._lengths = np.array([len(letters) for letters in self._letters])
        self._masked = [index.masked[entries[0]] for entries in self._members]
        masked = [_plain(decode_protein(codes)) for codes in self._masked]
        self._database = pyopal.Database(masked, alphabet=pyopal.Alphabet(MATRIX_LETTERS))
        # The maximum gain of a sequence to which masks turn out not to apply.
        self._hidden = np.array([_own_score(a) - _own_score(b) for a, b in zip(self._letters, masked, strict=True)])
        self._kmer_counts = np.bincount(index.kmers.entries, minlength=len(index.proteins))[self._first]

    def best(self, amino_codes: Codes, most_expected: float = MAX_EVALUE) -> Alignment | None:
        """Return the best alignment, None if its E-value exceeds `most_expected`.

        Of equally good entries the last in the reference wins, as in the real tool; which one is the closest is told by
        `Alignment.closest`.
        """
        query = _plain(decode_protein(amino_codes))
        shared = self._index.kmers.shared(amino_codes)[self._first]
        kmers = len(distinct_kmers(amino_codes))
        maybe_identical = shared >= _MAYBE_IDENTICAL * np.minimum(kmers, self._kmer_counts)
        near = self._near_best(query, self._worth_scoring(shared, kmers), maybe_identical, most_expected).tolist()
        if not near:
            return None
        scored = self._fitted(amino_codes, query, near, [self._masked[at] for at in near])
        unmasked = [
            one.at
            for one in scored
            if maybe_identical[one.at]
            and self._hidden[one.at]
            and one.pair.rows(self._letters[one.at]).nearly_identical
        ]
        if unmasked:
            codes = [self._index.proteins[self._first[at]].amino_codes for at in unmasked]
            better = {one.at: one for one in self._fitted(amino_codes, query, unmasked, codes)}
            scored = [better.get(one.at, one) for one in scored]
        winner, rows = self._winner(query, scored)
        if winner.evalue > most_expected:
            return None
        first = self._alignment(winner, rows, self._ties(winner, scored))
        return replace(first, closer=self._closer(first, winner, rows, scored))

    def closest(self, amino_codes: Codes, most_expected: float = MAX_EVALUE) -> Alignment | None:
        """Return the alignment with the closest entry, None if the best one's E-value exceeds `most_expected`."""
        found = self.best(amino_codes, most_expected)
        return None if found is None else found.closest

    def best_of_families(self, amino_codes: Codes, families: Sequence[int]) -> Alignment | None:
        """Return the best alignment, if an entry of one of the families comes near the limit of a row.

        Of each family (see `SeedIndex.members`) the entry with most 5-mers in common is tried.
        """
        query = _plain(decode_protein(amino_codes))
        shared = self._index.kmers.shared(amino_codes)
        for family in families:
            entries = self._index.seeds.members[family]
            at = self._number[int(entries[shared[entries].argmax()])]
            target = _plain(decode_protein(self._masked[at]))
            # One pair at a time: pyopal, which aligns many entries at once, would take ten times as long.
            score = parasail.sw_striped_16(query, target, GAP_FIRST, GAP_NEXT, parasail.blosum62).score
            if self._expected(score * SCALE, query, at) <= _NEAR_EVALUE:
                return self.best(amino_codes)
        return None

    def against(self, amino_codes: Codes, entry: int) -> Alignment:
        """Return the best local alignment with one entry, whatever its E-value; `ties` stays empty.

        Unlike a hit it may cross gaps of any length, so that a repaired gene is aligned as a whole.
        """
        query, at = _plain(decode_protein(amino_codes)), self._number[entry]
        one = self._fitted(amino_codes, query, [at], [self._masked[at]])[0]
        if self._hidden[at] and one.pair.rows(self._letters[at]).nearly_identical:
            one = self._fitted(amino_codes, query, [at], [self._index.proteins[entry].amino_codes])[0]
        return replace(self._alignment(one, one.pair.rows(self._letters[at]), ()), entry=entry)

    def plain_best(self, amino_codes: Codes) -> int:
        """Return the best score of any entry for a protein by unmodified BLOSUM62."""
        shared = self._index.kmers.shared(amino_codes)[self._first]
        some = self._worth_scoring(shared, len(distinct_kmers(amino_codes)))
        return int(self._plain_scores(_plain(decode_protein(amino_codes)), some).max())

    def _fitted(self, amino_codes: Codes, query: str, some: Sequence[int], targets: Sequence[Codes]) -> list[_Scored]:
        """Score sequences, masked or unmasked, with composition-adjusted matrices."""
        matrices = adjusted_scores(composition(amino_codes), np.array([composition(target) for target in targets]))
        scored = []
        for at, target, scores in zip(some, targets, matrices, strict=True):
            pair = Pair(query, _plain(decode_protein(target)), scores)
            scored.append(_Scored(at, pair, pair.score, self._expected(pair.score, query, at)))
        return scored

    def _expected(self, score: int, query: str, at: int) -> float:
        return expected(score / SCALE, len(query), len(self._letters[at]), self._index.residues)

    def _winner(self, query: str, scored: list[_Scored]) -> tuple[_Scored, Rows]:
        """Return the best sequence and its alignment; alignments with gaps that blastp cannot cross are reassessed."""
        while True:
            best = min(range(len(scored)), key=lambda i: scored[i].order(self._members[scored[i].at][-1]))
            winner = scored[best]
            if winner.rows is not None:
                return winner, winner.rows
            score, rows = winner.pair.reachable(self._letters[winner.at])
            scored[best] = replace(winner, score=score, evalue=self._expected(score, query, winner.at), rows=rows)

    def _closer(self, first: Alignment, winner: _Scored, rows: Rows, scored: Sequence[_Scored]) -> Alignment | None:
        """Return the alignment with the closest entry, and with those as close as `ties`; None if `first` is that."""
        of_first = _likeness(replace(winner, rows=rows), len(self._letters[winner.at]))
        is_same = of_first.is_whole and not of_first.different
        least = first.score if is_same else (1 - _CLOSER_SHARE) * first.score
        near = {
            one.at: replace(one, rows=one.rows or one.pair.reachable(self._letters[one.at])[1])
            for one in scored
            if _rounded(one.score) >= least and one.at != winner.at
        }
        near[winner.at] = replace(winner, rows=rows)
        alike = {at: _likeness(one, len(self._letters[at])) for at, one in near.items()}
        at = closest_of(winner.at, alike)
        tied = {number for number, one in near.items() if _rounded(one.score) == first.score} | {at}
        equal = {number for number in tied if not is_further(alike[number], alike[at])}
        if at == winner.at and equal == tied:
            return None
        hit, closest = self._members[at][-1], near[at]
        ties = sorted(entry for number in equal for entry in self._members[number] if entry != hit)
        assert closest.rows is not None
        return self._alignment(closest, closest.rows, tuple(ties))

    def _ties(self, winner: _Scored, scored: Sequence[_Scored]) -> tuple[int, ...]:
        """Return the other entries with the same score."""
        equal = [one.at for one in scored if _rounded(one.score) == _rounded(winner.score)]
        hit = self._members[winner.at][-1]
        return tuple(sorted(entry for at in equal for entry in self._members[at] if entry != hit))

    def _alignment(self, winner: _Scored, rows: Rows, ties: tuple[int, ...]) -> Alignment:
        return Alignment(
            entry=self._members[winner.at][-1],
            score=_rounded(winner.score),
            evalue=winner.evalue,
            query_start=rows.query_start,
            query_end=rows.query_end,
            hit_start=rows.hit_start,
            hit_end=rows.hit_end,
            columns=len(rows.query),
            identical=rows.identical,
            ties=ties,
            query_row=rows.query,
            hit_row=rows.hit,
        )

    def _worth_scoring(self, shared: npt.NDArray[np.int64], kmers: int) -> npt.NDArray[np.int64]:
        """Return the sequences that may give the best alignment, in order."""
        closest = int(shared.argmax())
        most = int(shared[closest])
        own = min(kmers, int(self._kmer_counts[closest]))
        if own and not self._exhaustive:
            for closeness, share in _CLOSE:
                if most >= closeness * own:
                    return np.flatnonzero(shared >= share * most)
        return np.arange(len(self._letters))

    def _near_best(
        self,
        query: str,
        some: npt.NDArray[np.int64],
        maybe_identical: npt.NDArray[np.bool_],
        most_expected: float,
    ) -> npt.NDArray[np.int64]:
        """Return, in order, the sequences that fitted matrices might make the best; none if they cannot suffice."""
        scores = self._plain_scores(query, some)
        top = int(scores.max())
        gain = np.where(maybe_identical[some], self._hidden[some], 0)
        if self._is_hopeless(query, some, int((scores + gain).max()), most_expected):
            return np.empty(0, dtype=np.int64)
        possible = min(_own_score(query), _own_score(self._letters[int(some[int(scores.argmax())])]))
        least = top - _NEAR_POINTS - _NEAR_SHARE * max(possible - top, 0)
        likely = np.flatnonzero(scores + gain >= least)
        best = self._order(query, some[likely], scores[likely])[:_MOST_FITTED]
        if gain[likely].any():
            best = np.union1d(best, self._order(query, some[likely], (scores + gain)[likely])[:_MOST_FITTED])
        return np.sort(some[likely][best])

    def _is_hopeless(self, query: str, some: npt.NDArray[np.int64], highest: int, most_expected: float) -> bool:
        """Return whether a plain score is so low that no fitted matrix makes it good enough, whatever the sequence."""
        lengths = self._lengths[some]
        possible = (
            expected(_MOST_GAINED * highest, len(query), int(length), self._index.residues)
            for length in (lengths.min(), lengths.max())
        )
        return min(possible) > most_expected

    def _plain_scores(self, query: str, some: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        aligner = pyopal.Aligner("BLOSUM62", gap_open=GAP_FIRST, gap_extend=GAP_NEXT)
        whole = len(some) == len(self._letters)
        database = self._database if whole else self._database.extract(some.tolist())
        return np.array([result.score for result in aligner.align(query, database)], dtype=np.int64)

    def _order(self, query: str, some: npt.NDArray[np.int64], scores: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the indices of the best sequences, by E-value and plain score."""
        evalues = np.array(
            [self._expected(score * SCALE, query, at) for score, at in zip(scores.tolist(), some.tolist(), strict=True)]
        )
        return np.lexsort((-some, -scores, np.where(evalues < _ZERO_EVALUE, 0.0, evalues)))


def _likeness(one: _Scored, length: int) -> Likeness:
    rows = one.rows
    assert rows is not None
    covered = rows.hit_end - rows.hit_start + 1
    different = len(rows.query) - rows.query.count("X") - rows.identical
    return Likeness(rows.identical, different, is_whole=covered == length)


def _own_score(letters: str) -> int:
    """Return the plain score of a protein with itself."""
    return int(_OWN_SCORES[np.frombuffer(letters.encode("ascii"), dtype=np.uint8)].sum())


_OWN_SCORES = np.zeros(128, dtype=np.int64)
_OWN_SCORES[[ord(letter) for letter in MATRIX_LETTERS]] = np.diag(parasail.blosum62.matrix)[: len(MATRIX_LETTERS)]


def _rounded(score: int) -> int:
    """Return a score rounded to BLOSUM62's units, in which BLAST compares and prints scores."""
    return int(score / SCALE + 0.5)


def _plain(letters: str) -> str:
    """Return a protein in the matrix's alphabet: J, O, U, gaps and the like become X."""
    return letters.translate(_TO_MATRIX)


_TO_MATRIX = {code: "X" for code in range(128) if chr(code) not in MATRIX_LETTERS}
