"""What must not start a portal: a key that can be guessed or was read, an address of a cache that is none."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from portal.config import read_settings
from portal.domain.errors import InvalidRequest, NotReady
from portal.files.taskdir import PortalDir
from portal.services.admin_access import AdminAccess
from portal.services.secrets import load_secret


def test_a_key_is_made_once_long_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    first = load_secret(path, "")
    assert len(first) >= 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_secret(path, "") == first


@pytest.mark.parametrize("content", ["", "\n", "x", "x" * 31, " " * 40, " " * 20 + "x" * 12])
def test_a_short_key_ends_the_start(tmp_path: Path, content: str) -> None:
    path = tmp_path / "secret"
    path.touch(mode=0o600)
    path.write_text(content)
    with pytest.raises(NotReady, match="less than 32 bytes"):
        load_secret(path, "")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o666])
def test_a_key_that_others_may_read_ends_the_start(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "secret"
    load_secret(path, "")
    path.chmod(mode)
    with pytest.raises(NotReady, match="chmod 600"):
        load_secret(path, "")


def test_a_key_is_read_from_a_regular_file_alone(tmp_path: Path) -> None:
    load_secret(tmp_path / "other", "")
    (tmp_path / "link").symlink_to(tmp_path / "other")
    os.mkfifo(tmp_path / "fifo", 0o600)
    for name in ("link", "fifo"):
        with pytest.raises(NotReady, match="cannot be read"):
            load_secret(tmp_path / name, "")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTAL_SECRET", "x"), ("PORTAL_SECRET", "x" * 31),
        ("REDIS_URL", "localhost:6379"), ("REDIS_URL", "localhost"), ("REDIS_URL", "http://localhost"),
        ("REDIS_URL", "redis://"), ("REDIS_URL", "redis://localhost:port"), ("REDIS_URL", "redis://localhost:99999"),
        ("REDIS_URL", "redis://localhost/zero"), ("REDIS_URL", "redis://[::1"), ("REDIS_URL", "unix://"),
        ("REDIS_URL", "unix://host/socket"), ("REDIS_URL", "redis://h/0?timeout=5"), ("REDIS_URL", "redis://h#0"),
        ("REDIS_URL", "redis://h?decode_responses=true"), ("REDIS_URL", "redis://:hush@h?socket_timeout=5&timeout=5"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_refused_by_its_name_and_not_told(name: str, value: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_settings({name: value})
    assert list(caught.value.errors) == [name]
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("url", [
    "", "redis://localhost:6379/0", "redis://h", "redis://user:p%40ss@h:6380/12", "rediss://h:6379/0?ssl_cert_reqs=required",
    "unix:///run/redis.sock?db=2", "redis://[::1]:6379/1",
])  # fmt: skip
def test_an_address_of_a_cache_is_taken(url: str) -> None:
    assert read_settings({"REDIS_URL": url}).REDIS_URL == url


def run_with_usual_umask(*words: str) -> None:
    done = subprocess.run([sys.executable, "-m", "portal.cli", *words], capture_output=True, check=False, umask=0o022)
    assert done.returncode == 0, done.stderr


def test_commands_write_for_their_owner_alone(tmp_path: Path) -> None:
    portal = PortalDir(tmp_path / "jobs")
    portal.prepare()
    run_with_usual_umask("backup", str(tmp_path / "backups"), "--jobs-dir", str(portal.jobs))
    made = [tmp_path / "backups", *(tmp_path / "backups").rglob("*")]
    assert any(path.is_file() for path in made)
    assert {path.stat().st_mode & 0o077 for path in made} == {0}


def test_what_a_deployment_keeps_secret_is_its_owner_s_alone(tmp_path: Path) -> None:
    run_with_usual_umask("deploy", str(tmp_path / "made"), "--public-url", "https://bt.example")
    private = {
        path.name for path in (tmp_path / "made").rglob("*") if path.is_file() and path.stat().st_mode & 0o077 == 0
    }
    assert private == {"portal.env"}, "other accounts read the rest: nginx, Prometheus, systemd"


def test_nobody_keeps_the_operator_out(tmp_path: Path) -> None:
    portal = PortalDir(tmp_path)
    portal.prepare()
    access = AdminAccess(portal, secret="the secret of an operator", key="k" * 32)
    for number in range(150):
        assert access.log_in("wrong", address=f"198.51.100.{number}") is None
    assert access.log_in("the secret of an operator", address="192.0.2.1") is not None
