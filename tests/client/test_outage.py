"""The portal is away while a run is sent, watched and fetched: all goes on by itself, and nothing is there twice.

OUTAGE_S (s) makes each outage longer than the tests have time for.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from bttoxin import Portal, PortalUnreachable

from portal.files.maintenance import Maintenance, end_maintenance
from tests.builders import make_task_on_disk
from tests.client.fronts import Front, closing_all, join
from tests.waiting import PATIENCE_S, wait_for
from tests.web.api.server import Server

OUTAGE_S = float(os.environ.get("OUTAGE_S", "2.5"))


class Gate(Front):
    """Leads to a port, or nowhere while it is shut; what is open is cut when it is shut."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()  # over what is open and whether it is shut: nothing slips through between the two
        self._is_cut = threading.Event()
        self.is_shut = False
        self.refused = 0
        self.reopened = 0.0  # when, on the monotonic clock
        super().__init__()

    def serve(self, client: socket.socket) -> None:
        """Carry on, unless the gate is shut."""
        with socket.create_connection(("127.0.0.1", self._target)) as upstream:
            with self._lock:
                if self.is_shut:
                    self.refused += 1
                    return
                self._open += [client, upstream]
            join(client, upstream)

    def wait_until_shut(self) -> None:
        """Return when the outage has begun, and nothing is open any more."""
        assert self._is_cut.wait(PATIENCE_S)

    def shut(self) -> None:
        """Cut everything, and let nothing through for the time of an outage, and until somebody has noticed it."""
        before = self.refused
        with self._lock:
            self.is_shut = True
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self._open.clear()
        self._is_cut.set()
        time.sleep(OUTAGE_S)
        wait_for(lambda: self.refused > before, what="somebody who is refused")
        with self._lock:
            self._is_cut.clear()
            self.is_shut = False
            self.reopened = time.monotonic()


def _during(gate: Gate, may_begin: Callable[[], bool]) -> threading.Thread:
    """Shut the gate, in a thread of its own, as soon as something has happened."""

    def work() -> None:
        until = time.monotonic() + PATIENCE_S
        while not may_begin() and time.monotonic() < until:
            time.sleep(0.002)
        gate.shut()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_a_portal_that_is_away_while_sending_watching_and_fetching(
    server: Server, genomes: Path, tmp_path: Path
) -> None:
    before = set(server.portal.task_ids())
    gate = Gate(server.port)
    journal = tmp_path / "run" / "run.jsonl"
    with closing_all(gate), Portal(f"http://127.0.0.1:{gate.port}", quiet=True) as portal:
        shutting = _during(gate, lambda: journal.exists() and journal.read_text().count('"sent"') >= 5)
        run = portal.submit(genomes, into=tmp_path / "run")
        shutting.join()
        assert gate.refused > 0
        assert len(set(server.portal.task_ids()) - before) == 26

        refused, shutting = gate.refused, _during(gate, lambda: True)
        gate.wait_until_shut()
        run.status()
        answered = time.monotonic()
        assert run.counts == {"pending": 26, "refused": 1}
        shutting.join()
        assert gate.refused > refused
        assert answered >= gate.reopened

        done = next(state for state in run.states if state.label == "007")
        server.portal.task(done.task_id).path.rename(server.portal.trash / done.task_id)
        built = make_task_on_disk(
            server.portal, task_id=done.task_id, submission=run._operations.state.live[0].submission_id
        )
        refused, shutting = gate.refused, _during(gate, lambda: True)
        gate.wait_until_shut()
        [bundle] = run.bundles()
        shutting.join()
        assert gate.refused > refused
        good = server.portal.task(built.task_id).path / "attempts/1/bundle/out/bundle.zip"
        assert bundle.read_bytes() == good.read_bytes()


def test_a_portal_closed_for_maintenance_says_why(server: Server, genomes: Path, tmp_path: Path) -> None:
    Maintenance(english="New disks until noon").write(server.portal)
    try:
        with (
            Portal(server.url, quiet=True, outage_s=0.5) as portal,
            pytest.raises(PortalUnreachable, match="New disks until noon"),
        ):
            portal.submit(genomes, into=tmp_path / "run")
    finally:
        end_maintenance(server.portal)
    with Portal(server.url, quiet=True) as portal:
        assert len(portal.submit(genomes, into=tmp_path / "run").states) == 27
