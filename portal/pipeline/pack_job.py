"""The function that a pack's job calls: process its genomes, each as if it were alone.

A genome that fails, or cannot begin, does not affect the others. Python, the engine's index and the fonts of the plots
are loaded once for all.
"""

from __future__ import annotations

import contextlib
import gc
import time
import traceback
from pathlib import Path
from typing import NoReturn

from portal.domain.errors import PortalError, StorageFull
from portal.domain.jobs import EXIT_COMPLETED, EXIT_STOPPED, EXIT_SUPERSEDED, exit_code_of
from portal.files.pack import Pack, PackMember
from portal.files.reports import Claim, JobExit, utc_now
from portal.files.taskdir import PackDir, PortalDir
from portal.pipeline.interrupt import Interrupted, StopSignals
from portal.pipeline.job import current_job_id, leave, ring_for, run_stages
from portal.pipeline.runner import as_failure
from portal.pipeline.share import Share
from portal.pipeline.sign_of_life import signs_of_life


def run_pack(pack_path: str) -> NoReturn:
    """Run a pack and end the process with its exit code; a failed genome is not a failure of the pack."""
    folder = PackDir(Path(pack_path))
    try:
        code = _run(folder, Pack.read(folder.document), current_job_id())
    except (StorageFull, OSError, MemoryError, PortalError) as error:
        traceback.print_exc()
        code = exit_code_of(as_failure(error).kind)
    leave(code)


def _run(folder: PackDir, pack: Pack, job_id: str) -> int:
    if not Claim.take(folder.claim, job_id):
        print(f"another job runs {pack.name}; this one ({job_id}) ends", flush=True)
        return EXIT_SUPERSEDED
    code, reason = EXIT_COMPLETED, "completed"
    try:
        with signs_of_life(folder.claim), StopSignals() as signals:
            reason = _work_off(pack, PortalDir(folder.path.parents[2]), signals)
    except Interrupted as interrupted:  # between two genomes
        code, reason = EXIT_STOPPED, interrupted.stopped.kind.value
    finally:
        with contextlib.suppress(OSError, StorageFull):
            JobExit(code, utc_now(), reason).write(folder.exit)
    return code


def _work_off(pack: Pack, portal: PortalDir, signals: StopSignals) -> str:
    begin = time.monotonic()
    for place, member in enumerate(pack.members):
        left_s = pack.time_limit_s - (time.monotonic() - begin)
        if place and left_s < pack.member_limit_s:
            return "out_of_time"
        _run_member(pack, portal, member, signals)
        signals.check()
        gc.collect()  # figures refer to themselves
    return "completed"


def _run_member(pack: Pack, portal: PortalDir, member: PackMember, signals: StopSignals) -> None:
    """Run one genome; its own errors are handled here."""
    try:
        task = portal.task(member.task_id)
        ring_for(task)  # its turn has come
        run_stages(task, member.attempt, pack.name, share=Share(signals, pack.member_limit_s))
    except (StorageFull, OSError, PortalError):
        # Removed, or started another way meanwhile; the poller finds out what is wrong.
        traceback.print_exc()
    except Interrupted:
        signals.check()  # if the whole job is meant; else the genome had just ended
