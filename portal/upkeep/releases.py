"""Releases beside each other: a job runs the code that it was submitted with, and there is always a way back.

    PREFIX/releases/20261126-163000/   a virtual environment with one version of the portal
    PREFIX/current                     a link to the release in use; units and operators call the commands through it
    PREFIX/previous                    a link to the release used before

A process that starts through a link continues below the release's own path (`portal.cli.release`), and so do the jobs
that it submits. Replacing the link therefore changes nothing for what runs already.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from portal.domain.errors import Conflict
from portal.domain.message import Message, verbatim

RELEASES, CURRENT, PREVIOUS = "releases", "current", "previous"
# Written last: a folder without it is an installation that was interrupted.
_WHOLE = "release.complete"
_LINES_SHOWN = 5


@dataclass(frozen=True)
class About:
    """What a release says of itself.

    Attributes:
        version: version of the portal.
        folder_format: the format of JOBS_DIR that it writes.
        oldest_format: the oldest one that it works with.
        missing: files that the package should contain and does not.
    """

    version: str
    folder_format: int
    oldest_format: int
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Release:
    """One installed version."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def python(self) -> str:
        return str(self.folder / "bin" / "python")

    def run(self, *words: str, as_owner_of: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run a Python module of this release; return its result.

        For root, `as_owner_of` is a folder whose owner the process runs as, so that it leaves no files of root there.
        """
        user: int | None = None
        group: int | None = None
        if as_owner_of is not None and os.geteuid() == 0:
            facts = as_owner_of.stat()
            user, group = facts.st_uid, facts.st_gid
        return subprocess.run(
            [self.python, "-m", *words],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            user=user,
            group=group,
            extra_groups=None if user is None else [],
        )

    def about(self) -> About:
        """Ask the release about itself.

        Raises:
            Conflict: it does not start, or is a version without releases.
        """
        done = self.run("portal.upkeep.about")
        try:
            facts = json.loads(done.stdout)
            return About(facts["version"], facts["folder_format"], facts["oldest_format"], tuple(facts["missing"]))
        except (ValueError, KeyError, TypeError) as error:
            reason = verbatim(_last_lines(done.stderr) or str(error))
            raise Conflict(Message("upgrade.silent", name=self.name, reason=reason)) from error


class Releases:
    """The releases below a prefix, such as /opt/bttoxin."""

    def __init__(self, prefix: Path) -> None:
        self.prefix = prefix
        self._folder = prefix / RELEASES

    @classmethod
    def around(cls, environment: Path) -> Releases:
        """Return the releases that an environment is one of, or may become the first of (its own folder is PREFIX)."""
        return cls(environment.parent.parent if environment.parent.name == RELEASES else environment.parent)

    @property
    def current(self) -> Release | None:
        return self._linked(CURRENT)

    @property
    def previous(self) -> Release | None:
        return self._linked(PREVIOUS)

    def _linked(self, name: str) -> Release | None:
        with suppress(OSError):
            folder = (self.prefix / (self.prefix / name).readlink()).absolute()
            if folder.parent == self._folder.absolute() and folder.is_dir():
                return Release(folder)
        return None

    def __iter__(self) -> Iterator[Release]:
        """Yield the whole releases, oldest first."""
        linked = {self.current, self.previous}
        folders = sorted(self._folder.iterdir()) if self._folder.is_dir() else []
        for folder in folders:
            release = Release(folder)
            if release in linked or (folder / _WHOLE).is_file():
                yield release

    def install(self, source: str, now: datetime) -> Release:
        """Install a version from a wheel's path or a requirement, with pip and its settings, as a new release.

        Raises:
            Conflict: pip did not succeed, or what it installed does not fit together; nothing is left behind.
            OSError: the folder cannot be written.
        """
        release = Release(self._new_folder(now))
        mask = os.umask(0o022)  # the services run as another account than the one that installs
        try:
            self._clear()
            self._folder.mkdir(parents=True, exist_ok=True)
            release.folder.mkdir()
            venv.EnvBuilder(with_pip=True, symlinks=True).create(release.folder)
            for words in (("install", "--quiet", "--disable-pip-version-check", source), ("check",)):
                done = release.run("pip", *words)
                if done.returncode != 0:
                    reason = verbatim(_last_lines(done.stderr + done.stdout))
                    raise Conflict(Message("upgrade.install", source=source, reason=reason))
            (release.folder / _WHOLE).touch()
        except BaseException:
            shutil.rmtree(release.folder, ignore_errors=True)
            raise
        finally:
            os.umask(mask)
        return release

    def _new_folder(self, now: datetime) -> Path:
        name = f"{now.astimezone(UTC):%Y%m%d-%H%M%S}"
        taken = sum(1 for folder in self._folder.glob(f"{name}*"))
        return self._folder / (f"{name}-{taken + 1}" if taken else name)

    def _clear(self) -> None:
        """Remove installations that were interrupted."""
        whole = set(self)
        for folder in self._folder.iterdir() if self._folder.is_dir() else ():
            if Release(folder) not in whole and not folder.is_symlink() and (folder / "pyvenv.cfg").exists():
                shutil.rmtree(folder)

    def use(self, release: Release) -> None:
        """Make a release the current one, and the current one the previous one; each link changes in one step."""
        before = self.current
        if before == release:
            return
        for used in filter(None, (before, release)):
            (used.folder / _WHOLE).touch()  # one made by hand has no mark, and jobs may still start from it
        if before is not None:
            self._point(PREVIOUS, before)
        self._point(CURRENT, release)

    def _point(self, name: str, release: Release) -> None:
        new = self.prefix / f".{name}.new"
        new.unlink(missing_ok=True)
        new.symlink_to(Path(RELEASES, release.name))
        new.replace(self.prefix / name)

    def remove(self, release: Release) -> None:
        """Remove a release that is neither current nor previous."""
        if release not in (self.current, self.previous):
            shutil.rmtree(release.folder)


def own_environment() -> Path:
    """Return the virtual environment of this process."""
    return Path(sys.prefix)


def _last_lines(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " / ".join(lines[-_LINES_SHOWN:])[:1000]
