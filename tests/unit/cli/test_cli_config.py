"""`btportal config`: what is set, and what will not be read."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import pytest
from click.testing import CliRunner

from portal.cli.config import config
from portal.config import Settings


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    return tmp_path / "portal.env"


def _run(*words: str, **environment: str) -> tuple[int, str]:
    result = CliRunner().invoke(config, list(words), env=environment)
    return result.exit_code, result.output


def test_a_sound_file_is_called_sound(env_file: Path) -> None:
    env_file.write_text("# a comment\nJOBS_DIR=/srv/jobs\n\n; another\nMIN_FREE_DISK_GB = 3\n")
    assert _run("check", "--env-file", str(env_file)) == (0, "all settings are sound\n")


def test_every_kind_of_mistake_is_named(env_file: Path) -> None:
    env_file.write_text(
        "TASK_TIMOUT=5\nFAVOURITE_COLOUR=green\nTASK_THREADS=many\nredis_url=x\nPUBLIC_URL=bt.example.org\n"
    )
    code, output = _run("check", "--env-file", str(env_file), "--json")
    assert code == 1
    found = {(line["code"], line["params"]["name"]) for line in json.loads(output)}
    assert found == {
        ("config.misspelt", "TASK_TIMOUT"),
        ("config.unknown", "FAVOURITE_COLOUR"),
        ("config.misspelt", "redis_url"),
        ("config.wrong", "TASK_THREADS"),
        ("config.wrong", "PUBLIC_URL"),
    }


def test_of_the_environment_only_what_looks_like_a_setting_is_named() -> None:
    code, output = _run("check", MAX_ACTIVE_PIPELINE="3", EDITOR="vi")
    assert code == 1
    assert "MAX_ACTIVE_PIPELINE is not a setting; MAX_ACTIVE_PIPELINES is" in output
    assert "EDITOR" not in output


def test_no_secret_is_shown() -> None:
    secrets = {
        name: f"the-secret-of-{name}-{name}-{name}" for name in ("PORTAL_SECRET", "ADMIN_SECRET", "METRICS_TOKEN")
    }
    code, output = _run("show", REDIS_URL="redis://:the-secret-of-redis@localhost", TASK_THREADS="7", **secrets)
    assert code == 0
    assert "the-secret" not in output
    assert "* TASK_THREADS=7\n" in output
    assert "  WEB_PORT=8000\n" in output
    assert {line[2:].split("=")[0] for line in output.splitlines()} == {item.name for item in fields(Settings)}
