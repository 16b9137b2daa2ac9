"""The cost of a 50 MB upload: its time against `cp` and `sha256sum` of the same file, and the worker's memory.

The upload is checked, hashed, written and fsynced while it streams; `cp` neither checks nor fsyncs.
"""

from __future__ import annotations

import contextlib
import json
import platform
import random
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from tests.web.api.server import Server, start_server

SIZE = 50_000_000
ROUNDS = 7


def write_genome(path: Path) -> None:
    """Write a draft genome of SIZE bytes: contigs of 70 kb in lines of 70."""
    letters = random.Random(1)
    sequence = "".join(letters.choices("ACGT", k=70_000))
    block = "".join(sequence[start : start + 70] + "\n" for start in range(0, len(sequence), 70))
    with path.open("w") as stream:
        number = 0
        while stream.tell() < SIZE - len(block) - 20:
            number += 1
            stream.write(f">contig{number}\n{block}")


def copy_and_hash(genome: Path, copy: Path) -> float:
    """Return the seconds of `cp` and `sha256sum`."""
    begin = time.perf_counter()
    subprocess.run(["cp", str(genome), str(copy)], check=True)
    subprocess.run(["sha256sum", str(copy)], check=True, stdout=subprocess.DEVNULL)
    spent = time.perf_counter() - begin
    copy.unlink()
    return spent


def upload(server: Server, genome: Path) -> float:
    """Return the seconds of one upload with curl, which costs little itself."""
    begin = time.perf_counter()
    command = ["curl", "-sSf", "-o", "/dev/null", "-F", f"file=@{genome}", f"{server.url}/api/tasks"]
    subprocess.run(command, check=True)
    return time.perf_counter() - begin


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        genome = folder / "big.fna"
        write_genome(genome)
        with contextlib.closing(start_server(folder, MAX_UPLOAD_MB="50")) as server:
            files = {"file": ("small.fna", b">a\nACGT\n")}
            httpx.post(f"{server.url}/api/tasks", files=files).raise_for_status()
            before = server.peak_memory()
            uploads, copies = [], []
            for _ in range(ROUNDS):  # in turns, so that a noisy moment touches both
                copies.append(copy_and_hash(genome, folder / "copy.fna"))
                uploads.append(upload(server, genome))
            extra = server.peak_memory() - before
        size = genome.stat().st_size
    facts: dict[str, Any] = {
        "machine": platform.processor() or platform.machine(),
        "bytes": size,
        "upload_s": statistics.median(uploads),
        "cp_sha256sum_s": statistics.median(copies),
        "ratio": statistics.median(uploads) / statistics.median(copies),
        "extra_memory_mb": extra / 1e6,
    }
    print(f"upload of {size / 1e6:.0f} MB       {facts['upload_s'] * 1000:6.0f} ms")
    print(f"cp + sha256sum          {facts['cp_sha256sum_s'] * 1000:6.0f} ms")
    print(f"ratio                   {facts['ratio']:6.2f}")
    print(f"extra memory (peak)     {facts['extra_memory_mb']:6.1f} MB")
    target = Path("var/bench/web_upload.json")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(facts, indent=1) + "\n")


if __name__ == "__main__":
    main()
