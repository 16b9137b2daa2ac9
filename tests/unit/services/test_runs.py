"""A completed task that runs again: the earlier run is readable at every moment, whatever becomes of the next."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from portal.domain.errors import CorruptRecord, NotFound, StorageFull
from portal.domain.kept_run import KeptRun
from portal.domain.message import Message
from portal.domain.runs import as_run, good_run, last_good, latest_run, readable_runs, run_of, unused_stages, with_most
from portal.domain.status import STAGE_ORDER, Lang, PipelineStage, TaskStatus
from portal.domain.task import Attempt, TaskMeta
from portal.files.plan import Plan
from portal.files.reports import OutputFile, Sentinel, StageProgress, utc_now
from portal.files.wishes import read_wishes
from portal.services.annotations import NOTHING
from portal.storage.codec import from_json, to_json
from portal.upkeep.fsck import check_folder
from slurm.types import JobState
from tests.builders import SUBMITTED, make_task_on_disk, run_again, task_meta
from tests.unit.poller.poller_rig import Rig


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path, KEPT_RUNS="2")


def complete(rig: Rig, task_id: str, attempt: int) -> None:
    """Have both jobs of an attempt end well, with a bundle that names the attempt."""
    for stage in ("digger", "shoter"):
        rig.begin(task_id, stage, attempt)
    for stage in STAGE_ORDER:
        folder = rig.portal.task(task_id).attempt(attempt).stage(stage)
        folder.out.mkdir(parents=True)
        data = f"{stage} of attempt {attempt}".encode()
        name = "bundle.zip" if stage is PipelineStage.BUNDLE else f"{stage}.txt"
        (folder.out / name).write_bytes(data)
        StageProgress(stage, 1.0, "", utc_now(), utc_now()).write(folder.progress)
        outputs = (OutputFile(name, len(data), hashlib.sha256(data).hexdigest()),)
        Sentinel(stage, 0, "1", utc_now(), utc_now(), outputs).write(folder.sentinel)
    for stage in ("digger", "shoter"):
        rig.scheduler.move(rig.job(task_id, stage, attempt), JobState.COMPLETED)
    rig.poller.cycle()
    assert rig.record(task_id).status is TaskStatus.COMPLETED


def completed_task(rig: Rig) -> str:
    [task_id] = rig.submit()
    rig.poller.tick()
    rig.poller.cycle()
    complete(rig, task_id, 1)
    return task_id


def ask_again(rig: Rig, task_id: str, **parameters: float) -> None:
    rig.tasks.retry(rig.record(task_id), parameters=parameters)


def start_again(rig: Rig, task_id: str, **parameters: float) -> None:
    ask_again(rig, task_id, **parameters)
    rig.poller.tick()
    rig.poller.cycle()
    assert rig.record(task_id).is_active


def read(rig: Rig, task_id: str, number: int) -> str:
    """Return what the bundle of a run says."""
    _, stream = rig.tasks.open_bundle(run_of(rig.tasks.record(task_id), number))
    with stream:
        return stream.read().decode()


def test_the_earlier_run_stays_with_its_settings_while_the_next_works_and_after(rig: Rig) -> None:
    task_id = completed_task(rig)
    before = rig.record(task_id)
    assert (latest_run(before), good_run(before)) == (1, 1)
    start_again(rig, task_id, min_identity=0.9)
    task = rig.record(task_id)
    assert (latest_run(task), good_run(task), task.parameters["min_identity"]) == (2, 1, 0.9)
    [kept] = task.runs
    assert (kept.number, kept.attempt, kept.parameters["min_identity"]) == (1, 1, 0.8)
    assert kept.completed_at == before.completion_time
    assert read(rig, task_id, 1) == "bundle of attempt 1"
    complete(rig, task_id, 2)
    assert [read(rig, task_id, number) for number in (1, 2)] == ["bundle of attempt 1", "bundle of attempt 2"]
    assert good_run(rig.record(task_id)) == 2
    past = run_of(rig.record(task_id), 1)
    assert (past.completion_time, past.parameters) == (before.completion_time, before.parameters)


def asked(rig: Rig, task_id: str) -> None:
    ask_again(rig, task_id)


def reserved(rig: Rig, task_id: str) -> None:
    """The record has the attempt, and the wish is still there; nothing of the attempt is on the disk."""
    ask_again(rig, task_id)
    [wish] = read_wishes(rig.portal.task(task_id))
    rig.poller._parts.applier.reopen(rig.record(task_id), wish, utc_now())
    assert not rig.record(task_id).is_active
    assert not rig.portal.task(task_id).attempt(2).path.exists()


def planned(rig: Rig, task_id: str) -> None:
    """The plan is written, and the record does not know of jobs."""
    reserved(rig, task_id)
    rig.poller._parts.attempts.begin(rig.record(task_id), now=utc_now())
    meta = rig.portal.task(task_id).meta
    value = json.loads(meta.read_bytes())
    value["attempts"][-1]["jobs"] = []
    meta.write_text(json.dumps(value), encoding="utf-8")


def half_done(rig: Rig, task_id: str) -> None:
    start_again(rig, task_id)
    rig.begin(task_id, "digger", 2)
    folder = rig.portal.task(task_id).attempt(2).stage(PipelineStage.DIGGER)
    folder.out.mkdir(parents=True)
    (folder.out / "digger.txt").write_text("half", encoding="utf-8")


@pytest.mark.parametrize("step", [asked, reserved, planned, start_again, half_done])
def test_a_kill_at_any_step_leaves_the_earlier_run_and_the_next_completes(
    rig: Rig, step: Callable[[Rig, str], None]
) -> None:
    task_id = completed_task(rig)
    step(rig, task_id)
    rig.restart()
    seen = rig.tasks.view_of(task_id).task
    assert seen.status is not TaskStatus.COMPLETED, "another run was asked for"
    assert (latest_run(seen), good_run(seen)) == (2, 1)
    assert read(rig, task_id, 1) == "bundle of attempt 1"
    rig.poller.tick()
    rig.poller.cycle()
    folder = rig.portal.task(task_id).attempt(2).stage(PipelineStage.DIGGER)
    with contextlib.suppress(FileNotFoundError):
        (folder.out / "digger.txt").unlink()
        folder.out.rmdir()
    complete(rig, task_id, 2)
    assert [run.number for run in readable_runs(rig.record(task_id))] == [1, 2]
    assert [read(rig, task_id, number) for number in (1, 2)] == ["bundle of attempt 1", "bundle of attempt 2"]


def test_a_record_that_cannot_be_saved_leaves_everything_as_it_was(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    task_id = completed_task(rig)
    before = rig.portal.task(task_id).meta.read_bytes()

    def full(*_: object) -> None:
        raise StorageFull(Message("disk.full"))

    ask_again(rig, task_id)
    with monkeypatch.context() as patch:
        patch.setattr(rig.poller._parts.store, "save", full)
        rig.poller.tick()
    assert rig.portal.task(task_id).meta.read_bytes() == before
    assert read(rig, task_id, 1) == "bundle of attempt 1"
    rig.restart()
    rig.poller.tick()
    rig.poller.cycle()
    assert (latest_run(rig.record(task_id)), good_run(rig.record(task_id))) == (2, 1)


def test_a_run_that_fails_or_is_cancelled_leaves_the_earlier_one_the_last_good_run(rig: Rig) -> None:
    task_id = completed_task(rig)
    start_again(rig, task_id)
    rig.tasks.cancel(rig.record(task_id))
    rig.poller.tick()
    for stage in ("digger", "shoter"):
        rig.scheduler.move(rig.job(task_id, stage, 2), JobState.CANCELLED)
    rig.poller.cycle()
    task = rig.record(task_id)
    assert (task.status, task.failure_kind) == (TaskStatus.FAILED, "cancelled")
    assert (latest_run(task), good_run(task)) == (2, 1)
    good = last_good(task)
    assert good is not None
    assert (good.status, good.failure_kind, good.error_message) == (TaskStatus.COMPLETED, None, None)
    with pytest.raises(NotFound, match="no run 2"):
        run_of(task, 2)
    start_again(rig, task_id)  # a failed run is no run to keep
    assert [run.number for run in rig.record(task_id).runs] == [1]
    complete(rig, task_id, 3)
    assert [run.number for run in readable_runs(rig.record(task_id))] == [1, 3]
    assert read(rig, task_id, 1) == "bundle of attempt 1"


def test_a_cancel_right_after_a_retry_withdraws_it(rig: Rig) -> None:
    task_id = completed_task(rig)
    ask_again(rig, task_id)
    rig.tasks.cancel(rig.record(task_id))
    rig.poller.tick()
    rig.poller.cycle()
    task = rig.record(task_id)
    assert read_wishes(rig.portal.task(task_id)) == ()
    assert (task.status, latest_run(task), good_run(task), len(task.attempts)) == (TaskStatus.COMPLETED, 1, 1, 1)
    start_again(rig, task_id)
    assert rig.record(task_id).status is TaskStatus.QUEUED


def test_a_cancel_that_meets_a_retry_just_begun_cancels_it(rig: Rig) -> None:
    task_id = completed_task(rig)
    ask_again(rig, task_id)
    asked = rig.record(task_id)
    wish = rig.portal.task(task_id).wish("retry")
    seen = wish.read_bytes()
    rig.poller.tick()
    wish.write_bytes(seen)  # the web process saw the task as it was a moment before
    rig.tasks.cancel(asked)
    wish.unlink()
    rig.poller.tick()
    for stage in ("digger", "shoter"):
        rig.scheduler.move(rig.job(task_id, stage, 2), JobState.CANCELLED)
    rig.poller.cycle()
    task = rig.record(task_id)
    assert (task.status, task.failure_kind) == (TaskStatus.FAILED, "cancelled")
    assert (latest_run(task), good_run(task)) == (2, 1)


def test_an_attempt_that_the_portal_makes_by_itself_belongs_to_the_same_run(rig: Rig) -> None:
    task_id = completed_task(rig)
    start_again(rig, task_id)
    rig.begin(task_id, "digger", 2)
    for stage in ("digger", "shoter"):
        rig.scheduler.move(rig.job(task_id, stage, 2), JobState.NODE_FAIL)
    rig.poller.cycle()
    rig.poller.tick()
    rig.poller.cycle()
    task = rig.record(task_id)
    assert [attempt.reason for attempt in task.attempts] == ["first", "retry", "node_failure"]
    assert (latest_run(task), good_run(task)) == (2, 1)
    complete(rig, task_id, 3)
    assert read(rig, task_id, 2) == "bundle of attempt 3"


def folders(rig: Rig, task_id: str) -> list[int]:
    """Return the attempts that have files."""
    return sorted({int(path.parts[-4]) for path in rig.portal.task(task_id).path.glob("attempts/*/*/out/*")})


def test_only_so_many_earlier_runs_are_kept_and_the_oldest_goes_when_the_next_has_completed(rig: Rig) -> None:
    task_id = completed_task(rig)
    for attempt in (2, 3):
        start_again(rig, task_id)
        complete(rig, task_id, attempt)
    assert folders(rig, task_id) == [1, 2, 3]
    start_again(rig, task_id)
    assert read(rig, task_id, 1) == "bundle of attempt 1", "nothing goes before the next has completed"
    complete(rig, task_id, 4)
    assert folders(rig, task_id) == [2, 3, 4]
    task = rig.record(task_id)
    assert [run.number for run in readable_runs(task)] == [2, 3, 4]
    with pytest.raises(NotFound, match="removed on 20"):
        run_of(task, 1)


def share_snapshot(rig: Rig, task_id: str) -> int:
    task = rig.record(task_id)
    then = rig.tasks.snapshots.of_task(task, NOTHING)
    facts, _ = rig.tasks.shares.make(task, label="", ends=utc_now().date() + timedelta(days=9), then=then)
    return facts.n


def snapshot_shows(rig: Rig, task_id: str, n: int) -> str:
    """Return what the bundle says that a snapshot shows."""
    task = rig.tasks.record(task_id)
    grant = next(grant for grant, _ in rig.tasks.shares.ways(task) if grant.share == n)
    _, stream = rig.tasks.open_bundle(rig.tasks.snapshots.task(task, grant))
    with stream:
        return stream.read().decode()


def run_on(rig: Rig, task_id: str, attempts: Iterable[int]) -> None:
    for attempt in attempts:
        start_again(rig, task_id)
        complete(rig, task_id, attempt)


def test_a_run_that_an_open_snapshot_shows_is_kept_until_the_link_is_taken_back(rig: Rig) -> None:
    task_id = completed_task(rig)
    n = share_snapshot(rig, task_id)
    run_on(rig, task_id, (2, 3, 4, 5))
    assert folders(rig, task_id) == [1, 3, 4, 5], "of the others, as many as ever"
    assert (snapshot_shows(rig, task_id, n), read(rig, task_id, 1)) == ("bundle of attempt 1",) * 2
    rig.tasks.shares.revoke(rig.record(task_id), n)
    run_on(rig, task_id, (6,))
    assert folders(rig, task_id) == [4, 5, 6]


@pytest.mark.parametrize(("damage", "kept"), [(b"{", [3, 4, 5]), (b'{"format": 999}', [1, 2, 3, 4, 5])])
def test_shares_that_cannot_be_read_keep_what_they_may_show(rig: Rig, damage: bytes, kept: list[int]) -> None:
    """Damage closes every link; what a newer version wrote may show anything."""
    task_id = completed_task(rig)
    share_snapshot(rig, task_id)
    (rig.portal.task(task_id).path / "shares" / "shares.json").write_bytes(damage)
    run_on(rig, task_id, (2, 3, 4, 5))
    assert folders(rig, task_id) == kept


def test_the_stages_of_a_run_stay_in_the_record(rig: Rig) -> None:
    task_id = completed_task(rig)
    before = rig.record(task_id).stages
    assert [stage.state for stage in before] == ["done"] * 4
    run_on(rig, task_id, (2,))
    assert run_of(rig.record(task_id), 1).stages == before


def test_files_that_a_crash_left_of_a_removed_run_go_later(rig: Rig, tmp_path: Path) -> None:
    task_id = completed_task(rig)
    first = rig.portal.task(task_id).attempt(1).path
    shutil.copytree(first, tmp_path / "first")
    for attempt in (2, 3, 4):
        start_again(rig, task_id)
        complete(rig, task_id, attempt)
    shutil.copytree(tmp_path / "first", first, dirs_exist_ok=True)  # as if the poller had died before it removed them
    assert folders(rig, task_id) == [1, 2, 3, 4]
    rig.restart()
    rig.poller._parts.janitor.sweep([task_id], (), utc_now(), lambda _: None)
    assert folders(rig, task_id) == [2, 3, 4]


def test_a_damaged_record_is_rebuilt_with_its_runs(rig: Rig) -> None:
    task_id = completed_task(rig)
    start_again(rig, task_id, min_identity=0.9)
    complete(rig, task_id, 2)
    before = rig.record(task_id)
    start_again(rig, task_id)
    runs = rig.record(task_id).runs
    rig.portal.task(task_id).meta.write_bytes(b"{")
    rig.restart()
    rig.poller.tick()
    rig.poller.cycle()
    after = rig.record(task_id)
    assert [attempt.reason for attempt in after.attempts] == ["first", "retry", "retry"]
    assert [replace(run, completed_at=SUBMITTED) for run in after.runs] == [
        replace(run, completed_at=SUBMITTED) for run in runs
    ]
    assert before.completion_time is not None
    assert abs(after.runs[1].completed_at - before.completion_time) < timedelta(minutes=1)
    assert read(rig, task_id, 2) == "bundle of attempt 2"


def test_a_record_is_rebuilt_whatever_plans_say_of_their_reasons(rig: Rig) -> None:
    task_id = completed_task(rig)
    start_again(rig, task_id, min_identity=0.9)
    complete(rig, task_id, 2)
    start_again(rig, task_id)
    folder = rig.portal.task(task_id)
    for number in (1, 2):
        path = folder.attempt(number).plan
        replace(Plan.read(path), reason="node_failure").write(path)
    folder.meta.write_bytes(b"{")
    rig.restart()
    rig.poller.tick()
    rig.poller.cycle()
    assert [(run.number, run.attempt) for run in rig.record(task_id).runs] == [(1, 2)]


def test_a_file_of_an_earlier_run_that_was_changed_is_found(rig: Rig) -> None:
    built = make_task_on_disk(rig.portal)
    run_again(rig.portal, built)
    assert [each.message.code for each in check_folder(rig.portal, rig.poller._parts.store) if each.task_id] == []
    [path] = rig.portal.task(built.task_id).path.glob("attempts/1/*/out/All_Toxins.txt")
    path.write_bytes(path.read_bytes()[::-1])
    found = [each.message for each in check_folder(rig.portal, rig.poller._parts.store) if each.task_id]
    assert [(each.code, each.params["name"]) for each in found] == [
        ("record.changed", "attempts/1/digger/out/All_Toxins.txt")
    ]


# -- the record


def run(number: int, attempt: int, **more: object) -> KeptRun:
    return replace(KeptRun(number, attempt, SUBMITTED, Lang.EN), **more)  # type: ignore[arg-type]


def with_runs(*runs: KeptRun, attempts: int = 3) -> TaskMeta:
    task = task_meta()
    return replace(task, runs=runs, attempts=tuple(Attempt(n, "retry", SUBMITTED) for n in range(1, attempts + 1)))


def test_runs_are_written_and_read_with_what_a_newer_version_added() -> None:
    task = with_runs(run(1, 1, parameters={"min_identity": 0.5}, extra={"later": 1}), run(2, 2, removed_at=SUBMITTED))
    assert from_json(to_json(task)) == task


@pytest.mark.parametrize(
    "runs",
    [
        (run(1, 3),),
        (run(1, 0),),
        (run(0, 1),),
        (run(2, 1), run(1, 2)),
        (run(1, 2), run(2, 1)),
        (run(1, 1), run(1, 2)),
    ],
)
def test_impossible_runs_are_refused(runs: tuple[KeptRun, ...]) -> None:
    with pytest.raises(CorruptRecord, match="runs"):
        from_json(to_json(with_runs(*runs)))


def test_stages_that_a_kept_run_builds_on_stay() -> None:
    removed, kept = run(1, 1, removed_at=SUBMITTED), run(2, 2)
    task = with_runs(removed, kept)
    reusing = replace(task.attempts[1], reuse={PipelineStage.DIGGER: 1})
    task = replace(task, attempts=(task.attempts[0], reusing, task.attempts[2]))
    assert unused_stages(task) == tuple((1, stage) for stage in STAGE_ORDER if stage is not PipelineStage.DIGGER)
    assert unused_stages(replace(task, runs=(kept,))) == ()


def test_the_oldest_readable_runs_go_first() -> None:
    runs = (run(1, 1, removed_at=SUBMITTED), run(2, 2), run(3, 3), run(5, 4))
    later = SUBMITTED + timedelta(days=1)
    assert [each.removed_at for each in with_most(runs, 2, later)] == [SUBMITTED, later, None, None]
    assert with_most(runs, 3, later) == runs


def test_the_record_of_a_run_does_not_change_while_a_later_one_works() -> None:
    task = with_runs(run(1, 1))
    later = replace(task, revision=99, status=TaskStatus.RUNNING, progress=40, last_synced=SUBMITTED, stages=())
    assert as_run(task, task.runs[0]) == as_run(later, later.runs[0])
