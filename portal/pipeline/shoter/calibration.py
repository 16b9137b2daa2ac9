"""The share of published strains with a given score on an order that are documented to act on it.

A score ranks published evidence; it is not a probability. The calibration adds how often strains with such a score were
documented to act on that order, from a curve per order fitted on strains that were not used to design the scoring. It
is valid for one specificity table and one set of parameters only, and not for orders with too few documented strains.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from portal.domain.errors import InvalidInput
from portal.domain.message import Message
from portal.domain.os_errors import os_reason
from portal.pipeline.shoter.parameters import ShoterParameters

SHIPPED_CALIBRATION = Path(__file__).parent / "data" / "calibration.json"
SCHEMA = 1
# The parameters that affect the score of complete genes.
PARAMETERS = (
    "strength_a",
    "strength_b",
    "strength_c",
    "weak_factor",
    "negative_factor",
    "silence",
    "shrinkage",
    "family_exponent",
)
BANDS = ((0.0, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 1.0))
_EDGE = 0.01  # scores are clipped to this distance from 0 and 1


@dataclass(frozen=True)
class Band:
    """Calibration strains with a score in [low, high) on one order, and how many are documented to act on it."""

    low: float
    high: float
    strains: int
    documented: int


@dataclass(frozen=True)
class Curve:
    """logit(share) = intercept + slope logit(score), for one order."""

    intercept: float
    slope: float
    bands: tuple[Band, ...]

    def share(self, score: float) -> float:
        """Return the share of strains with this score that are documented to act on the order."""
        return logistic(self.intercept + self.slope * logit(score))

    def band(self, score: float) -> Band:
        """Return the band of a score."""
        return next(band for band in self.bands if score < band.high or band.high >= 1.0)


@dataclass(frozen=True)
class Documented:
    """The documented share for a score: by the curve, and among the strains in its score band."""

    share: float
    strains: int
    documented: int
    low: float
    high: float


@dataclass(frozen=True)
class Calibration:
    """Curves by order, with the strains, table and parameters they are valid for."""

    strains: tuple[str, ...]  # ids of the strains, for validations that share some of them
    strains_name: str
    specificity_sha256: str
    parameters: Mapping[str, float]
    curves: Mapping[str, Curve]

    def reason_not_to_apply(self, specificity_sha256: str, parameters: ShoterParameters) -> str | None:
        """Return why scores with these settings are not calibrated, None if they are."""
        if specificity_sha256 != self.specificity_sha256:
            return "another specificity table"
        if {name: getattr(parameters, name) for name in PARAMETERS} != dict(self.parameters):
            return "other parameters of the scoring"
        return None

    def documented(self, order: str, score: float) -> Documented | None:
        """Return the documented share for a score; None without a curve or a score."""
        curve = self.curves.get(order)
        if curve is None or score <= 0.0:
            return None
        band = curve.band(score)
        return Documented(curve.share(score), band.strains, band.documented, band.low, min(band.high, 1.0))

    def to_json(self) -> dict[str, Any]:
        """Return the content of calibration.json."""
        return {
            "schema": SCHEMA,
            "strains_name": self.strains_name,
            "strains": list(self.strains),
            "specificity_sha256": self.specificity_sha256,
            "parameters": dict(self.parameters),
            "orders": {
                order: {
                    "intercept": curve.intercept,
                    "slope": curve.slope,
                    "bands": [[band.low, band.high, band.strains, band.documented] for band in curve.bands],
                }
                for order, curve in self.curves.items()
            },
        }

    def describe(self, specificity_sha256: str, parameters: ShoterParameters) -> dict[str, Any]:
        """Return the description of the calibration for the outputs."""
        reason = self.reason_not_to_apply(specificity_sha256, parameters)
        return {
            "strains_name": self.strains_name,
            "strains": len(self.strains),
            "orders": [] if reason else sorted(self.curves),
            "not_applied": reason,
        }


def logit(score: float) -> float:
    """Return ln(s / (1 - s)) of a score clipped away from 0 and 1."""
    kept = min(max(score, _EDGE), 1.0 - _EDGE)
    return math.log(kept / (1.0 - kept))


def logistic(value: float) -> float:
    """Return 1 / (1 + exp(-x)) without overflow."""
    if value >= 0.0:
        return 1.0 / (1.0 + math.exp(-value))
    small = math.exp(value)
    return small / (1.0 + small)


def load_calibration(path: Path | None = None) -> Calibration:
    """Load a calibration, by default the one shipped.

    Raises:
        InvalidInput: the file does not have the form that `to_json` writes.
    """
    path = path or SHIPPED_CALIBRATION
    try:
        return _parsed(path.read_bytes())
    except OSError as error:
        unread = Message("file.unreadable", name=path.name, reason=os_reason(error))
        raise InvalidInput(unread, field="calibration") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidInput(
            Message("calibration.form", name=path.name, reason=repr(error)), field="calibration"
        ) from None


@lru_cache(maxsize=2)
def _parsed(content: bytes) -> Calibration:
    data = json.loads(content)
    if data["schema"] != SCHEMA:
        raise ValueError(f"schema {data['schema']}, expected {SCHEMA}")
    return Calibration(
        strains=tuple(data["strains"]),
        strains_name=str(data["strains_name"]),
        specificity_sha256=str(data["specificity_sha256"]),
        parameters={name: float(data["parameters"][name]) for name in PARAMETERS},
        curves={
            order: Curve(
                float(curve["intercept"]),
                float(curve["slope"]),
                tuple(Band(float(low), float(high), int(n), int(found)) for low, high, n, found in curve["bands"]),
            )
            for order, curve in data["orders"].items()
        },
    )
