"""Profiles of the six domains that the real tool reports, built from the proteins of the reference.

The real tool asks Pfam (Endotoxin_N PF03945, _M PF00555, _C PF03944, _mid PF09131, Toxin_10 PF05431, ETX_MTX2
PF03318), which is not available here. The three domains of the Cry proteins are located by the alignment columns of the
domains of Cry1Aa and Cry2Aa, whose structures are known; Toxin_10 and ETX_MTX2 proteins consist of little but their
domain.

    Cry1Aa  I 33-253, II 265-461, III 463-609   Grochulski et al. 1995, J Mol Biol 254:447
    Cry2Aa  I 1-272, II 273-473, III 474-633    Morse et al. 2001, Structure 9:409

Without proteins for a profile in the reference, the profile does not exist and its column is NA.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from pyhmmer.easel import DigitalSequence, DigitalSequenceBlock
from pyhmmer.plan7 import HMM, Pipeline

from portal.pipeline.digger.native.kmers import KmerIndex
from portal.pipeline.digger.native.profiles import ALPHABET, Protein, align, build_hmm, hmm_of_rows, spread
from portal.pipeline.digger.nomenclature import current_family
from portal.pipeline.digger.orfs import Codes

DOMAINS = ("Endotoxin_N", "Endotoxin_M", "Endotoxin_C", "Endotoxin_mid", "Toxin_10", "ETX_MTX2")
# A protein has a domain if the profile finds it with the first p-value; a span needs the second one.
PRESENT_P, SPAN_P = 1e-9, 1e-5
# A row contributes to a domain's profile if it fills this fraction of the domain's columns.
_MIN_FILLED = 0.6
# The three domains end before this amino acid in all known Cry proteins.
_TOXIC_PART = 750


@dataclass(frozen=True)
class _CryDomain:
    """The position of a domain in the protein of known structure, and the families with Pfam's domain."""

    name: str
    anchor: str
    start: int
    end: int
    families: frozenset[str]


_CRY1_LIKE = frozenset({"Cry1", "Cry3", "Cry4", "Cry7", "Cry8", "Cry9", "Cry10"})
_ALL_CRY = _CRY1_LIKE | {"Cry2", "Cry5", "Cry12", "Cry13", "Cry14", "Cry16", "Cry17", "Cry19", "Cry20", "Cry21",
                         "Cry24", "Cry26", "Cry28", "Cry32", "Cry39", "Cry41", "Cry43", "Cry54"}  # fmt: skip
_CRY_DOMAINS = (
    _CryDomain("Endotoxin_N", "Cry1Aa", 33, 253, _ALL_CRY),
    _CryDomain("Endotoxin_M", "Cry1Aa", 265, 461, _CRY1_LIKE),
    _CryDomain("Endotoxin_C", "Cry1Aa", 463, 609, _ALL_CRY),
    _CryDomain("Endotoxin_mid", "Cry2Aa", 273, 473, frozenset({"Cry2"})),
)
_WHOLE_PROTEIN = (
    ("Toxin_10", frozenset({"Tpp1", "Tpp2", "Tpp35", "Tpp36", "Tpp49"})),
    ("ETX_MTX2", frozenset({"Mpp2", "Mpp3", "Mpp4", "Mpp5", "Mpp15", "Mpp23", "Mpp33", "Mpp38", "Mpp45", "Mpp46",
                            "Mpp51", "Mpp60", "Mpp64", "Mpp74", "Mpp75"})),
)  # fmt: skip


@dataclass(frozen=True)
class DomainHit:
    """A domain in a protein; positions are 1-based amino acids."""

    name: str
    start: int
    end: int


def build_domains(proteins: Sequence[Protein], kmers: KmerIndex, threads: int) -> list[HMM[Any]]:
    """Build a profile, named after the domain, for each domain with proteins in the reference."""
    profiles = _cry_domains(proteins, kmers, threads)
    for name, families in _WHOLE_PROTEIN:
        members = _members(proteins, families)
        if members:
            profiles.append(build_hmm(name, [proteins[i] for i in spread(proteins, members, kmers)], threads))
    return profiles


def _members(proteins: Sequence[Protein], families: frozenset[str]) -> list[int]:
    return [i for i, protein in enumerate(proteins) if current_family(protein.name) in families]


def _cry_domains(proteins: Sequence[Protein], kmers: KmerIndex, threads: int) -> list[HMM[Any]]:
    """Extract the domains from one alignment of the toxic parts of Cry proteins."""
    anchors = {
        domain.name: next(
            (i for i, p in enumerate(proteins) if p.name.startswith(domain.anchor) and len(p.letters) >= domain.end),
            None,
        )
        for domain in _CRY_DOMAINS
    }
    present = {i for i in anchors.values() if i is not None}
    if not present:
        return []
    chosen = sorted(present.union(spread(proteins, _members(proteins, _ALL_CRY), kmers)))
    toxic = [replace(proteins[i], letters=proteins[i].letters[:_TOXIC_PART]) for i in chosen]
    rows = dict(zip(chosen, align(toxic, threads), strict=True))
    profiles = []
    for domain in _CRY_DOMAINS:
        anchor = anchors[domain.name]
        if anchor is None:
            continue
        first, last = _column(rows[anchor], domain.start), _column(rows[anchor], domain.end) + 1
        members = [i for i in chosen if current_family(proteins[i].name) in domain.families]
        pieces = [rows[i][first:last] for i in members]
        size = domain.end - domain.start + 1
        filled = [piece for piece in pieces if len(piece) - piece.count("-") >= _MIN_FILLED * size]
        profiles.append(hmm_of_rows(domain.name, filled))
    return profiles


def _column(row: str, position: int) -> int:
    """Return the column of a gapped row that holds its residue `position` (1-based)."""
    seen = 0
    for column, letter in enumerate(row):
        seen += letter != "-"
        if seen == position:
            return column
    raise ValueError(f"the row has no letter {position}")


def find_domains(
    profiles: Sequence[HMM[Any]], proteins: Sequence[Codes], pool: ThreadPoolExecutor
) -> list[tuple[Mapping[str, str], tuple[DomainHit, ...]]]:
    """Return for each protein YES, NO or NA (no such profile) per domain, and the domains' positions, in order."""
    block = DigitalSequenceBlock(
        ALPHABET,
        [DigitalSequence(ALPHABET, name=str(i).encode(), sequence=codes) for i, codes in enumerate(proteins)],
    )

    def search(hmm: HMM[Any]) -> list[tuple[int, list[DomainHit]]]:
        pipeline = Pipeline(ALPHABET, Z=1, E=PRESENT_P, domZ=1, domE=SPAN_P)
        return [
            (int(hit.name), [_span(hmm, part) for part in hit.domains if part.pvalue <= SPAN_P])
            for hit in pipeline.search_hmm(hmm, block)
        ]

    absent = dict.fromkeys(DOMAINS, "NA") | {hmm.name: "NO" for hmm in profiles}
    columns = [dict(absent) for _ in proteins]
    spans: list[list[DomainHit]] = [[] for _ in proteins]
    for hmm, found in zip(profiles, pool.map(search, profiles), strict=True):
        for at, parts in found:
            columns[at][hmm.name] = "YES"
            spans[at] += parts
    return [
        (column, tuple(sorted(parts, key=lambda span: (span.start, span.end))))
        for column, parts in zip(columns, spans, strict=True)
    ]


def _span(hmm: HMM[Any], part: Any) -> DomainHit:
    return DomainHit(hmm.name, part.env_from, part.env_to)
