"""How far a score could be off: draws of what is there (Bernoulli) and of what it does (Beta)."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_UNITS_AT_ONCE = 256  # bounds the memory of 2,000 draws to some 4 MB a block


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
    `supports` says. Units are independent. The four sequences have one entry per unit.

    Args:
        seed: the run's seed, the strain and the target: an answer does not depend on what else is scored.
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
    log_miss: NDArray[np.float64] = np.zeros(draws)
    for start in range(0, len(w), _UNITS_AT_ONCE):
        block = slice(start, start + _UNITS_AT_ONCE)
        log_miss += _block(rng, w[block], p[block], n[block], rho[block], draws)
    low, high = np.quantile(-np.expm1(log_miss), [0.05, 0.95])
    return float(low), float(high)


def _block(
    rng: np.random.Generator,
    w: NDArray[np.float64],
    p: NDArray[np.float64],
    n: NDArray[np.float64],
    rho: NDArray[np.float64],
    draws: int,
) -> NDArray[np.float64]:
    shape = (draws, len(w))
    is_there = rng.random(shape) < w
    p = np.clip(p, 1e-9, 1.0 - 1e-9)
    effect = rng.beta(p * n, (1.0 - p) * n, size=shape)
    miss = 1.0 - np.where(is_there, np.minimum(effect, 1.0 - 1e-12), 0.0)
    total: NDArray[np.float64] = np.log(miss) @ rho
    return total
