"""Check a new version before it is used, change over to it, and back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from portal.domain.errors import Conflict, PortalError
from portal.domain.message import Message, verbatim
from portal.files.document import read_document
from portal.files.heartbeat import HeartbeatReader
from portal.files.site import Installation
from portal.files.taskdir import PortalDir
from portal.upkeep.releases import About, Release, Releases


class CheckState(StrEnum):
    """How a check ended; only FAIL keeps a release from being used."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class UpgradeFinding:
    """The result of one check."""

    state: CheckState
    message: Message


@dataclass(frozen=True)
class Upgrade:
    """A change of the release that serves a job folder, with the settings of `env_file` or of the environment."""

    releases: Releases
    jobs: PortalDir
    env_file: Path | None = None

    def check(self, new: Release) -> Iterator[UpgradeFinding]:
        """Yield what is found about a release that is to become the current one."""
        before = self._version_in_use()
        try:
            about = new.about()
        except Conflict as error:
            yield UpgradeFinding(CheckState.FAIL, error.message)
            return
        same = about.version == before
        message = Message("upgrade.versions", before=before, after=about.version)
        yield UpgradeFinding(CheckState.WARN if same else CheckState.OK, message)
        for name in about.missing:
            yield UpgradeFinding(CheckState.FAIL, Message("upgrade.file_missing", name=name))
        yield from self._check_settings(new)
        yield self._check_folder(about)
        yield from self._check_tasks()

    def _version_in_use(self) -> str:
        current = self.releases.current
        if current is None:
            return "-"
        try:
            return current.about().version
        except Conflict:
            return "?"

    def _check_settings(self, new: Release) -> Iterator[UpgradeFinding]:
        """Let the new version itself read the settings: it knows which of them it has."""
        words = ["--env-file", str(self.env_file)] if self.env_file else []
        done = new.run("portal.cli", "config", "check", "--json", *words)
        try:
            problems = [str(problem["message"]) for problem in json.loads(done.stdout)]
        except (ValueError, KeyError, TypeError):
            problems = [done.stderr.strip()[-500:]]
        for problem in problems:
            yield UpgradeFinding(CheckState.FAIL, Message("upgrade.setting", reason=verbatim(problem)))
        if not problems:
            yield UpgradeFinding(CheckState.OK, Message("config.sound"))

    def _check_folder(self, about: About) -> UpgradeFinding:
        try:
            have = self._folder_format()
        except FileNotFoundError:
            return UpgradeFinding(CheckState.OK, Message("upgrade.folder_new", path=str(self.jobs.jobs)))
        except PortalError as error:
            return UpgradeFinding(CheckState.FAIL, error.message)
        if have > about.folder_format:
            newer = Message("record.newer", name="JOBS_DIR", format=have, known=about.folder_format)
            return UpgradeFinding(CheckState.FAIL, newer)
        if have < about.oldest_format:
            message = Message("upgrade.folder_steps", format=have, after=about.folder_format)
            return UpgradeFinding(CheckState.WARN, message)
        return UpgradeFinding(CheckState.OK, Message("upgrade.folder_fits", format=have))

    def _check_tasks(self) -> Iterator[UpgradeFinding]:
        beat = HeartbeatReader(self.jobs).read()
        if beat is not None and beat.active:
            yield UpgradeFinding(CheckState.OK, Message("upgrade.tasks_go_on", tasks=len(beat.active)))

    def _folder_format(self) -> int:
        # Not `Installation.read`, which makes an identity where there is none and refuses formats that need steps.
        site = read_document(self.jobs.site, Installation)
        return site.folder_format if site.unfinished is None else site.unfinished - 1

    def _written_format(self) -> int:
        return read_document(self.jobs.site, Installation).folder_format

    def run(self, new: Release, *, backup: Path | None) -> Release | None:
        """Back up, bring the folder up to date, and make a checked release the current one; return the one before.

        Raises:
            Conflict: the backup or a step failed; the release in use is unchanged.
        """
        before = self.releases.current
        if backup is not None:
            self._do(before or new, "backup", str(backup), "--jobs-dir", str(self.jobs.jobs))
        about = new.about()
        if self.jobs.site.exists() and self._folder_format() < about.oldest_format:
            self._walk(new, about.folder_format)
        self.releases.use(new)
        return before

    def back(self) -> Release:
        """Return to the previous release, bringing the folder to its format first; return that release.

        Raises:
            Conflict: there is none, it does not start, or there is no way back; nothing was changed.
        """
        now, previous = self.releases.current, self.releases.previous
        if now is None or previous is None or now == previous:
            raise Conflict(Message("upgrade.no_previous", path=str(self.releases.prefix)))
        about = previous.about()
        if self.jobs.site.exists() and self._written_format() > about.folder_format:
            self._walk(now, about.folder_format)
        self.releases.use(previous)
        return previous

    def _walk(self, release: Release, number: int) -> None:
        """Take the steps by the release that knows them: the newer one, in both directions."""
        self._do(release, "upgrade", "--folder-format", str(number), "--jobs-dir", str(self.jobs.jobs))

    def _do(self, release: Release, *words: str) -> None:
        done = release.run("portal.cli", *words, as_owner_of=self.jobs.own if self.jobs.own.is_dir() else None)
        if done.returncode != 0:
            reason = verbatim((done.stderr or done.stdout).strip()[-500:])
            raise Conflict(Message("upgrade.failed", command=f"btportal {words[0]}", reason=reason))
