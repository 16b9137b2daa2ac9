"""`btportal demo`: one genome from submission to bundle, on a temporary portal."""

from __future__ import annotations

import csv
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from portal.cli.processes import Family, laptop_environment
from portal.cli.refusal import language, said
from portal.config import Settings, read_settings
from portal.domain.message import Message, verbatim
from portal.results.ranking import score_text, shown_limits
from portal.results.score_words import documented_words

_READY_TIMEOUT_S = 60.0
_TOP = 12


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _portal(environment: dict[str, str], log: Path) -> Iterator[str]:
    """Run web and poller until the block ends, with their output in a file; yield the address."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as stream:
        family = Family(environment, log=stream)
        try:
            family.start("poller")
            family.start("serve")
            yield f"http://127.0.0.1:{environment['WEB_PORT']}"
        finally:
            family.end()


def _await_ready(url: str, log: Path) -> None:
    import httpx

    deadline = time.monotonic() + _READY_TIMEOUT_S
    reason = Message("command.no_answer")
    while time.monotonic() < deadline:
        try:
            answer = httpx.get(f"{url}/api/health/ready", timeout=5, trust_env=False)  # no proxy reaches this machine
            if answer.is_success:
                return
            reason = verbatim(str(answer.json().get("errors") or answer.json()))
        except (httpx.HTTPError, ValueError):
            pass  # not listening yet
        time.sleep(0.2)
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
    raise click.ClickException(said(Message("command.demo_not_ready", reason=reason, log=str(log), tail=tail)))


def _reference(settings: Settings) -> None:
    """Fetch the default reference if none is in use; a running portal never does."""
    from portal.reference.store import ReferenceStore

    if ReferenceStore(settings.reference_dir).current() is None:
        command = [sys.executable, "-m", "portal.cli", "reference", "fetch", "--dir", str(settings.reference_dir)]
        subprocess.run(command, check=True)


def _example(settings: Settings, folder: Path) -> Path:
    """Return the synthetic example genome, generated from the reference in use."""
    from portal.reference.example_genome import write_example
    from portal.reference.store import ReferenceStore

    reference = ReferenceStore(settings.reference_dir).current()
    assert reference is not None
    path = folder / "synthetic_kurstaki.fna"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_example(reference.fasta, path)
    return path


def _run(url: str, genome: Path, folder: Path) -> tuple[str, Path]:
    """Submit, watch and download with the client; return the task id and the bundle."""
    import tempfile

    from bttoxin import Portal

    # The portal and the journal of the run exist only for this genome.
    with Portal(url, lang=language()) as portal, tempfile.TemporaryDirectory() as journal:
        run = portal.submit(genome, into=journal)
        if run.refused:
            raise click.ClickException(str(run.refused[0]))
        run.wait()
        [state] = run.states
        task = run.task(state.task_id)
        if state.status != "completed":
            record = task.record()
            told = f"{record['error_message']} {record['advice'] or ''}".strip()
            tail = "\n".join(task.log().splitlines()[-12:])
            kind = str(record["failure_kind"])
            failed = Message("command.demo_failed", task_id=state.task_id, kind=kind, reason=told, tail=tail)
            raise click.ClickException(said(failed))
        return state.task_id, task.bundle(folder / f"{task.record()['strain']}-{state.task_id}.zip")


def _print_results(bundle: Path) -> None:
    """Print the top of the toxin table and the target scores from the bundle."""
    import zipfile

    from portal.cli.conclusion import conclusion_text
    from portal.domain.status import PipelineStage
    from portal.pipeline.bundle.verify import top_folder
    from portal.results.codec import from_json
    from portal.results.names import FOLDERS, SCORES_JSON, TOXINS_TSV
    from portal.results.scores import ScoresDocument

    with zipfile.ZipFile(bundle) as archive:
        top = top_folder(archive.namelist())
        toxins = archive.read(f"{top}{FOLDERS[PipelineStage.DIGGER]}/{TOXINS_TSV}").decode()
        scores = from_json(archive.read(f"{top}{FOLDERS[PipelineStage.SHOTER]}/{SCORES_JSON}"), ScoresDocument)
    rows = list(csv.DictReader(toxins.splitlines(), delimiter="\t"))
    click.echo(f"\ntoxins: {len(rows)}")
    for row in rows[:_TOP]:
        edge = "  cut by the contig's end" if row["contig_edge"] else ""
        where = f"{row['contig']}:{row['start']}-{row['end']} ({row['strand']})"
        identity = f"{float(row['identity']):.1f} %" if row["identity"] else "profile"
        click.echo(f"  {row['hit'] or row['class']:<12}{identity:>8}  {where}{edge}")
    if len(rows) > _TOP:
        click.echo(f"  ... and {len(rows) - _TOP} more")
    for strain in scores.strains:
        click.echo(f"\n{strain.strain}: {conclusion_text(strain.conclusion)}")
        click.echo("scores (5-95 % interval):")
        known = {score.target: score for score in strain.targets if score.value > 0}
        for kind in strain.conclusion.all:
            if score := known.get(kind.target):
                low, high = map(score_text, shown_limits(score.low or 0.0, score.high or 0.0))
                interval = f"({low} to {high})"
                words = f"{kind.assessment.replace('_', ' ')}, {score.tier}"
                click.echo(f"  {kind.target:<20}{score_text(score.value):<7}{interval:<18}{words}")
                click.echo(f"  {'':<20}{said(documented_words(score.documented))}")
        click.echo(said(Message("score.meaning")))


def _print_accounting(task_id: str) -> None:
    """Print SLURM's accounting of the task's jobs; the database lags the controller slightly."""
    command = ["sacct", "-X", "--name", f"bt-{task_id}-digger-a1,bt-{task_id}-shoter-a1"]
    command += ["-o", "JobName%40,State,AllocCPUS,Elapsed"]
    deadline = time.monotonic() + 15
    while True:
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        if output.count("COMPLETED") >= 2 or time.monotonic() > deadline:
            break
        time.sleep(0.5)
    click.echo(f"\nsacct:\n{output.rstrip()}")


@click.command()
@click.option(
    "--genome", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A genome instead of the example."
)
def demo(genome: Path | None) -> None:
    """Start a portal, upload a genome, fetch its bundle and stop. The last line of output is the bundle's path."""
    from portal.bootstrap import executor

    # A signal must end the portal too: `finally` runs only if Python handles the signal.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    environment = laptop_environment(_free_port())
    settings = read_settings(environment)
    var = Path("var").absolute()
    log = var / "demo" / "portal.log"
    log.unlink(missing_ok=True)
    _reference(settings)
    genome = (genome or _example(settings, var / "demo")).absolute()
    kind = executor(settings)
    click.echo(f"genome: {genome} ({genome.stat().st_size / 1e6:.1f} MB), {kind} executor")
    with _portal(environment, log) as url:
        _await_ready(url, log)
        task_id, bundle = _run(url, genome, var / "demo")
    _print_results(bundle)
    if kind == "slurm" and shutil.which("sacct"):
        _print_accounting(task_id)
    click.echo(f"\nbundle: {bundle.resolve()}")
