"""Files on the shared disk: whole or old, claimed once, owned by one."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path

import pytest

from portal.domain.errors import CorruptRecord, NotFound, StorageFull
from portal.files.atomic import create_bytes, write_bytes, write_json
from portal.files.document import read_object
from portal.files.lease import LeaseLost, PollerLease
from portal.files.process_identity import ProcessIdentity, session_members, start_ticks
from portal.files.reports import Claim
from portal.files.taskdir import PortalDir, is_safe_name, strain_name
from portal.files.wishes import Wish, WishKind, answer_bells, drop_wish, leave_wish, read_wishes


@pytest.fixture
def portal(tmp_path: Path) -> PortalDir:
    folder = PortalDir(tmp_path / "jobs")
    folder.prepare()
    return folder


def test_a_full_disk_leaves_the_old_file_whole_and_nothing_else(full_disk: Path) -> None:
    record = full_disk / "task_meta.json"
    write_json(record, {"revision": 1})
    with pytest.raises(StorageFull):
        write_bytes(record, os.urandom(8 * 1024**2))
    assert read_object(record) == {"revision": 1}
    assert [entry.name for entry in full_disk.iterdir()] == ["task_meta.json"]


def test_a_file_that_must_be_new_is_made_by_one_only(tmp_path: Path) -> None:
    path = tmp_path / "claim"
    assert create_bytes(path, b'{"by": 1}')
    assert not create_bytes(path, b'{"by": 2}')
    assert read_object(path) == {"by": 1}
    assert [entry.name for entry in tmp_path.iterdir()] == ["claim"]


def _take(path: str, job_id: str) -> bool:
    return Claim.take(Path(path), job_id)


def test_of_many_jobs_one_gets_the_claim(tmp_path: Path) -> None:
    path = str(tmp_path / "claim")
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        taken = pool.starmap(_take, [(path, str(number)) for number in range(40)])
    claim = Claim.read(Path(path))
    assert claim is not None
    assert [str(number) for number, mine in enumerate(taken) if mine] == [claim.job_id]


def test_a_process_is_known_beyond_its_number() -> None:
    me = ProcessIdentity.mine()
    assert me.alive
    assert not ProcessIdentity(me.host, me.boot, me.pid, me.start - 1, me.group).alive
    assert not ProcessIdentity(me.host, "another boot", me.pid, me.start, me.group).alive
    assert start_ticks(2**22 + 1) is None
    assert os.getpid() in session_members(os.getsid(0))


@pytest.mark.parametrize(
    ("filename", "name"),
    [
        ("C15.fna", "C15"),
        ("../../etc/passwd", "passwd"),
        ("C:\\data\\my strain (1).fasta", "my_strain_1"),
        ("'; rm -rf / #.fa", "genome_cb7f85"),
        ("'; rm -rf ~ #.fa", "rm_-rf"),
        ("苏云金.fna", "genome_2419c0"),
        (".fna", "genome_e3b0c4"),
        ("-rf.fna", "rf"),
        ("a\nb.fna", "a_b"),
        ("x" * 300 + ".fna", "x" * 60),
    ],
)
def test_a_strain_name_is_safe_for_files(filename: str, name: str) -> None:
    assert is_safe_name(strain_name(filename))
    assert strain_name(filename) == name


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../a", "-rf", "a\n", ".hidden", "a b"])
def test_unsafe_names(name: str) -> None:
    assert not is_safe_name(name)


def test_only_a_task_id_becomes_a_path(portal: PortalDir) -> None:
    with pytest.raises(NotFound):
        portal.task("../../../etc")


def test_wishes_are_found_in_order_and_ring(portal: PortalDir) -> None:
    task = portal.task("abcdefghijkl")
    task.path.mkdir()
    leave_wish(portal, "abcdefghijkl", Wish(WishKind.RETRY, "user", 1, parameters={"min_identity": 0.5}))
    leave_wish(portal, "abcdefghijkl", Wish(WishKind.CANCEL, "user", 1))
    assert [wish.kind for wish in read_wishes(task)] == [WishKind.CANCEL, WishKind.RETRY]
    assert answer_bells(portal) == ["abcdefghijkl"]
    assert answer_bells(portal) == []
    drop_wish(task, WishKind.CANCEL)
    assert read_wishes(task)[0].parameters == {"min_identity": 0.5}


def test_a_damaged_wish_is_dropped(portal: PortalDir) -> None:
    task = portal.task("abcdefghijkl")
    task.wishes.mkdir(parents=True)
    task.wish("cancel").write_bytes(b"\0\0")
    assert read_wishes(task) == ()
    assert not task.wish("cancel").exists()


# -- one poller (F15)


def _try_lease(jobs: str) -> bool:
    return PollerLease(PortalDir(Path(jobs))).acquire()


def test_a_second_poller_on_this_host_stands_by(portal: PortalDir) -> None:
    lease = PollerLease(portal)
    assert lease.acquire()
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert not pool.apply(_try_lease, (str(portal.jobs),))
    lease.release()
    assert PollerLease(portal).acquire()


def test_a_poller_that_slept_while_another_host_took_over_must_stop(portal: PortalDir) -> None:
    lease = PollerLease(portal)
    assert lease.acquire()
    lease.check()
    value = read_object(portal.lease)
    write_json(portal.lease, {**value, "number": value["number"] + 1, "owner": {**value["owner"], "host": "other"}})
    with pytest.raises(LeaseLost):
        lease.check()


def test_another_host_waits_until_the_owner_is_silent(portal: PortalDir) -> None:
    lease = PollerLease(portal)
    assert lease.acquire()
    lease.release()
    value = read_object(portal.lease)
    write_json(portal.lease, {**value, "owner": {**value["owner"], "host": "other"}})
    assert not PollerLease(portal).acquire()
    assert PollerLease(portal, duration_s=0).acquire()


def test_a_damaged_lease_file_stops_nobody_for_good(portal: PortalDir) -> None:
    portal.lease.write_bytes(b"\0")
    lease = PollerLease(portal)
    assert lease.acquire()
    assert lease.number > 1
    with pytest.raises(CorruptRecord):
        Claim.read(_damaged(portal))


def _damaged(portal: PortalDir) -> Path:
    path = portal.own / "claim"
    path.write_bytes(b"{}")
    return path
