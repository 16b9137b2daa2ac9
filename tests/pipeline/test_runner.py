"""What a job leaves behind for each way in which a stage can end."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from portal.domain.errors import CorruptRecord, InvalidInput, StageError
from portal.domain.jobs import EXIT_SUPERSEDED
from portal.domain.message import Message, verbatim
from portal.domain.status import STAGE_ORDER, FailureKind, Lang, PipelineStage
from portal.files.plan import Plan, PlannedJob
from portal.files.reports import Claim, JobExit, Sentinel, StageProgress
from portal.files.taskdir import TaskDir
from portal.pipeline.byte_budget import ByteBudget
from portal.pipeline.interrupt import Interrupted, Stopped, StopSignals
from portal.pipeline.runner import ProgressFile, StageRunner
from portal.pipeline.stage import Stage, StageContext, StageResult

Work = Callable[[StageContext], StageResult]


class ScriptedStage:
    """A stage that does what the test says."""

    def __init__(self, name: PipelineStage, work: Work, lacking: tuple[Message, ...] = ()) -> None:
        self.name = name
        self._work = work
        self._lacking = lacking
        self.runs = 0

    def check_prerequisites(self, context: StageContext) -> list[Message]:
        return list(self._lacking)

    def run(self, context: StageContext) -> StageResult:
        self.runs += 1
        return self._work(context)


def write_one(context: StageContext) -> StageResult:
    name = f"result-{len(context.results)}.txt"
    (context.out_dir / name).write_text("found\n")
    return StageResult((name,), {"threads": context.threads})


class Rig:
    """A task folder with a plan, and the four stages under the test's control."""

    def __init__(self, folder: Path) -> None:
        self.task = TaskDir(folder / "abcdefghijkl")
        self.plan = Plan(
            "abcdefghijkl", 1, "strain", "strain.fna", "2026-01-01T00:00:00+00:00", Lang.EN, 4, 3600,
            (PlannedJob("bt-abcdefghijkl-digger-a1", STAGE_ORDER),),
        )  # fmt: skip
        self.stages: dict[PipelineStage, ScriptedStage] = {
            stage: ScriptedStage(stage, write_one) for stage in STAGE_ORDER
        }
        self.task.attempt(1).path.mkdir(parents=True)

    def script(self, stage: PipelineStage, work: Work, *lacking: Message) -> None:
        self.stages[stage] = ScriptedStage(stage, work, lacking)

    def load(self, stage: PipelineStage) -> Stage:
        return self.stages[stage]

    def run(
        self, *, cores: int = 4, check: Callable[[], None] = lambda: None, budget: ByteBudget | None = None
    ) -> None:
        runner = StageRunner(self.task, self.plan, job_id="7", cores=cores, load=self.load, check=check, budget=budget)
        runner.run(STAGE_ORDER)

    def sentinel(self, stage: PipelineStage) -> Sentinel:
        found = Sentinel.read(self.task.attempt(1).stage(stage).sentinel)
        assert found is not None
        return found


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def raising(error: BaseException) -> Work:
    def work(context: StageContext) -> StageResult:
        raise error

    return work


def test_every_stage_leaves_a_sentinel_with_its_outputs(rig: Rig) -> None:
    rig.run()
    for stage in STAGE_ORDER:
        sentinel = rig.sentinel(stage)
        [output] = sentinel.outputs
        assert (sentinel.exit_code, sentinel.job_id, output.size) == (0, "7", 6)
        assert len(output.sha256) == 64
        folder = rig.task.attempt(1).stage(stage)
        assert sentinel.missing_outputs(folder.out) == []
        assert not folder.work.exists()
        assert "done: 1 files" in folder.log.read_text()


def test_a_second_run_goes_on_after_the_last_good_stage(rig: Rig) -> None:
    rig.script(PipelineStage.PLOTS, raising(StageError(verbatim("no ink"))))
    with pytest.raises(StageError):
        rig.run()
    rig.script(PipelineStage.PLOTS, write_one)
    rig.run()
    assert [rig.stages[stage].runs for stage in STAGE_ORDER] == [1, 1, 1, 1]


def test_a_stage_whose_files_were_cut_is_run_again(rig: Rig) -> None:
    rig.run()
    next(rig.task.attempt(1).stage(PipelineStage.SHOTER).out.iterdir()).write_text("fo")
    rig.run()
    assert [rig.stages[stage].runs for stage in STAGE_ORDER] == [1, 2, 1, 1]


def test_the_smaller_of_asked_and_usable_cores_is_used_and_the_difference_said(rig: Rig) -> None:
    rig.run(cores=1)
    assert rig.sentinel(PipelineStage.DIGGER).summary == {"threads": 1}
    assert "4 cores asked for, 1 usable" in rig.task.attempt(1).stage(PipelineStage.DIGGER).log.read_text()


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (StageError(verbatim("bad tool"), kind=FailureKind.TOOL_ERROR), FailureKind.TOOL_ERROR),
        (InvalidInput(verbatim("odd letter"), line=3), FailureKind.INVALID_INPUT),
        (OSError(errno.ENOSPC, "no space"), FailureKind.DISK_FULL),
        (MemoryError(), FailureKind.OUT_OF_MEMORY),
        (ZeroDivisionError("oops"), FailureKind.TOOL_ERROR),
        (Interrupted(Stopped(verbatim("told to end"), kind=FailureKind.CANCELLED)), FailureKind.CANCELLED),
    ],
)
def test_a_failure_has_its_kind_a_sentence_and_stops_the_rest(
    rig: Rig, error: BaseException, kind: FailureKind
) -> None:
    rig.script(PipelineStage.SHOTER, raising(error))
    with pytest.raises(StageError) as caught:
        rig.run()
    sentinel = rig.sentinel(PipelineStage.SHOTER)
    assert caught.value.kind is sentinel.failure_kind is kind
    assert sentinel.exit_code != 0
    assert sentinel.message
    assert Sentinel.read(rig.task.attempt(1).stage(PipelineStage.PLOTS).sentinel) is None


def test_all_that_is_missing_is_said_before_anything_runs(rig: Rig) -> None:
    rig.script(PipelineStage.DIGGER, write_one, Message("stage.no_reference"), Message("stage.no_engine", engine="x"))
    with pytest.raises(StageError, match=r"no toxin reference.* There is no Digger engine") as caught:
        rig.run()
    assert caught.value.kind is FailureKind.NOT_CONFIGURED
    assert rig.stages[PipelineStage.DIGGER].runs == 0


@pytest.mark.parametrize("name", ["never made.txt", "../outside.txt", "absent.txt"])
def test_a_promise_that_is_not_kept_is_a_failure(rig: Rig, name: str) -> None:
    rig.script(PipelineStage.DIGGER, lambda context: StageResult((name,)))
    with pytest.raises(StageError) as caught:
        rig.run()
    assert caught.value.kind is FailureKind.OUTPUT_MISSING


def test_what_an_earlier_run_left_half_done_is_not_among_the_outputs(rig: Rig) -> None:
    out = rig.task.attempt(1).stage(PipelineStage.DIGGER).out
    out.mkdir(parents=True)
    (out / "half.txt").write_text("half")
    rig.run()
    assert [path.name for path in out.iterdir()] == ["result-0.txt"]


def test_progress_never_goes_back(tmp_path: Path) -> None:
    path = tmp_path / "progress.json"
    progress = ProgressFile(PipelineStage.DIGGER, path)
    progress(0.5)
    progress(0.2)
    progress(7.0)
    found = StageProgress.read(path)
    assert found is not None
    assert found.fraction == 1.0


@pytest.mark.parametrize("content", ["", "{}", "\0\0", '{"stage": "digger", "exit_code": "x"}'])
def test_a_damaged_sentinel_is_said_to_be_damaged(tmp_path: Path, content: str) -> None:
    path = tmp_path / "sentinel.json"
    path.write_text(content)
    with pytest.raises(CorruptRecord):
        Sentinel.read(path)


@pytest.mark.parametrize(
    ("number", "kind"), [(signal.SIGTERM, FailureKind.CANCELLED), (signal.SIGUSR2, FailureKind.TIMEOUT)]
)
def test_the_first_signal_becomes_a_reason_and_further_ones_are_ignored(
    number: signal.Signals, kind: FailureKind
) -> None:
    with StopSignals() as signals:
        with pytest.raises(Interrupted) as caught:
            os.kill(os.getpid(), number)
        os.kill(os.getpid(), signal.SIGTERM)
    assert caught.value.stopped.kind is kind
    assert signals.reason == number.name


def test_the_end_of_the_time_is_a_reason_of_its_own() -> None:
    def wait() -> None:
        with StopSignals(0.05):
            time.sleep(5)

    with pytest.raises(Interrupted) as caught:
        wait()
    assert caught.value.stopped.kind is FailureKind.TIMEOUT


def careful_library() -> None:
    """As libraries do around an import that may fail; matplotlib once swallowed a time limit so."""
    with contextlib.suppress(Exception):
        os.kill(os.getpid(), signal.SIGTERM)


def destructor() -> None:
    """Python cannot pass on what is raised in here; it reports and forgets it."""

    class Ended:
        def __del__(self) -> None:
            os.kill(os.getpid(), signal.SIGTERM)

    Ended()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("swallow", [careful_library, destructor])
@pytest.mark.parametrize("reports", [True, False])
def test_no_library_swallows_the_order_to_end(rig: Rig, swallow: Callable[[], None], reports: bool) -> None:
    def work(context: StageContext) -> StageResult:
        swallow()
        if reports:
            context.report(0.5, Message("progress.drawing", number=1, total=2))
        return write_one(context)

    rig.script(PipelineStage.SHOTER, work)
    with StopSignals() as signals, pytest.raises(Stopped):
        rig.run(check=signals.check)
    assert rig.sentinel(PipelineStage.SHOTER).failure_kind is FailureKind.CANCELLED
    assert rig.stages[PipelineStage.PLOTS].runs == 0


# -- the job's process


def start_job(rig: Rig) -> int:
    code = "import sys; from portal.pipeline.job import run_job; run_job(sys.argv[1], 1, sys.argv[2])"
    command = [sys.executable, "-c", code, str(rig.task.path), rig.plan.jobs[0].name]
    return subprocess.run(command, timeout=60, capture_output=True, check=False).returncode


def test_a_job_whose_stages_are_claimed_ends_as_superseded_without_touching_them(rig: Rig) -> None:
    rig.plan.write(rig.task.attempt(1).plan)
    job = rig.task.attempt(1).job(PipelineStage.DIGGER)
    job.path.mkdir(parents=True)
    assert Claim.take(job.claim, "another")
    assert start_job(rig) == EXIT_SUPERSEDED
    claim = Claim.read(job.claim)
    assert claim is not None
    assert claim.job_id == "another"
    assert not rig.task.attempt(1).stage(PipelineStage.DIGGER).path.exists()


def test_a_job_that_fails_ends_with_a_code_that_the_scheduler_sees(rig: Rig) -> None:
    rig.plan.write(rig.task.attempt(1).plan)
    rig.task.attempt(1).job(PipelineStage.DIGGER).path.mkdir(parents=True)
    assert start_job(rig) == 78  # no genome, no reference: not set up, says the code
    ended = JobExit.read(rig.task.attempt(1).job(PipelineStage.DIGGER).exit)
    assert ended is not None
    assert (ended.exit_code, ended.reason) == (78, "not_configured")
    assert json.loads(rig.task.attempt(1).stage(PipelineStage.DIGGER).sentinel.read_text())["exit_code"] == 1


def writing(*sizes: int, folder: str = "out_dir") -> Work:
    def work(context: StageContext) -> StageResult:
        for number, size in enumerate(sizes):
            (getattr(context, folder) / f"{number}.txt").write_bytes(b"x" * size)
        return StageResult(tuple(f"{number}.txt" for number in range(len(sizes))) if folder == "out_dir" else ())

    return work


@pytest.mark.parametrize(
    ("work", "said"),
    [
        (writing(5_000_000), "more than 4 MB"),  # one file: the kernel ends it
        (writing(*[900_000] * 4), "more than 3 MB"),  # many: the look at the folder does
        (writing(*[1_500_000] * 3, folder="work_dir"), "more than 4 MB"),
    ],
)
def test_a_stage_that_writes_far_too_much_is_ended_and_leaves_the_next_ones_their_limits(
    rig: Rig, work: Work, said: str
) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    rig.script(PipelineStage.SHOTER, work)
    with pytest.raises(StageError, match=said):
        rig.run(budget=ByteBudget(results=3 * 1024**2, work=4 * 1024**2))
    sentinel = rig.sentinel(PipelineStage.SHOTER)
    assert (sentinel.failure_kind, sentinel.code) == (FailureKind.TOOL_ERROR, "stage.too_much_output")
    assert rig.sentinel(PipelineStage.DIGGER).succeeded
    assert resource.getrlimit(resource.RLIMIT_FSIZE) == before


def test_a_stage_stops_before_the_disk_is_full(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    free = 10**7

    def disk(_: object) -> SimpleNamespace:
        return SimpleNamespace(total=10**12, free=free)

    monkeypatch.setattr(shutil, "disk_usage", disk)
    with pytest.raises(StageError, match="disk became full"):
        rig.run(budget=ByteBudget(results=10**9, work=10**9))
    assert rig.sentinel(PipelineStage.DIGGER).failure_kind is FailureKind.DISK_FULL


def test_an_ordinary_genome_is_far_from_its_budget(rig: Rig) -> None:
    budget = ByteBudget.of(6_000_000)
    assert budget.results > 10 * 6_000_000
    assert budget.work > 100 * 6_000_000
    rig.run(budget=budget)
