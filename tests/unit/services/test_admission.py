"""Who may submit another task: limits of a client, the reserve of the queue, bytes on the disk; counted on the disk."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portal.domain.errors import StorageFull, TooManyRequests
from portal.domain.message import Message
from portal.domain.status import TaskStatus
from portal.files.admissions import AdmissionFiles
from portal.files.document import write_document
from portal.files.instant import this_boot
from portal.files.taskdir import PortalDir
from portal.services.admission import Admission, ClientLimits
from portal.services.rates import Rate
from portal.services.reservations import Reservations
from portal.services.secrets import new_task_id
from portal.storage.file import FileTaskStore
from tests.builders import task_meta, write_heartbeat

MOST = 20


class Clock:
    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def portal(tmp_path: Path) -> PortalDir:
    portal = PortalDir(tmp_path / "jobs")
    portal.prepare()
    return portal


@pytest.fixture
def clock() -> Clock:
    return Clock()


Make = Callable[..., Admission]


@pytest.fixture
def make(portal: PortalDir, clock: Clock) -> Make:
    def build(*, waiting: int = 0, gigabytes: float = 0.0) -> Admission:
        reservations = Reservations(portal, waiting=lambda: 0, max_waiting=MOST, floor_bytes=0)
        return Admission(
            portal,
            FileTaskStore(portal),
            reservations,
            max_waiting=MOST,
            limits=ClientLimits(waiting, gigabytes),
            now=clock,
        )

    return build


def accept(admission: Admission, portal: PortalDir, client: str, *, size: int = 10) -> tuple[str, str]:
    """Let a task of a client in and put its record into place; return its id and its submission."""
    task_id = new_task_id()
    with admission.place(client, task_id, size=size) as submission:
        folder = portal.task(task_id)
        folder.wishes.mkdir(parents=True)
        write_document(folder.meta, task_meta(TaskStatus.PENDING, task_id=task_id, submitter=client), durable=False)
    return task_id, submission


def move(portal: PortalDir, task_id: str, status: TaskStatus) -> None:
    """Let the poller have brought a task to a state."""
    store = FileTaskStore(portal)
    store.save(replace(task_meta(status, task_id=task_id), revision=store.get(task_id).revision + 1))


def test_a_client_has_a_limit_and_another_one_has_its_own(make: Make, portal: PortalDir) -> None:
    admission = make(waiting=3)
    for _ in range(3):
        accept(admission, portal, "a")
    with pytest.raises(TooManyRequests, match="3 tasks waiting"):
        accept(admission, portal, "a")
    accept(admission, portal, "b")
    with pytest.raises(TooManyRequests):
        admission.require_room("b", tasks=3)


def test_tasks_that_have_begun_or_gone_make_room(make: Make, portal: PortalDir, clock: Clock) -> None:
    admission = make(waiting=4)
    ids = [accept(admission, portal, "a")[0] for _ in range(4)]
    move(portal, ids[0], TaskStatus.COMPLETED)
    move(portal, ids[1], TaskStatus.RUNNING)
    portal.task(ids[2]).path.rename(portal.trash / ids[2])
    with pytest.raises(TooManyRequests):  # no heartbeat that could know of it
        accept(admission, portal, "a")
    clock.later(seconds=30)
    write_heartbeat(portal, age_s=-30, active=(ids[1],), waiting=(ids[3],))
    for _ in range(3):
        accept(admission, portal, "a")
    with pytest.raises(TooManyRequests):
        accept(admission, portal, "a")


def test_what_waits_is_counted_without_a_heartbeat_that_knows_of_it(make: Make, portal: PortalDir) -> None:
    """O9: 2,600 tiny files in 10 s were all accepted, since the heartbeat came later."""
    write_heartbeat(portal, age_s=60, waiting=())
    admission = make()
    for client in ("a", "b"):
        for _ in range(9):
            accept(admission, portal, client)
    with pytest.raises(TooManyRequests, match="kept for others"):
        accept(admission, portal, "a")
    accept(admission, portal, "c")
    accept(admission, portal, "d")
    with pytest.raises(TooManyRequests, match="Too many tasks are waiting"):
        accept(admission, portal, "e")


def test_a_refused_upload_gives_its_place_back(make: Make, portal: PortalDir) -> None:
    admission = make(waiting=1)
    with contextlib.suppress(ZeroDivisionError), admission.place("a", new_task_id(), size=1):
        raise ZeroDivisionError
    taken, _ = accept(admission, portal, "a")
    assert portal.task_ids() == [taken], "the one place there is was free again"


def test_workers_that_count_at_once_let_no_more_in(make: Make, portal: PortalDir) -> None:
    refused = []

    def submit() -> None:
        admission = make(waiting=10)
        for _ in range(8):
            try:
                accept(admission, portal, "a")
            except TooManyRequests:
                refused.append(1)

    threads = [threading.Thread(target=submit) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(portal.task_ids()), len(refused)) == (10, 22)


def test_bytes_count_and_those_of_ended_tasks_are_measured(make: Make, portal: PortalDir, clock: Clock) -> None:
    admission = make(gigabytes=1024**2 / 1000**3)  # 1 MiB
    first, _ = accept(admission, portal, "a", size=600_000)
    with pytest.raises(StorageFull, match="disk space"):
        accept(admission, portal, "a", size=600_000)
    accept(admission, portal, "b", size=600_000)
    move(portal, first, TaskStatus.COMPLETED)  # a folder of some kB after all
    accept(admission, portal, "a", size=600_000)
    (portal.task(first).path / "large").write_bytes(b"x" * 600_000)
    accept(admission, portal, "a", size=100)  # measured once
    portal.task(first).path.rename(portal.trash / first)
    accept(admission, portal, "a", size=400_000)


def test_unnamed_tasks_within_minutes_are_one_submission(make: Make, portal: PortalDir, clock: Clock) -> None:
    admission = make()
    submissions = []
    for client, minutes in (("a", 0), ("a", 5), ("b", 1), ("a", 8), ("a", 11)):
        clock.later(minutes=minutes)
        submissions.append(accept(admission, portal, client)[1])
    first, second, other, third, late = submissions
    assert first == second == third
    assert len({first, other, late}) == 3


def test_a_task_that_runs_again_counts_as_one_that_waits(make: Make, portal: PortalDir) -> None:
    admission = make(waiting=2)
    accept(admission, portal, "a")
    admission.enter_again("a", new_task_id())
    with pytest.raises(TooManyRequests):
        admission.enter_again("a", new_task_id())


@pytest.mark.parametrize("damage", [b"", b"{", b"[1]", b'{"tasks": 3}', b"\0" * 100, b'{"format": 99}'])
def test_damaged_counts_count_as_none(make: Make, portal: PortalDir, damage: bytes) -> None:
    admission = make(waiting=1, gigabytes=1)
    accept(admission, portal, "a")
    for path in (portal.own / "admission").rglob("*.json"):
        path.write_bytes(damage)
    accept(admission, portal, "a")
    assert len(portal.task_ids()) == 2


def test_a_rate_slides_over_the_minutes_and_clears_up(portal: PortalDir) -> None:
    now = 1_000_020.0  # 40 s before the next minute
    rate = Rate(AdmissionFiles(portal), "uploads", most=3, message=Message("client.upload_rate"), clock=lambda: now)
    for _ in range(3):
        rate.count("a")
    rate.count("b")
    with pytest.raises(TooManyRequests) as caught:
        rate.count("a")
    assert 1 <= caught.value.retry_after_s <= 60
    now += 41  # the last minute still counts in full
    with pytest.raises(TooManyRequests):
        rate.count("a")
    now += 119
    for _ in range(3):
        rate.count("a")
    assert len(list((portal.own / "admission" / "rates" / "uploads" / this_boot()).iterdir())) <= 2


def test_no_limit_counts_nothing(portal: PortalDir) -> None:
    rate = Rate(AdmissionFiles(portal), "uploads", most=0, message=Message("client.upload_rate"))
    for _ in range(50):
        rate.count("a")
    assert not (portal.own / "admission").exists()
