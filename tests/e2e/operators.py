"""What an operator of a private cluster types."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from tests.e2e.gated_site import SlurmSite
from tests.e2e.site import ROOT


def btportal(site: SlurmSite, *words: str, **variables: str) -> tuple[int, str]:
    """Run a command in the portal's environment; return exit code and output."""
    done = subprocess.run(
        [sys.executable, "-m", "portal.cli", *words],
        env={**site.environment(), **variables},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def alarms(site: SlurmSite) -> list[dict[str, Any]]:
    return list(json.loads(site.portal.heartbeat.read_text())["alarms"])
