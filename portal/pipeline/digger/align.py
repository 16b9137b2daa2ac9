"""Smith-Waterman of a candidate against the reference, with the numbers that BLAST would give.

In three steps, each over fewer entries than the one before: plain BLOSUM62 scores (pyopal, many entries at once),
scores fitted to the composition of the pair (see `composition`) of those near the best, and the trace-back of the
best. Entries that share few 5-mers with a candidate that has a close relative are not even scored; `Aligner(index,
exhaustive=True)` scores all.

Gaps are 11/1 in BLAST's convention: a gap of n letters costs 11 + n. pyopal and parasail charge the first number for
the first letter of a gap, so it is 12 there.

E-values after Karlin and Altschul with BLAST's gapped constants for this matrix and its length adjustment (Altschul
et al. 2001, Nucleic Acids Res 29:351; the constants are printed at the end of every blastp report).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import parasail
import pyopal

from portal.pipeline.digger.composition import LETTERS, SCALE, adjusted_scores, composition
from portal.pipeline.digger.index import Index
from portal.pipeline.digger.kmers import distinct_kmers
from portal.pipeline.digger.lowcomplexity import mask
from portal.pipeline.digger.orfs import Codes, decode_protein

GAP_FIRST, GAP_NEXT = 12, 1
LAMBDA, KAPPA = 0.267, 0.041
_ALPHA, _BETA = 1.9, -30.0
MAX_EVALUE = 1e-25
_MATRIX_LETTERS = "ARNDCQEGHILKMFPSTWYVBZX*"
# Of a candidate whose closest entry shares the first part of its 5-mers, entries with less than the second part of
# those shared ones are not scored. bench/digger.py checks that nothing is lost by it.
_CLOSE = ((0.5, 0.7), (0.15, 0.35), (0.06, 0.25))
# Fitting a matrix to the compositions moves scores by a few percent at most, and the less the closer a pair is.
_NEAR_POINTS, _NEAR_SHARE = 6, 0.12
_MOST_FITTED = 24
# BLAST masks no entry of which 96 % are found in the query; such a pair shares 0.96^5 of its 5-mers.
_NEARLY_IDENTICAL = 0.8
_ZERO_EVALUE = 1e-180


@dataclass(frozen=True)
class Alignment:
    """The best local alignment of a query to one entry; all coordinates 1-based and inclusive.

    `ties` names the other entries with the same score, in the order of the reference.
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

    @property
    def identity(self) -> float:
        """Return identical letters in percent of the alignment's columns."""
        return self.identical / self.columns * 100  # in this order the last digit is the real tool's


class Aligner:
    """Find the best entry of a reference for a protein; may be used by several threads at once."""

    def __init__(self, index: Index, *, exhaustive: bool = False) -> None:
        self._index = index
        self._exhaustive = exhaustive
        self._letters = [_plain(protein.letters) for protein in index.proteins]
        self._database = pyopal.Database(self._letters, alphabet=pyopal.Alphabet(_MATRIX_LETTERS))
        self._kmer_counts = np.bincount(index.kmers.entries, minlength=len(index.proteins))
        self._masked: dict[int, Codes] = {}

    def best(self, amino_codes: Codes) -> Alignment | None:
        """Return the best alignment, None where even that has an E-value above 1e-25.

        Of entries with the same score the last one of the reference wins, as in the real tool.
        """
        query = _plain(decode_protein(amino_codes))
        shared = self._index.kmers.shared(amino_codes)
        kmers = len(distinct_kmers(amino_codes))
        entries = self._near_best(query, self._worth_scoring(shared, kmers)).tolist()
        targets = [self._target(entry, int(shared[entry]), kmers) for entry in entries]
        fitted = adjusted_scores(composition(amino_codes), np.array([composition(target) for target in targets]))
        texts = [_plain(decode_protein(target)) for target in targets]
        matrices = dict(zip(texts, fitted, strict=True))  # equal entries have equal matrices
        by_text = {text: _score(query, text, matrix) for text, matrix in matrices.items()}
        scores = [by_text[text] for text in texts]
        top = max(scores)
        evalue = expected(top / SCALE, len(query), self._index.residues, len(self._index.proteins))
        if evalue > MAX_EVALUE:
            return None
        # BLAST prints, and the real tool compares, E-values below 1e-180 as 0 and scores without their fractions.
        winner = max(at for at, score in enumerate(scores) if _comparable(score, evalue) == _comparable(top, evalue))
        ties = tuple(
            entries[at] for at, score in enumerate(scores) if _rounded(score) == _rounded(top) and at != winner
        )
        hit = entries[winner]
        return _trace(query, texts[winner], self._letters[hit], fitted[winner], hit, evalue, ties)

    def _target(self, entry: int, shared: int, kmers: int) -> Codes:
        """Return an entry as BLAST scores it: masked, unless it is nearly identical with the query."""
        codes = self._index.proteins[entry].amino_codes
        if shared >= _NEARLY_IDENTICAL * min(kmers, int(self._kmer_counts[entry])):
            return codes
        if entry not in self._masked:
            self._masked[entry] = mask(codes)
        return self._masked[entry]

    def _worth_scoring(self, shared: npt.NDArray[np.int64], kmers: int) -> npt.NDArray[np.int64]:
        """Return the entries that may hold the best alignment, in order."""
        closest = int(shared.argmax())
        most = int(shared[closest])
        own = min(kmers, int(self._kmer_counts[closest]))
        if own and not self._exhaustive:
            for closeness, share in _CLOSE:
                if most >= closeness * own:
                    return np.flatnonzero(shared >= share * most)
        return np.arange(len(self._letters))

    def _near_best(self, query: str, entries: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return, in order, the entries whose plain score might become the best one with fitted matrices."""
        aligner = pyopal.Aligner("BLOSUM62", gap_open=GAP_FIRST, gap_extend=GAP_NEXT)
        whole = len(entries) == len(self._letters)
        database = self._database if whole else self._database.extract(entries.tolist())
        scores = np.array([result.score for result in aligner.align(query, database)])
        top = int(scores.max())
        possible = min(_own_score(query), _own_score(self._letters[int(entries[int(scores.argmax())])]))
        least = top - _NEAR_POINTS - _NEAR_SHARE * max(possible - top, 0)
        order = np.lexsort((-entries, -scores))[:_MOST_FITTED]
        return np.sort(entries[order[scores[order] >= least]])


def _own_score(letters: str) -> int:
    """Return the plain score of a protein with itself."""
    return int(_OWN_SCORES[np.frombuffer(letters.encode("ascii"), dtype=np.uint8)].sum())


_OWN_SCORES = np.zeros(128, dtype=np.int64)
_OWN_SCORES[[ord(letter) for letter in _MATRIX_LETTERS]] = np.diag(parasail.blosum62.matrix)[: len(_MATRIX_LETTERS)]


def _comparable(score: int, evalue: float) -> float:
    return _rounded(score) if evalue < _ZERO_EVALUE else score / SCALE


def _rounded(score: int) -> int:
    """Return a score in BLOSUM62's units; BLAST compares and prints it so."""
    return int(score / SCALE + 0.5)


def expected(score: float, query_length: int, residues: int, entries: int) -> float:
    """Return the number of alignments of this score that chance gives."""
    cut = length_adjustment(query_length, residues, entries)
    space = (query_length - cut) * (residues - entries * cut)
    return KAPPA * space * math.exp(-LAMBDA * score)


def length_adjustment(query_length: int, residues: int, entries: int) -> int:
    """Return by how much BLAST shortens query and entries for alignments that cannot start near an end.

    It is the largest whole l with l <= alpha / lambda * ln(K (m - l)(n - N l)) + beta.
    """

    def allowed(cut: int) -> bool:
        space = (query_length - cut) * (residues - entries * cut)
        return space > 0 and cut <= _ALPHA / LAMBDA * (math.log(KAPPA) + math.log(space)) + _BETA

    low, high = 0, min(query_length - 1, max(residues // max(entries, 1) - 1, 0))
    while low < high:
        middle = (low + high + 1) // 2
        if allowed(middle):
            low = middle
        else:
            high = middle - 1
    return low


def _matrix(scores: npt.NDArray[np.int32]) -> Any:
    """Return a parasail matrix of scores (query by target); it wants them target by query.

    The values go straight into the structure: parasail's own setter takes them one by one, slower than the alignment.
    """
    matrix = parasail.matrix_create(LETTERS, 1, -SCALE)  # letters other than these score -SCALE
    inside = matrix.pointer[0]
    values = np.ctypeslib.as_array(inside.user_matrix, shape=(inside.size, inside.size))
    values[: len(LETTERS), : len(LETTERS)] = scores.T
    inside.max, inside.min = int(values.max()), int(values.min())
    return matrix


def _score(query: str, target: str, scores: npt.NDArray[np.int32]) -> int:
    result = parasail.sw_striped_32(query, target, GAP_FIRST * SCALE, GAP_NEXT * SCALE, _matrix(scores))
    return int(result.score)


def _trace(
    query: str,
    target: str,
    letters: str,
    scores: npt.NDArray[np.int32],
    entry: int,
    evalue: float,
    ties: tuple[int, ...],
) -> Alignment:
    """Align with the (masked) target, and put its real letters back into the alignment."""
    result = parasail.sw_trace_striped_32(query, target, GAP_FIRST * SCALE, GAP_NEXT * SCALE, _matrix(scores))
    traced = result.traceback
    query_row, hit_row = _row(traced.query), _row(traced.ref)
    query_end, hit_end = result.end_query + 1, result.end_ref + 1
    query_start = query_end - int((query_row != _GAP).sum()) + 1
    hit_start = hit_end - int((hit_row != _GAP).sum()) + 1
    hit_row[hit_row != _GAP] = _row(letters)[hit_start - 1 : hit_end]
    return Alignment(
        entry=entry,
        score=_rounded(result.score),
        evalue=evalue,
        query_start=query_start,
        query_end=query_end,
        hit_start=hit_start,
        hit_end=hit_end,
        columns=len(query_row),
        identical=int(((query_row == hit_row) & (query_row != ord("X"))).sum()),
        ties=ties,
        query_row=traced.query,
        hit_row=hit_row.tobytes().decode("ascii"),
    )


_GAP = ord("-")


def _row(letters: str) -> npt.NDArray[np.uint8]:
    """Return the letters as bytes that may be changed."""
    return np.frombuffer(letters.encode("ascii"), dtype=np.uint8).copy()


def _plain(letters: str) -> str:
    """Return a protein in the matrix's letters: J, O, U, gaps and the like become X."""
    return letters.translate(_TO_MATRIX)


_TO_MATRIX = {code: "X" for code in range(128) if chr(code) not in _MATRIX_LETTERS}
