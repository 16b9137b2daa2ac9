"""`screening.json`: what a genome has of the genes that the *Bacillus cereus* group is screened for.

A screening by sequence similarity alone. Limits and their sources: docs/science/screening.md. Unknown fields are
ignored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

from portal.results.units import CoveragePercent, EValue, Percent, Position, Residues, Strain

SCREENING_SCHEMA = 1

# Limits of the virulence genes in BTyper3 3.4.0 (--virulence_identity, --virulence_coverage), in percent.
FOUND_IDENTITY, FOUND_COVERAGE = 70.0, 80.0
# Those it uses for distant toxin genes (--bt_identity, --bt_coverage): what reaches only these is a relative.
RELATIVE_IDENTITY, RELATIVE_COVERAGE = 50.0, 70.0
# A well conserved part of a gene that is cut or broken.
FRAGMENT_COVERAGE = 20.0
# BTyper3 marks a panC group as uncertain below these.
GROUP_IDENTITY, GROUP_COVERAGE = 99.0, 80.0
# panC of the most remote species of the group is 77 % identical to its nearest relative within the group.
MEMBER_IDENTITY = 75.0
# Genomes of the group have 4 to 7 Mb; a smaller file is not a whole genome.
CHROMOSOME_BASES = 3_000_000

# The genes of each system. cytK-1 and cytK-2 are two forms of one gene.
SYSTEMS: Mapping[str, Sequence[str]] = {
    "nhe": ("nheA", "nheB", "nheC"),
    "hbl": ("hblA", "hblB", "hblC", "hblD"),
    "cytK": ("cytK-1", "cytK-2"),
    "ces": ("cesA", "cesB", "cesC", "cesD"),
    "sph": ("sph",),
    "anthrax": ("cya", "lef", "pagA"),
    "cap": ("capA", "capB", "capC", "capD", "capE"),
    "has": ("hasA", "hasB", "hasC"),
    "bps": ("bpsA", "bpsB", "bpsC", "bpsD", "bpsE", "bpsF", "bpsG", "bpsH", "bpsX"),
}
# Systems whose genes are hardly known outside the group; relatives of the others occur in many bacteria.
TYPICAL = ("nhe", "hbl", "cytK", "ces", "sph", "anthrax")
# Systems of which a single gene should be followed up.
GRAVE = ("ces", "anthrax", "cap")


class Membership(StrEnum):
    """Whether the genome belongs to the *Bacillus cereus* group."""

    MEMBER = "member"
    SIGNS = "signs"
    NO_SIGN = "no_sign"


class GeneState(StrEnum):
    """What the genome has of a gene."""

    FOUND = "found"
    FRAGMENT = "fragment"
    RELATIVE = "distant_relative"
    ABSENT = "not_found"


class GenePlace(Struct, frozen=True, kw_only=True):
    """A part of the genome, 1-based and inclusive; the strand of an uploaded protein is `.`."""

    contig: str
    start: Position
    end: Position
    strand: str


class ScreenedGene(Struct, frozen=True, kw_only=True):
    """One gene of the panel; identity and coverage are those of the best match, None if there is none."""

    gene: str
    system: str
    state: GeneState
    reference: str
    reference_length: Residues
    identity_percent: Percent | None = None
    coverage_percent: CoveragePercent | None = None
    evalue: EValue | None = None
    places: tuple[GenePlace, ...] = ()


class PanC(Struct, frozen=True, kw_only=True):
    """The genome's panC gene and the closest reference; `is_close`: close enough to be sure of the group.

    `next_group` is the closest other group. `copies` counts panC genes: more than one suggests two strains in a file.
    """

    group: str
    species: str
    reference: str
    identity_percent: Percent
    coverage_percent: CoveragePercent
    is_close: bool
    next_group: str | None
    next_identity_percent: Percent | None
    copies: int
    place: GenePlace


class PanelVersion(Struct, frozen=True, kw_only=True):
    """The panel that was used."""

    version: str
    source: str


class ScreeningDocument(Struct, frozen=True, kw_only=True):
    """The screening of one genome; without a panel, `panel` and `membership` are None and there are no genes.

    `is_whole`: the file is large enough to contain a chromosome, so that the absence of a gene says something.
    """

    schema: int = SCREENING_SCHEMA
    strain: Strain
    panel: PanelVersion | None
    membership: Membership | None
    is_whole: bool
    pan_c: PanC | None
    genes: tuple[ScreenedGene, ...]

    def of_system(self, system: str) -> tuple[ScreenedGene, ...]:
        """Return the genes of a system, those of several forms once: the best form."""
        genes = tuple(gene for gene in self.genes if gene.system == system)
        if system != "cytK" or not genes:
            return genes
        return (max(genes, key=lambda gene: (-list(GeneState).index(gene.state), gene.identity_percent or 0.0)),)


def membership_of(pan_c: PanC | None, genes: Sequence[ScreenedGene]) -> Membership:
    """Return what panC, and without it the genes, say of the group."""
    if pan_c is not None:
        return Membership.MEMBER
    if any(gene.system in TYPICAL and gene.state in (GeneState.FOUND, GeneState.FRAGMENT) for gene in genes):
        return Membership.SIGNS
    return Membership.NO_SIGN


def state_of(identity: float, coverage: float) -> GeneState:
    """Return the state of a gene by the identity and coverage of its best match, in percent."""
    if identity >= FOUND_IDENTITY and coverage >= FOUND_COVERAGE:
        return GeneState.FOUND
    if identity >= RELATIVE_IDENTITY and coverage >= RELATIVE_COVERAGE and identity < FOUND_IDENTITY:
        return GeneState.RELATIVE
    if identity >= FOUND_IDENTITY and coverage >= FRAGMENT_COVERAGE:
        return GeneState.FRAGMENT
    return GeneState.ABSENT
