"""`btportal admin` and `btportal doctor` on a real cluster, as an operator types them."""

from __future__ import annotations

import getpass
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.domain.person import account_of
from portal.domain.status import TaskStatus
from portal.files.people import PeopleRegister
from portal.reference.store import ReferenceStore
from tests.cluster.private_cluster import PrivateCluster
from tests.e2e.gated_site import SlurmSite, wait_for
from tests.e2e.operators import btportal
from tests.e2e.site import ROOT


@pytest.fixture
def site(slurm_cluster: PrivateCluster, tmp_path: Path) -> Iterator[SlurmSite]:
    with SlurmSite(tmp_path / "site") as made:
        yield made


def agree(site: SlurmSite) -> str | None:
    """Return what `reconcile` says once it finds no disagreement: the accounts lag some seconds behind."""
    code, output = btportal(site, "admin", "reconcile")
    return output if code == 0 else None


def running(site: SlurmSite) -> set[str]:
    """Return the tasks that `admin list` shows as running."""
    code, output = btportal(site, "admin", "list", "--status", "running")
    assert code == 0, output
    return {words[0] for line in output.splitlines() if (words := line.split())[1:2] == ["running"]}


def core_hours_by_sacct(site: SlurmSite) -> dict[str, float]:
    """Run the line of docs/operate/admins.md that sums by the pseudonym in the jobs' comments."""
    page = (ROOT / "docs" / "operate" / "admins.md").read_text()
    blocks = re.findall(r"^```\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    [line] = [block for block in blocks if "submitter=" in block and block.startswith("sacct")]
    told = site.run("bash", "-o", "pipefail", "-c", line.replace("-u portal", f"-u {getpass.getuser()}"))
    return {words[0]: float(words[1]) for words in (row.split() for row in told.splitlines())}


def by_person(site: SlurmSite) -> dict[str, float]:
    """Return the core hours of each person, as `btportal admin usage` tells them."""
    people = json.loads(btportal(site, "admin", "usage", "--by-person", "--json")[1])["people"]
    assert all(row["person_id"] for row in people), people
    return {row["person_id"]: row["core_hours"] for row in people}


def sign_in(site: SlurmSite, person: str) -> str:
    """Let the register know a person; return their pseudonym."""
    pseudonym = site.keyring.pseudonym(account_of(person))
    PeopleRegister(site.portal).note(pseudonym, person)
    return pseudonym


def test_an_admin_s_round(site: SlurmSite) -> None:
    pseudonyms = {person: sign_in(site, person) for person in ("alice", "bob")}
    site.hold("digger")
    stuck, fine = (site.new_task(submitter=account_of(person)) for person in pseudonyms)
    for task_id in (stuck, fine):
        site.wait_stage(task_id, "digger")
    wait_for(lambda: running(site) >= {stuck, fine}, what="both are listed as running")

    assert btportal(site, "admin", "cancel", stuck)[0] == 0
    ended = site.wait_ended(stuck)
    assert (ended.failure_kind, ended.cancelled_by) == ("cancelled", "admin")
    site.let_go("digger")
    site.wait_ended(fine)
    output = btportal(site, "admin", "show", stuck)[1]
    assert "cancel by" in output
    assert f"bt-{stuck}-digger-a1" in output
    assert btportal(site, "admin", "cancel", stuck)[0] == 1

    assert btportal(site, "admin", "retry", stuck)[0] == 0
    again = site.wait(stuck, lambda task: task.status is TaskStatus.COMPLETED)
    assert len(again.attempts) == 2
    wait_for(lambda: len("".join(path.read_text() for path in site.portal.usage.iterdir()).splitlines()) == 3)
    output = btportal(site, "admin", "usage")[1]
    assert output.splitlines()[-1].split()[1:3] == ["3", "2"]

    told, accounts = by_person(site), core_hours_by_sacct(site)
    assert told["alice"] > 0 < told["bob"]
    assert {person: accounts[pseudonyms[person]] for person in told} == pytest.approx(told, abs=1e-4)


def test_drain_lets_run_what_runs_and_starts_nothing(site: SlurmSite) -> None:
    site.hold("digger")
    running = site.new_task()
    site.wait_stage(running, "digger")
    assert btportal(site, "admin", "drain", "--notice", "the disks are exchanged")[0] == 0
    wait_for(lambda: site.heartbeat()["draining"])
    waiting = site.new_task()
    wait_for(lambda: site.heartbeat()["waiting"] == [waiting])
    site.let_go("digger")
    assert site.wait_ended(running).status is TaskStatus.COMPLETED
    assert site.record(waiting).attempts == ()
    assert btportal(site, "admin", "resume")[0] == 0
    assert site.wait_ended(waiting).status is TaskStatus.COMPLETED


def test_reconcile_agrees_and_names_what_differs(site: SlurmSite) -> None:
    done = site.new_task()
    site.wait_ended(done)
    wait_for(lambda: agree(site))
    site.stop_poller()
    here = f"--chdir={site.portal.task(done).path}"  # what works elsewhere is another portal's
    orphan = site.run("sbatch", "--parsable", here, f"--job-name=bt-{done}-digger-a1", "--wrap=sleep 600").strip()
    foreign = site.run("sbatch", "--parsable", "--job-name=bt-bbbbbbbbbbbb-digger-a1", "--wrap=sleep 600").strip()
    try:
        code, output = btportal(site, "admin", "reconcile", "--all")
        rows = {words[2]: words[0] for line in output.splitlines() if len(words := line.split()) > 3}
        assert (code, rows[orphan], rows[foreign]) == (1, "orphan", "foreign"), output
    finally:
        site.run("scancel", orphan, foreign)


def test_the_doctor_sends_a_job_and_reads_what_it_found(site: SlurmSite) -> None:
    fasta = site.folder / "toxins.faa"
    fasta.write_text(">Cry1Aa1\nMDNNPNINECIPYNCLSNPEVEVLGGERIETG\n")
    store = ReferenceStore(site.folder / "references")
    store.add(fasta, "made-up", version="1")
    store.use("made-up")
    code, output = btportal(site, "doctor")
    lines = {line[5:17].strip(): line[:4].strip() for line in output.splitlines()}
    assert {lines[name] for name in ("job", "node python", "node libs", "node data", "node cores", "node clock")} == {
        "ok"
    }, output
    assert lines["account"] == "ok"
    assert code == 0, output
    assert not list(site.portal.own.glob("doctor-*"))


@pytest.mark.parametrize(
    ("variable", "value", "row", "mend"),
    [
        ("SLURM_PARTITION", "nowhere", "partition", "sinfo -s"),
        ("SLURM_ACCOUNT", "nobody", "account", "sacctmgr add user"),
        ("SLURM_QOS", "golden", "qos", "sacctmgr modify user"),
        ("SLURM_WCKEY", "submitit", "wckey", "sacctmgr add user"),
    ],
)
def test_the_doctor_names_a_wrong_setting_and_what_mends_it(
    site: SlurmSite, variable: str, value: str, row: str, mend: str
) -> None:
    code, output = btportal(site, "doctor", "--wait", "0", **{variable: value})
    assert code == 1
    [place] = [place for place, line in enumerate(output.splitlines()) if line.startswith(f"FAIL {row} ")]
    assert mend in output.splitlines()[place + 1]


def test_the_doctor_does_not_wait_for_ever_and_leaves_no_job(site: SlurmSite) -> None:
    _, output = btportal(site, "doctor", "--wait", "5", SLURM_EXTRA="--hold")
    assert "JobHeldUser" in output
    assert "squeue -j" in output
    wait_for(lambda: "bt-doctor" not in site.run("squeue", "-h", "-o", "%j"))
