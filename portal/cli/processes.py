"""`btportal serve`, `poller` and `up`: the long-running processes."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import FrameType
from typing import IO

import click

from portal.cli.owner import require_owner
from portal.cli.refusal import said
from portal.config import LAPTOP_DEFAULTS, Settings, read_settings, spellings
from portal.domain.logs import set_up_logging
from portal.domain.message import Message

_GRACE_S = 20.0
_DEATHS, _DEATHS_WITHIN_S = 3, 30.0


def _metrics_folder() -> str:
    """Return a new folder for the workers' metrics, in memory if the system supports it.

    Folders of killed web processes are removed.
    """
    base = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else Path(tempfile.gettempdir())  # noqa: S108
    for old in base.glob("bttoxin-metrics-*"):
        pid = old.name.split("-")[2]
        if pid.isdecimal() and not Path(f"/proc/{pid}").exists() and old.lstat().st_uid == os.getuid():
            shutil.rmtree(old, ignore_errors=True)
    return tempfile.mkdtemp(prefix=f"bttoxin-metrics-{os.getpid()}-", dir=base)


def _bind(settings: Settings) -> str:
    """Return where the web process listens, unless its command says otherwise."""
    return settings.LISTEN or f"{settings.WEB_HOST}:{settings.WEB_PORT}"


@click.command()
@click.option("--host", help="Address to listen on.  [default: WEB_HOST]")
@click.option("--port", type=int, help="Port to listen on.  [default: WEB_PORT]")
def serve(host: str | None, port: int | None) -> None:
    """Run the web process (gunicorn)."""
    settings = read_settings()
    require_owner(settings.JOBS_DIR)
    command = [sys.executable, "-m", "gunicorn", "-c", "python:portal.web.gunicorn_conf"]
    chosen = f"{host or settings.WEB_HOST}:{settings.WEB_PORT if port is None else port}"
    bind = _bind(settings) if host is None and port is None else chosen
    command += ["--bind", bind]
    command += ["--workers", str(settings.WEB_WORKERS), "portal.asgi:application()"]
    # The workers share their metrics through files in this folder.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = _metrics_folder()
    os.execv(sys.executable, command)  # noqa: S606 - an argument list: nothing for a shell to do


@click.command()
def poller() -> None:
    """Run the background process, which dispatches, syncs and cleans up. A second one stands by."""
    from portal.bootstrap import beside_poller, build_poller
    from portal.files.lease import LeaseLost
    from portal.poller.loop import run_poller
    from portal.service_manager import ServiceManager

    settings = read_settings()
    require_owner(settings.JOBS_DIR)
    set_up_logging("poller", settings.LOG_FORMAT, settings.secrets)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    built = build_poller(settings)
    try:
        run_poller(built, stop, ServiceManager().alive, beside=beside_poller(settings, built.notified))
    except LeaseLost as error:
        raise click.ClickException(said(Message("command.poller_taken_over"))) from error


def laptop_environment(port: int | None) -> dict[str, str]:
    """Return the environment with laptop defaults for unset variables."""
    environment = dict(os.environ)
    for name, value in LAPTOP_DEFAULTS.items():
        if not any(spelling in environment for spelling in spellings(name)):
            environment[name] = value
    if port is not None:
        environment["WEB_PORT"] = str(port)
    return environment


class Family:
    """The portal's processes as children: one that dies is restarted; on a signal, all end.

    If a child dies repeatedly within a short time, a restart will not help, and all processes end.
    """

    def __init__(self, environment: dict[str, str], *, log: IO[bytes] | None = None) -> None:
        self._environment = environment
        self._log = log
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._deaths: dict[str, list[float]] = {}

    def start(self, name: str) -> None:
        command = [sys.executable, "-m", "portal.cli", name]
        self._children[name] = subprocess.Popen(command, env=self._environment, stdout=self._log, stderr=self._log)

    def watch(self, stop: threading.Event) -> str | None:
        """Keep the children running until a signal; return the name of one that cannot be kept running."""
        while not stop.wait(0.2):
            for name, child in list(self._children.items()):
                if child.poll() is None:
                    continue
                now = time.monotonic()
                self._deaths[name] = [at for at in self._deaths.get(name, []) if now - at < _DEATHS_WITHIN_S] + [now]
                if len(self._deaths[name]) > _DEATHS:
                    return name
                click.echo(f"{name} ended by itself ({_how(child.returncode)}) and is started again", err=True)
                self.start(name)
        return None

    def end(self) -> None:
        """End all children: terminate them, and kill those left after a while."""
        for child in self._children.values():
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + _GRACE_S
        for child in self._children.values():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


@click.command()
@click.option("--port", type=int, help="Port of the web process.  [default: 8000]")
def up(port: int | None) -> None:
    """Run web and poller together, with laptop defaults: ./var/jobs, no Redis, 1 GB of free disk."""
    environment = laptop_environment(port)
    settings = read_settings(environment)
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    family = Family(environment)
    try:
        family.start("poller")
        family.start("serve")
        _greet(settings)
        ended = family.watch(stop)
    finally:
        family.end()
    if ended is not None:
        raise click.ClickException(said(Message("command.process_ends", process=ended)))


def _how(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def _greet(settings: Settings) -> None:
    from portal.bootstrap import executor

    bind = _bind(settings)
    click.echo(f"portal:     {bind if bind.startswith('unix:') else f'http://{bind}/'}")
    click.echo(f"jobs:       {settings.JOBS_DIR} ({executor(settings)} executor)")
    click.echo(f"references: {settings.reference_dir}")
    _warn_of_reference(settings.reference_dir)
    click.echo("end with Ctrl-C")


def _warn_of_reference(folder: Path) -> None:
    """Say so if tasks will fail for want of a toxin reference, and which command mends it."""
    from portal.reference.store import ReferenceStore
    from portal.services.health_checks import check_reference

    part = check_reference(ReferenceStore(folder))
    if part.state == "ok":
        return
    command = shlex.join(["btportal", "reference", "fetch", "--dir", str(folder)])
    if part.message.code == "health.reference_none":
        problem = said(Message("command.reference_none", folder=str(folder)))
    else:
        problem = said(part.message)
    click.echo(f"{problem} {said(Message('command.reference_mend', command=command))}", err=True)
