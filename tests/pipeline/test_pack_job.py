"""The job of a pack: genomes one after the other, each as if it were alone; in a process of its own, as on a node."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from portal.domain.status import STAGE_ORDER, FailureKind, Lang, PipelineStage
from portal.files.pack import Pack, PackMember
from portal.files.plan import Plan, PlannedJob
from portal.files.reports import Claim, JobExit, Sentinel
from portal.files.taskdir import PackDir, PortalDir

NAME = "bt-packpackpack-pack-a1"
# A stage does what the file `do` beside its genome says: end well, fail, or be at work until somebody says otherwise.
STAGES = """
import sys, time
from pathlib import Path
from portal.domain.errors import StageError
from portal.domain.message import verbatim
from portal.domain.status import STAGE_ORDER, FailureKind
from portal.pipeline import pack_job, stages
from portal.pipeline.stage import StageResult

class Scripted:
    def __init__(self, name):
        self.name = name
    def check_prerequisites(self, context):
        return []
    def run(self, context):
        do = context.genome.with_name("do")
        order = do.read_text() if do.exists() else "well"
        if order == "fail" and self.name == "digger":
            raise StageError(verbatim("It failed."), kind=FailureKind.INVALID_INPUT)
        if order == "crash":
            raise RuntimeError("a fault of the stage")
        while order == "work":
            context.report(0.5, verbatim("at work"))
            time.sleep(0.02)
        (context.out_dir / f"{self.name}.txt").write_text(context.task_id)
        return StageResult((f"{self.name}.txt",))

for stage in STAGE_ORDER:
    setattr(sys.modules["__main__"], stage.name, Scripted(stage))
stages._WHERE.update({stage: ("__main__", stage.name) for stage in STAGE_ORDER})
pack_job.run_pack(sys.argv[1])
"""


@dataclass
class Bench:
    """A pack of some genomes on the disk."""

    portal: PortalDir

    @property
    def folder(self) -> PackDir:
        return self.portal.pack("packpackpack")

    def add(self, *orders: str, limit_s: int = 100, member_limit_s: int = 50) -> list[str]:
        ids = [f"aaaaaaaaaaa{'abcdefgh'[number]}" for number in range(len(orders))]
        for task_id, order in zip(ids, orders, strict=True):
            task = self.portal.task(task_id)
            task.genome.parent.mkdir(parents=True)
            task.genome.write_text(">a\nACGT\n")
            task.genome.with_name("do").write_text(order)
            task.attempt(1).job(PipelineStage.DIGGER).path.mkdir(parents=True)
            jobs = (PlannedJob(NAME, STAGE_ORDER),)
            Plan(
                task_id=task_id, attempt=1, strain="s", display_name="s.fna", submission_time="2026-01-01T00:00:00Z",
                lang=Lang.EN, threads=1, time_limit_s=100, jobs=jobs,
            ).write(task.attempt(1).plan)  # fmt: skip
        self.folder.path.mkdir(parents=True)
        members = tuple(PackMember(task_id, 1) for task_id in ids)
        Pack(NAME, "", members, time_limit_s=limit_s, member_limit_s=member_limit_s).write(self.folder.document)
        return ids

    def start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", STAGES, str(self.folder.path)]
        return subprocess.Popen(command, env={**os.environ, "SLURM_JOB_ID": "77"}, cwd=Path(__file__).parents[2])

    def run(self) -> int:
        return self.start().wait(60)

    def end_of(self, task_id: str) -> str:
        """Return how a genome ended: well, the kind of its failure, or that it was never begun."""
        attempt = self.portal.task(task_id).attempt(1)
        sentinels = [Sentinel.read(attempt.stage(stage).sentinel) for stage in STAGE_ORDER]
        failures = [each.failure_kind.value for each in sentinels if each is not None and each.failure_kind]
        if failures:
            return failures[0]
        return "well" if sentinels[-1] is not None else "not begun"

    def claim(self, task_id: str) -> Path:
        return self.portal.task(task_id).attempt(1).job(PipelineStage.DIGGER).claim


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    portal = PortalDir(tmp_path / "jobs")
    portal.prepare()
    return Bench(portal)


def wait_for(look: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_genome_that_fails_or_breaks_ends_nothing_but_itself(bench: Bench) -> None:
    ids = bench.add("well", "fail", "crash", "well")
    assert bench.run() == 0
    assert [bench.end_of(task_id) for task_id in ids] == ["well", "invalid_input", "tool_error", "well"]
    ended = JobExit.read(bench.folder.exit)
    assert ended is not None
    assert (ended.exit_code, ended.reason) == (0, "completed")
    assert {bell.name for bell in bench.portal.inbox.iterdir()} == set(ids)
    for task_id in ids:
        claim = Claim.read(bench.claim(task_id))
        assert claim is not None
        assert claim.job_id == "77"
        log = bench.portal.task(task_id).attempt(1).stage(PipelineStage.DIGGER).log.read_text()
        assert log.count("stage digger of task") == 1
        assert task_id in log


def test_the_cpu_time_of_the_others_is_not_counted(bench: Bench) -> None:
    ids = bench.add("well", "well", "well")
    bench.run()
    used = []
    for task_id in ids:
        last = Sentinel.read(bench.portal.task(task_id).attempt(1).stage(STAGE_ORDER[-1]).sentinel)
        assert last is not None
        used.append(last.usage.cpu_s)
    assert max(used) < 3 * min(used) + 0.2, "it would grow from genome to genome"


def test_one_that_was_withdrawn_is_passed_over_and_one_that_is_gone_does_no_harm(bench: Bench) -> None:
    ids = bench.add("well", "well", "well", "well")
    assert Claim.take(bench.claim(ids[1]), "none")
    (bench.portal.task(ids[2]).attempt(1).plan).unlink()
    assert bench.run() == 0
    assert [bench.end_of(task_id) for task_id in ids] == ["well", "not begun", "not begun", "well"]


def test_one_that_is_begun_in_another_way_meanwhile_is_left_alone(bench: Bench) -> None:
    ids = bench.add("well", "well")
    path = bench.portal.task(ids[0]).attempt(1).plan
    path.write_text(path.read_text().replace(NAME, f"bt-{ids[0]}-digger-a1"))
    assert bench.run() == 0
    assert [bench.end_of(task_id) for task_id in ids] == ["not begun", "well"]
    assert not bench.claim(ids[0]).exists()


def test_one_that_takes_longer_than_its_part_is_stopped_and_is_not_to_blame(bench: Bench) -> None:
    ids = bench.add("work", "well", limit_s=60, member_limit_s=1)
    assert bench.run() == 0
    assert [bench.end_of(task_id) for task_id in ids] == ["preempted", "well"]


def test_one_that_uses_up_its_own_time_is(bench: Bench) -> None:
    ids = bench.add("work", "well")
    path = bench.portal.task(ids[0]).attempt(1).plan
    path.write_text(path.read_text().replace('"time_limit_s": 100', '"time_limit_s": 1'))
    assert bench.run() == 0
    assert [bench.end_of(task_id) for task_id in ids] == ["timeout", "well"]


def test_what_does_not_fit_into_the_job_s_time_is_not_begun(bench: Bench) -> None:
    ids = bench.add("work", "well", limit_s=2, member_limit_s=2)
    assert bench.run() == 0
    assert [bench.end_of(task_id) for task_id in ids] == ["preempted", "not begun"]
    ended = JobExit.read(bench.folder.exit)
    assert ended is not None
    assert ended.reason == "out_of_time"


def test_one_that_is_asked_to_leave_ends_alone(bench: Bench) -> None:
    ids = bench.add("work", "well")
    job = bench.start()
    wait_for(bench.claim(ids[0]).exists)
    bench.portal.task(ids[0]).attempt(1).job(PipelineStage.DIGGER).stop.touch()
    assert job.wait(60) == 0
    assert [bench.end_of(task_id) for task_id in ids] == ["cancelled", "well"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR2])
def test_a_signal_ends_the_whole_job(bench: Bench, number: signal.Signals) -> None:
    ids = bench.add("well", "work", "well")
    job = bench.start()
    wait_for(bench.portal.task(ids[1]).attempt(1).stage(PipelineStage.DIGGER).progress.exists)
    job.send_signal(number)
    assert job.wait(60) == 2
    kind = FailureKind.CANCELLED if number == signal.SIGTERM else FailureKind.TIMEOUT
    assert [bench.end_of(task_id) for task_id in ids] == ["well", kind.value, "not begun"]


def test_a_pack_that_another_job_works_off_is_left_to_it(bench: Bench) -> None:
    ids = bench.add("well")
    assert Claim.take(bench.folder.claim, "76")
    assert bench.run() == 75
    assert bench.end_of(ids[0]) == "not begun"
