"""A Debian suite's root with its SLURM: made once by debootstrap, entered with the checkout and the host's Python.

Needs root, for debootstrap and chroot. Nothing is left mounted: the mounts live in a namespace of the command's own.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "slurm-wlm", "slurmdbd", "munge", "mariadb-server", "redis-server", "procps", "iproute2", "util-linux",
    "ca-certificates", "libssl3", "libffi8", "libsqlite3-0", "libbz2-1.0", "liblzma5", "zlib1g", "libreadline8",
    "libncursesw6", "libuuid1", "libexpat1",
)  # fmt: skip
# The last ones are what a Python built on the host needs; a suite of 64-bit time_t names some of them otherwise.
_RENAMED = {"libssl3": "libssl3t64", "libreadline8": "libreadline8t64"}
_TIME_64 = frozenset({"trixie", "forky", "sid"})


class NoRoot(Exception):
    """The root of a suite cannot be made or entered here."""


def mirror_of_this_machine(places: Sequence[Path] | None = None) -> str:
    """Return the Debian mirror of the machine's own apt configuration, in either of its two formats.

    Raises:
        NoRoot: it names none.
    """
    folder = Path("/etc/apt")
    places = places or [*sorted((folder / "sources.list.d").glob("debian*")), folder / "sources.list"]
    for place in places:
        text = place.read_text() if place.is_file() else ""
        found = re.search(r"^(?:URIs:|deb\s+(?:\[[^]]*\]\s*)?)\s*(\S+/debian)/?\s*(?:\s|$)", text, re.MULTILINE)
        if found:
            return found[1]
    raise NoRoot("apt's configuration here names no Debian mirror")


def own_suite() -> str:
    """Return the suite that this machine runs itself; empty where it is no Debian."""
    found = re.search(r"^VERSION_CODENAME=(\w+)", Path("/etc/os-release").read_text(), re.MULTILINE)
    return found[1] if found else ""


@dataclass(frozen=True)
class Root:
    """The root of one suite; `suite` equal to the machine's own is the machine itself."""

    suite: str
    cache: Path = CHECKOUT / "var" / "generations"

    @property
    def path(self) -> Path:
        return self.cache / self.suite

    @property
    def is_host(self) -> bool:
        return self.suite == own_suite()

    def prepare(self) -> None:
        """Make the root unless it is there; about 1.5 minutes and 750 MB.

        Raises:
            NoRoot: debootstrap is not installed or failed; the end of its log is in the text.
        """
        mark = self.path / "etc" / "made-for-tests"
        if self.is_host or mark.exists():
            return
        if os.geteuid() != 0 or shutil.which("debootstrap") is None:
            raise NoRoot("debootstrap has to be installed, and to be run as root")
        shutil.rmtree(self.path, ignore_errors=True)
        self.path.mkdir(parents=True)
        packages = [_RENAMED.get(name, name) if self.suite in _TIME_64 else name for name in PACKAGES]
        argv = ["debootstrap", "--variant=minbase", f"--include={','.join(packages)}", self.suite, str(self.path)]
        # In a namespace of its own: what it mounts, /proc above all, is gone when it ends, however it ends.
        done = subprocess.run(
            ["unshare", "--mount", "--propagation", "private", *argv, mirror_of_this_machine()],
            capture_output=True, text=True, check=False, timeout=1800,
        )  # fmt: skip
        if done.returncode:
            log = self.path / "debootstrap" / "debootstrap.log"
            tail = log.read_text(errors="replace")[-2000:] if log.exists() else done.stderr[-2000:]
            raise NoRoot(f"debootstrap {self.suite} failed:\n{tail}")
        for package in (self.path / "var" / "cache" / "apt" / "archives").glob("*.deb"):
            package.unlink()
        mark.write_text("made by tests.generations; may be removed at any time\n")

    def version(self) -> str:
        """Return SLURM's version in this root, such as 24.11.5."""
        argv = ["slurmctld", "-V"] if self.is_host else ["chroot", str(self.path), "slurmctld", "-V"]
        text = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=60).stdout
        return text.split()[-1]

    def command(self, argv: Sequence[str]) -> list[str]:
        """Return the command that runs `argv` in this root, in the checkout."""
        if self.is_host:
            return list(argv)
        lines = ["set -e"]
        for place in ("/proc", "/sys", "/dev", "/dev/shm", "/tmp", *map(str, _of_the_host())):  # noqa: S108
            inside = self.path / place.lstrip("/")
            make = "mkdir -p" if Path(place).is_dir() else f'mkdir -p "{inside.parent}" && touch'
            lines.append(f'{make} "{inside}" && mount --rbind "{place}" "{inside}"')
        lines.append(f'cp /etc/hosts "{self.path}/etc/hosts"')
        lines.append(f'exec chroot "{self.path}" /bin/sh -c \'cd "$0" && exec "$@"\' "$@"')
        script = "\n".join(lines)
        namespaces = ["unshare", "--mount", "--propagation", "private"]
        return [*namespaces, "/bin/sh", "-c", script, "in-root", str(CHECKOUT), *argv]


def _of_the_host() -> list[Path]:
    """Return what the host's Python and the checkout need inside; of a Python in /usr only what is its own."""
    prefix = Path(sys.base_prefix)
    if prefix != Path("/usr"):
        return [prefix, CHECKOUT]
    folders = {Path(sysconfig.get_path(name, vars={"base": "/usr"})) for name in ("stdlib", "platstdlib")}
    return [Path(sys.executable).resolve(), *sorted(folders), CHECKOUT]
