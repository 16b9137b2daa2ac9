"""The portal as others install it: a wheel in an environment of its own, started outside of the checkout."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from portal.shipped import PACKAGE, TEMPLATES
from tests.ports import free_port
from tests.samples import NO_SAMPLES
from tests.waiting import PATIENCE_S

ROOT = Path(__file__).parents[2]
SOURCES = ("portal", "slurm", "templates", "client", "setup.py", "setup.cfg", "pyproject.toml", "README.md", "LICENSE")
ADMIN_SECRET = "an operator's secret of some length"


def build_wheel(folder: Path, *, change: Callable[[Path], None] = lambda _: None) -> Path:
    """Build the wheel from a copy of the sources, so that no `build/` of an earlier day gets into it.

    `change` is given the copy before the wheel is built.
    """
    sources = folder / "sources"
    sources.mkdir()
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(
                ROOT / name, sources / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "build")
            )
        else:
            shutil.copy(ROOT / name, sources / name)
    change(sources)
    _pip(sys.executable, "wheel", "--no-deps", "--wheel-dir", str(folder / "wheels"), str(sources))
    [wheel] = (folder / "wheels").glob("*.whl")
    return wheel


def _pip(python: str, *words: str) -> None:
    command = [python, "-m", "pip", "--disable-pip-version-check", "--quiet", *words]
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


class Environment:
    """A virtual environment with the wheel, and a folder to be in that is not the checkout."""

    def __init__(self, folder: Path, python: str) -> None:
        self.home = folder / "home"
        self.home.mkdir(parents=True)
        self._folder = folder / "env"
        subprocess.run([python, "-m", "venv", "--without-pip", str(self._folder)], check=True)
        self.python = str(self._folder / "bin" / "python")

    def install(self, wheel: Path) -> None:
        """Install the wheel and, from the package index, all that it asks for."""
        _pip(sys.executable, "--python", self.python, "install", "-c", str(ROOT / "constraints.txt"), str(wheel))

    def install_alone(self, wheel: Path) -> None:
        """Install the wheel, and lend it the libraries of this interpreter; the checkout stays out of sight.

        A path file adds a folder without reading the path files in it, where the editable install is.
        """
        _pip(sys.executable, "--python", self.python, "install", "--no-deps", str(wheel))
        [site] = self._folder.glob("lib/python*/site-packages")
        lent = next(path for path in sys.path if (Path(path) / "flask").is_dir())
        (site / "lent.pth").write_text(f"{lent}\n")

    def file(self, name: str) -> Path:
        """Return where a file of `portal.shipped` is; its name begins with the package."""
        [site] = self._folder.glob("lib/python*/site-packages")
        package, _, rest = name.partition("/")
        return site / {PACKAGE: Path("portal"), TEMPLATES: Path("portal", "templates")}[package] / rest

    def variables(self, references: Path) -> dict[str, str]:
        """Return an environment of the portal with nothing in it of the one that the tests run in."""
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG")}
        own = {"HOME": str(self.home), "REFERENCE_DIR": str(references), "ADMIN_SECRET": ADMIN_SECRET}
        return {**kept, **own, "MIN_FREE_DISK_GB": "0", "EXECUTOR": "local", "TASK_THREADS": "1", **NO_SAMPLES}

    def btportal(self, references: Path, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command and return how it ended."""
        return subprocess.run(
            [str(Path(self.python).with_name("btportal")), *words],
            cwd=self.home,
            env=self.variables(references),
            capture_output=True,
            text=True,
            check=False,
        )

    @contextmanager
    def up(self, references: Path) -> Iterator[str]:
        """Run `btportal up` and give its address."""
        command = [str(Path(self.python).with_name("btportal"))]
        with running_up(command, self.home, self.variables(references), self.home / "up.log") as url:
            yield url


@contextmanager
def running_up(command: list[str], folder: Path, variables: dict[str, str], log: Path) -> Iterator[str]:
    """Run `up` of a command at a free port until it is no longer needed; what it logs tells of no bug."""
    port = free_port()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "up", "--port", str(port)], cwd=folder, env=variables, stdout=output, stderr=output
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_ready(url, log)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    assert "Traceback" not in log.read_text(), log.read_text()


def wait_until_ready(url: str, log: Path) -> None:
    until = time.monotonic() + PATIENCE_S
    while True:
        with suppress(httpx.TransportError):  # it does not listen yet; its log is shown if it never does
            if httpx.get(f"{url}/api/health/ready", timeout=30, trust_env=False).is_success:
                return
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.2)
