"""Submit one job to sbatch as submitit does, with the settings and safeguards that the portal needs.

submitit writes the pickle and the script, and renames the pickle when the job's id is known. In between it would run
sbatch without a time-out, in our environment, and drop stderr; this module replaces that step. The script can also
rename the pickle, so that the job does not need the submitter once sbatch has been answered.
`tests/slurm/test_submitit.py` pins every private name of submitit that this module uses (1.5.4).
"""

from __future__ import annotations

import math
import shlex
import uuid
from typing import Any

from submitit.core.core import Job
from submitit.core.utils import DelayedSubmission, JobPaths
from submitit.slurm.slurm import SlurmExecutor, SlurmJob

from slurm import command
from slurm.complaint import Complaint, verbatim
from slurm.errors import CommandTimedOut, SchedulerUnavailable, SubmitDeferred, SubmitRejected, SubmitUncertain
from slurm.launch import belongings, preamble
from slurm.options import SlurmOptions, checked_name
from slurm.sbatch import Refusal, SubmitAnswer, refused_submission, submitted_job_id
from slurm.types import JobSpec


class UnwatchedJob(SlurmJob[Any]):
    """A job that is not registered with submitit's watcher, which would run sacct itself."""

    def _register_in_watcher(self) -> None:
        pass


class Executor(SlurmExecutor):
    """submitit's executor for one job, with an sbatch that has a time-out and dies with the poller."""

    job_class = UnwatchedJob

    def __init__(self, spec: JobSpec, options: SlurmOptions) -> None:
        super().__init__(spec.folder, max_num_timeout=0, python=shlex.quote(options.python))
        self._timeout_s = options.sbatch_timeout_s
        self._time_limit_min = _minutes(spec)
        self._pickle = self.folder / f"{uuid.uuid4().hex}.pkl"
        self.submitted: str | None = None  # the job's id, once sbatch has returned it
        chosen = parameters(spec, options)
        self.update_parameters(**chosen | {"setup": [*belongings(self.folder, self._pickle), *chosen["setup"]]})

    def _internal_process_submissions(self, delayed_submissions: list[DelayedSubmission]) -> list[Job[Any]]:
        """Write the pickle under a name that the script knows; submitit does not reveal its own."""
        [delayed] = delayed_submissions
        self.folder.mkdir(parents=True, exist_ok=True)
        delayed.set_timeout(self._time_limit_min, self.max_num_timeout)
        delayed.dump(self._pickle)
        job = self._submit_command(self._submitit_command_str)
        # The job may have started meanwhile and renamed it itself.
        if not job.paths.submitted_pickle.exists():
            job.paths.move_temporary_file(self._pickle, "submitted_pickle")
        return [job]

    def _submit_command(self, command: str) -> UnwatchedJob:
        uid = uuid.uuid4().hex
        script = self.folder / f".submission_file_{uid}.sh"
        script.write_text(self._make_submission_file_text(command, uid))
        self.submitted = _sbatch(str(script), self._timeout_s)
        job = UnwatchedJob(folder=self.folder, job_id=self.submitted)
        job.paths.move_temporary_file(script, "submission_file")
        return job


def parameters(spec: JobSpec, options: SlurmOptions) -> dict[str, Any]:
    """Return the parameters that submitit writes into the job's script."""
    memory_gb = spec.memory_gb if spec.memory_gb is not None else options.mem_gb
    extra = {name: value for name, value in options.extra_parameters().items() if name != "exclude"}
    additional: dict[str, Any] = {
        "chdir": str(spec.folder),
        # All of sbatch's environment, which `slurm.command` has cleaned. With NONE, slurmd runs `su - <user>` first and
        # usually waits 1 s for it (env_array_user of 22.05 sleeps before it checks again).
        "export": "ALL",
        "no-requeue": True,  # a new attempt gets a new folder, and the portal starts it
    }
    if spec.after_ok is not None:
        additional["dependency"] = f"afterok:{spec.after_ok}"
        additional["kill-on-invalid-dep"] = "yes"
    return {
        "job_name": checked_name(spec.name, options.prefix),
        "comment": spec.comment,
        "time": _minutes(spec),
        "nodes": 1,
        "ntasks_per_node": 1,
        "cpus_per_task": spec.cpus,
        "mem": None if memory_gb is None else f"{math.ceil(memory_gb * 1024)}M",
        "partition": options.partition or None,
        "account": options.account or None,
        "qos": options.qos or None,
        "wckey": options.wckey or None,
        "constraint": options.constraint or None,
        "exclude": options.excluded(spec.exclude) or None,
        "setup": preamble(options.setup),
        # 0: no early USR2, so that a job over its limit is TIMEOUT for SLURM too; the runner takes SIGTERM (KillWait)
        "signal_delay_s": 0,
        # Python runs in the batch step, which has all cores of the job. An srun step would depend on slurmctld, which
        # may be down, and would get one core by default (since 22.05).
        "use_srun": False,
        "additional_parameters": {**extra, **additional},
    }


def _minutes(spec: JobSpec) -> int:
    """Return the time limit as SLURM counts it."""
    return max(1, math.ceil(spec.time_limit_s / 60))


def submit(spec: JobSpec, options: SlurmOptions) -> str:
    """Submit a job and return its id.

    Raises:
        SubmitRejected, SubmitUncertain, SubmitDeferred, SchedulerUnavailable: see `slurm.errors`.
    """
    try:
        executor = Executor(spec, options)
    except RuntimeError as error:  # submitit found no srun
        raise SchedulerUnavailable(verbatim(str(error))) from error
    try:
        return executor.submit(spec.function, *spec.arguments).job_id
    except OSError as error:
        if executor.submitted is not None:
            unnamed = Complaint("job.files_not_named", job_id=executor.submitted, reason=error)
            raise SubmitUncertain(unnamed) from error
        unwritten = Complaint("job.files_not_written", folder=str(spec.folder), reason=error)
        raise SubmitDeferred(unwritten, "JobFilesNotWritten") from error


def adopt(spec: JobSpec, job_id: str) -> None:
    """Put the pickle where the job of this id looks for it, unless it is there; the job waits 60 s for it.

    The pickle is rewritten from the specification, so that an incomplete one from a crashed submitter does no harm.
    """
    target = JobPaths(spec.folder, job_id=job_id).submitted_pickle
    if target.exists():
        return
    submission = DelayedSubmission(spec.function, *spec.arguments)
    submission.set_timeout(_minutes(spec), 0)
    fresh = target.with_name(f"{uuid.uuid4().hex}.adopted")
    spec.folder.mkdir(parents=True, exist_ok=True)
    submission.dump(fresh)
    fresh.replace(target)


def _sbatch(script: str, timeout_s: float) -> str:
    try:
        result = command.run(["sbatch", script], timeout_s=timeout_s)
    except CommandTimedOut as error:
        raise SubmitUncertain(error.complaint) from error
    job_id = submitted_job_id(result.stdout)
    if result.returncode == 0 and job_id is not None:
        return job_id
    # If exit code and text contradict each other, the answer is neither a success nor a refusal.
    contradiction = result.returncode == 0 or job_id is not None
    refusal = Refusal(SubmitAnswer.UNCERTAIN) if contradiction else refused_submission(result.stderr)
    if refusal.answer is SubmitAnswer.REJECTED:
        raise SubmitRejected(verbatim(result.words))
    if refusal.answer is SubmitAnswer.DEFERRED:
        raise SubmitDeferred(verbatim(result.words), refusal.reason)
    raise SubmitUncertain(verbatim(result.words), answered=refusal.answered)
