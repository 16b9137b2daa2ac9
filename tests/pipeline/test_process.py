"""Running one external program: its output, its end, and the end of everything it started."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from portal.domain.errors import StageError
from portal.domain.status import FailureKind
from portal.pipeline.process import Limits, folder_bytes, run_tool
from tests.waiting import PATIENCE_S, wait_for

PATIENT = Limits(timeout_s=PATIENCE_S)
LONGER_THAN_A_TEST_MAY_RUN_S = 3600


def python(program: str) -> list[str]:
    return [sys.executable, "-c", program]


def wait_until_gone(pid_file: Path) -> None:
    """Wait for the end of a process; a zombie that nobody has reaped yet is gone."""
    cmdline = Path("/proc", pid_file.read_text().strip(), "cmdline")

    def has_gone() -> bool:
        try:
            return not cmdline.read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            return True

    wait_for(has_gone, what=f"the end of {cmdline}")


def test_output_goes_to_the_log_and_line_by_line_to_a_listener(tmp_path: Path) -> None:
    lines: list[str] = []
    log = tmp_path / "log"
    log.write_text("before\n")
    program = "import sys; print('one', flush=True); print('two', file=sys.stderr, flush=True); sys.stdout.write('end')"
    ended = run_tool(python(program), cwd=tmp_path, log=log, limits=PATIENT, on_line=lines.append)
    assert (ended.returncode, ended.log_cut) == (0, False)
    assert lines == ["one", "two", "end"]
    assert log.read_text() == "before\none\ntwo\nend"


def test_the_code_and_the_signal_are_told(tmp_path: Path) -> None:
    assert run_tool(["sh", "-c", "exit 7"], cwd=tmp_path, log=tmp_path / "log", limits=PATIENT).returncode == 7
    killed = run_tool(["sh", "-c", "kill -9 $$"], cwd=tmp_path, log=tmp_path / "log", limits=PATIENT)
    assert killed.returncode == -signal.SIGKILL


def test_arguments_are_no_shell_text(tmp_path: Path) -> None:
    nasty = "a; touch owned $(touch owned) 'x'"
    lines: list[str] = []
    run_tool(["printf", "%s\n", nasty], cwd=tmp_path, log=tmp_path / "log", limits=PATIENT, on_line=lines.append)
    assert lines == [nasty]
    assert not (tmp_path / "owned").exists()


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StageError, match="no-such-program cannot be started: no such file") as caught:
        run_tool(["/nowhere/no-such-program"], cwd=tmp_path, log=tmp_path / "log", limits=PATIENT)
    assert caught.value.kind == FailureKind.NOT_CONFIGURED


def test_a_flood_of_output_is_read_but_not_kept(tmp_path: Path) -> None:
    limits = Limits(timeout_s=PATIENCE_S, log_bytes=10_000)
    program = "import sys\nfor _ in range(2000): sys.stdout.write('x' * 999 + '\\n')\nprint('last')"
    lines: list[str] = []
    ended = run_tool(python(program), cwd=tmp_path, log=tmp_path / "log", limits=limits, on_line=lines.append)
    assert (ended.returncode, ended.log_cut) == (0, True)
    assert lines[-1] == "last"
    assert (tmp_path / "log").stat().st_size < 10_100


def test_a_time_limit_ends_the_whole_group(tmp_path: Path) -> None:
    child = tmp_path / "child"
    for seconds in (1, 5, 25):  # a busy machine may not get as far as to the child in the first
        with pytest.raises(StageError, match=f"time limit of {seconds} s") as caught:
            run_tool(
                ["sh", "-c", f"sleep {LONGER_THAN_A_TEST_MAY_RUN_S} & echo $! > child; wait"],
                cwd=tmp_path,
                log=tmp_path / "log",
                limits=Limits(timeout_s=seconds),
            )
        assert caught.value.kind == FailureKind.TIMEOUT
        if child.exists() and child.read_text():
            break
    wait_until_gone(child)


def test_what_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    program = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); "
        f"time.sleep({LONGER_THAN_A_TEST_MAY_RUN_S})"
    )

    class StopNow(Exception):
        pass

    def stop(line: str) -> None:
        raise StopNow

    started = time.monotonic()
    with pytest.raises(StopNow):
        run_tool(python(program), cwd=tmp_path, log=tmp_path / "log", limits=PATIENT, on_line=stop)
    assert time.monotonic() - started > 4


def test_a_child_left_behind_does_not_hold_us_up(tmp_path: Path) -> None:
    program = f"sleep {LONGER_THAN_A_TEST_MAY_RUN_S} & echo $! > child"
    ended = run_tool(["sh", "-c", program], cwd=tmp_path, log=tmp_path / "log", limits=PATIENT)
    assert ended.returncode == 0
    wait_until_gone(tmp_path / "child")


def test_a_signal_handler_that_raises_ends_the_program(tmp_path: Path) -> None:
    """The runner's handlers raise in the main thread; the tool must not outlive that."""

    class Stopped(Exception):
        pass

    def stop(number: int, frame: object) -> None:
        raise Stopped

    pid = tmp_path / "pid"

    def stop_once_it_runs() -> None:
        wait_for(lambda: pid.exists() and pid.read_text())
        os.kill(os.getpid(), signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, stop)
    stopping = threading.Thread(target=stop_once_it_runs)
    stopping.start()
    try:
        with pytest.raises(Stopped):
            run_tool(["sh", "-c", "echo $$ > pid; sleep 200"], cwd=tmp_path, log=tmp_path / "log", limits=PATIENT)
    finally:
        stopping.join()
        signal.signal(signal.SIGTERM, before)
    wait_until_gone(pid)


def test_memory_and_cores_are_bounded(tmp_path: Path) -> None:
    lines: list[str] = []
    limits = Limits(timeout_s=PATIENCE_S, cores=1, memory_bytes=600_000_000)
    program = (
        "import os, resource, time\n"  # both are set right after the start, memory last
        "while resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY: time.sleep(0.01)\n"
        "print(len(os.sched_getaffinity(0)), flush=True); b = bytes(2_000_000_000)"
    )
    ended = run_tool(python(program), cwd=tmp_path, log=tmp_path / "log", limits=limits, on_line=lines.append)
    assert lines[0] == "1"
    assert ended.returncode == 1
    assert lines[-1] == "MemoryError"


def test_disk_space_is_counted_below_a_folder(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "file").write_bytes(b"x" * 100_000)
    assert 100_000 <= folder_bytes(tmp_path) < 300_000
    assert folder_bytes(tmp_path / "nowhere") == 0
