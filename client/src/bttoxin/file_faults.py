"""Read a genome's file, and say why it cannot be sent: missing, unreadable, empty, no gzip, damaged, changed.

Reasons that the portal also gives have its words (a test compares them), in the language of the portal's messages.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import os
import stat
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_PIECE_BYTES = 1 << 20
_GZIP_MAGIC = b"\x1f\x8b"

# Code -> English, Chinese. Those with `file.` are the client's own: the portal does not see the sender's disk.
TEXTS: Mapping[str, tuple[str, str]] = {
    "fasta.empty": ("the file is empty: there is no sequence in it", "文件为空，其中没有序列"),
    "gzip.none": (
        "this is not a gzip file, despite the .gz in its name; if it is plain FASTA, remove .gz from the name",
        "文件名带有 .gz，但这不是 gzip 文件；如果是未压缩的 FASTA，请去掉文件名中的 .gz",
    ),
    "gzip.damaged": (
        "this gzip file is damaged or cut; download or compress it again",
        "这个 gzip 文件已损坏或不完整，请重新下载或重新压缩",
    ),
    "upload.too_large": ("The file is larger than the limit of {limit} MB.", "文件超过了 {limit} MB 的上限。"),
    "file.missing": (
        "there is no such file: it was moved or removed, or a link leads nowhere",
        "没有这个文件：它已被移动或删除，或链接指向的文件不存在",
    ),
    "file.not_regular": (
        "this is not a file, but a folder, a pipe or a device",
        "这不是普通文件，而是文件夹、管道或设备",
    ),
    "file.unreadable": ("the file cannot be read: {reason}", "无法读取文件：{reason}"),
    "file.changed": (
        "the file changed while it was being sent; submit it again",
        "文件在发送过程中发生了变化，请重新提交",
    ),
}


class UnusableFile(Exception):
    """A file cannot be sent; `code` is one of TEXTS."""

    def __init__(self, code: str, **values: str | int) -> None:
        super().__init__(code)
        self.code = code
        self._values = values

    def said(self, lang: str) -> str:
        """Return the reason in a language."""
        english, chinese = TEXTS[self.code]
        return (chinese if lang.startswith("zh") else english).format(**self._values)


@contextmanager
def _open_regular(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading; nothing is waited for, not even the writer of a pipe."""
    # O_NONBLOCK and O_CLOEXEC do not exist on Windows, O_BINARY nowhere else.
    flags = os.O_RDONLY
    for name in ("O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):
        flags |= getattr(os, name, 0)
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # before opening: some devices act when they are opened
            raise UnusableFile("file.not_regular")
        handle = os.open(path, flags)
        with os.fdopen(handle, "rb") as stream:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise UnusableFile("file.not_regular")
            yield stream
    except FileNotFoundError:
        raise UnusableFile("file.missing") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise UnusableFile("file.unreadable", reason=getattr(error, "strerror", None) or str(error)) from None


def measure_file(path: Path, *, is_packed: bool, limit_bytes: int | None = None) -> tuple[int, str]:
    """Return size (bytes) and SHA-256 (hex) of a file's text, which `is_packed` says is compressed with gzip.

    Raises:
        UnusableFile: the file cannot be sent; nothing beyond `limit_bytes` is decompressed.
    """
    with _open_regular(path) as stream:
        return _measure(stream, is_packed=is_packed, limit_bytes=limit_bytes)


def read_file(path: Path, *, is_packed: bool, size: int, sha256: str) -> bytes:
    """Return the bytes of a file if its text still is the one that was measured.

    Raises:
        UnusableFile: it is not, or the file cannot be read any more.
    """
    with _open_regular(path) as stream:
        content = stream.read()
    found = (0, "")
    with contextlib.suppress(UnusableFile):
        found = _measure(io.BytesIO(content), is_packed=is_packed, limit_bytes=size)
    if found != (size, sha256):
        raise UnusableFile("file.changed")
    return content


def _measure(stream: BinaryIO, *, is_packed: bool, limit_bytes: int | None) -> tuple[int, str]:
    head = stream.read(len(_GZIP_MAGIC))
    stream.seek(0)
    if not head:
        raise UnusableFile("fasta.empty")
    if is_packed and head != _GZIP_MAGIC:
        raise UnusableFile("gzip.none")
    digest, size = hashlib.sha256(), 0
    text = gzip.GzipFile(fileobj=stream) if is_packed else stream
    try:
        while piece := text.read(_PIECE_BYTES):
            digest.update(piece)
            size += len(piece)
            if limit_bytes is not None and size > limit_bytes:
                raise UnusableFile("upload.too_large", limit=limit_bytes // 1024**2)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise UnusableFile("gzip.damaged") from None
    if not size:
        raise UnusableFile("fasta.empty")
    return size, digest.hexdigest()
