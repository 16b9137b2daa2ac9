"""The real poller; only the function that its jobs call is the tests' own.

python -m tests.e2e.gated_poller
"""

from __future__ import annotations

from portal.bootstrap import poller as composed
from portal.cli.processes import poller
from tests.e2e import jobs


def use_gated_jobs() -> None:
    composed.run_job = jobs.run_gated  # type: ignore[attr-defined]
    composed.run_pack = jobs.run_gated_pack  # type: ignore[attr-defined]


if __name__ == "__main__":
    use_gated_jobs()
    poller()
