"""One log format for all processes: text for people, JSON for machines; each entry stays on one line.

Each process calls `set_up_logging` once at its start. The request's id is a context variable, so that every line logged
while the request is handled includes it. Anything that looks like a token, and every configured secret, is removed from
all lines, so that callers need not take care of it.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

FORMATS = ("text", "json")
# Further members of a line, given as `extra={FIELDS: {...}}`.
FIELDS = "fields"
# Must not match a token (43 characters) or a truncated one; a UUID fits.
REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,35}", re.ASCII)

request_id: ContextVar[str] = ContextVar("request_id", default="")

_PRINTABLE_ASCII = re.compile(r"[ -~]*")
_TOKEN = re.compile(r"(?<![\w-])[\w-]{43}(?![\w-])", re.ASCII)
_HIDDEN = "[hidden]"
_SHORTEST_SECRET = 4  # removing a shorter one would hide half of every line


@contextmanager
def carrying_request_id(value: str) -> Iterator[None]:
    """Add this id to every line logged within the block; empty: none."""
    before = request_id.set(value)
    try:
        yield
    finally:
        request_id.reset(before)


def escaped(text: str) -> str:
    """Return a text with every non-printable character escaped: no line feed, no colour code."""
    if _PRINTABLE_ASCII.fullmatch(text):
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


class _Formatter(logging.Formatter):
    """Shared by both formatters: the time, and the removal of secrets."""

    def __init__(self, process: str, secrets: Collection[str] = ()) -> None:
        super().__init__()
        self._process = process
        self._secrets = sorted((text for text in secrets if len(text) >= _SHORTEST_SECRET), key=len, reverse=True)

    def _clean(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        return _TOKEN.sub(_HIDDEN, text)

    def _message(self, record: logging.LogRecord) -> str:
        return self._clean(record.getMessage())

    def _fields(self, record: logging.LogRecord) -> dict[str, Any]:
        fields: Mapping[str, Any] = getattr(record, FIELDS, {})
        return {
            name: value if isinstance(value, int | float) else self._clean(str(value)) for name, value in fields.items()
        }

    def _exception(self, record: logging.LogRecord) -> str:
        return self._clean(self.formatException(record.exc_info)) if record.exc_info else ""


def _time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


class TextFormatter(_Formatter):
    """`2026-03-02T09:30:00.120Z web INFO [request id] message name=value`; a traceback follows, indented."""

    def format(self, record: logging.LogRecord) -> str:
        parts = [_time(record), self._process, record.levelname]
        if request_id.get():
            parts.append(f"[{request_id.get()}]")
        parts.append(escaped(self._message(record)))
        parts += [f"{name}={escaped(str(value))}" for name, value in self._fields(record).items()]
        lines = [" ".join(part for part in parts if part)]
        if record.exc_info:
            lines += [f"  | {escaped(part)}" for part in self._exception(record).split("\n")]
        return "\n".join(lines)


class JsonFormatter(_Formatter):
    """One JSON object per line: time, process, level, logger, message, request_id, exception, and further members."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            **self._fields(record),
            "time": _time(record),
            "process": self._process,
            "level": record.levelname,
            "logger": record.name,
            "message": self._message(record),
        }
        if request_id.get():
            line["request_id"] = request_id.get()
        if record.exc_info:
            line["exception"] = self._exception(record)
        # ASCII only, so that no reader takes a Unicode separator for a line ending.
        return json.dumps(line, default=str)


def formatter(process: str, kind: str, secrets: Collection[str] = ()) -> logging.Formatter:
    """Return the formatter for a format in FORMATS."""
    return JsonFormatter(process, secrets) if kind == "json" else TextFormatter(process, secrets)


def set_up_logging(process: str, kind: str, secrets: Collection[str] = ()) -> None:
    """Log to this process's standard error, in a format in FORMATS, without `secrets`.

    Python's warnings and uncaught exceptions, also in threads, are logged in the same way.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(process, kind, secrets))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    # Their line for every call is of no interest.
    for noisy in ("httpx", "httpcore"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.captureWarnings(True)
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    logging.getLogger("portal").critical("nobody caught this", exc_info=(kind, error, trace))


def _log_uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    name = args.thread.name if args.thread is not None else "?"
    if args.exc_value is not None:
        caught = (args.exc_type, args.exc_value, args.exc_traceback)
        logging.getLogger("portal").error("the thread %s has ended", name, exc_info=caught)
