"""An operator's page asks for a comparison with a real cluster: the poller makes it while tasks run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.files.consistency import ConsistencyReport
from portal.services.admin import AdminService
from portal.storage.file import FileTaskStore
from tests.cluster.private_cluster import PrivateCluster
from tests.e2e.gated_site import SlurmSite, wait_for


@pytest.fixture
def site(slurm_cluster: PrivateCluster, tmp_path: Path) -> Iterator[SlurmSite]:
    with SlurmSite(tmp_path / "site") as made:
        yield made


def test_the_poller_compares_when_a_page_wishes_it(site: SlurmSite) -> None:
    foreign = site.run("sbatch", "--parsable", "--hold", "--job-name=bt-bbbbbbbbbbbb-digger-a1", "--wrap=true").strip()
    try:
        site.hold("digger")
        task_id = site.new_task()
        site.wait_stage(task_id, "digger")
        AdminService(site.portal, FileTaskStore(site.portal), by="tester").ask_for_consistency_check()
        wait_for(lambda: ConsistencyReport.read(site.portal) is not None, what="a comparison")
        found = ConsistencyReport.read(site.portal)
        assert found is not None
        assert found.error is None
        assert (foreign, "foreign") in {(finding.job_id, finding.kind) for finding in found.findings}
        assert [finding for finding in found.findings if task_id in finding.name] == []
        wait_for(lambda: not site.portal.consistency_wish.exists(), what="the wish is gone")
    finally:
        site.run("scancel", foreign)
    site.let_go("digger")
    assert site.wait_ended(task_id).error_message is None
