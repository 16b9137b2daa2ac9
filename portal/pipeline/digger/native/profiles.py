"""Profile HMMs of the toxin families of a reference.

One profile per class of names (Cry, Cyt, Vip, Mpp, ...) finds nearly all of its members and keeps the search cheap.
Entries that their class profile misses (a structurally different family under an old name, a fragment) get a family
profile, and if that fails their own profile: at least one profile finds each entry of any reference.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyfamsa
from pyhmmer.easel import Alphabet, DigitalSequence, DigitalSequenceBlock, TextMSA, TextSequence
from pyhmmer.plan7 import HMM, Background, Builder, Pipeline

from portal.domain.toxin_names import is_accessory
from portal.pipeline.digger.native.kmers import KmerIndex, distinct_kmers
from portal.pipeline.digger.nomenclature import prefix_of, primary_family
from portal.pipeline.digger.orfs import Codes

ALPHABET = Alphabet.amino()
# A profile covers an entry if it finds it with this p-value; even 1e-20 would be far below any search threshold.
COVERED_P = 1e-20
# Entries that share this fraction of their 5-mers with a longer one (about 83 % identity) add nothing to an alignment.
REDUNDANT_SHARE = 0.4
_SEED = 42


@dataclass(frozen=True)
class Protein:
    """An entry of the reference."""

    name: str
    description: str
    letters: str
    amino_codes: Codes


@dataclass(frozen=True)
class FamilyProfile:
    """A profile, its class of names, and whether these are accessory factors."""

    hmm: HMM[Any]
    family: str
    accessory: bool


def build_profiles(proteins: Sequence[Protein], kmers: KmerIndex, threads: int) -> list[FamilyProfile]:
    """Build as few profiles as possible, from class to family to single entry, that together find every protein.

    The result depends only on the proteins and their order.
    """
    targets = [_digital(i, protein) for i, protein in enumerate(proteins)]
    profiles: list[FamilyProfile] = []
    missing = set(range(len(proteins)))
    levels: tuple[Callable[[str], str], ...] = (_class_key, primary_family, lambda name: name)
    for level in levels:
        groups = _grouped(proteins, sorted(missing), level)
        for (_, members), hmm in zip(groups, _built(proteins, groups, kmers, threads), strict=True):
            name = proteins[members[0]].name
            profiles.append(FamilyProfile(hmm, _class_key(name), is_accessory(name)))
            missing -= _covered(hmm, [targets[i] for i in members])
    return profiles


def _built(
    proteins: Sequence[Protein], groups: Sequence[tuple[str, list[int]]], kmers: KmerIndex, threads: int
) -> list[HMM[Any]]:
    """Build the groups' profiles in parallel, largest group first; return them in the order of the groups."""
    largest_first = sorted(range(len(groups)), key=lambda at: -len(groups[at][1]))
    with ThreadPoolExecutor(max_workers=threads) as pool:
        futures = {
            at: pool.submit(build_hmm, groups[at][0], [proteins[i] for i in spread(proteins, groups[at][1], kmers)], 1)
            for at in largest_first
        }
        return [futures[at].result() for at in range(len(groups))]


def build_hmm(name: str, proteins: Sequence[Protein], threads: int) -> HMM[Any]:
    """Align the proteins and build a profile; a single protein uses the substitution matrix."""
    if len(proteins) == 1:
        sequence = TextSequence(name=name.encode(), sequence=proteins[0].letters).digitize(ALPHABET)
        return Builder(ALPHABET, seed=_SEED).build(sequence, Background(ALPHABET))[0]
    return hmm_of_rows(name, align(proteins, threads))


def hmm_of_rows(name: str, rows: Sequence[str]) -> HMM[Any]:
    """Build a profile from an alignment, given as gapped rows of equal length."""
    texts = [TextSequence(name=str(i).encode(), sequence=row) for i, row in enumerate(rows)]
    alignment = TextMSA(name=name.encode(), sequences=texts).digitize(ALPHABET)
    return Builder(ALPHABET, seed=_SEED).build_msa(alignment, Background(ALPHABET))[0]


def align(proteins: Sequence[Protein], threads: int) -> list[str]:
    """Return one gapped row per protein, in their order."""
    sequences = [pyfamsa.Sequence(str(i).encode(), p.letters.encode()) for i, p in enumerate(proteins)]
    rows = {int(row.id): row.sequence.decode() for row in pyfamsa.Aligner(threads=threads).align(sequences)}
    return [rows[i] for i in range(len(proteins))]


def _digital(number: int, protein: Protein) -> DigitalSequence[Any]:
    return DigitalSequence(ALPHABET, name=str(number).encode(), sequence=protein.amino_codes)


def _class_key(name: str) -> str:
    """Group names by class; the accessory factors by kind (InhA1 and InhA2 together)."""
    prefix = prefix_of(name)
    return prefix.removesuffix("-other") + "-other" if is_accessory(name) else prefix


def _grouped(
    proteins: Sequence[Protein], members: Iterable[int], level: Callable[[str], str]
) -> list[tuple[str, list[int]]]:
    groups: dict[str, list[int]] = defaultdict(list)
    for i in members:
        groups[level(proteins[i].name)].append(i)
    return sorted(groups.items())


def spread(proteins: Sequence[Protein], members: Sequence[int], kmers: KmerIndex) -> list[int]:
    """Return the members without near copies of longer ones, which only cost time."""
    chosen: list[int] = []
    is_chosen = np.zeros(len(proteins), dtype=bool)
    for i in sorted(members, key=lambda i: (-len(proteins[i].letters), i)):
        own = len(distinct_kmers(proteins[i].amino_codes))
        shared = kmers.shared(proteins[i].amino_codes)[is_chosen]
        if not chosen or own == 0 or int(shared.max()) < REDUNDANT_SHARE * own:
            chosen.append(i)
            is_chosen[i] = True
    return sorted(chosen)


def _covered(hmm: HMM[Any], targets: Sequence[DigitalSequence[Any]]) -> set[int]:
    """Return the targets (named by number) that the profile finds.

    For most of them the ungapped score suffices, which is a hundred times faster than the full comparison.
    """
    background = Background(ALPHABET)
    profile = hmm.to_profile(background).to_optimized()
    found: set[int] = set()
    open_question: list[DigitalSequence[Any]] = []
    mu, decay = hmm.evalue_parameters.as_vector()[:2]  # for the ungapped score; pyhmmer 0.12.3's own properties fail
    for target in targets:
        background.L = len(target)
        profile.L = len(target)
        bits = (profile.msv_filter(target) - background.null1(target)) / math.log(2)  # infinite over its 8-bit range
        if decay * (bits - mu) > -math.log(COVERED_P):
            found.add(int(target.name))
        else:
            open_question.append(target)
    pipeline = Pipeline(ALPHABET, Z=1, E=COVERED_P)
    return found | {int(hit.name) for hit in pipeline.search_hmm(hmm, DigitalSequenceBlock(ALPHABET, open_question))}
