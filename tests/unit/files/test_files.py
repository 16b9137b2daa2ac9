"""Files on the shared disk: whole or old, claimed once, owned by one."""

from __future__ import annotations

import json
import multiprocessing
import os
import stat
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.errors import CorruptRecord, NotFound, StorageFull
from portal.domain.file_names import safe_stem
from portal.files.atomic import create_bytes, write_bytes, write_json
from portal.files.bells import answer_bells
from portal.files.document import read_object
from portal.files.lease import LeaseLost, PollerLease
from portal.files.process_identity import (
    Life,
    ProcessIdentity,
    file_name_of_mine,
    life_by_file_name,
    session_members,
    start_ticks,
)
from portal.files.reports import Claim
from portal.files.safe_open import leave_mark, names_in
from portal.files.taskdir import PortalDir, is_safe_name, is_strain_of, strain_name
from portal.files.wishes import Wish, WishKind, drop_wish, leave_wish, read_wishes


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
    assert me.life is Life.ALIVE
    assert replace(me, namespace="").life is Life.ALIVE, "as an older version wrote it"
    assert replace(me, start=me.start - 1).life is Life.DEAD
    assert replace(me, boot="another").life is Life.UNKNOWN, "a clone has the same name"
    assert replace(me, namespace="1").life is Life.UNKNOWN, "a container has numbers of its own"
    assert life_by_file_name(file_name_of_mine()) is Life.ALIVE
    assert life_by_file_name("some-host~17~abc") is Life.UNKNOWN
    assert start_ticks(2**22 + 1) is None
    assert os.getpid() in session_members(os.getsid(0))


@pytest.mark.parametrize(
    ("filename", "name"),
    [
        ("C15.fna", "C15"),
        ("../../etc/passwd", "etc_passwd"),
        ("Lot 2026/27", "Lot_2026_27"),
        ("Soil isolates <b>2026</b> & co", "Soil_isolates_b_2026_b_co"),
        ("C:\\data\\my strain (1).fasta", "C_data_my_strain_1"),
        ("'; rm -rf / #.fa", "rm_-rf"),
        ("'; rm -rf ~ #.fa", "rm_-rf"),
        ("苏云金.fna", "genome_2419c0"),
        ("苏云金 HD-1.fna", "HD-1_3f0b4c"),
        ("Loess-é.fna", "Loess-e"),
        ("Loess-e\u0301.fna", "Loess-e"),
        ("Loeß-Straße Ø7 Łódź.fna", "Loess-Strasse_O7_Lodz"),
        ("Çağr\u0131 Đà Nẵng œuf.fa", "Cagri_Da_Nang_oeuf"),
        ("ÅNGSTRÖM.FASTA", "ANGSTROM"),
        ("é" * 300 + ".fna", "e" * 60),
        (".fna", "genome_e3b0c4"),
        ("-rf.fna", "rf"),
        ("a\nb.fna", "a_b"),
        ("x" * 300 + ".fna", "x" * 60),
    ],
)
def test_a_strain_name_is_safe_for_files(filename: str, name: str) -> None:
    assert is_safe_name(strain_name(filename))
    assert strain_name(filename) == name


@pytest.mark.parametrize("strain", ["Loess-e", "Loess_75cee6"])
def test_a_strain_of_an_earlier_version_still_has_its_name_from_its_file(strain: str) -> None:
    assert is_strain_of(strain, "Loess-é.fna")
    assert not is_strain_of(strain, "Loess-è2.fna")


def test_names_that_differ_in_letters_of_other_scripts_stay_apart() -> None:
    names = ["苏", "金", "苏é", "苏è", "Ж", "й", "и", "한", "\uff45", "e"]
    assert len({safe_stem(name) for name in names}) == len(names)


@given(st.text(max_size=120))
def test_any_text_is_part_of_a_file_name(text: str) -> None:
    assert is_safe_name(safe_stem(text))
    assert len(safe_stem(text)) <= 60


@given(st.text("aZ7 /\\<>&:._-", max_size=40), st.sampled_from(["", ".fna"]))
def test_letters_and_digits_of_a_given_name_all_stay(name: str, suffix: str) -> None:
    def kept(text: str) -> str:
        return "".join(char for char in text if char.isalnum())

    for made in (safe_stem(name), strain_name(f"{name}{suffix}")):
        assert is_safe_name(made)
        assert kept(made) == kept(name) or (not kept(name) and made.startswith("genome_"))


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
    write_json(portal.lease, {**value, "number": value["number"] + 1, "owner": {**value["owner"], "boot": "another"}})
    with pytest.raises(LeaseLost):
        lease.check()


def of_another_host(portal: PortalDir, **changes: object) -> None:
    write_json(portal.lease, {**read_object(portal.lease), **changes})


@pytest.mark.parametrize("ahead_s", [-40 * 86400, 0, 3600], ids=["of long ago", "of now", "of the future"])
def test_another_host_waits_until_it_has_seen_no_renewal(portal: PortalDir, ahead_s: float) -> None:
    """Whatever the date of the last one says: clocks of two hosts differ, and jump."""
    lease = PollerLease(portal)
    assert lease.acquire()
    owner = read_object(portal.lease)["owner"]
    lease.release()
    of_another_host(portal, owner={**owner, "boot": "another"}, renewed=time.time() + ahead_s)
    waiting = PollerLease(portal, duration_s=0.5)
    begin = time.monotonic()
    while not waiting.acquire():
        time.sleep(0.05)
    assert 0.5 <= time.monotonic() - begin < 30
    waiting.release()


def test_an_owner_that_renews_is_left_alone(portal: PortalDir) -> None:
    lease = PollerLease(portal)
    assert lease.acquire()
    owner = read_object(portal.lease)["owner"]
    lease.release()
    waiting = PollerLease(portal, duration_s=0.3)
    for second in range(4):
        of_another_host(portal, owner={**owner, "boot": "another"}, renewed=float(second))
        assert not waiting.acquire()  # sees the renewal, however long the silence before it was
        time.sleep(0.35)


def test_a_clean_stop_gives_it_back_at_once(portal: PortalDir) -> None:
    lease = PollerLease(portal)
    assert lease.acquire()
    lease.release()
    assert read_object(portal.lease)["owner"] is None
    assert PollerLease(portal, duration_s=3600).acquire()


def test_it_is_renewed_whatever_the_poller_is_busy_with_and_without_a_new_byte(portal: PortalDir) -> None:
    lease = PollerLease(portal, duration_s=0.5)
    assert lease.acquire()
    before, inode = read_object(portal.lease)["renewed"], portal.lease.stat().st_ino
    until = time.monotonic() + 60  # a start that takes long
    while read_object(portal.lease)["renewed"] == before:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert portal.lease.stat().st_ino == inode
    lease.release()


@pytest.mark.parametrize("damage", [b"", b"\0" * 900, b"{", b"x" * 5000])
def test_an_owner_mends_its_lease(portal: PortalDir, damage: bytes) -> None:
    lease = PollerLease(portal)
    assert lease.acquire()
    portal.lease.write_bytes(damage)
    lease.check()
    assert json.loads(portal.lease.read_text())["number"] == lease.number
    portal.lease.unlink()
    lease.check()
    portal.lease.unlink()
    os.mkfifo(portal.lease)
    lease.check()
    assert portal.lease.is_file()
    lease.release()


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


def test_names_in_a_folder_are_told_only_without_a_symlink_on_the_way(tmp_path: Path) -> None:
    task = PortalDir(tmp_path / "jobs").task("abcdefghijkl")
    stage = task.attempt(1).path / "digger"
    assert names_in(stage.parent) == frozenset()
    stage.mkdir(parents=True)
    assert names_in(stage.parent) == frozenset({"digger"})
    stage.parent.rename(tmp_path / "elsewhere")
    stage.parent.symlink_to(tmp_path / "elsewhere")
    assert names_in(stage.parent) is None
    assert names_in(tmp_path / "elsewhere") is None  # in no JOBS_DIR


@pytest.mark.parametrize("link", [True, False])
def test_a_mark_is_never_left_at_the_end_of_a_symlink(tmp_path: Path, link: bool) -> None:
    mark = PortalDir(tmp_path / "jobs").task("abcdefghijkl").attempt(1).path / "stop"
    mark.parent.mkdir(parents=True)
    target = tmp_path / "of somebody else"
    if link:
        mark.symlink_to(target)
    else:
        os.mkfifo(mark)
    leave_mark(mark)
    assert not target.exists()
    assert stat.S_ISREG(mark.lstat().st_mode)
    leave_mark(mark)  # once more changes nothing


def test_a_mark_is_not_left_in_a_folder_that_is_a_symlink(tmp_path: Path) -> None:
    folder = PortalDir(tmp_path / "jobs").task("abcdefghijkl").attempt(1).path
    folder.parent.mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="stop"):
        leave_mark(folder / "stop")
    assert list((tmp_path / "elsewhere").iterdir()) == []
