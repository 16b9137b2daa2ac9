"""The web process is killed while it makes the task of an item: the item has arrived, or it is awaited and sent again.

It never looks deleted, because then nobody would offer to send it.
"""

from __future__ import annotations

import contextlib
import shutil
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bttoxin import Portal
from flask.testing import FlaskClient

from portal.domain.errors import StorageFull
from portal.domain.message import Message
from portal.files import staging
from portal.files.process_identity import Life, life_by_file_name
from portal.files.submissions import SubmissionFolders
from portal.poller.janitor import Janitor
from portal.storage.file import FileTaskStore
from portal.upkeep.backup import make_backup, restore
from portal.web.context import web
from tests.builders import GENOME, Site
from tests.deaths import dies_at
from tests.web.api.announcing import AnnouncedSubmission, announced, item
from tests.web.api.dying_server import DEATHS
from tests.web.api.server import start_server

# Raised from Python 3.12 on where the runner of the tests has threads; the child only runs the step and ends.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded, use of fork:DeprecationWarning")


def die_while_it_arrives(site: Site, submission: AnnouncedSubmission, change: int) -> bool:
    """Send the first item from a process that dies before its n-th change of a file; tell whether it did."""
    with site.app.app_context():
        service = web().submissions
    opened = service.read(submission.body["submission_id"])

    def send() -> None:
        upload = service.begin_item()
        upload.write(GENOME)
        service.accept(opened, service.item(opened, 1), upload)

    return dies_at(send, change)


def die_once_it_is_marked(site: Site, submission: AnnouncedSubmission) -> str:
    """Die between the mark that the item arrives and its task; return the name of the upload that is left."""
    for change in range(100):
        assert die_while_it_arrives(site, submission, change)
        if marks(site, submission):
            [upload] = {mark.partition("~")[2] for mark in marks(site, submission)}
            return upload
    raise AssertionError("no mark was made")


def marks(site: Site, submission: AnnouncedSubmission) -> list[str]:
    folder = SubmissionFolders(site.portal).folder(submission.body["submission_id"]) / "received"
    return sorted(path.name for path in folder.iterdir())


def sweep(site: Site) -> None:
    Janitor(site.portal, FileTaskStore(site.portal)).sweep([], [], datetime.now(UTC), lambda _: None)


def offered(site: Site, submission: AnnouncedSubmission) -> bool:
    """Tell whether the owner's page offers to send the item."""
    browser, page = site.app.test_client(), f"/submissions/{submission.body['submission_id']}"
    browser.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    browser.post(f"{page}/unlock", data={"token": submission.body["token"]})
    return 'id="missing"' in browser.get(page).get_data(as_text=True)


def test_a_death_at_any_change_of_a_file_leaves_the_item_awaited_or_arrived(client: FlaskClient, site: Site) -> None:
    seen, change, dies = Counter[str](), 0, True
    while dies:
        submission = announced(client, item("a"))
        dies = die_while_it_arrives(site, submission, change)
        assert all(life_by_file_name(name) is Life.DEAD for name in site.incoming())
        [state] = submission.states()
        assert offered(site, submission) == (state == "awaited")
        seen[state] += 1
        seen["marked, without a task"] += state == "awaited" and bool(marks(site, submission))
        if change % 2:
            sweep(site)
            assert site.incoming() == []
            assert submission.states() == [state]
        assert submission.send(1).status_code == (201 if state == "awaited" else 200)
        assert submission.states() == ["pending"]
        shutil.rmtree(site.portal.task(submission.task_id(1)).path)
        sweep(site)
        assert submission.states() == ["deleted"], change
        change += 1
    assert min(seen[word] for word in ("awaited", "pending", "marked, without a task")) > 0, seen


def test_what_dies_with_its_mark_still_holds_its_room_and_is_closed_as_missing(client: FlaskClient, site: Site) -> None:
    submission = announced(client, item("a"), item("b"))
    die_once_it_is_marked(site, submission)
    with site.app.app_context():
        assert web().submissions.announcer._reservations.reserved(exact=True).tasks == 2
    submission.send(2)
    closed = client.post(f"{submission.url}/close", headers=submission.owner).get_json()
    assert closed["missing"] == [{"n": 1, "label": "a"}]
    assert submission.states() == ["lapsed", "pending"]
    assert submission.send(1).get_json()["type"].endswith("submission.closed")


def test_what_is_marked_by_a_living_process_is_neither_missing_nor_deleted(client: FlaskClient, site: Site) -> None:
    submission, folders = announced(client, item("a")), SubmissionFolders(site.portal)
    with site.app.app_context():
        upload = web().submissions.begin_item()
    assert folders.begin_receiving(submission.body["submission_id"], 1, upload.name)
    assert submission.states() == ["awaited"]
    assert client.post(f"{submission.url}/close", headers=submission.owner).get_json()["missing"] == []
    upload.before_removal(lambda: folders.take_back(upload.name))
    upload.abandon()
    assert (submission.states(), marks(site, submission), site.incoming()) == (["awaited"], [], [])


@pytest.mark.parametrize("error", [StorageFull(Message("disk.full")), OSError(5, "an accident"), KeyboardInterrupt()])
def test_any_error_on_the_way_takes_the_mark_back(
    client: FlaskClient, site: Site, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    submission = announced(client, item("a"))

    def fail(*_: object, **__: object) -> None:
        assert marks(site, submission)
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(staging, "write_document", fail)
        with contextlib.suppress(type(error)):
            submission.send(1)
    assert (submission.states(), marks(site, submission), site.incoming()) == (["awaited"], [], [])


def test_an_upload_whose_mark_cannot_be_taken_back_stays_until_it_can(
    client: FlaskClient, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    submission = announced(client, item("a"))

    def fail(*_: object, **__: object) -> None:
        raise OSError(5, "an accident")

    with monkeypatch.context() as patched:
        patched.setattr(staging, "write_document", fail)
        patched.setattr(SubmissionFolders, "take_back", fail)
        with contextlib.suppress(OSError):
            submission.send(1)
    assert submission.states() == ["awaited"]
    assert len(site.incoming()) == 1


def test_a_restored_backup_has_it_awaited(client: FlaskClient, site: Site, tmp_path: Path) -> None:
    """Uploads are left out of a backup, and so is what refers to them."""
    submission = announced(client, item("a"))
    die_once_it_is_marked(site, submission)
    made, _ = make_backup(site.portal, tmp_path / "backups", datetime.now(UTC))
    restore(made, tmp_path / "restored")
    received = tmp_path / "restored" / ".portal" / "submissions" / submission.body["submission_id"] / "received"
    assert list(received.glob("*")) == []


@pytest.mark.parametrize("death", DEATHS)
def test_a_killed_server_and_a_client_that_goes_on_make_one_task(tmp_path: Path, death: str) -> None:
    """kill -9 of gunicorn's worker at that very point; its successor gets the rest, and the same item again."""
    genomes = tmp_path / "genomes"
    genomes.mkdir()
    for name in ("a", "b", "c"):
        (genomes / f"{name}.fna").write_bytes(f">{name}\nACGTACGT\n".encode())
    application = "tests.web.api.dying_server:application()"
    with contextlib.closing(start_server(tmp_path, application=application, DIES=death)) as server:
        run = Portal(server.url, quiet=True).submit(genomes, into=tmp_path / "run")
        assert (tmp_path / "jobs" / "died").exists()
        run.status()
        assert run.counts == {"pending": 3}
        assert len(server.portal.task_ids()) == 3
        Janitor(server.portal, FileTaskStore(server.portal)).sweep([], [], datetime.now(UTC), lambda _: None)
        assert server.incoming() == []
        again = Portal(server.url, quiet=True).submit(genomes, into=tmp_path / "run")
        assert again.status() is not None
        assert len(server.portal.task_ids()) == 3
