"""The small parts: options, back-off, the command runner, memory in logs, reasons in words."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from slurm import command, output, reasons
from slurm.backoff import BackOff
from slurm.complaint import verbatim
from slurm.errors import CommandTimedOut, SchedulerUnavailable
from slurm.launch import preamble
from slurm.memory import exceeded_memory
from slurm.options import SlurmOptions, name_filter, split_extra
from tests.slurm.bench import ROOT, put_first_in_path, wait_for
from tests.waiting import PATIENCE_S

# -- options


def test_extra_options_are_read_as_words() -> None:
    options = SlurmOptions(extra=split_extra("--nice=100 --exclusive --reservation='a b'"))
    assert options.extra_parameters() == {"nice": "100", "exclusive": True, "reservation": "a b"}


@pytest.mark.parametrize("word", ["-p", "main", "--", "--no requeue", "--export=ALL", "--requeue", "--job-name=x"])
def test_an_option_that_would_break_the_contract_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match=re.escape(word.partition("=")[0].removeprefix("--") or "form")):
        SlurmOptions(extra=(word,))


def test_a_long_list_of_names_is_not_put_on_the_command_line() -> None:
    assert name_filter(["a", "b"]) == ["--name=a,b"]
    assert name_filter([]) == []
    assert name_filter([f"bt-{number}" for number in range(51)]) == []


# -- back-off


def test_back_off_doubles_up_to_its_limit_and_forgets_on_success() -> None:
    now = 100.0
    back_off = BackOff(first_s=2, most_s=60, clock=lambda: now, chance=lambda: 1.0)
    waits = []
    for _ in range(7):
        back_off.failed(verbatim("down"))
        waits.append(back_off.wait_s)
    assert waits == [2, 4, 8, 16, 32, 60, 60]
    assert back_off.reason == verbatim("down")
    now += 60
    assert back_off.wait_s == 0
    back_off.failed(verbatim("again"))
    back_off.succeeded()
    assert back_off.wait_s == 0
    back_off.failed(verbatim("down"))
    assert back_off.wait_s == 2


def test_back_off_has_jitter() -> None:
    back_off = BackOff(first_s=8, clock=lambda: 0.0, chance=lambda: 0.0)
    back_off.failed(verbatim("down"))
    assert back_off.wait_s == 4


# -- commands


def test_stderr_is_kept_when_all_is_well() -> None:
    result = command.run(["bash", "-c", "echo out; echo warning >&2"], timeout_s=PATIENCE_S)
    assert (result.returncode, result.stdout, result.stderr) == (0, "out\n", "warning\n")


def test_a_command_sees_nothing_of_the_portal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_SECRET", "s3cr3t")
    monkeypatch.setenv("SBATCH_PARTITION", "x")
    monkeypatch.setenv("SLURM_CONF", "/etc/slurm.conf")
    names = set(re.findall(r"^(\w+)=", command.run(["env"], timeout_s=PATIENCE_S).stdout, re.MULTILINE))
    assert names <= {*command.PASSED_ON, *command.FIXED}
    assert {"PATH", "SLURM_CONF", "TZ"} <= names


def test_a_command_that_is_not_there() -> None:
    with pytest.raises(SchedulerUnavailable, match="not_found"):
        command.run(["no-such-command"], timeout_s=1)


def test_a_command_over_its_time_is_ended_with_its_children(tmp_path: Path) -> None:
    written = tmp_path / "pid"
    for seconds in (2, 10, 50):  # a busy machine may not get as far as to the child in the first
        with pytest.raises(CommandTimedOut, match=rf"seconds={seconds}\b"):
            command.run(["bash", "-c", f"sleep 600 & echo $! > {written}; wait"], timeout_s=float(seconds))
        if written.exists() and written.read_text():
            break
    pid = written.read_text().strip()
    wait_for(lambda: not Path(f"/proc/{pid}/cmdline").exists())


@pytest.mark.parametrize("setpriv", ["works", "is too old"])
def test_a_command_dies_with_the_portal(tmp_path: Path, setpriv: str) -> None:
    path = os.environ["PATH"]
    if setpriv == "is too old":
        path = put_first_in_path(tmp_path / "bin", "setpriv", "echo unrecognized option >&2; exit 1\n")
    code = f"from slurm import command; command.run(['bash', '-c', 'echo $$ > {tmp_path}/pid; sleep 60'], timeout_s=60)"
    portal = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "PATH": path})
    pid = wait_for(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().strip())
    portal.kill()
    portal.wait()
    wait_for(lambda: not Path(f"/proc/{pid}/cmdline").exists(), what="the command is gone")


def test_bytes_that_are_no_text_do_no_harm() -> None:
    assert command.run(["printf", r"a\xffb"], timeout_s=PATIENCE_S).stdout == "a\ufffdb"


# -- what the job's script does before Python


def run_script(*lines: str, setup: tuple[str, ...] = (), **variables: str) -> subprocess.CompletedProcess[str]:
    script = "\n".join((*preamble(setup), *lines))
    environment = {"PATH": os.environ["PATH"], "HOME": "/", **variables}
    return subprocess.run(
        ["bash", "-c", script], env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )


def test_the_job_keeps_nothing_that_was_for_sbatch_alone() -> None:
    """F17: the token for slurmctld above all."""
    everything = {name: "s3cr3t" for name in (*command.PASSED_ON, *command.FIXED) if name not in ("PATH", "HOME")}
    done = run_script("env", setup=("export HIGH=seas",), **everything)
    seen = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    assert not {"SLURM_JWT", "KRB5CCNAME", "LD_LIBRARY_PATH", "TZ", "LC_ALL"} & set(seen)
    assert {"PATH", "HOME", "USER", "SLURM_CONF"} < set(seen)
    assert seen["HIGH"] == "seas"


def test_a_signal_to_all_leaves_the_last_word_to_python() -> None:
    """SLURM signals the shell too; a shell that ended first would take Python's word with it."""
    python = "import os,signal,sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(9)); print('up', flush=True)"
    child = f'{sys.executable} -c "{python}; os.kill(os.getppid(), 15); os.kill(os.getpid(), 15); signal.pause()"'
    done = run_script(child, "exit $?")  # a last line, so that bash does not give its place to Python
    assert (done.stdout, done.returncode) == ("up\n", 9), done.stderr


# -- memory


@pytest.mark.parametrize(
    "line",
    [
        "slurmstepd: error: Job 12 exceeded memory limit (307200 > 102400), being killed",
        "slurmstepd: error: Step 12.0 exceeded memory limit (129879 > 102400), being killed",
        "slurmstepd: error: Detected 1 oom_kill event in StepId=12.batch. Some of the step tasks have been OOM Killed.",
        "slurmstepd: error: Detected 1 oom-kill event(s) in StepId=12.0 cgroup.",
        "srun: error: n1: task 0: Out Of Memory",
        "error: Detected 1 oom_kill event in StepId=12.batch. Some of the step tasks have been OOM Killed.",
        "error: Job 12 exceeded memory limit (307200 > 102400), being killed",
        "[2026-11-26T17:06:29.740] error: StepId=12.batch exceeded memory limit (165249024 > 108003328), being killed",
        "[2026-11-26T17:06:29.760] error: Exceeded job memory limit",
        "[2026-11-26T17:06:29] error: Detected 1 oom_kill event in StepId=12.batch. Some of the step tasks",
    ],
)
def test_memory_is_recognised_in_the_log(tmp_path: Path, line: str) -> None:
    assert exceeded_memory(f"some output\n{line}\nmore\n")
    (tmp_path / "submitit").mkdir()
    (tmp_path / "submitit" / "12_0_log.err").write_text("x" * 100_000 + "\n" + line + "\n")
    assert output.shows_exceeded_memory(tmp_path, "12")
    assert not output.shows_exceeded_memory(tmp_path, "1")


@pytest.mark.parametrize(
    "line",
    [
        "MemoryError: could not allocate",
        "[2026-11-26T17:06:29.761] error: *** JOB 12 ON n1 CANCELLED AT 2026-11-26T17:06:29 DUE to SIGNAL Killed ***",
        "[12] error: Exceeded job memory limit of the tool",
        "the tool exceeded memory limit of its own",
        "error: the tool ran out of memory",
        "java: error: Out Of Memory",
        "slurmstepd: error: *** JOB 12 ON n1 CANCELLED AT 2026-11-22T22:04:15 DUE TO TIME LIMIT ***",
    ],
)
def test_other_lines_are_not_slurm_s_word_on_memory(line: str) -> None:
    assert not exceeded_memory(line + "\n")


# -- reasons


@pytest.mark.parametrize(
    ("reason", "known", "stuck"),
    [
        ("Resources", "Resources", False),
        ("Dependency", "Dependency", False),
        ("DependencyNeverSatisfied", "DependencyNeverSatisfied", True),
        ("AssocGrpCpuLimit", "Assoc", False),
        ("AssocMaxCpuPerJobLimit", "AssocMaxCpuPerJobLimit", True),
        ("QOSMaxJobsPerUserLimit", "QOS", False),
        ("MaxCpuPerAccount", "Max", False),
        ("ReqNodeNotAvail, UnavailableNodes:n[1-2]", "ReqNodeNotAvail", False),
        ("launch failed requeued held", "launch_failed_requeued_held", True),
        ("Nodes required for job are DOWN, DRAINED or reserved", "Nodes_required_for_job_are_DOWN", False),
        (None, "None", False),
    ],
)
def test_a_reason_goes_by_the_longest_beginning(reason: str | None, known: str, stuck: bool) -> None:
    assert reasons.known_reason(reason) == known
    assert reasons.does_not_pass(reason) is stuck


def test_a_reason_of_a_version_to_come_is_not_known() -> None:
    assert reasons.known_reason("SolarFlare") is None
    assert not reasons.does_not_pass("SolarFlare")
