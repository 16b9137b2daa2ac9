"""`btportal admin reconcile` where records and cluster disagree, and `btportal doctor`'s job in the accounts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from portal.storage.file import FileTaskStore
from tests.cluster.private_cluster import PrivateCluster
from tests.e2e.gated_site import SlurmSite, wait_for
from tests.e2e.operators import btportal


@pytest.fixture
def site(slurm_cluster: PrivateCluster, tmp_path: Path) -> Iterator[SlurmSite]:
    with SlurmSite(tmp_path / "site") as made:
        yield made


def reconcile(site: SlurmSite, task_id: str) -> tuple[int, set[tuple[str, ...]]]:
    """Return the exit code, and kind, name and job id of each finding about a task.

    The cluster may know jobs of other tests' tasks; they are remarks, and no disagreement.
    """
    code, output = btportal(site, "admin", "reconcile")
    rows = {tuple(line.split()[:3]) for line in output.splitlines() if f"bt-{task_id}-" in line}
    return code, rows


def move_to_another_cluster(site: SlurmSite, task_id: str) -> str:
    """Put an id that this cluster never gave out into the record of an ended task, as a restored copy may have it."""
    store = FileTaskStore(site.portal)
    task = store.get(task_id)
    assert task.attempt is not None
    digger, *others = task.attempt.jobs
    gone = replace(digger, job_id="87654321", intent_time=digger.intent_time - timedelta(minutes=10))
    attempt = replace(task.attempt, jobs=(gone, *others))
    store.save(replace(task, attempts=(attempt,), revision=task.revision + 1))
    return gone.name


def test_reconcile_tells_jobs_that_are_too_many_and_jobs_that_are_gone(site: SlurmSite) -> None:
    task_id = site.new_task()
    site.wait_ended(task_id)
    wait_for(lambda: reconcile(site, task_id) == (0, set()), what="record and accounts agree")
    site.stop_poller()  # which would cancel the orphan

    name = f"bt-{task_id}-shoter-a1"
    here = f"--chdir={site.portal.task(task_id).path}"  # what works elsewhere is another portal's
    orphan = site.run("sbatch", "--parsable", "--hold", here, f"--job-name={name}", "--wrap=true").strip()
    assert reconcile(site, task_id) == (1, {("orphan", name, orphan)})
    site.run("scancel", orphan)
    wait_for(lambda: reconcile(site, task_id) == (0, set()), what="the orphan is over")

    gone = move_to_another_cluster(site, task_id)
    assert reconcile(site, task_id) == (1, {("lost", gone, "87654321")})


def test_reconcile_without_an_answer_says_neither(site: SlurmSite) -> None:
    silent = site.wrapper("squeue", "echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1")
    code, output = btportal(site, "admin", "reconcile", PATH=silent)
    assert code == 2
    assert output.startswith("no comparison: ")


def test_the_doctor_s_job_ends_by_itself(site: SlurmSite) -> None:
    """It has answered long before it ends; cancelled then, it would stand as CANCELLED in the accounts."""

    def doctors() -> dict[str, str]:
        return {job: state for job, state, name in site.queue() if name.startswith("bt-doctor-")}

    before = doctors()
    btportal(site, "doctor", JOB_SETUP=f"{site.variables['JOB_SETUP']}\ntrap 'sleep 3' EXIT")
    assert wait_for(lambda: [state for job, state in doctors().items() if job not in before] == ["COMPLETED"])
