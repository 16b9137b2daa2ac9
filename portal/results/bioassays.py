"""`bioassays.json`: which species to test a strain on, and what is published on each, as typed documents.

Every field: docs/use/formats-shoter.md.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from portal.domain.dose import DoseFamily
from portal.results.conclusion import Assessment
from portal.results.published_doses import LowestDoses, PublishedDose
from portal.results.scores import ScoreState
from portal.results.targets import Panel
from portal.results.toxin_shares import RelativeTests, ToxinShare
from portal.results.units import Contribution, Percent, Score, Species, Strain, Target, ToxinName

BIOASSAYS_SCHEMA = 1


class Reason(StrEnum):
    """Why a test of the species is worth its cost."""

    CONFIRM = "confirm"  # its own toxins act on this very species, and not only weakly
    WEAK = "weak"  # its own toxins act only weakly
    GROUP = "group"  # its own toxins act on a group of species ("mosquito larvae") or a genus; none names this one
    PART = "part"  # only a part of the toxins that act was seen: a contig's end cuts their genes
    CONTRADICTION = "contradiction"  # published tests disagree
    RELATIVES = "relatives"  # only relatives were tested
    BROKEN = "broken"  # the genes of the toxins that act are broken
    PARTNER = "partner"  # the toxin acts with a partner that the strain lacks
    UNCERTAIN = "uncertain"  # tests cannot be told one way or the other
    INACTIVE = "inactive"  # its own toxins were tested and do not act


class Particular(StrEnum):
    """In what one species differs from all others of its order that the strain may act on, the most telling first."""

    ONLY = "only"  # there is no other
    MOST_SUPPORT = "most_support"  # the tests of own toxins alone support it most
    ONLY_DOSE = "only_dose"  # the only one with a published dose of an own toxin
    LOWEST_DOSE = "lowest_dose"  # the lowest published dose of own toxins, of one measure and family of units
    MOST_TESTED = "most_tested"  # the most tests of own toxins
    MOST_TOXINS = "most_toxins"  # the most own toxins act on it
    ONLY_OF_TOXIN = "only_of_toxin"  # one of the own toxins acts on no other


class Particularity(Struct, frozen=True, kw_only=True):
    """What is particular to a species; `toxin` is that of the lowest dose, or the one that acts on no other species."""

    kind: Particular
    toxin: ToxinName | None = None
    measure: str | None = None
    family: DoseFamily | None = None


class Bioassay(Struct, frozen=True, kw_only=True):
    """One species; `effect` and `no_effect` count published tests, `read` those whose publication was read.

    The tests are of own toxins, of relatives, of toxins whose genes are broken here, and of those seen only in part.
    Of the tests with an effect `*_weak` report a weak one. Of all own tests `own_group` name no species but a group or
    a genus that this one belongs to. `toxin` contributes most to the score; `toxin_identity_percent` is the identity of
    the strain's gene to it. `toxins` are all that the score rests on, strongest first, and `contribution_sum` is what
    they add; `own_sum` is what own toxins add by their own tests alone, by which species are ordered first.
    `relatives` are the relatives that were tested. `without_effect`: no test supports an effect. `lowest_doses` are
    those of own toxins, by measure and family of units. `rows_read` counts tests of which a row of another table was
    read. `order_score` is that of the order. Earlier results do not have these fields.
    """

    species: Species
    english: str
    chinese: str
    target: Target
    panel: Panel
    assessment: Assessment
    score: Score | None
    low: Score | None
    high: Score | None
    state: ScoreState
    reason: Reason
    toxin: ToxinName | None
    toxin_identity_percent: Percent | None
    own_effect: int
    own_no_effect: int
    relatives_effect: int
    relatives_no_effect: int
    read: int
    doses: tuple[PublishedDose, ...]
    broken_effect: int = 0
    broken_no_effect: int = 0
    part_effect: int = 0
    part_no_effect: int = 0
    own_weak: int = 0
    own_group: int = 0
    relatives_weak: int = 0
    broken_weak: int = 0
    part_weak: int = 0
    contribution_sum: Contribution | None = None
    toxins: tuple[ToxinShare, ...] = ()
    lowest_doses: tuple[LowestDoses, ...] = ()
    rows_read: int = 0
    order_score: Score | None = None
    own_sum: Contribution | None = None
    relatives: tuple[RelativeTests, ...] = ()
    without_effect: bool = False
    particular: Particularity | None = None

    @property
    def acting(self) -> tuple[ToxinShare, ...]:
        """The strain's own toxins that act on this species in published tests of their own, strongest first."""
        return tuple(toxin for toxin in self.toxins if toxin.acts)


class StrainBioassays(Struct, frozen=True, kw_only=True):
    """The shortlist of one strain, by `species_order`: the most promising species first."""

    strain: Strain
    species: tuple[Bioassay, ...]


class BioassayDocument(Struct, frozen=True, kw_only=True):
    """`bioassays.json`: the shortlists of a run."""

    schema: int = BIOASSAYS_SCHEMA
    run_id: str
    strains: tuple[StrainBioassays, ...]
