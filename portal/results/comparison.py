"""`compare.json`: several finished tasks side by side, as a typed document. Every field: docs/use/results.md."""

from __future__ import annotations

from msgspec import Struct

from portal.results.conclusion import Conclusion
from portal.results.scores import PanelTarget, ScoreState, Tier
from portal.results.units import Percent, Score, Strain

COMPARISON_SCHEMA = 2


class ComparedScore(Struct, frozen=True, kw_only=True):
    """The score (0-1) of a strain for one target with its 5-95 % interval; see OrderScore for when they are None."""

    score: Score | None
    low: Score | None
    high: Score | None
    state: ScoreState
    tier: Tier


class ComparedStrain(Struct, frozen=True, kw_only=True):
    """One strain: its scores by target, and by toxin the best identity in percent (None: seen by a profile only).

    The numbers of its scored genes that are broken, cut or altered behind their toxin core are None in comparisons of
    earlier versions.
    """

    strain: Strain
    conclusion: Conclusion
    targets: dict[str, ComparedScore]
    toxins_identity_percent: dict[str, Percent | None]
    genes_broken_count: int | None = None
    genes_cut_count: int | None = None
    genes_altered_count: int | None = None


class ComparisonDocument(Struct, frozen=True, kw_only=True):
    """All strains in the order of the tables; `differences` names what differed between the runs."""

    schema: int = COMPARISON_SCHEMA
    uncalibrated: bool
    differences: tuple[str, ...]
    runs: tuple[str, ...]
    targets: tuple[PanelTarget, ...]
    toxins: tuple[str, ...]
    strains: tuple[ComparedStrain, ...]
