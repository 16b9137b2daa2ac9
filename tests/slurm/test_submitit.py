"""What the portal relies on in submitit and cannot ask for by a public name; written against 1.5.4."""

from __future__ import annotations

import inspect
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from submitit.core import core as of_core
from submitit.core import submission
from submitit.core.core import Job, PicklingExecutor
from submitit.core.utils import DelayedSubmission, JobPaths
from submitit.slurm import slurm as of_submitit

from slurm import output
from slurm.launch import belongings, preamble
from slurm.options import SlurmOptions
from slurm.submission import Executor, UnwatchedJob, adopt, parameters
from slurm.types import JobSpec
from tests.slurm import jobs
from tests.slurm.bench import put_first_in_path


@pytest.fixture
def spec(tmp_path: Path) -> JobSpec:
    return JobSpec(
        name="bt-abc-digger-a1",
        comment="task=abc stage=digger",
        folder=tmp_path / "a folder",
        claim=tmp_path / "it's a claim",
        function=jobs.work,
        arguments=("claim", "runs", 3),
        cpus=4,
        time_limit_s=21601,
        memory_gb=2.5,
        after_ok="7",
    )


def script_of(spec: JobSpec, options: SlurmOptions) -> str:
    return Executor(spec, options)._make_submission_file_text("COMMAND", "uid")


def test_the_script(spec: JobSpec) -> None:
    options = SlurmOptions(partition="main", account="portal", qos="fast", setup=("module load python",))
    lines = script_of(spec, options).splitlines()
    directives = {line.removeprefix("#SBATCH --") for line in lines if line.startswith("#SBATCH")}
    assert directives == {
        "account=portal",
        f"chdir='{spec.folder}'",
        "comment='task=abc stage=digger'",
        "cpus-per-task=4",
        "dependency=afterok:7",
        f"error='{spec.folder}/%j_0_log.err'",
        "export=ALL",
        "job-name=bt-abc-digger-a1",
        "kill-on-invalid-dep=yes",
        "mem=2560M",
        "no-requeue",
        "nodes=1",
        "ntasks-per-node=1",
        "open-mode=append",
        f"output='{spec.folder}/%j_0_log.out'",
        "partition=main",
        "qos=fast",
        "signal=USR2@0",
        "time=361",
    }
    assert "wckey" not in "\n".join(lines)
    shell = [line for line in lines if line and not line.startswith("#")]
    assert shell[2:] == [*preamble(options.setup), "export SUBMITIT_EXECUTOR=slurm", "COMMAND"]
    assert "module load python" in shell


def test_the_script_brings_the_pickle_to_its_name_and_leaves_its_exit_code(tmp_path: Path) -> None:
    """The host of the portal may die between the answer of sbatch and the renaming, and stay away."""
    folder = tmp_path / "it's a folder"
    folder.mkdir()
    (folder / "ab.pkl").write_text("pickled")

    def run(job_id: str, *lines: str) -> int:
        script = "\n".join((*belongings(folder, folder / "ab.pkl"), *lines))
        return subprocess.run(["bash", "-c", script], env={"SLURM_JOB_ID": job_id}, check=False).returncode

    assert run("31", "true") == 0
    assert (folder / "31_submitted.pkl").read_text() == "pickled"
    assert output.exit_code(folder, "31") is None
    (folder / "32_submitted.pkl").write_text("the submitter's")
    assert run("32", "exit 73", "true") == 73
    assert (folder / "32_submitted.pkl").read_text() == "the submitter's"
    assert output.exit_code(tmp_path, "32") == 73, "from the folder of the claim, too"
    assert run("33", "python-that-is-not-there") == 127
    assert output.exit_code(folder, "33") == 127


def test_nodes_to_keep_away_from_join_those_of_the_site(spec: JobSpec) -> None:
    shut_out = replace(spec, exclude=("n2", "n3"))
    assert "#SBATCH --exclude=n2,n3" in script_of(shut_out, SlurmOptions())
    assert "#SBATCH --exclude=n9,n2,n3" in script_of(shut_out, SlurmOptions(extra=("--exclude=n9",)))
    assert "#SBATCH --exclude=n9\n" in script_of(spec, SlurmOptions(extra=("--exclude=n9",)))
    assert "exclude" not in script_of(spec, SlurmOptions())


def test_a_job_without_a_parent_has_no_dependency(spec: JobSpec) -> None:
    alone = parameters(JobSpec(**{**vars(spec), "after_ok": None}), SlurmOptions())
    assert "dependency" not in alone["additional_parameters"]


def test_the_order_of_submission(spec: JobSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pickle is on disk before sbatch runs, and gets its name after the answer; the script too."""
    seen = tmp_path / "seen"
    script = f'ls -A "$(dirname "$1")" > {seen}; echo Submitted batch job 31\n'
    monkeypatch.setenv("PATH", put_first_in_path(tmp_path / "bin", "sbatch", script))
    executor = Executor(spec, SlurmOptions())
    job = executor.submit(spec.function, *spec.arguments)
    assert job.job_id == executor.submitted == "31"
    before = seen.read_text().split()
    assert sorted(Path(name).suffix for name in before) == [".pkl", ".sh"]
    [pickle] = [name for name in before if name.endswith(".pkl")]
    assert pickle in (spec.folder / "31_submission.sh").read_text()
    assert sorted(path.name for path in spec.folder.iterdir()) == ["31_submission.sh", "31_submitted.pkl"]


def test_adoption_makes_the_file_that_the_job_waits_for(spec: JobSpec) -> None:
    adopt(spec, "32")
    adopt(spec, "32")
    pickle = JobPaths(spec.folder, job_id="32").submitted_pickle
    assert [path.name for path in spec.folder.iterdir()] == [pickle.name] == ["32_submitted.pkl"]
    loaded = DelayedSubmission.load(pickle)
    assert (loaded.function, loaded.args) == (jobs.work, ("claim", "runs", 3))
    assert "wait_time = 60" in inspect.getsource(submission.process_job)


def test_the_pickle_names_the_function_and_does_not_carry_it(spec: JobSpec) -> None:
    adopt(spec, "33")
    pickle = (spec.folder / "33_submitted.pkl").read_bytes()
    assert b"tests.slurm.jobs" in pickle
    assert len(pickle) < 1000


def test_the_watcher_never_hears_of_a_job(spec: JobSpec) -> None:
    before = set(UnwatchedJob.watcher._registered)
    UnwatchedJob(folder=spec.folder, job_id="34")
    assert UnwatchedJob.watcher._registered == before
    assert UnwatchedJob.watcher.num_calls == 0


def test_submitit_still_has_what_is_overridden() -> None:
    """A new version that no longer calls these would bring back sbatch without a time-out and the watcher."""
    assert "self._internal_process_submissions(" in inspect.getsource(of_core.Executor.submit)
    ours = inspect.getsource(PicklingExecutor._internal_process_submissions)
    assert "self._submit_command(self._submitit_command_str)" in ours
    assert 'move_temporary_file(pickle_path, "submitted_pickle")' in ours
    assert "_register_in_watcher" in inspect.getsource(Job)
    assert of_submitit._get_default_parameters()["wckey"] == "submitit"
    assert of_submitit._get_default_parameters()["signal_delay_s"] == 90
