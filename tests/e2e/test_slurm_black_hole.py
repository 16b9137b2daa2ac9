"""A node without Python takes job after job and fails each within a second; see `portal.poller.start_failures`."""

from __future__ import annotations

from pathlib import Path

from portal.bootstrap import build_web
from portal.domain.status import TaskStatus
from tests.cluster.private_cluster import PrivateCluster
from tests.e2e.gated_site import ONCE, SlurmSite, wait_for
from tests.e2e.operators import alarms, btportal
from tests.e2e.site import ROOT

SETUP = f'export PYTHONPATH={ROOT}; test "$SLURMD_NODENAME" != n2 || exec /opt/no/python3'


def test_thirty_tasks_pass_by_a_node_that_swallows_jobs(slurm_cluster: PrivateCluster, tmp_path: Path) -> None:
    with SlurmSite(tmp_path / "site", JOB_SETUP=SETUP, MAX_ACTIVE_PIPELINES="8") as site:
        ids = [site.new_task() for _ in range(30)]
        seen: set[tuple[str, str]] = set()
        for task_id in ids:
            task = site.wait_ended(task_id, timeout_s=240)
            assert task.status is TaskStatus.COMPLETED, task.error_message
            seen |= {(alarm["code"], alarm["params"].get("node", "")) for alarm in alarms(site)}
        assert all(site.runs(task_id) == ONCE for task_id in ids), "what is swallowed has done no work"
        wait_for(lambda: nodes(site, ids) == {"n1"}, what="all ended on the other node")
        # An earlier attempt may hold a Digger that completed on the good node before the bad one took its Shoter.
        earlier = [job for task_id in ids for attempt in site.record(task_id).attempts[:-1] for job in attempt.jobs]
        assert {job.node for job in earlier if job.state == "FAILED"} == {"n2"}, earlier
        assert seen == {("alarm.node_left_out", "n2")}, "one alarm"
        [alarm] = wait_for(lambda: alarms(site))
        assert "/opt/no/python3" in alarm["params"]["words"], "the job's own words"
        told = "it is not used for now"
        health = [part for part in build_web(site.settings).health.report().parts if part.name == "poller"]
        assert told in str(health[0].message)
        code, listing = btportal(site, "admin", "list")
        assert code == 0
        assert [line for line in listing.splitlines() if told in line and "n2" in line]
        assert len([line for line in site.log.read_text().splitlines() if told in line and "n2" in line]) == 1


def nodes(site: SlurmSite, ids: list[str]) -> set[str | None]:
    """Return where the last attempts' jobs ran."""
    return {job.node for task_id in ids for job in site.record(task_id).attempts[-1].jobs}
