"""`btportal admin` run in this process."""

from __future__ import annotations

import json
from typing import Any

from click.testing import CliRunner, Result

from portal.cli.admin import admin


def run(*words: str, code: int = 0) -> Result:
    """Run a command, which must end with this exit code."""
    result = CliRunner().invoke(admin, words)
    assert result.exit_code == code, (result.output, result.exception)
    return result


def told(*words: str) -> Any:
    """Return what a command says as JSON."""
    return json.loads(run(*words, "--json").stdout)
