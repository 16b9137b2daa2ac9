"""The ready samples are made once, whatever comes between, and again when what they depend on has changed."""

from __future__ import annotations

import contextlib
import functools
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from portal.bootstrap import build_sample_maker, build_web
from portal.config import Settings, read_settings
from portal.domain.errors import PortalError, StorageFull
from portal.domain.samples import SAMPLE_STRAINS, SAMPLE_SUBMITTER
from portal.domain.status import TaskStatus
from portal.domain.task import TaskMeta
from portal.files.maintenance import Maintenance, end_maintenance
from portal.files.process_identity import Life, life_by_file_name
from portal.files.samples import SampleSets
from portal.files.submissions import SubmissionFolders
from portal.files.switches import Control
from portal.files.taskdir import PortalDir
from portal.reference import example_genome
from portal.services import sample_maker
from portal.services.sample_maker import SampleMaker
from portal.services.sample_thread import SampleThread
from portal.storage.file import FileTaskStore
from slurm.types import JobState
from tests.damage.folder import place_for_all
from tests.deaths import dies_at
from tests.samples import put_reference
from tests.unit.poller.poller_rig import Rig


@pytest.fixture(autouse=True, scope="module")
def _made_once() -> Iterator[None]:
    """Make short genomes, and each only once for all tests: the same reference gives the same bytes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(example_genome, "CONTIG_LENGTHS", (3000,) * 12)
        patch.setattr(sample_maker, "make_example", functools.cache(example_genome.make_example))
        yield


@pytest.fixture(scope="module")
def references(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("references")
    put_reference(root)
    return root


@pytest.fixture
def rig(tmp_path: Path, references: Path) -> Rig:
    return Rig(tmp_path, REFERENCE_DIR=str(references))


def tasks_of(portal: PortalDir) -> list[TaskMeta]:
    """Return the tasks of all samples that no wish removes."""
    tasks = [FileTaskStore(portal).get(task_id) for task_id in sorted(portal.task_ids())]
    samples = [task for task in tasks if task.submitter == SAMPLE_SUBMITTER]
    return [task for task in samples if not (portal.task(task.task_id).wishes / "delete.json").exists()]


def submissions_of(portal: PortalDir) -> list[str]:
    return [each.submission_id for each in SubmissionFolders(portal).all() if each.submitter == SAMPLE_SUBMITTER]


def finish_all(rig: Rig) -> None:
    """Let the poller run every sample to its end, one after the other."""
    for _ in range(4 * len(SAMPLE_STRAINS)):
        rig.poller.cycle()
        for task in tasks_of(rig.portal):
            if task.is_active and not task.status.is_final:
                rig.finish(task.task_id)
        rig.later(61)
    assert {task.status for task in tasks_of(rig.portal)} <= {TaskStatus.COMPLETED}


def made(rig: Rig, maker: SampleMaker) -> str:
    """Let the samples be made, and return their submission."""
    maker.step()
    finish_all(rig)
    maker.step()
    sets = SampleSets.read(rig.portal)
    [ready] = sets.ready
    assert sets.coming == ()
    return ready.submission


def whole(portal: PortalDir, submission: str) -> None:
    """Assert that this submission is the only one, with its three tasks and nothing else."""
    assert submissions_of(portal) == [submission]
    assert sorted(task.strain for task in tasks_of(portal)) == sorted(SAMPLE_STRAINS.values())
    assert {task.submission for task in tasks_of(portal)} == {submission}
    assert not list(portal.incoming.iterdir())


def test_they_are_made_once_owned_by_nobody_and_kept(rig: Rig) -> None:
    maker = build_sample_maker(rig.settings)
    submission = made(rig, maker)
    whole(rig.portal, submission)
    assert {(task.owner, task.submitter) for task in tasks_of(rig.portal)} == {("", SAMPLE_SUBMITTER)}
    assert all(rig.portal.task(task.task_id).kept.exists() for task in tasks_of(rig.portal))
    before = {task.task_id: task.revision for task in tasks_of(rig.portal)}
    for again in (maker, build_sample_maker(rig.settings)):
        again.step()
        again.step()
    whole(rig.portal, submission)
    assert {task.task_id: task.revision for task in tasks_of(rig.portal)} == before


@pytest.fixture
def in_memory() -> Iterator[Path]:
    """A folder whose disk need not be waited for, 5,000 times."""
    with place_for_all() as folder:
        yield folder


# Raised from Python 3.12 on where the runner of the tests has threads; the child only runs the step and ends.
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded, use of fork:DeprecationWarning")
def test_a_death_at_any_change_of_a_file_leaves_one_whole_set(in_memory: Path, references: Path) -> None:
    seen, number, dies = Counter[str](), 0, True
    while dies:
        variables = {"JOBS_DIR": str(in_memory / str(number)), "REDIS_URL": "", "MIN_FREE_DISK_GB": "0"}
        settings = read_settings({**variables, "REFERENCE_DIR": str(references)})
        portal, maker = PortalDir(settings.JOBS_DIR), _new_maker(settings)
        dies = dies_at(maker.step, number)
        seen["begun" if SampleSets.read(portal).coming else "not begun"] += 1
        seen[f"{len(tasks_of(portal))} tasks"] += 1
        for left in portal.incoming.iterdir():  # as the janitor does
            assert life_by_file_name(left.name) is Life.DEAD
            shutil.rmtree(left)
        _new_maker(settings).step()
        [coming] = SampleSets.read(portal).coming
        whole(portal, coming.submission)
        number += 1
    assert min(seen[word] for word in ("not begun", "begun", "0 tasks", "1 tasks", "2 tasks", "3 tasks")) > 0, seen


def _new_maker(settings: Settings) -> SampleMaker:
    PortalDir(settings.JOBS_DIR).prepare()
    return build_sample_maker(settings)


def test_a_lost_list_leads_to_one_set_in_the_end(rig: Rig) -> None:
    first = made(rig, build_sample_maker(rig.settings))
    rig.portal.samples.write_text("{")
    second = made(rig, build_sample_maker(rig.settings))
    assert second != first
    rig.poller.cycle()
    whole(rig.portal, second)


def test_samples_whose_submission_is_lost_are_removed_and_what_an_operator_keeps_is_not(rig: Rig) -> None:
    first = made(rig, build_sample_maker(rig.settings))
    [mine] = rig.submit(1)
    rig.portal.task(mine).kept.touch()
    shutil.rmtree(SubmissionFolders(rig.portal).folder(first))
    second = made(rig, build_sample_maker(rig.settings))
    assert second != first
    whole(rig.portal, second)
    rig.poller.tick()
    assert len(list(rig.portal.task_ids())) == 4
    assert rig.record(mine).task_id == mine


def test_another_reference_makes_another_set_and_the_first_is_shown_until_then(tmp_path: Path) -> None:
    put_reference(tmp_path / "references")
    rig = Rig(tmp_path, REFERENCE_DIR=str(tmp_path / "references"))
    maker = build_sample_maker(rig.settings)
    first = made(rig, maker)
    put_reference(tmp_path / "references", "other", seed=2)
    maker.step()
    sets = SampleSets.read(rig.portal)
    assert [each.submission for each in sets.ready] == [first]
    assert len(tasks_of(rig.portal)) == 6
    assert made(rig, maker) != first
    rig.poller.cycle()
    whole(rig.portal, SampleSets.read(rig.portal).ready[0].submission)


def test_another_version_makes_another_set(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    first = made(rig, build_sample_maker(rig.settings))
    monkeypatch.setattr("portal.__version__", "99.0")
    assert made(rig, build_sample_maker(rig.settings)) != first


def test_switched_off_they_are_removed(rig: Rig, references: Path) -> None:
    made(rig, build_sample_maker(rig.settings))
    own = rig.submit(1)
    off = {"JOBS_DIR": str(rig.portal.jobs), "REDIS_URL": "", "SAMPLES": "false", "REFERENCE_DIR": str(references)}
    build_sample_maker(read_settings(off)).step()
    assert (tasks_of(rig.portal), submissions_of(rig.portal), SampleSets.read(rig.portal)) == ([], [], SampleSets())
    rig.poller.tick()
    assert list(rig.portal.task_ids()) == own


def test_a_sample_that_an_admin_deletes_is_made_again_with_the_whole_set(rig: Rig) -> None:
    maker = build_sample_maker(rig.settings)
    first = made(rig, maker)
    rig.tasks.delete(tasks_of(rig.portal)[0], by="admin")
    rig.poller.cycle()
    second = made(rig, maker)
    assert second != first
    rig.poller.cycle()
    whole(rig.portal, second)


def test_one_that_fails_is_not_tried_again_the_same_day(rig: Rig) -> None:
    maker = build_sample_maker(rig.settings)
    maker.step()
    [first] = SampleSets.read(rig.portal).coming
    rig.poller.cycle()
    [running] = [task for task in tasks_of(rig.portal) if task.is_active]
    rig.begin(running.task_id)
    rig.scheduler.move(rig.job(running.task_id), JobState.FAILED, node="n1", exit_code=20)
    rig.scheduler.move(rig.job(running.task_id, "shoter"), JobState.CANCELLED, reason="DependencyNeverSatisfied")
    for _ in range(10):
        rig.later(120)
        rig.poller.cycle()
    assert rig.record(running.task_id).status is TaskStatus.FAILED
    maker.step()
    assert [each.submission for each in SampleSets.read(rig.portal).coming] == [first.submission]
    before = maker._now
    maker._now = lambda: before() + timedelta(hours=25)
    maker.step()
    [second] = SampleSets.read(rig.portal).coming
    assert second.submission != first.submission
    assert submissions_of(rig.portal) == [second.submission]


def test_nothing_is_made_in_maintenance_in_a_copy_or_without_a_reference(rig: Rig, tmp_path: Path) -> None:
    Maintenance().write(rig.portal)
    build_sample_maker(rig.settings).step()
    assert tasks_of(rig.portal) == []
    end_maintenance(rig.portal)
    copied = tmp_path / "copied"
    rig.portal.jobs.rename(copied)
    rig.portal.jobs.mkdir()
    copy = read_settings({"JOBS_DIR": str(copied), "REDIS_URL": "", "MIN_FREE_DISK_GB": "0"})
    build_sample_maker(copy).step()
    assert not (copied / ".portal" / "samples.json").exists()
    without = Rig(tmp_path / "without")
    build_sample_maker(without.settings).step()
    assert (tasks_of(without.portal), SampleSets.read(without.portal)) == ([], SampleSets())


def test_they_wait_while_nothing_is_started(rig: Rig) -> None:
    Control(draining=True).write(rig.portal)
    maker = build_sample_maker(rig.settings)
    maker.step()
    rig.poller.cycle()
    assert {task.status for task in tasks_of(rig.portal)} == {TaskStatus.QUEUED}
    assert not rig.scheduler.jobs
    Control().write(rig.portal)
    whole(rig.portal, made(rig, maker))


def test_without_room_nothing_is_left_and_they_come_once_there_is_room(rig: Rig, references: Path) -> None:
    short = read_settings(
        {
            "JOBS_DIR": str(rig.portal.jobs), "REDIS_URL": "", "MIN_FREE_DISK_GB": "1000000",
            "REFERENCE_DIR": str(references),
        }
    )  # fmt: skip
    maker = build_sample_maker(short)
    for _ in range(2):
        with pytest.raises(StorageFull):
            maker.step()
    assert (tasks_of(rig.portal), submissions_of(rig.portal)) == ([], [])
    assert not list(rig.portal.incoming.iterdir())
    assert SampleThread(lambda: maker).turn() > 0
    whole(rig.portal, made(rig, build_sample_maker(rig.settings)))


def test_a_full_disk_is_survived(full_disk: Path, references: Path) -> None:
    rig = Rig(full_disk, REFERENCE_DIR=str(references))
    maker = build_sample_maker(rig.settings)
    filler = full_disk / "filler"
    with filler.open("wb", buffering=0) as stream, contextlib.suppress(OSError):
        while stream.write(b"x" * 4096):
            pass
    for _ in range(3):
        with pytest.raises(PortalError):
            maker.step()
    assert tasks_of(rig.portal) == []
    assert not list(rig.portal.incoming.iterdir())
    filler.unlink()
    maker.step()
    [coming] = SampleSets.read(rig.portal).coming
    whole(rig.portal, coming.submission)


def test_they_count_against_nobody_and_come_after_all_others(tmp_path: Path, references: Path) -> None:
    rig = Rig(tmp_path, REFERENCE_DIR=str(references), CLIENT_MAX_WAITING="1", MAX_ACTIVE_PIPELINES="2")
    build_sample_maker(rig.settings).step()
    samples = [task.task_id for task in tasks_of(rig.portal)]
    assert len(samples) == 3
    [mine], [other] = rig.submit(1, submitter="a"), rig.submit(1, submitter="b")
    rig.poller.cycle()
    assert [rig.record(task_id).is_active for task_id in (mine, other)] == [True, True]
    assert not any(rig.record(task_id).is_active for task_id in samples)
    rig.finish(mine)
    rig.finish(other)
    rig.later(61)
    rig.poller.cycle()
    rig.poller.cycle()
    assert sum(rig.record(task_id).is_active for task_id in samples) == 1, "one slot at a time"


def test_no_client_can_be_called_like_the_portal_itself(rig: Rig) -> None:
    pseudonym = build_web(rig.settings).keyring.pseudonym(SAMPLE_SUBMITTER)
    assert len(pseudonym) == 16
    assert pseudonym != SAMPLE_SUBMITTER
