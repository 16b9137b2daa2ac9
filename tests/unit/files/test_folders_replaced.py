"""A folder that something else replaced by a symlink: nothing beyond it is removed, and nobody is told again."""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from portal.domain.errors import NotReady, PortalError, StorageFull
from portal.domain.message import Message
from portal.domain.notification import NotificationEvent
from portal.files.alarms import AlarmFiles
from portal.files.bells import answer_bells
from portal.files.browsers import BrowserMarks
from portal.files.locks import take_lock
from portal.files.notices import remove_announcement
from portal.files.notification_request import NotifyFolder
from portal.files.reserve import with_reserve
from portal.files.safe_open import discard, is_there
from portal.files.taskdir import PortalDir
from portal.files.wishes import WishKind, drop_wish

TASK = "abcdefghijkl"


@pytest.fixture
def task(tmp_path: Path) -> Path:
    folder = tmp_path / "jobs" / TASK
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    folder = tmp_path / "elsewhere"
    (folder / "owner-folder").mkdir(parents=True)
    for name in ("owner-mark", "ended", "owner-folder/deep"):
        (folder / name).write_text("not ours")
    return folder


def untouched(elsewhere: Path) -> bool:
    return all((elsewhere / name).read_text() == "not ours" for name in ("owner-mark", "ended", "owner-folder/deep"))


def test_discard_removes_nothing_behind_a_symlink(task: Path, elsewhere: Path) -> None:
    (task / "browsers").symlink_to(elsewhere)
    for name in ("owner-mark", "owner-folder", "nothing"):
        discard(task / "browsers" / name)
    assert untouched(elsewhere)
    assert not is_there(task / "browsers" / "owner-mark")
    discard(task / "browsers")
    assert untouched(elsewhere)
    assert not is_there(task / "browsers")


def test_discard_removes_files_folders_and_symlinks_of_ours(task: Path, elsewhere: Path) -> None:
    (task / "file").touch()
    (task / "folder" / "inner").mkdir(parents=True)
    (task / "link").symlink_to(elsewhere)
    os.mkfifo(task / "fifo")
    for name in ("file", "folder", "link", "fifo", "nothing"):
        discard(task / name)
    assert list(task.iterdir()) == []
    assert untouched(elsewhere)


def test_marks_behind_a_symlink_stay(task: Path, elsewhere: Path) -> None:
    (task / "browsers").symlink_to(elsewhere)
    marks = BrowserMarks(task)
    for mark in marks.all():
        marks.drop(mark.way, mark.mark)
    assert untouched(elsewhere)


def test_an_event_behind_a_symlink_is_not_awaited(task: Path, elsewhere: Path) -> None:
    (task / "notify").symlink_to(elsewhere)
    folder = NotifyFolder(task)
    assert folder.awaited() == ()
    assert not folder.awaits(NotificationEvent.ENDED)
    folder.told(NotificationEvent.ENDED)
    assert untouched(elsewhere)


def full() -> None:
    raise StorageFull(Message("disk.full"))


@pytest.mark.parametrize(
    ("folder", "name", "act"),
    [
        (".portal/alarms", "disk_full.json", lambda portal: AlarmFiles(portal).remove(NotificationEvent.DISK_FULL)),
        (".portal/inbox", TASK, answer_bells),
        (".portal/notices", "0123abcd.json", lambda portal: remove_announcement(portal, "0123abcd")),
        (f"{TASK}/wishes", "cancel.json", lambda portal: drop_wish(portal.task(TASK), WishKind.CANCEL)),
        (".portal/reserve", "block-0", lambda portal: with_reserve(portal.task(TASK).meta, full)),
    ],
)
def test_nothing_of_another_folder_is_removed(
    task: Path, tmp_path: Path, folder: str, name: str, act: Callable[[PortalDir], object]
) -> None:
    portal = PortalDir(task.parent)
    portal.prepare()
    kept = tmp_path / "others" / name
    kept.parent.mkdir()
    kept.write_text("not ours")
    place = portal.jobs / folder
    if place.is_dir():
        place.rmdir()
    place.symlink_to(kept.parent)
    with contextlib.suppress(PortalError, OSError):
        act(portal)
    assert kept.read_text() == "not ours"


# -- locks


@contextmanager
def held(path: Path) -> Iterator[None]:
    with path.open("a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def test_a_lock_that_is_held_for_ever_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with held(path), path.open("a") as stream, pytest.raises(NotReady, match="in use by another process"):
        take_lock(stream.fileno(), "lock", wait_s=0.1)


def test_a_lock_that_is_given_back_is_taken(tmp_path: Path) -> None:
    path, taken = tmp_path / "lock", threading.Event()

    def take() -> None:
        with path.open("a") as stream:
            take_lock(stream.fileno(), "lock", wait_s=60)
            taken.set()

    thread = threading.Thread(target=take)
    with held(path):
        thread.start()
        assert not taken.is_set()
    thread.join(60)
    assert taken.is_set()
