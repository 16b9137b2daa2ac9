"""Uncertainty of a score, by random draws of presence (Bernoulli) and activity (Beta)."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# The normal quantile of the 5 % and 95 % limits.
_Z = 1.6449
# No real strain has this many toxins. In a table that does, the rest enter by their mean: time and memory stay
# bounded, and the spread of a sum of hundreds of terms is negligible.
_UNITS_DRAWN = 100


def score_interval(
    weights: Sequence[float],
    probabilities: Sequence[float],
    supports: Sequence[float],
    exponents: Sequence[float],
    *,
    draws: int,
    seed: tuple[int, str, str],
) -> tuple[float, float]:
    """Return the 5 % and 95 % quantiles of 1 - prod (1 - W P)^rho.

    W is Bernoulli(weight): the gene works or it does not. P is Beta with mean p and as many pseudo-observations as
    `supports` says. Units are independent. The four sequences have one entry per unit; the 100 strongest are drawn.

    Args:
        seed: the run's seed, the strain and the target, so that a result does not depend on what else is scored.
    """
    w = np.asarray(weights, dtype=np.float64)
    p = np.asarray(probabilities, dtype=np.float64)
    acting = (w > 0.0) & (p > 0.0)
    if not acting.any():
        return 0.0, 0.0
    w, p = w[acting], p[acting]
    n = np.maximum(np.asarray(supports, dtype=np.float64)[acting], 0.1)
    rho = np.asarray(exponents, dtype=np.float64)[acting]
    number, strain, target = seed
    rng = np.random.default_rng([number, zlib.crc32(strain.encode()), zlib.crc32(target.encode())])
    strongest = np.argsort(-w * p, kind="stable")
    drawn, others = strongest[:_UNITS_DRAWN], strongest[_UNITS_DRAWN:]
    log_miss = _draw(rng, w[drawn], p[drawn], n[drawn], rho[drawn], draws)
    log_miss += float(np.log1p(-np.minimum(w[others] * p[others], 1.0 - 1e-12)) @ rho[others])
    return quantiles(-np.expm1(log_miss), 0.05, 0.95)


def least_interval(score: float, supports: Sequence[float]) -> tuple[float, float]:
    """Return the narrowest interval that as many observations allow: Wilson's, for a proportion.

    Draws of toxins that always or never acted in their tests hardly differ, and a sum over several of them even less.
    A finite number of tests does not make anything certain, so an interval covers at least this one.

    Args:
        score: the share of observations with an effect, 0-1.
        supports: the number of (pseudo-)observations behind each unit that contributes to the score.

    Source: Wilson 1927, doi:10.1080/01621459.1927.10502953.
    """
    observations, square = max(sum(supports), 0.1), _Z * _Z
    middle = (score + square / (2.0 * observations)) / (1.0 + square / observations)
    spread = score * (1.0 - score) / observations + square / (4.0 * observations * observations)
    half = _Z * sqrt(spread) / (1.0 + square / observations)
    return max(0.0, middle - half), min(1.0, middle + half)


def quantiles(values: NDArray[np.float64], low: float, high: float) -> tuple[float, float]:
    """Return two quantiles of at least two values by linear interpolation, to the last bit those of `numpy.quantile`.

    That function loads numpy's masked arrays and is several times slower; a genome needs a hundred pairs.
    """
    places = [(len(values) - 1) * fraction for fraction in (low, high)]
    ranks = [min(int(place), len(values) - 2) for place in places]
    ordered = np.partition(values, sorted({*ranks, *(rank + 1 for rank in ranks)}))
    first, second = (
        _between(float(ordered[rank]), float(ordered[rank + 1]), place - rank)
        for place, rank in zip(places, ranks, strict=True)
    )
    return first, second


def _between(start: float, end: float, share: float) -> float:
    return end - (end - start) * (1.0 - share) if share >= 0.5 else start + (end - start) * share


def _draw(
    rng: np.random.Generator,
    w: NDArray[np.float64],
    p: NDArray[np.float64],
    n: NDArray[np.float64],
    rho: NDArray[np.float64],
    draws: int,
) -> NDArray[np.float64]:
    """Return log prod (1 - W P)^rho, once per draw."""
    shape = (draws, len(w))
    is_there = rng.random(shape) < w
    p = np.clip(p, 1e-9, 1.0 - 1e-9)
    effect = rng.beta(p * n, (1.0 - p) * n, size=shape)
    miss = 1.0 - np.where(is_there, np.minimum(effect, 1.0 - 1e-12), 0.0)
    total: NDArray[np.float64] = np.log(miss) @ rho
    return total
