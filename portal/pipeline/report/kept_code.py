"""Compiled templates, kept beside the templates as Python keeps compiled modules: in `__pycache__`.

To compile them takes a third of a report's processor time. The folder can be written by those who can write the
templates and the modules around it, and is believed as far as these are. A file is used only if it is whole and was
made from the same text by the same versions of Python, Jinja and `render.py`; one that cannot be read or written makes
no difference but the time.
"""

from __future__ import annotations

import contextlib
import hashlib
import marshal
import sys
from pathlib import Path

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket

from portal.domain.errors import StorageFull
from portal.files.atomic import write_bytes

_DIGEST_BYTES = 32


class KeptCode(BytecodeCache):
    """Keeps the code of templates in a folder; `made_by` says what else than their text it depends on."""

    def __init__(self, folder: Path, made_by: bytes) -> None:
        self._folder = folder
        self._made_by = made_by + sys.version.encode()

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the bucket its code if there is any that fits."""
        with contextlib.suppress(OSError):
            data = self._path(bucket).read_bytes()
            digest, code = data[:_DIGEST_BYTES], data[_DIGEST_BYTES:]
            if digest == self._digest(bucket, code):
                bucket.code = marshal.loads(code)  # noqa: S302 - see the module

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a bucket's code, unless Python is told to keep none."""
        if sys.dont_write_bytecode:
            return
        code = marshal.dumps(bucket.code)
        with contextlib.suppress(OSError, StorageFull):
            self._folder.mkdir(exist_ok=True)
            write_bytes(self._path(bucket), self._digest(bucket, code) + code, durable=False)

    def _path(self, bucket: Bucket) -> Path:
        return self._folder / f"{bucket.key}.{sys.implementation.cache_tag}"

    def _digest(self, bucket: Bucket, code: bytes) -> bytes:
        parts = (self._made_by, bucket.checksum.encode(), code)
        return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).digest()
