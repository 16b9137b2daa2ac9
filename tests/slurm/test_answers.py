"""F25, O16: an answer is judged by its form; what a command complains about beside it is passed on."""

from __future__ import annotations

import pytest

from slurm.answers import refused_cancels, whole_answer
from slurm.command import CommandResult
from slurm.complaint import Complaint
from slurm.errors import SchedulerUnavailable


def result(*, code: int = 0, out: str = "JOBID...", err: str = "", command: str = "squeue") -> CommandResult:
    return CommandResult((command, "--me"), code, out, err, 0.1)


@pytest.mark.parametrize(
    "line",
    [
        "squeue: error: Ignoring obsolete FastSchedule=1 option. Please remove from your configuration.",
        "squeue: error: Ignoring ControlMachine since SlurmctldHost is set.",
        "squeue: warning: something",
        "perl: warning: Setting locale failed.",
    ],
)
def test_a_harmless_line_beside_a_good_table(line: str) -> None:
    text, complaint = whole_answer(result(err=line + "\n"))
    assert text == "JOBID..."
    assert complaint == Complaint("command.complains", program="squeue", words=line)


def test_an_answer_without_a_complaint() -> None:
    assert whole_answer(result()) == ("JOBID...", None)


@pytest.mark.parametrize(
    ("code", "line"),
    [
        (1, "slurm_load_jobs error: Unable to contact slurm controller (connect failure)"),
        (0, "slurm_load_jobs error: Unable to contact slurm controller (connect failure)"),
        (0, "sacct: error: Problem talking to the database: Connection refused"),
        (0, "sacct: error: slurm_persist_conn_open_without_init: failed to open persistent connection to host:x:6819"),
        (1, ""),
    ],
)
def test_what_spoils_an_answer(code: int, line: str) -> None:
    with pytest.raises(SchedulerUnavailable):
        whole_answer(result(code=code, err=line))


KILL = "scancel: error: Kill job error on job id 7: "


@pytest.mark.parametrize(
    ("code", "lines", "refused"),
    [
        (0, [], 0),
        (0, ["scancel: error: Ignoring obsolete FastSchedule=1 option."], 0),
        (0, [KILL + "Invalid job id specified"], 0),
        (1, [KILL + "Invalid job id specified"], 0),
        (1, [KILL + "Job/step already completing or completed", "scancel: error: Ignoring obsolete FastSchedule."], 0),
        (0, [KILL + "Access/permission denied"], 1),
        (1, [KILL + "Access/permission denied"], 1),
        (1, [KILL + "Invalid job id specified", KILL + "Access/permission denied"], 1),
        (1, ["scancel: error: Unable to contact slurm controller (connect failure)"], 1),
        (1, [], 1),
    ],
)
def test_which_cancels_were_refused(code: int, lines: list[str], refused: int) -> None:
    answer = result(code=code, out="", err="\n".join(lines), command="scancel")
    assert len(refused_cancels(answer)) == refused
