"""A copy of JOBS_DIR is started beside production, on the same cluster: no job of production is touched (O1)."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

from click.testing import CliRunner

from portal.cli.main import cli
from portal.domain.status import TaskStatus
from portal.files.heartbeat import HeartbeatReader
from tests.cluster.private_cluster import PrivateCluster
from tests.e2e.gated_site import ONCE, SlurmSite, wait_for


def copy_of(site: SlurmSite, folder: Path) -> SlurmSite:
    """Return a portal over a copy of another one's folder, as for a restore drill."""
    site.stop_poller()
    shutil.copytree(site.portal.jobs, folder / "jobs", symlinks=True)
    site.start_poller()
    return SlurmSite(folder)


def beats_after(site: SlurmSite, before: str) -> bool:
    """Tell whether the poller has written a heartbeat since."""
    return str(site.heartbeat()["at"]) != before


def let_it_look(site: SlurmSite) -> None:
    """Wait until the poller has looked around three more times."""
    for _ in range(3):
        wait_for(partial(beats_after, site, str(site.heartbeat()["at"])), what="another look")


def test_a_copy_beside_production_touches_none_of_its_jobs(slurm_cluster: PrivateCluster, tmp_path: Path) -> None:
    with SlurmSite(tmp_path / "site") as site:
        site.hold("digger")
        deleted, forgotten = site.new_task(), site.new_task()
        for task_id in (deleted, forgotten):
            site.wait_stage(task_id, "digger")
        jobs = {*site.jobs_of(deleted, living=True), *site.jobs_of(forgotten, living=True)}
        assert len(jobs) == 4
        copy = copy_of(site, tmp_path / "copy")
        # What would end jobs: a task that is to be deleted, and jobs that belong to no task of the copy.
        copy.tasks.delete(copy.record(deleted))
        shutil.rmtree(copy.portal.task(forgotten).path)
        asked = copy.folder / "asked"
        log = f'echo "$0 $*" >> {asked}\nexec '
        for name in ("sbatch", "scancel", "scontrol"):
            path = copy.wrapper(name, f'{log}{{{name}}} "$@"')
        try:
            copy.start_poller(PATH=path)
            wait_for(lambda: copy.heartbeat().get("stands_still"), what="the copy says why it stands still")
            beat = HeartbeatReader(copy.portal).read()
            assert beat is not None
            assert "adopt-folder" in str(beat.stands_still)
            let_it_look(copy)
            assert not asked.exists(), asked.read_text()
            assert CliRunner().invoke(cli, ["admin", "adopt-folder"], env=copy.variables).exit_code == 0
            # It gives the job up only after minutes, but asks for its end at once.
            wait_for(lambda: copy.record(deleted).cancel_requested, what="the adopted copy ends its task")
            let_it_look(copy)
        finally:
            copy.end_pollers()
        assert jobs <= {*site.jobs_of(deleted, living=True), *site.jobs_of(forgotten, living=True)}
        assert not asked.exists() or not [line for line in asked.read_text().splitlines() if jobs & {*line.split()}]
        site.let_go("digger")
        for task_id in (deleted, forgotten):
            task = site.wait_ended(task_id)
            assert (task.status, len(task.attempts), site.runs(task_id)) == (TaskStatus.COMPLETED, 1, ONCE)
