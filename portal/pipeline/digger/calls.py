"""Decide which recognised proteins are toxins, and classify each, by the rules of BtToxin_Digger ("the real tool").

BLAST  yes: a profile finds the protein with E <= 1e-3, or it shares words with a family, and its best alignment has
       E <= 1e-25
HMM    yes: a toxin family's profile finds it with E <= 1e-10; without BLAST it takes 1e-20
rank   by identity alone: >= 95 Rank4, >= 78 Rank3, >= 45 Rank2, else Rank1; HMM only: ND, of class Cry Rank1
class  the best profile's, else by the name of the best hit
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from portal.domain.toxin_names import class_of, is_accessory
from portal.pipeline.digger.native.align import Alignment
from portal.pipeline.digger.native.domains import DOMAINS as DOMAINS
from portal.pipeline.digger.native.domains import DomainHit, find_domains
from portal.pipeline.digger.native.index import Index
from portal.pipeline.digger.native.queries import Query
from portal.pipeline.digger.native.search import ScanResult

GATE_EVALUE = 1e-3
# Accessory factors have no HMM column, so their profiles only need to pass candidates on to the alignment.
ACCESSORY_GATE_EVALUE = 1.0
HMM_EVALUE = 1e-10
HMM_ONLY_EVALUE = 1e-20
RANKS = ((95.0, "Rank4"), (78.0, "Rank3"), (45.0, "Rank2"), (0.0, "Rank1"))
# A hit is partial if less than this fraction of its length is covered.
WHOLE_COVERAGE = 90.0
# An open end cuts the gene if at least this many amino acids of the hit are missing on that side.
CUT_AA = 5


@dataclass(frozen=True)
class FamilyHit:
    """The toxin family whose profile matches a protein best."""

    family: str
    length: int
    evalue: float


@dataclass(frozen=True)
class Candidate:
    """A protein that passed the gate, with its best toxin family (None: found by accessory profiles or words only).

    `seeds` are the families with which a protein that no profile finds shares words (see `SeedIndex.members`).
    """

    query: Query
    family: FamilyHit | None
    seeds: tuple[int, ...] = ()


@dataclass(frozen=True)
class Toxin:
    """One row of the results, named after the entry that it is closest to.

    `first` is the same row named after BLAST's first hit, where that is another entry or has other ties.
    """

    query: Query
    toxin_class: str
    rank: str
    hit_name: str | None
    hit_length: int | None
    ties: tuple[str, ...]
    alignment: Alignment | None
    family: FamilyHit | None
    contig_edge: str | None
    domains: Mapping[str, str] = field(default_factory=lambda: dict.fromkeys(DOMAINS, "NA"))
    domain_spans: tuple[DomainHit, ...] = ()
    first: Toxin | None = None

    @property
    def as_digger(self) -> Toxin:
        """Return the row as BtToxin_Digger's own tables have it: by BLAST's first hit."""
        return replace(self.first, domains=self.domains, domain_spans=self.domain_spans) if self.first else self

    @property
    def accessory(self) -> bool:
        return self.toxin_class == "Others"

    @property
    def coverage(self) -> float | None:
        """Return alignment columns in percent of the hit's length; gaps may raise it above 100."""
        return None if self.alignment is None or not self.hit_length else 100 * self.alignment.columns / self.hit_length

    @property
    def partial(self) -> bool:
        """Return whether part of the gene appears to be missing."""
        if self.alignment is None or self.hit_length is None:
            return self.contig_edge is not None
        covered = self.alignment.hit_end - self.alignment.hit_start + 1
        return 100 * covered < WHOLE_COVERAGE * self.hit_length


def gate(scan: ScanResult, index: Index) -> list[Candidate]:
    """Return, in order, the proteins that any profile finds with E <= 1e-3, or that share words with a family."""
    candidates = []
    searched = scan.searched
    for protein in scan.recognised:
        passed = [
            hit
            for hit in protein.hits
            if hit.pvalue * searched
            <= (ACCESSORY_GATE_EVALUE if index.profiles[hit.profile].accessory else GATE_EVALUE)
        ]
        if not passed:
            if protein.seeds:
                candidates.append(Candidate(protein.query, None, protein.seeds))
            continue
        toxins = [hit for hit in passed if not index.profiles[hit.profile].accessory]
        family = None
        if toxins:
            best = min(toxins, key=lambda hit: (hit.pvalue, -hit.score, hit.profile))
            profile = index.profiles[best.profile]
            family = FamilyHit(profile.family, profile.hmm.M, best.pvalue * searched)
        candidates.append(Candidate(protein.query, family))
    return candidates


def call(candidate: Candidate, alignment: Alignment | None, index: Index) -> Toxin | None:
    """Apply the rules to one candidate; None if neither BLAST nor HMM calls it a toxin."""
    family = candidate.family
    limit = HMM_EVALUE if alignment else HMM_ONLY_EVALUE
    if family is not None and family.evalue > limit:
        family = None
    if alignment is None and family is None:
        return None
    if alignment is None or alignment.closer is None:
        return _named(candidate, alignment, family, index)
    closest = _named(candidate, alignment.closer, family, index)
    return replace(closest, first=_named(candidate, alignment, family, index))


def _named(candidate: Candidate, alignment: Alignment | None, family: FamilyHit | None, index: Index) -> Toxin:
    hit = index.proteins[alignment.entry] if alignment else None
    if hit is not None and is_accessory(hit.name):
        family = None
    toxin_class = class_of(family.family if family else hit.name if hit else "")
    if alignment:
        rank = next(name for least, name in RANKS if alignment.identity >= least)
    else:
        rank = "Rank1" if toxin_class == "Cry" else "ND"
    return Toxin(
        query=candidate.query,
        toxin_class=toxin_class,
        rank=rank,
        hit_name=hit.name if hit else None,
        hit_length=len(hit.letters) if hit else None,
        ties=tuple(index.proteins[i].name for i in alignment.ties) if alignment else (),
        alignment=alignment,
        family=family,
        contig_edge=contig_edge_of(candidate.query, alignment, len(hit.letters) if hit else None),
    )


def contig_edge_of(query: Query, alignment: Alignment | None, hit_length: int | None) -> str | None:
    """Return the side, along the plus strand, on which the gene runs over the contig's end (or into a gap)."""
    orf = query.orf
    cut_start = orf.open_start and (alignment is None or alignment.hit_start > CUT_AA)
    cut_end = orf.open_end and (alignment is None or (hit_length or 0) - alignment.hit_end >= CUT_AA)
    left, right = (cut_end, cut_start) if orf.frame < 0 else (cut_start, cut_end)
    if left and right:
        return "both"
    return "left" if left else "right" if right else None


def with_domains(toxins: Sequence[Toxin], index: Index, pool: ThreadPoolExecutor) -> list[Toxin]:
    """Fill in the domains, and sort the rows by protein id as text, like the real tool."""
    found = find_domains(index.domains, [toxin.query.orf.amino_codes for toxin in toxins], pool)
    filled = [
        replace(toxin, domains=columns, domain_spans=spans)
        for toxin, (columns, spans) in zip(toxins, found, strict=True)
    ]
    return sorted(filled, key=lambda toxin: toxin.query.protein_id)
