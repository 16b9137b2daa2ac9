"""Closing a submission without the genomes that never arrived, at rest and while they arrive."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.bootstrap.notifications import _SubmissionStates
from portal.domain.errors import Conflict
from portal.files import submissions
from portal.files.submissions import SubmissionFolders
from portal.web.context import web
from portal.web.sizes import FEED_BYTES
from portal.web.upload.item import ItemIntake
from tests.builders import GENOME, Site, make_site
from tests.web.api.announcing import AnnouncedSubmission, announce, announced, completed, item

BAD = b">a\nAC!T\n"


def close(submission: AnnouncedSubmission, headers: dict[str, str] | None = None) -> Any:
    return submission.client.post(f"{submission.url}/close", headers=headers or submission.owner)


def test_it_is_complete_without_what_never_arrived(client: FlaskClient, site: Site) -> None:
    submission = announced(client, item("a"), item("b"), item("菌株"), item("bad", BAD))
    assert submission.send(4, BAD).status_code == 422
    completed(site, submission, 1)
    before = submission.look()
    assert (before["is_final"], before["closed"]) == (False, False)
    for _ in range(2):  # a repeat says the same
        answer = close(submission)
        assert answer.status_code == 200, answer.text
        assert answer.get_json() == {
            "closed": True,
            "missing": [{"n": 2, "label": "b"}, {"n": 3, "label": "菌株"}],
        }
    after = submission.look(query_string={"since": before["cursor"]})
    assert (after["is_final"], after["closed"]) == (True, True)
    assert [row[:3:2] for row in after["items"]] == [[2, "lapsed"], [3, "lapsed"]], "who watches is told"
    state = _SubmissionStates(site.settings, site.portal).look(submission.body["submission_id"])
    assert state.is_final, "whoever wants to be told of the end is told now"
    rows = client.get(f"{submission.url}/tasks", headers=submission.viewer).get_json()["rows"]
    assert [row["status"] for row in rows] == ["completed", "lapsed", "lapsed", "refused"]
    assert client.get(f"{submission.url}/bundle", headers=submission.viewer).status_code == 200


def test_a_later_attempt_is_refused_by_a_code_that_says_why(client: FlaskClient, site: Site) -> None:
    submission = announced(client, item("a"), item("b"))
    submission.send(1)
    close(submission)
    answer = submission.send(2)
    assert (answer.status_code, answer.get_json()["type"].rpartition("/")[2]) == (409, "submission.closed")
    assert "without “b”" in answer.get_json()["message"]
    assert submission.send(1).status_code == 200, "what is there is there"
    assert submission.states() == ["pending", "lapsed"]
    assert site.incoming() == []


def test_where_nothing_is_missing_nothing_changes(client: FlaskClient, site: Site) -> None:
    submission = announced(client, item("a"), item("bad", BAD))
    submission.send(1)
    assert submission.send(2, BAD).status_code == 422
    assert close(submission).get_json() == {"closed": False, "missing": []}
    assert submission.look()["closed"] is False


def test_only_its_owner_may_close_it(client: FlaskClient) -> None:
    submission = announced(client, item("a"))
    assert close(submission, submission.viewer).status_code == 404
    assert client.post(f"{submission.url}/close").status_code == 401
    assert submission.states() == ["awaited"]


def test_its_room_is_given_back(tmp_path: Path) -> None:
    client = make_site(tmp_path / "jobs", MAX_WAITING_TASKS="2").app.test_client()
    submission = announced(client, item("a"), item("b"))
    assert announce(client, item("c"), item("d")).status_code == 429
    close(submission)
    assert announce(client, item("c"), item("d")).status_code == 201


@pytest.mark.parametrize("round_", range(6))
def test_what_arrives_at_the_same_moment_is_in_or_refused_and_never_lost(
    client: FlaskClient, site: Site, round_: int
) -> None:
    count = 12
    submission = announced(client, *(item(str(n)) for n in range(1, count + 1)))
    begin = threading.Barrier(count + 1)

    def send(n: int) -> tuple[int, str]:
        begin.wait()
        url = f"{submission.url}/items/{n}"
        answer = site.app.test_client().put(url, data=GENOME, headers=submission.owner)
        return answer.status_code, answer.get_json().get("type", "").rpartition("/")[2]

    with ThreadPoolExecutor(count) as pool:
        sent = [pool.submit(send, n) for n in range(1, count + 1)]
        begin.wait()
        time.sleep(0.01 * round_)
        told = close(submission).get_json()
    answers = [each.result() for each in sent]
    assert set(answers) <= {(201, ""), (409, "submission.closed")}
    accepted = [n for n, (code, _) in enumerate(answers, 1) if code == 201]
    states = submission.states()
    assert [n for n, state in enumerate(states, 1) if state == "pending"] == accepted
    assert states.count("lapsed") == count - len(accepted)
    assert [each["n"] for each in told["missing"]] == [n for n in range(1, count + 1) if n not in accepted]


def test_a_large_file_stops_soon_after_its_submission_is_closed(client: FlaskClient, site: Site) -> None:
    """Its sender is not left to send the rest; what had arrived is removed."""
    big = b">a\n" + b"ACGT" * (3 * 1024**2)
    submission = announced(client, item("a", big))
    environ = {
        "REQUEST_METHOD": "PUT",
        "PATH_INFO": f"{submission.url}/items/1",
        "HTTP_AUTHORIZATION": submission.owner["Authorization"],
    }
    with site.app.app_context():
        intake = ItemIntake(environ, web().submissions, web().browsers, site.settings.max_upload_bytes)
    pieces = [big[start : start + FEED_BYTES] for start in range(0, len(big), FEED_BYTES)]
    half = len(pieces) // 2
    assert all(intake.feed(piece) for piece in pieces[:half])
    close(submission)
    taken = 0
    while intake.feed(pieces[half + taken]):
        taken += 1
    assert taken * FEED_BYTES < 5 * 1024**2
    with pytest.raises(Conflict) as refused:
        intake.finish()
    assert refused.value.message.code == "submission.closed"
    assert site.incoming() == []
    assert submission.states() == ["lapsed"]


def test_a_file_under_way_when_it_is_closed_is_refused(client: FlaskClient, site: Site) -> None:
    """It passed the first look, and is complete only after the submission was closed."""
    submission = announced(client, item("a"))
    with site.app.app_context():
        service = web().submissions
    opened = service.read(submission.body["submission_id"])
    wanted = service.item(opened, 1)
    upload = service.begin_item()
    upload.write(GENOME)
    close(submission)
    with pytest.raises(Conflict) as refused:
        service.accept(opened, wanted, upload)
    assert refused.value.message.code == "submission.closed"
    assert submission.states() == ["lapsed"]
    assert site.incoming() == []


class _Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("step", ["locked", "leave_mark", "fsync_folder"])
def test_a_process_that_ends_on_the_way_leaves_it_open_or_closed(
    client: FlaskClient, site: Site, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    submission = announced(client, item("a"), item("b"))
    submission.send(1)

    def end(*_: object, **__: object) -> None:
        raise _Killed

    folders = SubmissionFolders(site.portal)
    manifest = folders.read(submission.body["submission_id"])
    with monkeypatch.context() as patched:
        patched.setattr(submissions, step, end)
        with pytest.raises(_Killed):
            folders.close(manifest)
    assert submission.states()[1] == ("lapsed" if step == "fsync_folder" else "awaited")
    assert close(submission).get_json()["missing"] == [{"n": 2, "label": "b"}]
    assert submission.states() == ["pending", "lapsed"]
