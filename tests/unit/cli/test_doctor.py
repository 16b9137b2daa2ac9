"""`btportal doctor` says the same as text and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from portal.cli.doctor import doctor


def test_findings_as_json_are_those_of_the_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"JOBS_DIR": str(tmp_path), "EXECUTOR": "local", "REDIS_URL": "", "WEB_PORT": "0"}.items():
        monkeypatch.setenv(name, value)
    text, told = (CliRunner().invoke(doctor, ["--wait", "0", *more]) for more in ([], ["--json"]))
    report = json.loads(told.stdout)
    assert (text.exit_code, told.exit_code, report["ok"]) == (1, 1, False)
    lines = [line.split()[:2] for line in text.stdout.splitlines() if not line.lstrip().startswith("->")]
    assert [[finding["state"], finding["name"].split()[0]] for finding in report["findings"]] == lines
    [reference] = [finding for finding in report["findings"] if finding["name"] == "reference"]
    assert (reference["state"], reference["mend"].split()[:3]) == ("FAIL", ["btportal", "reference", "fetch"])
