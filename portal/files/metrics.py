"""Read the poller's metrics in the web process: Prometheus text, checked before it is passed on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from prometheus_client import Metric, disable_created_metrics
from prometheus_client.parser import text_string_to_metric_families

from portal.domain.errors import Unreadable
from portal.files.safe_open import read_bytes

# The `_created` series of each counter are not needed.
disable_created_metrics()  # type: ignore[no-untyped-call]

PREFIX = "bttoxin_"
_MOST_BYTES = 256 * 1024
_MOST_SERIES = 300


def read_figures(path: Path) -> Sequence[Metric]:
    """Return the poller's metrics; none if the file is missing or holds anything else."""
    try:
        text = read_bytes(path, limit_bytes=_MOST_BYTES).decode()
        families = list(text_string_to_metric_families(text))
    except (OSError, Unreadable, ValueError):
        return ()
    return families if _is_ours(families) else ()


def _is_ours(families: Iterable[Metric]) -> bool:
    samples = [sample.name for family in families for sample in family.samples]
    return len(samples) <= _MOST_SERIES and all(name.startswith(PREFIX) for name in samples)
