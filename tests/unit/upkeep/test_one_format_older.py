"""A folder of a version whose documents have the next format: nothing is rebuilt, lost, written over or run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from portal.bootstrap import build_poller, build_web
from portal.domain.errors import NewerFormat, NotReady
from portal.files.site import FOLDER_FORMAT, Installation
from portal.files.taskdir import PortalDir
from tests.recorded import RecordedFolder, unpack
from tests.unit.poller.poller_rig import Rig


def age_by_one_format(portal: PortalDir, *, but: frozenset[str] = frozenset()) -> list[Path]:
    """Give every document the next number, with a field more and one renamed, as a newer version may have it."""
    changed = []
    for path in sorted(portal.jobs.rglob("*")):
        if not path.is_file() or path.name in but or path.suffix not in (".json", ""):
            continue
        try:
            value = json.loads(path.read_bytes())
        except ValueError:
            continue
        if isinstance(value, dict) and ({"format", "schema"} & value.keys()):
            number = value.pop("schema", value.get("format"))
            path.write_text(json.dumps({**value, "format": number + 1, "status_word": "renamed"}))
            changed.append(path)
    return changed


def contents(portal: PortalDir) -> dict[str, bytes]:
    tasks = [portal.task(task_id).path for task_id in portal.task_ids()]
    return {str(path): path.read_bytes() for task in tasks for path in task.rglob("*") if path.is_file()}


@pytest.fixture
def recorded(tmp_path: Path) -> RecordedFolder:
    return unpack(tmp_path)


def test_its_tasks_stay_as_they_are_and_nothing_runs(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    waiting, running, done = rig.submit(3)
    rig.poller.tick()
    rig.begin(running)
    rig.finish(done)
    rig.poller.cycle()
    rig.tasks.cancel(rig.record(waiting))
    rig.poller.lease.release()
    site = frozenset({"site.json", "lease.json", "secret"})
    assert len(age_by_one_format(rig.portal, but=site)) > 10
    before, submitted = contents(rig.portal), len(rig.scheduler.specs)
    poller = build_poller(rig.settings, rig.scheduler)
    assert poller.lease.acquire()
    poller.start()
    for _ in range(3):
        poller.tick()
        poller.cycle()
    poller.lease.release()
    assert contents(rig.portal) == before
    assert list(rig.portal.quarantine.iterdir()) == []
    assert list(rig.portal.trash.iterdir()) == []
    assert len(rig.scheduler.specs) == submitted, "nothing was run"
    assert rig.scheduler.cancelled == [], "and nothing ended: what its jobs are for is not known here"
    web = build_web(rig.settings)
    with pytest.raises(NotReady, match="newer"):
        web.tasks.record(running)


def test_the_folder_says_it_before_anything_is_read(recorded: RecordedFolder) -> None:
    rig = Rig(recorded.portal.jobs.parent / "other")
    rig.poller.lease.release()
    value = json.loads(rig.portal.site.read_text())
    assert value["folder_format"] == FOLDER_FORMAT
    rig.portal.site.write_text(json.dumps({**value, "folder_format": FOLDER_FORMAT + 1}))
    before = contents(rig.portal)
    for build in (build_poller, build_web):
        with pytest.raises(NewerFormat):
            build(rig.settings)
    with pytest.raises(NewerFormat):
        Installation.read(rig.portal)
    assert contents(rig.portal) == before


def test_the_recorded_folder_with_the_next_format_is_left_alone(recorded: RecordedFolder) -> None:
    portal = recorded.portal
    assert age_by_one_format(portal, but=frozenset({"site.json", "lease.json", "poller.json", "control.json"}))
    before = contents(portal)
    rig = Rig(portal.jobs.parent)
    for _ in range(3):
        rig.poller.tick()
        rig.poller.cycle()
    rig.poller.lease.release()
    assert contents(portal) == before
    assert rig.scheduler.specs == []
    assert list(portal.quarantine.iterdir()) == []
