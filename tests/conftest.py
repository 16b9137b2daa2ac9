"""Fixtures that tests of several kinds share."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.waiting import PATIENCE_S

# A proxy that pip needs must not get what the tests send to their own servers.
for _name in ("no_proxy", "NO_PROXY"):
    os.environ[_name] = ",".join(filter(None, [os.environ.get(_name), "127.0.0.1,localhost,::1"]))

# Where a test says nothing else, httpx gives up after five seconds, which a busy machine may take for any answer.
_unless_told: httpx.Timeout = inspect.signature(httpx.Client).parameters["timeout"].default
_unless_told.connect = _unless_told.read = _unless_told.write = _unless_told.pool = PATIENCE_S

_MOUNTING = frozenset({"full_disk", "in_use"})


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB."""
    folder = tmp_path / "full"
    folder.mkdir()
    if not may_mount():
        yield folder  # never used: see pytest_pyfunc_call
        return
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def in_use() -> Callable[[Path], AbstractContextManager[None]]:
    """Have a folder in use, so that nobody, not even root, can move or remove it."""

    @contextmanager
    def hold(folder: Path) -> Iterator[None]:
        subprocess.run(["mount", "--bind", str(folder), str(folder)], check=True)
        try:
            yield
        finally:
            subprocess.run(["umount", "-l", str(folder)], check=True)

    return hold


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name a packed file by its size: the time in it would give its test another name each second."""
    return f"gzip{len(val)}" if isinstance(val, bytes) and val.startswith(b"\x1f\x8b") else None


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test that needs to mount a disk as root of namespaces of its own where a normal user runs the tests."""
    if _MOUNTING.isdisjoint(pyfuncitem.fixturenames) or may_mount():
        return None
    own_namespaces = ["unshare", "--user", "--map-root-user", "--mount"]
    inner = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", pyfuncitem.nodeid]
    done = subprocess.run(
        [*own_namespaces, *inner], cwd=pyfuncitem.config.rootpath, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.fail(
            f"in user and mount namespaces (they have to be allowed): {done.stdout}{done.stderr}", pytrace=False
        )
    return True


def may_mount() -> bool:
    return os.geteuid() == 0
