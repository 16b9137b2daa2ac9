"""Something else in the place of a lock file holds nothing, and stops nothing."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from portal.domain.errors import CorruptRecord, NotReady
from portal.files.admissions import AdmissionFiles
from portal.files.annotations import annotations_locked
from portal.files.audit import note_act
from portal.files.locks import locked
from portal.files.outbox import Outbox
from portal.files.shares import ShareFiles
from portal.files.submissions import SubmissionFolders
from portal.files.taskdir import PortalDir
from portal.services.health_checks import check_notifications
from portal.services.shares import ShareService
from tests.builders import Site, make_site
from tests.web.batch import Batch


def a_folder(path: Path) -> None:
    (path / "within").mkdir(parents=True)


def a_fifo(path: Path) -> None:
    os.mkfifo(path)


def a_symlink(path: Path) -> None:
    path.symlink_to(path.with_name("elsewhere"))


KINDS = pytest.mark.parametrize("put", [a_folder, a_fifo, a_symlink], ids=lambda put: put.__name__)


@KINDS
def test_it_is_removed_and_the_lock_is_held(tmp_path: Path, put: Callable[[Path], None]) -> None:
    path = tmp_path / "lock"
    put(path)
    with locked(path, "lock"):
        assert path.is_file()
        assert not path.is_symlink()
        with pytest.raises(NotReady), locked(path, "lock", wait_s=0):
            pass
    assert not (tmp_path / "elsewhere").exists()


def test_a_lock_whose_file_was_removed_meanwhile_is_not_held(tmp_path: Path) -> None:
    """Who waited for the former file takes the one that stands there now."""
    path, has_begun, held = tmp_path / "lock", threading.Event(), threading.Event()

    def wait() -> None:
        has_begun.set()
        with locked(path, "lock", wait_s=60):
            held.set()

    waiting = threading.Thread(target=wait)
    with locked(path, "lock"):
        waiting.start()
        assert has_begun.wait(60)
        path.unlink()
        path.touch()
        path.chmod(0o600)
    assert held.wait(60)
    waiting.join(60)
    with locked(path, "lock", wait_s=0):
        assert path.is_file()


def test_a_folder_that_was_replaced_is_left_alone(tmp_path: Path) -> None:
    portal = PortalDir(tmp_path / "jobs")
    portal.own.mkdir(parents=True)
    victim = tmp_path / "victim"
    victim.mkdir()
    (portal.own / "outbox").symlink_to(victim)
    with pytest.raises((CorruptRecord, FileNotFoundError)), Outbox(portal).locked():
        pass
    assert list(victim.iterdir()) == []


@KINDS
def test_health_says_and_mends_what_stops_notifications(tmp_path: Path, put: Callable[[Path], None]) -> None:
    portal = PortalDir(tmp_path / "jobs")
    outbox = Outbox(portal)
    (portal.own / "outbox").mkdir(parents=True)
    put(portal.own / "outbox" / "lock")
    assert check_notifications(outbox, configured=True).state == "ok"
    assert (portal.own / "outbox" / "lock").is_file()
    (portal.own / "outbox" / "lock").unlink()
    (portal.own / "outbox").rmdir()
    put(portal.own / "outbox")
    assert check_notifications(outbox, configured=True).state == ("ok" if put is a_folder else "degraded")


def _uses(site: Site) -> dict[str, Callable[[], object]]:
    """Return for each lock, relative to JOBS_DIR, what takes it."""
    built, portal = site.task(), site.portal
    folder = portal.task(built.task_id).path
    shares = ShareService(portal, site.keyring)

    def audit() -> None:
        note_act(portal, by="me", action="look")

    def announce() -> None:
        assert Batch(site, "a").token

    batch = Batch(site, "a", "b")

    def arrive() -> None:
        assert SubmissionFolders(portal).begin_receiving(batch.id, 1, "upload")

    def outbox() -> None:
        with Outbox(portal).locked():
            pass

    def annotate() -> None:
        with annotations_locked(folder):
            pass

    def admit() -> None:
        with AdmissionFiles(portal).locked():
            pass

    return {
        f"{built.task_id}/shares/lock": lambda: shares.replace_view_token(built.task),
        f"{built.task_id}/annotations/lock": annotate,
        ".portal/audit.lock": audit,
        ".portal/submissions.lock": announce,
        f".portal/submissions/{batch.id}/arrivals.lock": arrive,
        ".portal/outbox/lock": outbox,
        ".portal/admission/lock": admit,
    }


@KINDS
def test_every_lock_mends_itself(tmp_path: Path, put: Callable[[Path], None]) -> None:
    site = make_site(tmp_path / "jobs")
    for where, use in _uses(site).items():
        use()
        path = site.portal.jobs / where
        assert path.is_file(), where
        path.unlink()
        put(path)
        use()
        assert path.is_file(), where
        assert not path.is_symlink(), where


def test_no_other_module_opens_locks_by_itself() -> None:
    """The lease has a lock and a numbered file, and the references are none of JOBS_DIR."""
    root = Path(__file__).resolve().parents[3] / "portal"
    found = {str(path.relative_to(root)) for path in root.rglob("*.py") if "flock(" in path.read_text(encoding="utf-8")}
    assert found == {"files/locks.py", "files/lease.py", "reference/store.py", "pipeline/digger/native/index.py"}


def test_a_change_of_shares_survives(tmp_path: Path) -> None:
    a_folder(tmp_path / "shares" / "lock")
    assert ShareFiles(tmp_path).change(lambda present: present).last == 0
