"""Small genomes that share a job on a real cluster: what one of them, a node or the cluster does to the others."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.domain.status import FailureKind, TaskStatus
from portal.files.pack import Pack
from portal.files.usage import UsageLedger
from tests.cluster.private_cluster import PrivateCluster
from tests.e2e.gated_site import ONCE, SlurmSite, wait_for
from tests.waiting import PATIENCE_S

NEVER = {"digger": 0, "shoter": 0, "plots": 0, "bundle": 0}
BEGUN = {**NEVER, "digger": 1}


class PackSite(SlurmSite):
    """One slot; what is submitted before the poller begins goes into packs: of 8 the first has 4, of 4 it has 2."""

    def __init__(self, folder: Path, count: int, **settings: str) -> None:
        super().__init__(folder, **{"MAX_ACTIVE_PIPELINES": "1", "PACK_MAX_MB": "2", **settings})
        self.ids = [self.new_task() for _ in range(count)]

    def order(self, order: str, task_id: str, text: str = "") -> Path:
        """Have Digger hold, fail or swell for one task."""
        path = self.folder / f"{order}-digger-{task_id}"
        path.write_text(text)
        return path

    def pack_of(self, task_id: str) -> str:
        pack = self.record(task_id).pack
        assert pack is not None
        return pack

    def reasons(self, task_id: str) -> list[str]:
        return [attempt.reason for attempt in self.record(task_id).attempts]

    def pid(self, task_id: str) -> int:
        """Return the process that works off the pack that a task is in."""
        pid = json.loads(self.portal.pack(self.pack_of(task_id)).claim.read_text())["identity"]["pid"]
        assert isinstance(pid, int)
        return pid

    def all_well(self, *ids: str, timeout_s: float = PATIENCE_S) -> None:
        for task_id in ids:
            task = self.wait_ended(task_id, timeout_s=timeout_s)
            assert task.status is TaskStatus.COMPLETED, task.error_message

    def jobs_by_name(self) -> dict[str, str]:
        names = {path.name for path in (*self.portal.packs.iterdir(), *self.portal.jobs.iterdir())}
        return {name: state for _, state, name in self.queue() if name.split("-")[1] in names}


@pytest.fixture(scope="module")
def overdue(slurm_cluster: PrivateCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PackSite]:
    """A pack whose job hangs in its second genome; SLURM's shortest limit is a minute, which the others fill."""
    with PackSite(tmp_path_factory.mktemp("overdue"), 8, TASK_TIMEOUT="60") as site:
        hold = site.order("hold", site.ids[1])
        site.wait_stage(site.ids[1], "digger")
        os.kill(site.pid(site.ids[1]), signal.SIGSTOP)
        hold.unlink()
        yield site


def test_one_fails_one_is_cancelled_before_its_turn_and_one_at_work(overdue: object, tmp_path: Path) -> None:
    site = PackSite(tmp_path / "site", 8)
    failing, at_work, waiting, last = site.ids[:4]
    site.order("fail", failing, "invalid_input")
    hold = site.order("hold", at_work)
    with site:
        site.wait_stage(at_work, "digger")
        assert site.wait_ended(failing).failure_kind is FailureKind.INVALID_INPUT
        pack = site.pack_of(failing)
        [job_id] = site.jobs_of(pack)
        assert {site.record(each).attempts[0].jobs[0].job_id for each in site.ids[:4]} == {job_id}
        comment = site.run("squeue", "-h", "-j", job_id, "-o", "%k")
        words = dict(word.split("=", 1) for word in comment.split())
        assert words["tasks"].split(",") == site.ids[:4]
        assert (words["pack"], words["stage"]) == (pack, "digger+shoter+plots+bundle")
        assert words["submission"] == site.record(failing).submission
        assert words["submitter"] == site.record(failing).submitter
        for task_id in (waiting, at_work):  # the other way round, it might have its turn before it is withdrawn
            site.tasks.cancel(site.record(task_id))
            task = site.wait_ended(task_id)
            assert (task.failure_kind, task.cancelled_by, len(task.attempts)) == (FailureKind.CANCELLED, "user", 1)
        site.all_well(last, *site.ids[4:])
        hold.unlink()
        assert [site.runs(each) for each in site.ids[:4]] == [BEGUN, BEGUN, NEVER, ONCE]
        assert all(site.runs(each) == ONCE for each in site.ids[4:])
        wait_for(lambda: set(site.jobs_by_name().values()) == {"COMPLETED"}, what="no job of it failed")
        assert len(site.jobs_by_name()) == 3
        line = ("sacct", "-X", "-n", "-P", "-S", "now-1hour", "-E", "now+1day", "-o", "JobID,Comment")
        wait_for(lambda: f"{job_id}|{comment}" in site.run(*line), what="one line of sacct says the same")
        wait_for(lambda: {line.task_id for line in UsageLedger(site.portal).lines()} == set(site.ids))


@pytest.mark.long
def test_a_node_dies_under_a_pack(slurm_cluster: PrivateCluster, overdue: object, tmp_path: Path) -> None:
    site = PackSite(tmp_path / "site", 8, SLURM_EXTRA="--nodelist=n2")
    done, at_work, third, fourth = site.ids[:4]
    hold = site.order("hold", at_work)
    with site:
        site.wait_stage(at_work, "digger")
        slurm_cluster.kill_node(2)
        try:
            site.wait(fourth, lambda task: len(task.attempts) == 2)
        finally:
            slurm_cluster.start_node(2)
        hold.unlink()
        site.all_well(*site.ids)
        assert [site.reasons(each) for each in (done, at_work, third)] == [
            ["first"],
            ["first", "node_failure"],
            ["first", "lost"],
        ]
        assert site.runs(at_work) == {**ONCE, "digger": 2}
        assert all(site.runs(each) == ONCE for each in site.ids if each != at_work)


def test_one_that_needs_too_much_memory_is_to_blame_alone(overdue: object, tmp_path: Path) -> None:
    site = PackSite(tmp_path / "site", 4, SLURM_MEM_GB="0.2")
    greedy, other = site.ids[:2]
    site.order("swell", greedy)
    with site:
        task = site.wait_ended(greedy)
        assert (task.failure_kind, site.reasons(greedy)) == (FailureKind.OUT_OF_MEMORY, ["first", "out_of_memory"])
        site.all_well(other, *site.ids[2:])
        assert site.reasons(other) == ["first", "lost"]
        assert all(site.runs(each) == ONCE for each in site.ids[1:])


def test_a_lost_answer_and_a_poller_that_dies_make_no_second_job(overdue: object, tmp_path: Path) -> None:
    site = PackSite(tmp_path / "site", 8)
    hold = site.order("hold", site.ids[2])
    lost = "{sbatch} \"$@\" > /dev/null; echo 'sbatch: error: Socket timed out' >&2; exit 1"
    site.start_poller(PATH=site.sbatch_wrapper(lost))
    try:
        site.wait_stage(site.ids[2], "digger")
        site.kill_poller()
        hold.unlink()
        site.start_poller(PATH=site.sbatch_wrapper(lost))
        site.all_well(*site.ids)
    finally:
        site.__exit__(None, None, None)
    assert all((site.runs(each), site.reasons(each)) == (ONCE, ["first"]) for each in site.ids)
    packs = [Pack.read(path / "pack.json") for path in site.portal.packs.iterdir()]
    assert sorted(member.task_id for pack in packs for member in pack.members) == sorted(site.ids)
    assert [len(site.jobs_of(pack.name.split("-")[1])) for pack in packs] == [1] * len(packs)


def test_an_admin_s_scancel_ends_what_a_pack_has_not_done(overdue: object, tmp_path: Path) -> None:
    site = PackSite(tmp_path / "site", 8)
    site.order("hold", site.ids[1])
    with site:
        site.wait_stage(site.ids[1], "digger")
        site.run("scancel", *site.jobs_of(site.pack_of(site.ids[1])))
        ended = [site.wait_ended(each) for each in site.ids[1:4]]
        assert {task.failure_kind for task in ended} == {FailureKind.CANCELLED}
        site.all_well(site.ids[0], *site.ids[4:])
        assert [site.runs(each) for each in site.ids[:4]] == [ONCE, BEGUN, NEVER, NEVER]


def test_a_pack_that_hangs_ends_at_its_limit_and_the_rest_runs_alone(overdue: PackSite) -> None:
    """Last here: its minute has passed meanwhile."""
    first, hanging, *others = overdue.ids
    overdue.wait(hanging, lambda task: len(task.attempts) == 2)
    overdue.all_well(*overdue.ids)
    assert [overdue.reasons(each) for each in (first, hanging, others[0])] == [
        ["first"],
        ["first", "preempted"],  # SLURM wakes it to end it, and the first that it sees is that its own part is used up
        ["first", "lost"],
    ]
    assert overdue.runs(hanging) == {**ONCE, "digger": 2}
    assert all(overdue.runs(each) == ONCE for each in overdue.ids if each != hanging)
