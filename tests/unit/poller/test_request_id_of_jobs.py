"""The id of a request on its way through the poller: the comment of the job, and every line about its task."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from portal.domain.errors import CorruptRecord
from portal.domain.logs import carrying_request_id, request_id
from portal.domain.task import TaskMeta
from portal.files.wishes import WishKind, read_wishes
from portal.storage.codec import from_json, to_json
from tests.unit.poller.poller_rig import Rig

FIRST, AGAIN = "browser-0001", "notebook-0002"


class Lines(logging.Handler):
    """What was logged, each with the id that stood over it."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.seen: list[tuple[str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append((request_id.get(), record.getMessage()))


@pytest.fixture
def lines() -> Lines:
    return Lines()


@pytest.fixture
def rig(tmp_path: Path, lines: Lines, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Rig:
    caplog.set_level(logging.INFO, "portal")
    logger = logging.getLogger("portal")
    monkeypatch.setattr(logger, "handlers", [lines])
    return Rig(tmp_path)


def test_from_the_request_to_the_job_and_back_into_the_log(rig: Rig, lines: Lines) -> None:
    with carrying_request_id(FIRST):
        [task_id] = rig.submit()
    rig.poller.tick()
    rig.poller.cycle()
    assert [f"request={FIRST}" in spec.comment for spec in rig.scheduler.specs] == [True, True]
    rig.finish(task_id)
    rig.later(60)
    rig.poller.cycle()
    about = {number for number, text in lines.seen if task_id in text}
    assert about == {FIRST}
    for step in ("accepted", "submitted as job", "completed"):
        assert any(step in text for _, text in lines.seen), step

    with carrying_request_id(AGAIN):
        rig.tasks.retry(rig.record(task_id))
    rig.poller.tick()
    rig.poller.cycle()
    assert rig.record(task_id).request_id == AGAIN
    assert f"request={AGAIN}" in rig.scheduler.specs[-1].comment


def test_an_automatic_attempt_keeps_the_id_of_who_asked(rig: Rig) -> None:
    with carrying_request_id(FIRST):
        [task_id] = rig.submit()
    rig.poller.tick()
    rig.poller.cycle()
    assert rig.record(task_id).request_id == FIRST


def test_a_task_without_an_id_has_none_in_its_comment(rig: Rig) -> None:
    rig.submit()
    rig.poller.tick()
    rig.poller.cycle()
    assert all("request=" not in spec.comment for spec in rig.scheduler.specs)


@pytest.mark.parametrize("forged", ["with blank", "a" * 43, "x' --uid=0 '", "line\nfeed-1", 7])
def test_an_id_of_another_form_makes_no_record_and_no_wish(rig: Rig, forged: object) -> None:
    [task_id] = rig.submit()
    task: TaskMeta = rig.record(task_id)
    with pytest.raises(CorruptRecord):
        from_json({**to_json(task), "request_id": forged})
    rig.tasks.cancel(task)
    folder = rig.portal.task(task_id)
    path = folder.wish(WishKind.CANCEL.value)
    text = path.read_text()
    assert '"request_id": ""' in text or '"request_id":""' in text
    path.write_text(
        text.replace('"request_id": ""', f'"request_id": "{forged}"'.replace("\n", "\\n")).replace(
            '"request_id":""', f'"request_id":"{forged}"'.replace("\n", "\\n")
        )
    )
    assert read_wishes(folder) == ()
