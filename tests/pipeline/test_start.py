"""What a job imports before it does anything: neither pictures nor what only a genome with toxins needs."""

from __future__ import annotations

import subprocess
import sys

_SEEN = """
import sys
import portal.pipeline.runner, portal.pipeline.digger.stage, portal.pipeline.digger.engine
import portal.pipeline.shoter.stage
print(sorted({name.partition(".")[0] for name in sys.modules} & {"Bio", "matplotlib", "pandas", "flask", "redis"}))
"""


def test_a_job_starts_without_what_it_may_not_need() -> None:
    done = subprocess.run([sys.executable, "-c", _SEEN], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
