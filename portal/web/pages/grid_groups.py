"""Groups of similar strains: average linkage (UPGMA) of their columns' values, by the chain of nearest neighbours.

Murtagh and Legendre, J. Classif. 31:274 (2014). `grid_cluster.js` does the same in the browser, step for step, so that
both give the same order and groups; a test compares them. What is unknown counts as 0.

The tree is cut at an absolute distance, which means the same whatever other strains are there: two groups differ, in
the mean over their strains, by more than a score of 1 in all (as much as one order that is certain for one of them and
excluded for the other), or by more than one toxin.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from portal.services.submission_grid import GridBy

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ONE_TOXIN, _ONE_SCORE = 100, 1  # identities are percent


def cut_of(by: GridBy) -> int:
    """Return the distance at which the tree is cut."""
    return _ONE_TOXIN if by is GridBy.TOXINS else _ONE_SCORE


def similar_groups(rows: Sequence[Sequence[float]], *, cut: float) -> list[list[int]]:
    """Return the places of rows by group, similar ones beside each other.

    Of two groups, the one with the earlier row comes first. The distance of two rows is the sum of the differences of
    their values.
    """
    leaves, merges = _tree(rows)
    group = list(range(len(rows)))

    def root(row: int) -> int:
        while group[row] != row:
            group[row] = group[group[row]]
            row = group[row]
        return row

    for one, other, at in merges:
        if at <= cut:
            group[root(one)] = root(other)
    found: list[list[int]] = []
    for row in leaves:
        if not found or root(found[-1][0]) != root(row):
            found.append([])
        found[-1].append(row)
    return found


def _tree(rows: Sequence[Sequence[float]]) -> tuple[list[int], list[tuple[int, int, float]]]:
    """Return the rows as the leaves of the tree stand, and for each fork a row of both branches and its height."""
    import numpy as np  # the web process loads it when somebody asks for groups, and most never do

    far = _distances(rows)
    groups = {row: [row] for row in range(len(rows))}
    alive = np.ones(len(rows), dtype=bool)
    chain: list[int] = []
    merges = []
    while len(groups) > 1:
        if not chain:
            chain.append(min(groups))
        last, before = chain[-1], chain[-2] if len(chain) > 1 else None
        row = np.where(alive, far[last], np.inf)
        row[last] = np.inf
        following = int(row.argmin())
        # The one before wins where several are as near, or the chain would never end.
        if before is None or row[following] < row[before]:
            chain.append(following)
            continue
        del chain[-2:]
        first, second = sorted((last, before))
        a, b = groups[first], groups.pop(second)
        merges.append((a[0], b[0], float(far[first, second])))
        alive[second] = False
        mean = (far[first] * len(a) + far[second] * len(b)) / (len(a) + len(b))
        far[first, :], far[:, first] = mean, mean
        groups[first] = [*a, *b] if min(a) < min(b) else [*b, *a]
    return next(iter(groups.values()), []), merges


def _distances(rows: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """Return the distances, of shape (rows, rows); summed column by column, as the script does, to the last bit."""
    import numpy as np

    far = np.zeros((len(rows), len(rows)))
    for column in zip(*rows, strict=True):
        values = np.array(column, dtype=np.float64)
        far += np.abs(values[:, None] - values[None, :])
    return far
