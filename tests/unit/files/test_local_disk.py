"""Which folders count as on a disk of this machine."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from portal.files.local_disk import is_on_local_disk


def mounts(*places: tuple[str, str]) -> Any:
    return lambda **_: [SimpleNamespace(mountpoint=place, fstype=kind) for place, kind in places]


@pytest.mark.parametrize(
    ("kind", "local"),
    [("ext4", True), ("xfs", True), ("tmpfs", True), ("nfs4", False), ("lustre", False), ("fuse.sshfs", False)],
)
def test_the_file_system_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, local: bool) -> None:
    monkeypatch.setattr(psutil, "disk_partitions", mounts(("/", "nfs4" if local else "ext4"), (str(tmp_path), kind)))
    assert is_on_local_disk(tmp_path / "jobs") is local


def test_the_last_mount_on_a_place_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "disk_partitions", mounts((str(tmp_path), "ext4"), (str(tmp_path), "nfs4")))
    assert not is_on_local_disk(tmp_path)


def test_a_symlink_is_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "jobs").symlink_to(tmp_path / "far")
    monkeypatch.setattr(psutil, "disk_partitions", mounts(("/", "ext4"), (str(tmp_path / "far"), "nfs4")))
    assert not is_on_local_disk(tmp_path / "jobs")


def test_an_unknown_place_is_not_local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "disk_partitions", mounts())
    assert not is_on_local_disk(tmp_path)
