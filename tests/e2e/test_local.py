"""The whole way on this machine: real poller, submitit's local executor, real stages; and what kills do to it."""

from __future__ import annotations

import contextlib
import os
import signal
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.domain.errors import Conflict, CorruptRecord, NotFound
from portal.domain.status import FailureKind, Lang, PipelineStage, TaskStatus
from portal.domain.task import TaskMeta
from portal.services.admin import AdminService
from portal.storage.file import FileTaskStore
from tests.e2e.gated_site import GatedSite
from tests.e2e.site import Site
from tests.waiting import wait_for


@pytest.fixture
def site(tmp_path: Path, references: Path) -> Iterator[Site]:
    with Site(tmp_path, references) as made:
        yield made


def in_digger(task: TaskMeta) -> bool:
    """Tell whether Digger itself has reported, and so has its claim; a job runs some time before."""
    return task.status is TaskStatus.RUNNING and task.stage(PipelineStage.DIGGER).state == "running"


def found_toxins(site: Site, task: TaskMeta) -> list[str]:
    return sorted(toxin.name for toxin in site.tasks.toxins(task).toxins)


def test_a_genome_becomes_a_bundle(site: Site, genome: Path) -> None:
    task = site.wait_ended(site.submit(genome).task_id)
    assert (task.status, task.progress, task.error_message) == (TaskStatus.COMPLETED, 100, None)
    assert found_toxins(site, task) == ["Cry1Aa1", "Vip3Aa1"]
    assert [record.state for record in task.stages] == ["done"] * 4
    with site.tasks.open_bundle(task)[1] as stream, zipfile.ZipFile(stream) as bundle:
        assert bundle.testzip() is None
        assert {name.split("/")[0] for name in bundle.namelist()} == {f"{task.strain}_{task.task_id}"}
        folders = {name.split("/")[1] for name in bundle.namelist()}
    assert {"1_Toxin_Mining", "2_Target_Prediction", "3_Plots", "4_Report", "manifest.json", "SHA256SUMS"} <= folders


def test_a_genome_without_toxins_is_a_success_that_says_so(site: Site, tmp_path: Path) -> None:
    plain = tmp_path / "plain.fna"
    plain.write_text(">c\n" + "ACGTTGCAAC" * 3000 + "\n")
    task = site.wait_ended(site.submit(plain).task_id)
    assert task.status is TaskStatus.COMPLETED
    assert found_toxins(site, task) == []


def test_kill_of_the_poller_in_the_middle_of_digger(site: Site, big_genome: Path) -> None:
    task_id = site.submit(big_genome).task_id
    site.wait(task_id, in_digger)
    site.kill_poller()
    site.start_poller()
    task = site.wait_ended(task_id)
    assert (task.status, len(task.attempts)) == (TaskStatus.COMPLETED, 1)
    assert [site.stage_runs(task_id, stage.value) for stage in PipelineStage] == [1, 1, 1, 1]
    assert found_toxins(site, task) == ["Cry1Aa1", "Vip3Aa1"]


def test_a_job_that_ends_while_the_poller_is_dead_is_found_done(site: Site, genome: Path) -> None:
    task_id = site.submit(genome).task_id
    site.wait(task_id, lambda task: task.status is TaskStatus.RUNNING)
    site.kill_poller()
    wait_for(lambda: list(site.portal.jobs.glob(f"{task_id}/attempts/1/jobs/*/exit.json")))
    site.start_poller()
    task = site.wait_ended(task_id)
    assert (task.status, len(task.attempts)) == (TaskStatus.COMPLETED, 1)


def test_a_killed_job_is_tried_again_in_a_fresh_folder(site: Site, big_genome: Path) -> None:
    task_id = site.submit(big_genome).task_id
    site.wait(task_id, in_digger)
    [claim] = site.claims(task_id)
    os.killpg(claim["identity"]["group"], signal.SIGKILL)
    task = site.wait_ended(task_id)
    assert task.status is TaskStatus.COMPLETED
    assert [attempt.reason for attempt in task.attempts] == ["first", "lost"]


def test_cancel_ends_the_whole_process_group(site: Site, big_genome: Path) -> None:
    task = site.submit(big_genome)
    running = site.wait(task.task_id, in_digger)
    site.tasks.cancel(running)
    ended = site.wait_ended(task.task_id)
    assert (ended.status, ended.failure_kind) == (TaskStatus.FAILED, FailureKind.CANCELLED)
    assert len(ended.attempts) == 1
    from portal.files.process_identity import session_members

    [claim] = site.claims(task.task_id)
    wait_for(lambda: not session_members(claim["identity"]["group"]), what="its processes are gone")


def test_a_retry_builds_on_the_stages_that_ended_well(site: Site, genome: Path) -> None:
    task_id = site.submit(genome).task_id
    site.wait(task_id, lambda task: task.stage(PipelineStage.DIGGER).state == "done")
    site.tasks.cancel(site.record(task_id))
    ended = site.wait_ended(task_id)
    assert ended.failure_kind is FailureKind.CANCELLED
    site.tasks.retry(ended, parameters={"min_identity": 0.5})
    again = site.wait(task_id, lambda task: task.status is TaskStatus.COMPLETED)
    assert again.parameters["min_identity"] == 0.5
    assert again.stage(PipelineStage.DIGGER).state == "reused"
    assert site.stage_runs(task_id, "digger") == 1


def test_delete_of_a_running_task_ends_it_and_leaves_nothing(site: Site, big_genome: Path) -> None:
    task = site.submit(big_genome)
    running = site.wait(task.task_id, in_digger)
    token = site.keyring.token_of(task)
    site.tasks.delete(running)
    with pytest.raises(NotFound):
        site.tasks.authorize(task.task_id, token)
    wait_for(lambda: not site.portal.task(task.task_id).path.exists() and not list(site.portal.trash.iterdir()))


def test_a_time_limit_is_said_as_such(tmp_path: Path, references: Path, big_genome: Path) -> None:
    with Site(tmp_path, references, TASK_TIMEOUT="1") as site:
        task = site.wait_ended(site.submit(big_genome).task_id)
        assert (task.status, task.failure_kind) == (TaskStatus.FAILED, FailureKind.TIMEOUT)
        site.tasks.retry(task, limits={"time_limit_hours": 1})
        site.wait(task.task_id, lambda task: len(task.attempts) == 2)
        assert site.wait_ended(task.task_id).status is TaskStatus.COMPLETED
        # An operator who asks for the same again takes nothing away.
        AdminService(site.portal, FileTaskStore(site.portal), by="operator").retry(task.task_id)
        site.wait(task.task_id, lambda task: len(task.attempts) == 3)
        again = site.wait_ended(task.task_id)
        assert (again.status, again.limits) == (TaskStatus.COMPLETED, {"time_limit_hours": 1})


def test_tasks_wait_for_slots_and_say_their_position(tmp_path: Path) -> None:
    with GatedSite(tmp_path / "site", MAX_ACTIVE_PIPELINES="1") as site:
        site.hold("digger")
        ids = [site.new_task() for _ in range(3)]
        wait_for(lambda: [site.tasks.view(site.record(each)).queue_position for each in ids] == [None, 1, 2])
        site.let_go("digger")
        assert all(site.wait_ended(each).status is TaskStatus.COMPLETED for each in ids)


def test_a_damaged_record_is_rebuilt_and_the_others_are_untouched(site: Site, genome: Path) -> None:
    done = site.wait_ended(site.submit(genome).task_id)
    other = site.wait_ended(site.submit(genome).task_id)
    other = site.wait(other.task_id, lambda task: task.attempts[0].jobs[0].max_rss_bytes is not None)  # its last word
    site.tasks.retry(done, parameters={"min_identity": 0.25}, lang=Lang.ZH)
    done = site.wait(done.task_id, lambda task: task.status is TaskStatus.COMPLETED and len(task.attempts) == 2)
    site.stop_poller()
    site.portal.task(done.task_id).meta.write_bytes(b"\0" * 500)
    site.start_poller()

    def rebuilt() -> TaskMeta | None:
        with contextlib.suppress(CorruptRecord, NotFound):  # until the poller has seen it
            task = site.record(done.task_id)
            return task if task.status.is_final else None
        return None

    task = wait_for(rebuilt)
    assert (task.status, len(task.attempts)) == (TaskStatus.COMPLETED, 2)
    for name in ("token_hash", "parameters", "lang", "completion_time", "stages", "filename", "input_sha256"):
        assert getattr(task, name) == getattr(done, name), name
    assert task.warnings
    assert site.stage_runs(done.task_id, "digger") == 2
    assert site.record(other.task_id) == other


def test_a_poller_that_starts_second_stands_by_and_takes_over(site: Site, genome: Path) -> None:
    first = site.poller
    site.start_poller()
    second = site.poller
    assert first is not None
    assert second is not None
    task_id = site.submit(genome).task_id
    site.wait_ended(task_id)
    first.kill()
    first.wait()
    task = site.wait_ended(site.submit(genome).task_id)
    assert task.status is TaskStatus.COMPLETED
    assert second.poll() is None


def test_what_has_not_ended_cannot_be_fetched_or_retried(site: Site, genome: Path) -> None:
    task = site.submit(genome)
    with pytest.raises(Conflict):
        site.tasks.results(task)
    with pytest.raises(Conflict):
        site.tasks.retry(task)


def test_the_portal_keeps_its_secrets_from_the_job(tmp_path: Path, references: Path, big_genome: Path) -> None:
    with Site(
        tmp_path, references, PORTAL_SECRET="s3cret-of-the-portal-32-letters-long", ADMIN_SECRET="s3cret-of-admins"
    ) as site:
        task_id = site.submit(big_genome).task_id
        site.wait(task_id, in_digger)
        [claim] = site.claims(task_id)
        environment = Path(f"/proc/{claim['identity']['pid']}/environ").read_bytes()
        assert b"s3cret" not in environment
        assert b"PATH=" in environment
