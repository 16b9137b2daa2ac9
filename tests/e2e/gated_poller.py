"""The real poller; only the function that its jobs call is the tests' own.

python -m tests.e2e.gated_poller
"""

from __future__ import annotations

from portal import bootstrap
from portal.cli.processes import poller
from tests.e2e import jobs


def use_gated_jobs() -> None:
    bootstrap.run_job = jobs.run_gated  # type: ignore[attr-defined]
    bootstrap.run_pack = jobs.run_gated_pack  # type: ignore[attr-defined]


if __name__ == "__main__":
    use_gated_jobs()
    poller()
