"""Result files as they are delivered: report and bundle under the name that their strain has today, all others as made.

A named file has a size and a digest of its own, in lists as in ETags. What is kept of it between requests is these two,
not its content, and how the last few bundles are laid out. The size of a bundle is known long before its digest, which
takes a pass over all of it. With a snapshot, the name is that of then.
"""

from __future__ import annotations

import hashlib
import io
import threading
import zlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import BinaryIO, TypeVar, cast

from portal.domain.file_names import safe_stem
from portal.domain.task import TaskMeta
from portal.results.names import BUNDLE_ZIP
from portal.services.answers import ResultFile
from portal.services.named_bundle import named_bundle, report_namer
from portal.services.results import RESULT_LIMIT_BYTES, ResultShelf
from portal.services.zip_stream import LayoutFile, Member, ZipLayout

_REMEMBERED = 20_000
_LAYOUTS = 4  # some 100 kB each: of those that are being sent, so that their reports are read once
_PIECE_BYTES = 1 << 18
_Key = tuple[str, int, str, str]  # task, attempt, digest of the stored file, name
T = TypeVar("T")


@dataclass(frozen=True)
class _Facts:
    """The size (bytes), the SHA-256 (hex) and the CRC-32 of a file as it is delivered."""

    size: int
    sha256: str
    crc: int


class NamedResults:
    """Delivers the files of `ResultShelf` under names."""

    def __init__(self, shelf: ResultShelf) -> None:
        self._shelf = shelf
        self._lock = threading.Lock()
        self._known: OrderedDict[_Key, _Facts] = OrderedDict()
        self._sizes: OrderedDict[_Key, int] = OrderedDict()
        self._layouts: OrderedDict[_Key, ZipLayout] = OrderedDict()

    def files(self, task: TaskMeta, name: str) -> list[ResultFile]:
        """Return the result files with their sizes and digests as delivered; see `ResultShelf.files` for errors."""
        return self.all_named(task, self._shelf.files(task), name)

    def all_named(self, task: TaskMeta, files: Sequence[ResultFile], name: str) -> list[ResultFile]:
        """Return files of a task as they are delivered under a name; empty: it has none."""
        return [self.named(task, file, name) for file in files]

    def named(self, task: TaskMeta, file: ResultFile, name: str) -> ResultFile:
        """Return one of the files of a task as it is delivered under a name."""
        if not _is_named(file, name):
            return file
        facts = self._facts(task, file, name)
        return replace(file, size=facts.size, sha256=facts.sha256)

    def member(self, path: str, task: TaskMeta, bundle: ResultFile, name: str) -> Member:
        """Return a bundle under a name that is not empty as the member `path` of an archive."""
        return Member(
            path,
            self._size(task, bundle, name),
            lambda: self._facts(task, bundle, name).crc,
            partial(self.open, task, bundle, name),
        )

    def open(self, task: TaskMeta, file: ResultFile, name: str) -> BinaryIO:
        """Open one of the files that `ResultShelf.files` returned, as it is delivered under a name.

        Raises:
            NotFound, NotReady: as `ResultShelf.open_file` does.
        """
        stored = self._shelf.open_file(task, file)
        if not _is_named(file, name):
            return stored
        named: io.BufferedIOBase | None
        with stored:
            if file.name == BUNDLE_ZIP:
                layout = self._layout(task, file, name, stored)
                named = None if layout is None else io.BufferedReader(LayoutFile(layout), _PIECE_BYTES)
            else:
                text = stored.read().decode("utf-8", "surrogateescape")
                namer = report_namer(file.name, name)
                named = io.BytesIO(namer(text).encode("utf-8", "surrogateescape"))
        return self._shelf.open_file(task, file) if named is None else cast(BinaryIO, named)

    def _layout(self, task: TaskMeta, file: ResultFile, name: str, stored: BinaryIO) -> ZipLayout | None:
        key = _key(task, file, name)
        layout = self._look_up(self._layouts, key)
        if layout is None:
            open_file = partial(self._shelf.open_file, task, file)
            layout = named_bundle(stored, open_file, name=name, folder=f"{safe_stem(name)}_{task.task_id}")
            if layout is not None:
                self._keep(self._layouts, key, layout, most=_LAYOUTS)
        return layout

    def _size(self, task: TaskMeta, bundle: ResultFile, name: str) -> int:
        key = _key(task, bundle, name)
        known = self._look_up(self._sizes, key)
        if known is None:
            with self._shelf.open_file(task, bundle) as stored:
                layout = self._layout(task, bundle, name, stored)
            known = bundle.size if layout is None else layout.size
            self._keep(self._sizes, key, known, most=_REMEMBERED)
        return known

    def _facts(self, task: TaskMeta, file: ResultFile, name: str) -> _Facts:
        key = _key(task, file, name)
        known = self._look_up(self._known, key)
        if known is not None:
            return known
        size, digest, crc = 0, hashlib.sha256(), 0
        with self.open(task, file, name) as stream:
            while piece := stream.read(_PIECE_BYTES):
                size, crc = size + len(piece), zlib.crc32(piece, crc)
                digest.update(piece)
        facts = _Facts(size, digest.hexdigest(), crc)
        self._keep(self._known, key, facts, most=_REMEMBERED)
        return facts

    def _look_up(self, kept: OrderedDict[_Key, T], key: _Key) -> T | None:
        with self._lock:
            if key in kept:
                kept.move_to_end(key)
            return kept.get(key)

    def _keep(self, kept: OrderedDict[_Key, T], key: _Key, value: T, *, most: int) -> None:
        with self._lock:
            kept[key] = value
            while len(kept) > most:
                kept.popitem(last=False)


def _key(task: TaskMeta, file: ResultFile, name: str) -> _Key:
    return task.task_id, task.attempt.number if task.attempt else 0, file.sha256, name


def _is_named(file: ResultFile, name: str) -> bool:
    if not name:
        return False
    return file.name == BUNDLE_ZIP or (report_namer(file.name, name) is not None and file.size <= RESULT_LIMIT_BYTES)
