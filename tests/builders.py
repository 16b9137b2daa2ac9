"""Tasks as tests want them: records in any state, with the folder that a task in that state has on disk."""

from __future__ import annotations

import hashlib
import threading
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.bootstrap import build_web, templates_dir
from portal.config import Settings, read_settings
from portal.domain.parameters import read_parameters
from portal.domain.runs import kept_run
from portal.domain.stage_record import StageRecord
from portal.domain.status import STAGE_ORDER, FailureKind, Lang, PipelineStage, TaskStatus
from portal.domain.task import Attempt, JobRecord, TaskMeta
from portal.files.document import write_document
from portal.files.heartbeat import Heartbeat, SchedulerState
from portal.files.reports import OutputFile, Sentinel
from portal.files.room import GIGABYTE
from portal.files.submission import TaskRequest
from portal.files.taskdir import PortalDir, StageDir, strain_name
from portal.services.acceptance import Acceptance
from portal.services.answers import PartHealth
from portal.services.secrets import Keyring, new_nonce, new_task_id, token_hash
from portal.services.tasks import TaskService
from portal.storage.codec import to_json
from portal.web.app import create_app
from tests.pipeline.plots.result_files import write_results
from tests.samples import NO_SAMPLES

SUBMITTED = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SECRET = b"a secret of the tests, 32 bytes!"
GENOME = b">contig1 synthetic\nATGAACAATCCGAACATCAATGAATGCATTCCT\n>contig2\nACGTNACGTRYACGT\n"

# Which stages are over, and which one runs or failed, in a task of each state.
_DONE = {
    TaskStatus.PENDING: 0,
    TaskStatus.QUEUED: 0,
    TaskStatus.RUNNING: 1,
    TaskStatus.COMPLETED: 4,
    TaskStatus.FAILED: 1,
}
_PROGRESS = {
    TaskStatus.PENDING: 0,
    TaskStatus.QUEUED: 0,
    TaskStatus.RUNNING: 62,
    TaskStatus.COMPLETED: 100,
    TaskStatus.FAILED: 62,
}


class WholeAnswers(FlaskClient):
    """A client that reads each answer to its end, so that files behind it are closed."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        kwargs.setdefault("buffered", True)
        return super().open(*args, **kwargs)


@dataclass(frozen=True)
class BuiltTask:
    """A task on disk and the token that opens it."""

    task: TaskMeta
    token: str

    @property
    def task_id(self) -> str:
        return self.task.task_id

    @property
    def bearer(self) -> dict[str, str]:
        """The header that opens the task."""
        return {"Authorization": f"Bearer {self.token}"}


@dataclass(frozen=True)
class Site:
    """The web application over a folder of its own, and what stands behind it."""

    settings: Settings
    portal: PortalDir
    keyring: Keyring
    tasks: TaskService
    acceptance: Acceptance
    app: Flask

    def task(self, status: TaskStatus = TaskStatus.COMPLETED, **more: Any) -> BuiltTask:
        """Put a task of this state on disk."""
        return make_task_on_disk(self.portal, status, keyring=self.keyring, **more)

    def incoming(self) -> list[str]:
        """Return what lies in the folder of half-made uploads."""
        return sorted(entry.name for entry in self.portal.incoming.iterdir())


def make_site(
    jobs: Path,
    *,
    checks: Sequence[Callable[[], PartHealth]] = (),
    floor_bytes: int | None = None,
    **variables: str,
) -> Site:
    """Build the application as the composition root does, with files alone; `variables` are settings by their name."""
    if floor_bytes is not None:
        variables["MIN_FREE_DISK_GB"] = str(floor_bytes / GIGABYTE)
    fixed = {
        "JOBS_DIR": str(jobs),
        "REDIS_URL": "",
        "MIN_FREE_DISK_GB": "0",
        "PORTAL_SECRET": SECRET.decode(),
        **NO_SAMPLES,
    }
    settings = read_settings({**fixed, **variables})
    parts = build_web(settings, checks=checks)
    app = create_app(settings, parts, templates=templates_dir())
    app.test_client_class = WholeAnswers
    return Site(settings, PortalDir(jobs), parts.keyring, parts.tasks, parts.acceptance, app)


def write_heartbeat(portal: PortalDir, *, age_s: float = 1.0, **changes: Any) -> Heartbeat:
    """Write what a poller says that looked `age_s` ago; `changes` are fields of Heartbeat."""
    at = datetime.now(UTC) - timedelta(seconds=age_s)
    scheduler = SchedulerState("local", last_ok=at)
    beat = replace(Heartbeat(at=at, host="testhost", pid=1, interval_s=1.0, slots=4, scheduler=scheduler), **changes)
    beat.write(portal)
    return beat


@contextmanager
def beating(portal: PortalDir) -> Iterator[None]:
    """Write heartbeats as a poller does: one alone is silence after half a minute, whatever its time says."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(2):
            write_heartbeat(portal)

    write_heartbeat(portal)
    thread = threading.Thread(target=beat)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def task_meta(status: TaskStatus = TaskStatus.COMPLETED, *, token: str = "", **changes: Any) -> TaskMeta:
    """Return a record as the poller would have left it in this state; `changes` are fields of TaskMeta."""
    task_id = changes.pop("task_id", None) or new_task_id()
    filename = changes.get("filename", "HD-1.fna")
    done = _DONE[status]
    started = SUBMITTED + timedelta(seconds=20) if done else None
    failure = FailureKind.OUT_OF_MEMORY if status is TaskStatus.FAILED else None
    if changes.get("expires_at") is not None:  # the date follows from the end
        changes.setdefault("completion_time", changes["expires_at"] - timedelta(days=30))
    task = TaskMeta(
        task_id=task_id,
        status=status,
        current_stage=STAGE_ORDER[done] if 0 < done < len(STAGE_ORDER) else None,
        progress=_PROGRESS[status],
        submission_time=SUBMITTED,
        start_time=started,
        completion_time=SUBMITTED + timedelta(minutes=4) if status.is_final else None,
        filename=filename,
        file_size=len(GENOME),
        lang=Lang.EN,
        error_message="The scoring needed more memory than the job has." if failure else None,
        token_hash=token_hash(token),
        revision=1 + 2 * done,
        strain=strain_name(filename),
        input_sha256=hashlib.sha256(GENOME).hexdigest(),
        input_facts={
            "records": 2,
            "letters": 48,
            "kind": "nucl",
            "longest": 33,
            "n50": 33,
            "ambiguous": 3,
            "notes": [],
        },
        parameters=read_parameters({}),
        submitter="0123456789abcdef",
        submission=task_id,
        failure_kind=failure,
        advice="Run it again; ask the operator for more memory if it fails again." if failure else None,
        stages=_stages(status, done),
        attempts=(_attempt(task_id, status),) if done or status is TaskStatus.QUEUED else (),
        last_synced=SUBMITTED + timedelta(minutes=4) if done else None,
        expires_at=SUBMITTED + timedelta(days=30) if status.is_final else None,
    )
    return replace(task, **changes)


def _stages(status: TaskStatus, done: int) -> tuple[StageRecord, ...]:
    records = []
    for place, stage in enumerate(STAGE_ORDER):
        begun = SUBMITTED + timedelta(seconds=20 + 50 * place)
        if place < done:
            records.append(StageRecord(stage, "done", begun, begun + timedelta(seconds=48)))
        elif place == done and status is TaskStatus.RUNNING:
            records.append(StageRecord(stage, "running", begun, message="Scoring insect orders"))
        elif place == done and status is TaskStatus.FAILED:
            records.append(StageRecord(stage, "failed", begun, begun + timedelta(seconds=9), "out of memory"))
        else:
            records.append(StageRecord(stage))
    return tuple(records)


def _attempt(task_id: str, status: TaskStatus) -> Attempt:
    state = {TaskStatus.QUEUED: "pending", TaskStatus.RUNNING: "running", TaskStatus.COMPLETED: "completed"}
    job = JobRecord(
        name=f"bt-{task_id}-digger-a1",
        stages=STAGE_ORDER,
        intent_time=SUBMITTED + timedelta(seconds=5),
        job_id="4711",
        state=state.get(status, "failed"),
        submit_time=SUBMITTED + timedelta(seconds=6),
        start_time=None if status is TaskStatus.QUEUED else SUBMITTED + timedelta(seconds=20),
        end_time=SUBMITTED + timedelta(minutes=4) if status.is_final else None,
        exit_code={TaskStatus.COMPLETED: 0, TaskStatus.FAILED: 1}.get(status),
        node="node1",
        cpus=4,
        elapsed_s=220 if status.is_final else None,
    )
    return Attempt(1, "first", SUBMITTED + timedelta(seconds=5), (job,))


def make_task_on_disk(
    portal: PortalDir,
    status: TaskStatus = TaskStatus.COMPLETED,
    *,
    keyring: Keyring | None = None,
    hits: int = 7,
    **changes: Any,
) -> BuiltTask:
    """Write a whole task folder: record, request, genome, and of each stage that is over log, files and sentinel.

    `hits` is the number of toxins (0: a genome without any). `changes` are fields of TaskMeta.
    """
    task_id = changes.pop("task_id", None) or new_task_id()
    changes = {"input_sha256": hashlib.sha256(GENOME).hexdigest(), "token_nonce": new_nonce(), **changes}
    token = (keyring or Keyring(SECRET)).token(task_id, changes["token_nonce"], changes["input_sha256"])
    task = task_meta(status, token=token, task_id=task_id, **changes)
    folder = portal.task(task_id)
    folder.genome.parent.mkdir(parents=True)
    folder.wishes.mkdir()
    folder.genome.write_bytes(GENOME)
    write_document(folder.request, TaskRequest("of the tests", to_json(task)), durable=False)
    attempt = folder.attempt(1)
    for stage in STAGE_ORDER[: _DONE[status]]:
        _write_stage(attempt.stage(stage), stage, task, hits)
    if status is TaskStatus.FAILED:
        _write_failure(attempt.stage(STAGE_ORDER[_DONE[status]]), task)
    write_document(folder.meta, task, durable=False)
    return BuiltTask(task, token)


def run_again(
    portal: PortalDir, built: BuiltTask, status: TaskStatus = TaskStatus.COMPLETED, *, hits: int = 7, **changes: Any
) -> BuiltTask:
    """Give a completed task another run in this state, as the poller would; `changes` are fields of TaskMeta."""
    before = built.task
    number = len(before.attempts) + 1
    day = timedelta(days=number)
    after = task_meta(status, task_id=built.task_id)
    [attempt] = after.attempts or (Attempt(1, "first", SUBMITTED),)
    jobs = tuple(replace(job, name=f"bt-{built.task_id}-digger-a{number}") for job in attempt.jobs)
    runs = (*before.runs, kept_run(before)) if before.status is TaskStatus.COMPLETED else before.runs
    task = replace(
        before,
        status=status,
        current_stage=after.current_stage,
        progress=after.progress,
        completion_time=after.completion_time + day if after.completion_time else None,
        expires_at=after.expires_at + day if after.expires_at else None,
        error_message=after.error_message,
        failure_kind=after.failure_kind,
        stages=after.stages,
        attempts=(*before.attempts, Attempt(number, "retry", attempt.created_at + day, jobs)),
        runs=runs,
        revision=before.revision + 8,
    )
    task = replace(task, **changes)
    for stage in STAGE_ORDER[: _DONE[status]]:
        _write_stage(portal.task(built.task_id).attempt(number).stage(stage), stage, task, hits)
    write_document(portal.task(built.task_id).meta, task, durable=False)
    return replace(built, task=task)


def rewrite_result(path: Path, data: bytes) -> None:
    """Give a result another content, as the stage might have made it: the sentinel goes with it."""
    path.write_bytes(data)
    folder = StageDir(path.parent.parent)
    sentinel = Sentinel.read(folder.sentinel)
    assert sentinel is not None
    outputs = tuple(output_of(path) if output.name == path.name else output for output in sentinel.outputs)
    replace(sentinel, outputs=outputs).write(folder.sentinel)


def output_of(path: Path) -> OutputFile:
    """Return what a sentinel says of a file."""
    return OutputFile(path.name, path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())


def _write_stage(folder: StageDir, stage: PipelineStage, task: TaskMeta, hits: int) -> None:
    folder.out.mkdir(parents=True)
    _WRITERS[stage](folder.out, task, hits)
    lines = [f"2026-03-02T09:30:{second:02d}Z INFO {stage.value} at work" for second in range(20, 40)]
    folder.log.write_text("\n".join(lines) + "\n", encoding="utf-8")
    begun = SUBMITTED + timedelta(seconds=20)
    outputs = tuple(output_of(path) for path in sorted(folder.out.iterdir()))
    Sentinel(stage, 0, "4711", begun, begun + timedelta(seconds=48), outputs).write(folder.sentinel)


def _write_failure(folder: StageDir, task: TaskMeta) -> None:
    folder.out.mkdir(parents=True)
    folder.log.write_text("2026-03-02T09:31:20Z ERROR out of memory\n", encoding="utf-8")
    failure = Sentinel(
        task.current_stage or PipelineStage.SHOTER,
        137,
        "4711",
        SUBMITTED + timedelta(seconds=70),
        SUBMITTED + timedelta(seconds=79),
        failure_kind=task.failure_kind,
        message=task.error_message,
    )
    failure.write(folder.sentinel)


def _write_digger(out: Path, task: TaskMeta, hits: int) -> None:
    digger, _ = write_results(out.parent / "made", hits, strain=task.strain)
    for path in digger.iterdir():
        path.rename(out / path.name)


def _write_shoter(out: Path, task: TaskMeta, hits: int) -> None:
    _, shoter = write_results(out.parent / "made", hits, strain=task.strain)
    for path in shoter.iterdir():
        path.rename(out / path.name)


def _write_plots(out: Path, task: TaskMeta, hits: int) -> None:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><title>{}</title><rect width="9" height="9"/></svg>'
    )
    (out / "target_heatmap.svg").write_text(svg.format(task.strain), encoding="utf-8")
    for name in ("strain_target_scores.svg", "strain_target_species_scores.svg", "inventory.svg"):
        (out / name).write_text(svg.format(name), encoding="utf-8")
    for name in ("per_hit", "identity_coverage", "score_intervals", "gene_neighbourhood", "domains"):
        (out / f"{name}_{task.strain}.svg").write_text(svg.format(f"{hits} hits"), encoding="utf-8")


def _write_bundle(out: Path, task: TaskMeta, hits: int) -> None:
    html = f"<!doctype html><html><head><title>{task.strain}</title></head><body><h1>{hits} toxins</h1></body></html>"
    (out / "report.html").write_text(html, encoding="utf-8")
    with zipfile.ZipFile(out / "bundle.zip", "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("manifest.json", "{}\n")
        bundle.writestr("4_Report/report.html", html)


_WRITERS: dict[PipelineStage, Callable[[Path, TaskMeta, int], None]] = {
    PipelineStage.DIGGER: _write_digger,
    PipelineStage.SHOTER: _write_shoter,
    PipelineStage.PLOTS: _write_plots,
    PipelineStage.BUNDLE: _write_bundle,
}
