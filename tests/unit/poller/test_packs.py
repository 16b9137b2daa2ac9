"""Small genomes that share a job: each has an end of its own, and what goes wrong costs only what was not done."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.domain.jobs import pack_of
from portal.domain.status import STAGE_ORDER, FailureKind, PipelineStage, TaskStatus
from portal.files.heartbeat import HeartbeatReader
from portal.files.pack import Pack
from portal.files.reports import Claim, Sentinel, utc_now
from portal.files.taskdir import StageDir
from portal.files.usage import UsageLedger
from portal.files.wishes import Wish, WishKind, leave_wish
from slurm.complaint import verbatim
from slurm.errors import SubmitDeferred, SubmitRejected, SubmitUncertain
from slurm.types import JobState
from tests.unit.poller.poller_rig import Rig


def write_failure(stage: StageDir, kind: FailureKind) -> None:
    """Have Digger end badly."""
    Sentinel(PipelineStage.DIGGER, 1, "1", utc_now(), utc_now(), failure_kind=kind, message="It ended so.").write(
        stage.sentinel
    )


ANNOUNCED = "q4m7c2x5v3ab"


class PackRig(Rig):
    """One slot, and eight small genomes of one submission in it."""

    def __init__(self, folder: Path, submission: str = "s") -> None:
        super().__init__(folder, MAX_ACTIVE_PIPELINES="1", PACK_MAX_MB="2")
        self.members = self.submit(8, submission=submission)
        self.poller.tick()

    @property
    def packed(self) -> list[str]:
        return [task_id for task_id in self.members if self.record(task_id).pack is not None]

    @property
    def name(self) -> str:
        [name] = [name for name in self.scheduler.jobs if pack_of(name)][:1]
        return name

    def ring(self, task_id: str) -> None:
        (self.portal.inbox / task_id).touch()
        self.poller.tick()

    def begin_pack(self) -> None:
        self.scheduler.move(self.name, JobState.RUNNING, node="n1")
        self.scheduler.claim(self.name)

    def work(self, task_id: str, *, well: bool = True, ended: bool = True) -> None:
        """Have a genome of the pack have its turn."""
        files = self.portal.task(task_id).attempt(1)
        assert Claim.take(files.job(PipelineStage.DIGGER).claim, self.scheduler.jobs[self.name].job_id)
        if not ended:
            return
        if well:
            self.report(task_id, *STAGE_ORDER)
        else:
            stage = files.stage(PipelineStage.DIGGER)
            stage.path.mkdir(exist_ok=True)
            Sentinel(
                PipelineStage.DIGGER,
                1,
                "1",
                utc_now(),
                utc_now(),
                failure_kind=FailureKind.INVALID_INPUT,
                message="odd",
            ).write(stage.sentinel)
        self.ring(task_id)

    def wish(self, task_id: str, kind: WishKind) -> None:
        leave_wish(self.portal, task_id, Wish(kind, "user", len(self.record(task_id).attempts)))
        self.poller.tick()


@pytest.fixture
def rig(tmp_path: Path) -> PackRig:
    return PackRig(tmp_path)


def statuses(rig: PackRig) -> list[str]:
    return [rig.record(task_id).status.value for task_id in rig.packed]


def test_a_pack_is_one_job_in_one_slot_and_its_comment_names_the_tasks(rig: PackRig) -> None:
    assert len(rig.packed) == 4
    assert rig.scheduler.tried == 1
    [spec] = rig.scheduler.specs
    assert f"tasks={','.join(rig.packed)} " in spec.comment
    assert "stage=digger+shoter+plots+bundle " in spec.comment
    assert f"submitter={rig.record(rig.packed[0]).submitter} " in spec.comment
    assert "submission=" not in spec.comment, "they have a name that a user typed: everybody on the cluster reads it"
    assert {rig.record(task_id).attempts[0].jobs[0].job_id for task_id in rig.packed} == {"1"}
    beat = HeartbeatReader(rig.portal).read()
    assert beat is not None
    assert (len(beat.active), len(beat.waiting)) == (1, 4)


def test_the_comments_of_shared_and_of_own_jobs_say_whose_they_are(tmp_path: Path) -> None:
    """The id of an announced submission, by which `sacct` finds all its jobs."""
    shared = PackRig(tmp_path / "shared", submission=ANNOUNCED)
    own = Rig(tmp_path / "own")
    own.submit(submission=ANNOUNCED)
    own.poller.tick()
    specs = [*shared.scheduler.specs, *own.scheduler.specs]
    words = [dict(word.split("=", 1) for word in spec.comment.split()) for spec in specs]
    assert {next(iter(each)) for each in words} == {"pack", "task"}
    assert {each["submission"] for each in words} == {ANNOUNCED}
    for rig, comments in ((shared, words[:1]), (own, words[1:])):
        submitter = rig.record(rig.portal.task_ids()[0]).submitter
        assert all(each["submitter"] == submitter and each["stage"] and each["site"] for each in comments)


def test_each_ends_by_its_own_word_while_the_job_goes_on_and_without_a_look(rig: PackRig) -> None:
    rig.begin_pack()
    first, second, third, fourth = rig.packed
    looks = rig.scheduler.looks
    rig.work(first)
    rig.work(second, well=False)
    assert rig.scheduler.looks == looks
    assert statuses(rig) == ["completed", "failed", "queued", "queued"]
    assert rig.record(second).failure_kind is FailureKind.INVALID_INPUT
    rig.work(third, ended=False)
    rig.poller.cycle()
    assert rig.record(fourth).pending_reason == "SharedJob"
    assert len(rig.scheduler.specs) == 1, "the slot is taken until the last one has ended"
    rig.report(third, *STAGE_ORDER)
    rig.ring(third)
    rig.work(fourth)
    assert rig.scheduler.tried == 2, "the next pack"
    rig.poller.cycle()
    lines = [line for line in UsageLedger(rig.portal).lines() if line.task_id in (first, second, third, fourth)]
    assert sorted(line.status for line in lines) == ["completed", "completed", "completed", "failed"]
    assert {line.jobs for line in lines} == {("1",)}
    assert rig.record(first).attempts[0].jobs[0].node == "n1", "where it ran was told after its end"


def test_what_a_lost_node_had_not_done_is_done_again_alone(rig: PackRig) -> None:
    rig.begin_pack()
    first, second, third, _ = rig.packed
    rig.work(first)
    rig.work(second, ended=False)
    rig.scheduler.move(rig.name, JobState.NODE_FAIL)
    rig.poller.cycle()
    assert rig.record(first).status is TaskStatus.COMPLETED
    assert [attempt.reason for attempt in rig.record(second).attempts] == ["first", "node_failure"]
    assert [attempt.reason for attempt in rig.record(third).attempts] == ["first", "lost"]
    assert rig.record(second).pack is None
    assert len(rig.record(first).attempts) == 1


def test_a_genome_that_takes_the_job_down_is_tried_alone_before_it_is_to_blame(rig: PackRig) -> None:
    rig.begin_pack()
    [first, *_] = rig.packed
    rig.work(first, ended=False)
    rig.scheduler.move(rig.name, JobState.OUT_OF_MEMORY)
    rig.poller.cycle()
    assert [attempt.reason for attempt in rig.record(first).attempts] == ["first", "out_of_memory"]
    name = rig.job(first, "digger", 2)
    assert name in rig.scheduler.jobs
    rig.begin(first, attempt=2)
    rig.scheduler.move(name, JobState.OUT_OF_MEMORY)
    rig.poller.cycle()
    assert rig.record(first).failure_kind is FailureKind.OUT_OF_MEMORY


def test_an_admin_who_cancels_the_job_cancels_what_it_has_not_done(rig: PackRig) -> None:
    rig.begin_pack()
    first, second, *_ = rig.packed
    rig.work(first)
    rig.work(second, ended=False)
    rig.scheduler.move(rig.name, JobState.CANCELLED)
    packed = rig.packed
    rig.poller.cycle()
    assert [rig.record(task_id).status.value for task_id in packed] == ["completed", "failed", "failed", "failed"]
    assert {rig.record(task_id).failure_kind for task_id in packed[1:]} == {FailureKind.CANCELLED}


def test_a_pack_that_never_began_is_tried_elsewhere(rig: PackRig) -> None:
    packed = rig.packed
    rig.scheduler.move(rig.name, JobState.FAILED, node="n2", exit_code=127)
    rig.poller.cycle()
    assert {rig.record(task_id).attempts[-1].reason for task_id in packed} == {"not_started"}
    assert rig.scheduler.specs[1].exclude == ("n2",)


def test_a_fault_that_is_everywhere_costs_no_task_of_a_pack(tmp_path: Path) -> None:
    rig = Rig(tmp_path, MAX_ACTIVE_PIPELINES="2", PACK_MAX_MB="2")
    members = rig.submit(30, submission="s")
    rig.poller.tick()
    assert any(pack_of(name) for name in rig.scheduler.jobs)
    for number in range(40):
        for name, job in list(rig.scheduler.jobs.items()):
            if not job.state.is_over:
                rig.scheduler.move(name, JobState.FAILED, node=f"n{1 + number % 2}", exit_code=127)
        rig.poller.cycle()
    assert rig.scheduler.tried < 40
    assert {rig.record(task_id).status for task_id in members} == {TaskStatus.QUEUED}
    beat = HeartbeatReader(rig.portal).read()
    assert beat is not None
    assert any("only probes are started" in str(alarm) for alarm in beat.alarms)


def test_one_that_is_cancelled_before_its_turn_leaves_the_others_alone(rig: PackRig) -> None:
    first, second, *_ = packed = rig.packed
    rig.wish(second, WishKind.CANCEL)
    rig.poller.cycle()
    assert rig.record(second).failure_kind is FailureKind.CANCELLED
    assert rig.scheduler.cancelled == []
    claim = Claim.read(rig.portal.task(second).attempt(1).job(PipelineStage.DIGGER).claim)
    assert claim is not None
    assert claim.job_id == "none", "the job finds its stages taken"
    rig.begin_pack()
    rig.work(first)
    assert rig.record(first).status is TaskStatus.COMPLETED
    assert rig.record(packed[2]).status is TaskStatus.QUEUED


def test_one_that_is_cancelled_at_work_is_asked_to_leave(rig: PackRig) -> None:
    rig.begin_pack()
    [first, *others] = rig.packed
    rig.work(first, ended=False)
    rig.wish(first, WishKind.CANCEL)
    rig.poller.cycle()
    assert rig.record(first).status is not TaskStatus.FAILED, "it may still end well"
    files = rig.portal.task(first).attempt(1)
    assert files.job(PipelineStage.DIGGER).stop.exists()
    stage = files.stage(PipelineStage.DIGGER)
    stage.path.mkdir()
    write_failure(stage, FailureKind.CANCELLED)
    rig.ring(first)
    assert rig.record(first).failure_kind is FailureKind.CANCELLED
    assert rig.scheduler.cancelled == []
    assert {rig.record(task_id).status for task_id in others} == {TaskStatus.QUEUED}


def test_when_nobody_wants_any_of_it_the_job_is_ended(rig: PackRig) -> None:
    for task_id in rig.packed:
        rig.wish(task_id, WishKind.DELETE)
    rig.poller.cycle()
    rig.poller.cycle()
    assert rig.scheduler.cancelled == ["1"]


def test_the_original_s_pack_is_left_to_it_by_a_copy_of_the_folder(rig: PackRig) -> None:
    rig.scheduler.move(rig.name, JobState.PENDING, work_dir="/elsewhere/jobs/.portal/packs/x")
    for task_id in rig.packed:
        rig.wish(task_id, WishKind.DELETE)
    rig.poller.cycle()
    rig.poller.cycle()
    assert rig.scheduler.cancelled == []


def test_a_pack_of_a_task_of_a_newer_version_is_left_alone(rig: PackRig) -> None:
    first, *others = rig.packed
    record = rig.portal.task(first).meta
    record.write_text(record.read_text().replace('"format": 1', '"format": 99'))
    rig.restart()
    for task_id in others:
        rig.wish(task_id, WishKind.DELETE)
    rig.poller.cycle()
    rig.poller.cycle()
    assert first in rig.poller.tasks.frozen
    assert rig.scheduler.cancelled == []


def test_a_pack_that_only_has_to_end_is_left_to_do_so(rig: PackRig) -> None:
    rig.begin_pack()
    for task_id in rig.packed:
        rig.work(task_id)
    rig.portal.pack(pack_of(rig.name) or "").exit.write_text("{}")
    rig.poller.cycle()
    assert rig.scheduler.cancelled == []


def test_a_stage_that_was_told_to_end_waits_for_the_scheduler_s_word(rig: PackRig) -> None:
    """scancel: the stage writes its sentinel before SLURM says CANCELLED."""
    rig.begin_pack()
    [first, *_] = rig.packed
    rig.work(first, ended=False)
    stage = rig.portal.task(first).attempt(1).stage(PipelineStage.DIGGER)
    stage.path.mkdir()
    write_failure(stage, FailureKind.CANCELLED)
    rig.ring(first)
    rig.poller.cycle()
    assert not rig.record(first).status.is_final
    rig.scheduler.move(rig.name, JobState.CANCELLED)
    rig.poller.cycle()
    assert rig.record(first).failure_kind is FailureKind.CANCELLED


# -- submission


def first_answer(tmp_path: Path, error: Exception) -> PackRig:
    rig = PackRig.__new__(PackRig)
    Rig.__init__(rig, tmp_path, MAX_ACTIVE_PIPELINES="1", PACK_MAX_MB="2")
    rig.scheduler.refusals = [error]
    rig.members = rig.submit(8, submission="s")
    rig.poller.tick()
    return rig


def test_a_pack_that_is_put_off_gives_everything_back(tmp_path: Path) -> None:
    rig = first_answer(tmp_path, SubmitDeferred(verbatim("too many"), "SubmitLimit"))
    assert not any(rig.record(task_id).is_active for task_id in rig.members)
    assert sum(rig.record(task_id).pending_reason == "SubmitLimit" for task_id in rig.members) == 4
    rig.later(6)
    rig.poller.tick()
    assert len(rig.packed) == 4
    assert rig.scheduler.tried == 2


def test_a_refusal_fails_all_of_them(tmp_path: Path) -> None:
    rig = first_answer(tmp_path, SubmitRejected(verbatim("Invalid account")))
    failed = [rig.record(task_id) for task_id in rig.members[:4]]
    assert {task.failure_kind for task in failed} == {FailureKind.SUBMIT_REJECTED}


def test_a_lost_answer_is_found_for_all_with_one_look(tmp_path: Path) -> None:
    rig = first_answer(tmp_path, SubmitUncertain(verbatim("Socket timed out")))
    name = rig.record(rig.members[0]).attempts[0].jobs[0].name
    rig.scheduler.add(name)
    rig.later(1)
    looks = rig.scheduler.looks
    rig.poller.cycle()
    assert rig.scheduler.looks == looks + 1
    assert [rig.record(task_id).attempts[0].jobs[0].job_id for task_id in rig.members[:4]] == ["1"] * 4
    assert rig.scheduler.tried == 1


def test_a_lost_request_is_made_again_once_for_all(tmp_path: Path) -> None:
    rig = first_answer(tmp_path, SubmitUncertain(verbatim("Socket timed out")))
    for _ in range(3):
        rig.later(61)
        rig.poller.cycle()
    assert rig.scheduler.tried == 2
    assert [rig.record(task_id).attempts[0].jobs[0].job_id for task_id in rig.members[:4]] == ["1"] * 4


def test_a_poller_that_dies_between_the_records_and_sbatch_is_no_loss(tmp_path: Path) -> None:
    rig = PackRig(tmp_path)
    packed = rig.packed
    folder = rig.portal.pack(pack_of(rig.name) or "")
    folder.intent.unlink()
    rig.scheduler.jobs.clear()
    for task_id in packed:
        record = rig.portal.task(task_id).meta
        record.write_text(record.read_text().replace('"job_id": "1"', '"job_id": null'))
    rig.restart()
    for _ in range(2):
        rig.poller.cycle()
        rig.later(1)
    assert [rig.record(task_id).attempts[0].jobs[0].job_id for task_id in packed] == ["1"] * 4
    assert rig.scheduler.tried == 2


def test_without_its_document_a_pack_gives_its_tasks_back(tmp_path: Path) -> None:
    rig = PackRig(tmp_path)
    packed = rig.packed
    folder = rig.portal.pack(pack_of(rig.name) or "")
    folder.intent.unlink()
    folder.document.write_text("{")
    rig.scheduler.jobs.clear()
    for task_id in packed:
        record = rig.portal.task(task_id).meta
        record.write_text(record.read_text().replace('"job_id": "1"', '"job_id": null'))
    rig.restart()
    rig.poller.cycle()
    assert {rig.record(task_id).pack for task_id in packed} == {pack_of(name) for name in rig.scheduler.jobs}


def test_the_folder_of_a_pack_goes_with_the_last_of_its_tasks(rig: PackRig) -> None:
    rig.begin_pack()
    packed = rig.packed
    folder = rig.portal.pack(pack_of(rig.name) or "")
    assert [member.task_id for member in Pack.read(folder.document).members] == packed
    for task_id in packed:
        rig.work(task_id)
    folder.exit.write_text("{}")
    for task_id in packed:
        assert folder.path.exists()
        rig.wish(task_id, WishKind.DELETE)
        rig.poller._parts.janitor._sweeps = 0
        rig.poller.cycle()
    rig.poller._parts.janitor._sweeps = 0
    rig.poller.cycle()
    assert not folder.path.exists()
