"""Shell lines of the job's script that start the step, and do not take slurmctld's absence for the job's failure."""

from __future__ import annotations

import shlex
from pathlib import Path

# What srun writes when slurmctld does not answer (22.05 to 24.11); any other failure is the job's own.
NO_ANSWER = (
    "Unable to confirm allocation|Unable to contact slurm controller|Socket timed out|Zero Bytes were transmitted"
)


def patient_srun(claim: Path, folder: Path) -> list[str]:
    """Return a shell function that stands before srun; `folder` is where the job's stderr goes.

    srun asks slurmctld for a step; while slurmctld is being restarted it fails after some seconds, and with it a job
    that has done nothing yet (seen with 22.05). As long as the job has made no claim the step is asked for again
    as soon as slurmctld answers. The job's time limit bounds it.
    """
    log = f'{shlex.quote(str(folder))}/"$SLURM_JOB_ID"_0_log.err'
    return [
        "srun() {",
        "  local code before",
        "  while :; do",
        f"    before=$(stat -c %s {log} || echo 0)",
        '    command srun "$@"; code=$?',
        f"    if [ $code -eq 0 ] || [ -e {shlex.quote(str(claim))} ]; then return $code; fi",
        f"    tail -c +$((before + 1)) {log} | grep -qE '{NO_ANSWER}' || return $code",
        "    until scontrol ping > /dev/null 2>&1; do sleep 5; done",
        "    sleep 1",
        "  done",
        "}",
    ]
