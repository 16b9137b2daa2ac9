"""Parse what squeue, sacct and scontrol print: text in, values out, nothing else.

Fields are separated by the ASCII unit separator. The job's name comes last, because users may put anything into a name:
everything after the last separator belongs to it. A line with too few separators continues a name with a line break.
Tested on recorded output of SLURM 22.05 and on the documented formats of later versions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from slurm.complaint import Complaint
from slurm.errors import SchedulerUnavailable
from slurm.states import read_state
from slurm.types import JobInfo, JobState

SEPARATOR = "\x1f"
# One letter per field; squeue(1), option --format. All are in 20.02 and later.
SQUEUE_FIELDS = ("%i", "%T", "%r", "%V", "%S", "%e", "%C", "%M", "%N", "%Z", "%j")
SQUEUE_FORMAT = SEPARATOR.join(SQUEUE_FIELDS)
SQUEUE_HEADER = "JOBID"
SACCT_FIELDS = (
    "JobID",
    "State",
    "Reason",
    "Submit",
    "Start",
    "End",
    "ExitCode",
    "AllocCPUS",
    "ElapsedRaw",
    "CPUTimeRAW",
    "MaxRSS",
    "NodeList",
    "WorkDir",
    "JobName",
)
SACCT_FORMAT = ",".join(SACCT_FIELDS)
# All base states. Naming them includes jobs that were cancelled before they could start (held, or waiting for a parent
# that failed), which sacct otherwise leaves out of a time window (22.05).
SACCT_STATES = "BF,CA,CD,DL,F,NF,OOM,PD,PR,R,S,TO"
_NOTHING = frozenset({"", "N/A", "None", "NONE", "Unknown", "UNKNOWN", "INVALID", "(null)", "None assigned", "n/a"})
# For a job that has left the queue, squeue and sacct still report why it waited.
_BEYOND_WAITING = frozenset({JobState.RUNNING, JobState.COMPLETED})
_UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4, "P": 1024**5}


def squeue(text: str) -> list[JobInfo]:
    """Return the jobs of `squeue --format=SQUEUE_FORMAT`, in its order.

    Raises:
        SchedulerUnavailable: the header is missing, so this is not squeue's answer.
    """
    jobs = []
    for fields in _rows(text, SQUEUE_HEADER, len(SQUEUE_FIELDS)):
        job_id, state_text, reason, submit, start, end, cpus, used, node, work_dir, name = fields
        words = read_state(state_text)
        over, waiting = words.state.is_over, words.state.is_waiting
        jobs.append(
            JobInfo(
                job_id=job_id,
                name=name,
                state=words.state,
                raw_state=state_text,
                flags=words.flags,
                reason=None if words.state in _BEYOND_WAITING else _known(reason),
                submit_time=_time(submit),
                start_time=None if waiting else _time(start),
                end_time=_time(end) if over else None,  # for a running job this is its time limit
                start_estimate=_time(start) if waiting else None,
                signal=_raised_signal(reason) if over else None,
                cancelled_by=words.cancelled_by,
                cpus=_integer(cpus),
                elapsed_s=_duration(used),
                node=_known(node),
                work_dir=_known(work_dir),
                source="squeue",
            )
        )
    return jobs


def sacct(text: str) -> list[JobInfo]:
    """Return the jobs of `sacct --parsable2 --duplicates --format=SACCT_FORMAT`, with memory from the step rows.

    A job that was requeued, or whose number was used twice, appears as often as sacct lists it, the oldest first.
    """
    jobs: list[dict[str, object]] = []
    for fields in _rows(text, SACCT_FIELDS[0], len(SACCT_FIELDS)):
        job_id, state_text, reason, submit, start, end, code, cpus, elapsed, cpu_time, rss, node, folder, name = fields
        memory = _bytes(rss)
        if "." in job_id:
            if jobs and jobs[-1]["job_id"] == job_id.partition(".")[0] and memory is not None:
                before = jobs[-1]["max_rss_bytes"]
                jobs[-1]["max_rss_bytes"] = max(memory, before if isinstance(before, int) else 0)
            continue
        words = read_state(state_text)
        exit_code, signal = _exit_code(code)
        # 0:0 is not an exit code if SLURM ended the job: the program never returned one.
        tells_exit = words.state is JobState.COMPLETED or (words.state.is_over and bool(exit_code))
        jobs.append(
            {
                "job_id": job_id,
                "name": name,
                "state": words.state,
                "raw_state": state_text,
                "flags": words.flags,
                "reason": None if words.state in _BEYOND_WAITING else _known(reason),
                "submit_time": _time(submit),
                "start_time": _time(start),
                "end_time": _time(end),
                "exit_code": exit_code if tells_exit else None,
                "signal": (_raised_signal(reason) or signal) if words.state.is_over else None,
                "cancelled_by": words.cancelled_by,
                "cpus": _integer(cpus),
                "elapsed_s": _integer(elapsed),
                "cpu_time_s": _integer(cpu_time),
                "max_rss_bytes": memory,
                "node": _known(node),
                "work_dir": _known(folder),
                "source": "sacct",
            }
        )
    return [JobInfo(**job) for job in jobs]  # type: ignore[arg-type]


def sacct_is_off(complaint: str) -> bool:
    """Tell whether sacct reports that this cluster has no accounting (accounting_storage/none)."""
    return "accounting storage is disabled" in complaint.lower()


def keeps_no_accounts(options: Mapping[str, str]) -> bool:
    """Tell whether the cluster has no accounting by its configuration: plugin `none`, or no plugin since 23.11."""
    return options.get("AccountingStorageType") in ("accounting_storage/none", "(null)")


def config(text: str) -> dict[str, str]:
    """Return the options of `scontrol show config`.

    Raises:
        SchedulerUnavailable: the text holds no configuration.
    """
    pairs = (line.partition("=") for line in text.splitlines())
    options = {name.strip(): value.strip() for name, sign, value in pairs if sign}
    if "ClusterName" not in options:
        raise SchedulerUnavailable(Complaint("answer.no_configuration", text=repr(text[:200])))
    return options


def min_job_age_s(options: Mapping[str, str]) -> int | None:
    """Return how long slurmctld remembers an ended job (s; 0: for ever); None if it does not say."""
    found = re.match(r"\d+", options.get("MinJobAge", ""))
    return int(found[0]) if found else None


# -- fields ----------------------------------------------------------------------------------------------------


def _rows(text: str, header: str, count: int) -> Iterator[list[str]]:
    """Yield the fields of each line after the header, with line breaks in names restored."""
    lines = iter(text.split("\n"))
    if not any(line.startswith(header + SEPARATOR) for line in lines):  # leaves `lines` just after the header
        raise SchedulerUnavailable(Complaint("answer.no_header", text=repr(text[:200])))
    fields: list[str] | None = None
    for line in lines:
        new = line.split(SEPARATOR, count - 1)
        if len(new) == count and re.match(r"\d", new[0]):
            if fields is not None:
                yield fields
            fields = new
        elif fields is not None and line:
            fields[-1] += "\n" + line
    if fields is not None:
        yield fields


def _known(text: str) -> str | None:
    return None if text.strip() in _NOTHING else text.strip()


def _integer(text: str) -> int | None:
    return int(text) if text.strip().isdigit() else None


def _time(text: str) -> datetime | None:
    """Read a time printed by a command that ran with TZ=UTC."""
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=UTC)
    except ValueError:
        return None


def _duration(text: str) -> int | None:
    """Read [days-][hours:]minutes:seconds."""
    found = re.fullmatch(r"(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+)", text.strip())
    if found is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def _bytes(text: str) -> int | None:
    """Read `12345K`, `1.5G` or plain bytes."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([KMGTP]?)", text.strip())
    return int(float(found[1]) * _UNITS[found[2]]) if found else None


def _raised_signal(reason: str) -> int | None:
    """Read `RaisedSignal:9(Killed)`, which squeue prints for a job that a signal ended (since 22.05)."""
    found = re.match(r"RaisedSignal:(\d+)", reason.strip())
    return int(found[1]) if found else None


def _exit_code(text: str) -> tuple[int | None, int | None]:
    """Read `exit:signal`."""
    code, _, signal = text.partition(":")
    return _integer(code), _integer(signal)


def unknown_states(jobs: list[JobInfo]) -> list[Complaint]:
    """Return an alarm for each job whose state this version does not know."""
    return [
        Complaint("job.unknown_state", job_id=job.job_id, name=job.name, state=repr(job.raw_state))
        for job in jobs
        if job.state is JobState.UNKNOWN
    ]
