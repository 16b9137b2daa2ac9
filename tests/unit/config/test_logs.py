"""Lines of the log: one each, in both formats, with the id of the request and without anything secret."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.config import read_settings
from portal.domain.logs import FIELDS, FORMATS, REQUEST_ID, carrying_request_id, formatter

_ANYTHING = st.text(st.characters())  # surrogates, control characters and separators of Unicode with it


def line_of(message: str, /, *, kind: str = "text", secrets: tuple[str, ...] = (), **fields: Any) -> str:
    record = logging.LogRecord("portal.x", logging.INFO, __file__, 1, "%s", (message,), None)
    record.__dict__[FIELDS] = fields
    return formatter("web", kind, secrets).format(record)


@given(_ANYTHING, _ANYTHING, st.sampled_from(FORMATS))
def test_a_line_is_one_line_of_printable_text_whatever_is_in_it(message: str, value: str, kind: str) -> None:
    line = line_of(message, kind=kind, path=value)
    assert len(line.splitlines()) == 1
    assert line.isprintable()
    line.encode()


@given(_ANYTHING)
def test_json_gives_back_what_was_logged(message: str) -> None:
    line = json.loads(line_of(message, kind="json", bytes=3))
    assert (line["message"], line["bytes"], line["process"], line["level"]) == (message, 3, "web", "INFO")


@pytest.mark.parametrize("kind", FORMATS)
def test_a_field_of_a_line_cannot_pass_for_what_the_line_says_itself(kind: str) -> None:
    line = line_of("real", kind=kind, message="forged", level="CRITICAL")
    if kind == "json":
        assert (json.loads(line)["message"], json.loads(line)["level"]) == ("real", "INFO")
    assert " INFO real" in line or kind == "json"


@pytest.mark.parametrize("kind", FORMATS)
def test_a_traceback_belongs_to_its_line(kind: str) -> None:
    try:
        raise ValueError("first\n2026-03-02T09:30:00.000Z web CRITICAL forged")
    except ValueError:
        record = logging.LogRecord("portal.x", logging.ERROR, __file__, 1, "gone", (), sys.exc_info())
    first, *others = formatter("web", kind).format(record).splitlines()
    assert "gone" in first
    assert all(other.startswith("  | ") for other in others)
    assert ("ValueError" in first) == (kind == "json")


def test_the_id_of_a_request_stands_in_every_line_of_its_block_and_in_no_other() -> None:
    with carrying_request_id("outer-id-1"):
        with carrying_request_id("inner-id-2"):
            assert " [inner-id-2] x" in line_of("x")
            assert json.loads(line_of("x", kind="json"))["request_id"] == "inner-id-2"
        assert " [outer-id-1] x" in line_of("x")
    assert "[" not in line_of("x")


@pytest.mark.parametrize("kind", FORMATS)
def test_no_token_and_no_secret_of_the_settings_stands_in_a_line(kind: str) -> None:
    token = "aB3_-" * 8 + "xyz"
    settings = read_settings({
        "PORTAL_SECRET": "portal " * 6, "ADMIN_SECRET": "admin-secret-of-this-site",
        "REDIS_URL": "redis://:pass%2Fword@localhost/0",
    })  # fmt: skip
    secrets = ("portal portal portal portal portal portal", "admin-secret-of-this-site", "pass/word")
    assert set(settings.secrets) == set(secrets)
    for secret in (token, *secrets):
        line = line_of(f"with {secret} in it", kind=kind, secrets=settings.secrets, header=f"Bearer {secret}")
        assert secret not in line
        assert line.count("[hidden]") == 2
        try:
            raise ValueError(secret)
        except ValueError:
            record = logging.LogRecord("portal.x", logging.ERROR, __file__, 1, "x", (), sys.exc_info())
        assert f"ValueError: {secret}" not in formatter("web", kind, settings.secrets).format(record)
    sha256 = "0123456789abcdef" * 4
    assert sha256 in line_of(sha256, kind=kind, secrets=settings.secrets)


@pytest.mark.parametrize(("text", "taken"), [
    ("3f2a9c0d1e4b5a67", True), ("0e3b8a52-7a1c-4a86-9f0e-5f0e6a1a2b3c", True), ("gateway.7_a", True), ("short", False),
    ("a" * 43, False), ("-leading", False), ("with blank", False), ("line\nfeed1", False), ("trailing1\n", False),
    ("ümläut-12", False), ("x" * 37, False),
])  # fmt: skip
def test_an_id_of_a_request_is_short_and_has_no_form_of_a_token(text: str, *, taken: bool) -> None:
    assert (REQUEST_ID.fullmatch(text) is not None) == taken


_ACCIDENTS = """
import threading, warnings
from portal.domain.logs import set_up_logging
set_up_logging("poller", "json", ("hush-hush",))
warnings.warn("this is old")
thread = threading.Thread(target=lambda: 1 / 0, name="worker-1")
thread.start()
thread.join()
raise RuntimeError("the end, hush-hush")
"""


def test_warnings_and_accidents_that_nobody_caught_are_lines_like_all_others() -> None:
    done = subprocess.run([sys.executable, "-c", _ACCIDENTS], capture_output=True, text=True, check=False)
    warning, in_thread, end = [json.loads(line) for line in done.stderr.splitlines()]
    assert (done.returncode, done.stdout) == (1, "")
    assert "this is old" in warning["message"]
    assert "worker-1" in in_thread["message"]
    assert "ZeroDivisionError" in in_thread["exception"]
    assert (end["level"], "RuntimeError" in end["exception"], "hush-hush" in end["exception"]) == (
        "CRITICAL", True, False,
    )  # fmt: skip
