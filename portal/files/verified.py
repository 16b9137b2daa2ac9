"""Result files: served only if they are still what the stage produced, by size and SHA-256."""

from __future__ import annotations

import hashlib
import os
import threading
from collections import OrderedDict
from io import BufferedReader
from pathlib import Path

from portal.domain.errors import CorruptRecord
from portal.domain.message import Message
from portal.files.reports import OutputFile
from portal.files.safe_open import open_to_read

_KEPT = 4096


class VerifiedFiles:
    """Opens outputs. A file is hashed once, and again if anything about it has changed.

    Only root can restore a changed file's earlier change time (inode(7), st_ctim).
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._good: OrderedDict[tuple[int, int, int, int, int], str] = OrderedDict()

    def open(self, path: Path, output: OutputFile) -> BufferedReader:
        """Return the file, at its beginning.

        Raises:
            CorruptRecord: it is not the file that the stage produced.
            OSError: it is gone, or cannot be reached.
        """
        stream = os.fdopen(open_to_read(path), "rb")
        try:
            if not self._is_good(stream, output):
                raise CorruptRecord(Message("record.changed", name=path.name))
        except BaseException:
            stream.close()
            raise
        return stream

    def _is_good(self, stream: BufferedReader, output: OutputFile) -> bool:
        facts = os.fstat(stream.fileno())
        if facts.st_size != output.size:
            return False
        key = (facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)
        with self._lock:
            if self._good.get(key) == output.sha256:
                self._good.move_to_end(key)
                return True
        good = hashlib.file_digest(stream, "sha256").hexdigest() == output.sha256
        stream.seek(0)
        if good:
            with self._lock:
                self._good[key] = output.sha256
                while len(self._good) > _KEPT:
                    self._good.popitem(last=False)
        return good
