"""Real servers for the tests, each in a folder of its own, none left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType

import redis


class RedisServer:
    """A Redis of Debian's package on a socket of its own; nothing listens on a port."""

    def __init__(self, folder: Path) -> None:
        # A socket's path must stay below 108 bytes, which pytest's folders do not promise.
        self.folder = folder
        self.socket = Path(f"/tmp/bt-redis-{os.getpid()}-{time.monotonic_ns()}.sock")  # noqa: S108 - a name of its own
        self.url = f"unix://{self.socket}"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> RedisServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def start(self, *options: str) -> None:
        """Start the server and wait until it answers."""
        command = ["redis-server", "--port", "0", "--unixsocket", str(self.socket), "--dir", str(self.folder)]
        command += ["--save", "", *options]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while True:
            try:
                with redis.Redis.from_url(self.url) as client:
                    client.ping()
                return
            except redis.RedisError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    self.kill()
                    raise
                time.sleep(0.02)

    def client(self) -> redis.Redis:
        """Return a client of the server; its user closes it."""
        return redis.Redis.from_url(self.url)

    def pause(self) -> None:
        """Stop answering, with all connections open."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End the server at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        self.socket.unlink(missing_ok=True)
