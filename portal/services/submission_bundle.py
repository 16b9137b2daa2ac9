"""All bundles of a submission as one ZIP, laid out in advance and never written to disk.

Sizes are known before the first byte is sent. Digests of bundles under a name are computed on the way, so that the
answer begins at once; the ETag is of what these are made from.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import NamedTuple

from portal import __version__
from portal.domain.errors import Conflict, PortalError
from portal.domain.file_names import safe_stem
from portal.domain.message import Message
from portal.domain.submission import Submission
from portal.domain.task import TaskMeta
from portal.results.file_words import file_words, readme_words
from portal.results.markdown import as_code
from portal.results.names import BUNDLE_ZIP, CHECKSUMS, README, READMES
from portal.services.answers import ResultFile
from portal.services.submission_progress import SubmissionView
from portal.services.tasks import TaskService
from portal.services.zip_stream import Checksums, Later, Member, ZipLayout

_DIGEST_CHARS = 64
# What else the bytes of a bundle under a name depend on: another version may pack them in another way.
_NAMED_BY = f"{__version__} {zlib.ZLIB_RUNTIME_VERSION}"


@dataclass(frozen=True)
class SubmissionBundle:
    """The archive, its name, and an etag that changes with its content."""

    layout: ZipLayout
    name: str
    etag: str


class BundleMaker:
    """Lays out archives; the files' checksums are cached between requests."""

    def __init__(self, tasks: TaskService) -> None:
        self._tasks = tasks
        self._checksums = Checksums()

    def make(self, view: SubmissionView, names: Mapping[str, str]) -> SubmissionBundle:
        """Return the archive of all completed tasks' bundles (ZIP), with READMEs and `SHA256SUMS`.

        `names` are those that owners have given strains, by task id; empty for those without.

        Raises:
            Conflict: no task has a bundle yet.
            NotReady: a file cannot be read at the moment.
        """
        folder = _folder(view.submission)
        members, listed = [], []
        lines: list[_Line] = []
        content = hashlib.sha256()
        for row in view.rows:
            if not row.has_results:
                continue
            try:
                task = self._tasks.results_of(row)
                file = next(file for file in self._tasks.results(task) if file.name == BUNDLE_ZIP)
            except (PortalError, StopIteration):  # deleted or run again at this very moment
                continue
            given = names.get(row.task_id, "")
            name = f"{safe_stem(given) if given else task.strain}_{row.task_id}.zip"
            if given:
                members.append(self._tasks.named.member(f"{folder}/{name}", task, file, given))
                lines.append(_Line(name, partial(self._digest, task, file, given)))
                content.update(f"{_NAMED_BY}\0{given}\0{file.sha256}  {name}\n".encode())
                listed.append((name, given, task.filename))
            else:
                open_file = partial(self._tasks.shelf.open_file, task, file)
                members.append(self._checksums.member(f"{folder}/{name}", file.size, file.sha256, open_file))
                lines.append(_Line(name, file.sha256))
                content.update(lines[-1].text().encode())
        if not members:
            raise Conflict(Message("submission.none_completed"))
        for name, data in _readmes(len(members), listed):
            members.append(Member.of_bytes(f"{folder}/{name}", data))
            lines.append(_Line(name, hashlib.sha256(data).hexdigest()))
            content.update(lines[-1].text().encode())
        members.append(_sums(f"{folder}/{CHECKSUMS}", lines))
        # Not 64 digits, because this is not a digest of the archive, which was never read as a whole.
        etag = "s-" + content.hexdigest()[:40]
        return SubmissionBundle(ZipLayout(members), f"{folder}.zip", etag)

    def _digest(self, task: TaskMeta, file: ResultFile, given: str) -> str:
        return self._tasks.named.named(task, file, given).sha256


class _Line(NamedTuple):
    """A line of `SHA256SUMS`; the digest of a bundle under a name is computed when it is sent."""

    name: str
    sha256: str | Callable[[], str]

    def text(self) -> str:
        """Return the line."""
        return f"{self.sha256 if isinstance(self.sha256, str) else self.sha256()}  {self.name}\n"

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return _DIGEST_CHARS + len(f"  {self.name}\n".encode())


def _sums(path: str, lines: Sequence[_Line]) -> Member:
    @cache
    def text() -> bytes:
        return "".join(line.text() for line in lines).encode()

    size = sum(line.size for line in lines)
    return Member(path, size, lambda: zlib.crc32(text()), pieces=(Later(size, text),))


def _readmes(count: int, named: Sequence[tuple[str, str, str]]) -> Iterator[tuple[str, bytes]]:
    """Yield the READMEs; `named` are archives of strains that have a name, with it and with that of their file."""
    for lang, own in READMES.items():
        about = {"*.zip": Message("content.bundle"), CHECKSUMS: file_words(CHECKSUMS, lang)}
        about |= {name: readme_words(other, lang) for other, name in READMES.items()}
        lines = [f"# {Message('readme.submission', count=count).word(lang)}\n"]
        lines += [
            f"{Message('readme.other', name=name).word(other)}\n" for other, name in READMES.items() if name != own
        ]
        lines.append(f"{Message('readme.many', name=README).word(lang)}\n")
        for name, words in about.items():
            if words:
                lines.append(f"- {Message('readme.folder', name=f'`{name}`', about=words).word(lang)}")
        if named:
            lines.append(f"\n## {Message('readme.names').word(lang)}\n")
        for name, given, filename in named:
            whose = Message("readme.named_file", name=as_code(given), file=as_code(filename))
            lines.append(f"- {Message('readme.folder', name=as_code(name), about=whose).word(lang)}")
        yield own, ("\n".join(lines) + "\n").encode()


def _folder(submission: Submission) -> str:
    return f"{safe_stem(submission.label) if submission.label else 'submission'}_{submission.submission_id}"
