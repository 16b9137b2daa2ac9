"""Load generation by `wrk`, which uses little CPU itself, on random addresses with their tokens."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

_UNIT = {"us": 0.001, "ms": 1.0, "s": 1000.0}
_SCRIPT = """
local asked = {%s}
math.randomseed(1)
request = function()
  local one = asked[math.random(#asked)]
  return wrk.format("GET", one[1], {["Authorization"] = "Bearer " .. one[2]})
end
"""


@dataclass(frozen=True)
class Load:
    """wrk's measurements: median and 99th percentile in milliseconds, requests per second, and the server's CPU."""

    median_ms: float
    p99_ms: float
    rate: float
    cpu_us: float  # of the server, for one request


def write_script(path: Path, asked: Sequence[tuple[str, str]]) -> Path:
    """Write the requests for wrk: addresses with their tokens."""
    path.write_text(_SCRIPT % ",".join(f'{{"{address}","{token}"}}' for address, token in asked))
    return path


class Service:
    """A server under measurement: a command that listens on a port, with all its processes."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str], port: int, log: Path) -> None:
        self.port = port
        with log.open("wb") as output:
            self._process = subprocess.Popen(command, env={**os.environ, **environ}, stdout=output, stderr=output)
        until = time.monotonic() + 60
        while True:
            try:
                with socket.create_connection(("127.0.0.1", port), 1):
                    break
            except OSError:
                if self._process.poll() is not None or time.monotonic() > until:
                    self._process.kill()
                    self._process.wait()
                    raise SystemExit(f"{command}\n{log.read_text()[-3000:]}") from None
                time.sleep(0.1)

    def processes(self) -> list[psutil.Process]:
        main = psutil.Process(self._process.pid)
        return [main, *main.children(recursive=True)]

    def cpu_s(self) -> float:
        """Return the CPU seconds of all its processes so far."""
        return sum(sum(process.cpu_times()[:2]) for process in self.processes())

    def memory_mb(self) -> float:
        """Return the resident memory of its largest process."""
        return max(float(process.memory_info().rss) for process in self.processes()) / 1024**2

    def load(self, script: Path, *, connections: int, seconds: int) -> Load:
        """Send requests for `seconds` over a number of connections."""
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(script)]
        before = self.cpu_s()
        told = subprocess.run(
            [*command, f"http://127.0.0.1:{self.port}"], capture_output=True, text=True, check=True
        ).stdout
        spent = self.cpu_s() - before
        if "Non-2xx" in told or "Socket errors" in told:
            raise SystemExit(told)
        found: dict[str, Any] = dict(re.findall(r"^\s+(50%|99%)\s+([\d.]+[mu]?s)$", told, re.MULTILINE))
        rate = float(re.findall(r"Requests/sec:\s+([\d.]+)", told)[0])
        return Load(_ms(found["50%"]), _ms(found["99%"]), rate, spent / (rate * seconds) * 1e6)

    def close(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            for process in self.processes():
                process.kill()
            self._process.wait(20)


def _ms(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)([mu]?s)", text).groups()  # type: ignore[union-attr]
    return float(number) * _UNIT[unit]


def free_port() -> int:
    """Return an unused port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def python(*arguments: str) -> list[str]:
    """Return a command of this interpreter."""
    return [sys.executable, *arguments]
