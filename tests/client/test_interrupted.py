"""The kernel is killed anywhere, the portal goes away: the same cell again, and all is there once."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bttoxin import Portal, PortalUnreachable, WaitTimeout
from bttoxin._blocking import BlockingDriver
from bttoxin.effects import Answer, Effect

from tests.web.api.server import Server

_FORK = multiprocessing.get_context("fork")


class Dying(BlockingDriver):
    """Carries out requests until one moment, and is killed there: before a request, or before its answer is seen."""

    requests_left = 0
    answered = False

    def _carry_out(self, effect: Effect) -> Answer | None:
        type(self).requests_left -= 1
        if self.requests_left == 0 and not self.answered:
            os.kill(os.getpid(), signal.SIGKILL)
        answer = super()._carry_out(effect)
        if self.requests_left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer


def _submit(url: str, genomes: Path, into: Path) -> Any:
    with Portal(url, quiet=True) as portal:
        return portal.submit(genomes, into=into)


def _submit_and_die(url: str, genomes: Path, into: Path, requests: int, answered: bool) -> None:
    import bttoxin.portal

    Dying.requests_left, Dying.answered = requests, answered
    vars(bttoxin.portal)["BlockingDriver"] = Dying
    _submit(url, genomes, into)


def _in_child(target: Callable[..., None], *arguments: Any) -> int:
    child = _FORK.Process(target=target, args=arguments)
    child.start()
    child.join(60)
    assert child.exitcode is not None
    return child.exitcode


@pytest.mark.parametrize("answered", [False, True], ids=["before", "after"])
def test_a_kernel_killed_at_any_request_costs_nothing(
    server: Server, genomes: Path, tmp_path: Path, answered: bool
) -> None:
    """29 requests: what the portal is, the announcement, 27 genomes; killed before each and after each."""
    for moment in range(1, 30):
        before = set(server.portal.task_ids())
        into = tmp_path / f"run{moment}"
        assert _in_child(_submit_and_die, server.url, genomes, into, moment, answered) == -signal.SIGKILL
        run = _submit(server.url, genomes, into)
        assert [Path(file.path).name for file in run.refused] == ["bad.fna"], moment
        made = set(server.portal.task_ids()) - before
        assert len(made) == 26, moment
        lines = (into / "run.jsonl").read_text().splitlines()
        _submit(server.url, genomes, into)
        assert set(server.portal.task_ids()) - before == made
        assert (into / "run.jsonl").read_text().splitlines() == lines, "a third run sends nothing"


def test_a_line_that_a_crash_cut_counts_as_not_written(server: Server, genomes: Path, tmp_path: Path) -> None:
    before = set(server.portal.task_ids())
    _submit(server.url, genomes, tmp_path / "run")
    journal = tmp_path / "run" / "run.jsonl"
    for cut in (5, 60, 400):
        journal.write_bytes(journal.read_bytes()[:-cut])
        run = _submit(server.url, genomes, tmp_path / "run")
        assert len(run.refused) == 1
    assert len(set(server.portal.task_ids()) - before) == 26
    assert all(json.loads(line) for line in journal.read_text().splitlines() if line.endswith("}"))


def test_two_kernels_on_one_folder_lose_no_line(server: Server, genomes: Path, tmp_path: Path) -> None:
    before = set(server.portal.task_ids())
    children = [_FORK.Process(target=_submit, args=(server.url, genomes, tmp_path / "run")) for _ in range(3)]
    for child in children:
        child.start()
    for child in children:
        child.join(60)
    assert [child.exitcode for child in children] == [0, 0, 0]
    assert len(set(server.portal.task_ids()) - before) == 26
    events = [json.loads(line)["event"] for line in (tmp_path / "run" / "run.jsonl").read_text().splitlines()]
    assert (events.count("submission"), events.count("sent"), events.count("refused")) == (1, 26, 1)


def test_a_portal_that_is_away_for_a_while_is_waited_for(server: Server, genomes: Path, tmp_path: Path) -> None:
    """Its only worker is killed; gunicorn starts another one."""
    with Portal(server.url, quiet=True) as portal:
        run = portal.submit(genomes, into=tmp_path / "run")
        pid = server.worker_pid
        os.kill(pid, signal.SIGKILL)
        assert {state.status for state in run.status()} <= {"pending", "refused"}


def test_an_address_without_a_portal_is_told_at_once(genomes: Path, tmp_path: Path) -> None:
    with Portal("http://127.0.0.1:9", quiet=True) as portal:
        portal._link.patience = type(portal._link.patience)(first_contact_s=1.0)
        with pytest.raises(PortalUnreachable, match=r"127\.0\.0\.1:9"):
            portal.submit(genomes, into=tmp_path / "run")


def test_waiting_ends_in_time_and_loses_nothing(server: Server, genomes: Path, tmp_path: Path) -> None:
    with Portal(server.url, quiet=True) as portal:
        run = portal.submit(genomes, into=tmp_path / "run")
        with pytest.raises(WaitTimeout, match="1 of 27 done"):
            run.wait(timeout_s=0.5)
        assert len(portal.open(tmp_path / "run").status()) == 27
