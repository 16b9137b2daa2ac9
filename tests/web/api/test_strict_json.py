"""Bodies of JSON: what is read, and what is refused by which name, at every address that takes one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.errors import MalformedRequest
from portal.domain.status import TaskStatus
from portal.web.api.strict_json import DEPTH, read_json
from tests.builders import Site

REFUSED = [
    (b"{", "json.syntax"), (b"{'a':1}", "json.syntax"), (b'{"a":1,}', "json.syntax"), (b"/**/{}", "json.syntax"),
    (b'{"a":"\n"}', "json.syntax"), (b"{} {}", "json.syntax"), (b"01", "json.syntax"), (b"+1", "json.syntax"),
    (b"\xef\xbb\xbf{}", "json.syntax"), (b"\xff", "json.encoding"), (b"{\x00}", "json.syntax"),
    ('{"a":1}'.encode("utf-16"), "json.encoding"), (b"NaN", "json.number"), (b"[-Infinity]", "json.number"),
    (b"1e999", "json.number"), (b"9" * 5000, "json.number"), (b"[0." + b"1" * 5000 + b"]", "json.number"),
    (b'{"a":1,"a":1}', "json.duplicate"), (b'[{"b":{"a":1,"\\u0061":2}}]', "json.duplicate"),
    (b"[" * 50_000, "json.depth"), (b'{"a":' * 10_000, "json.depth"),
    (b"[" * (DEPTH + 1) + b"]" * (DEPTH + 1), "json.depth"),
    (b'"\\ud800"', "json.surrogate"), (b'{"\\udc00":1}', "json.surrogate"), (b'[["\\ude00\\ud83d"]]', "json.surrogate"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "code"), REFUSED)
def test_what_is_no_json_of_ours_is_refused_by_name(body: bytes, code: str) -> None:
    with pytest.raises(MalformedRequest) as caught:
        read_json(body)
    assert caught.value.message.code == code


@pytest.mark.parametrize(
    "text", ['"\\ud83e\\uddec"', '"\U0001f9ec"', "-9223372036854775808", "1e3", "[" * DEPTH + "]" * DEPTH, "null"]
)
def test_what_is_json_is_read_as_it_stands(text: str) -> None:
    assert read_json(text.encode()) == json.loads(text)


_TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18), 10**18) | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXTS, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(_VALUES, st.booleans())
def test_whatever_can_be_written_is_read_again(value: Any, ascii_alone: bool) -> None:
    assert read_json(json.dumps(value, ensure_ascii=ascii_alone).encode()) == value


@given(st.binary(max_size=40) | st.text('[]{}",:0123456789.eE+-\\udaNtruefalsnl \n', max_size=40).map(str.encode))
def test_any_bytes_are_a_value_that_can_be_kept_or_are_refused(body: bytes) -> None:
    try:
        value = read_json(body)
    except MalformedRequest:
        return
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode()


def addresses(site: Site, client: FlaskClient) -> list[tuple[str, dict[str, str]]]:
    """Return every address that reads JSON, with what opens it."""
    built = site.task(TaskStatus.FAILED)
    items = [{"label": str(n), "size": 9, "sha256": str(n) * 64} for n in range(3)]
    announced = client.post("/api/submissions", json={"items": items}).json
    assert announced is not None
    submission, owner = announced["submission_id"], {"Authorization": f"Bearer {announced['token']}"}
    return [
        *((f"/api/tasks/{built.task_id}/{act}", built.bearer) for act in ("retry", "shares")),
        ("/api/compare", {}),
        ("/api/submissions", {}),
        *((f"/api/submissions/{submission}/{act}", owner) for act in ("cancel", "retry", "compare", "shares")),
    ]


def test_every_address_reads_bodies_this_way(site: Site, client: FlaskClient) -> None:
    spec = client.get("/api/openapi.json").json or {}
    taking = [
        path
        for path, told in spec["paths"].items()
        if "application/json" in str(told.get("post", {}).get("requestBody"))
    ]
    known = addresses(site, client)
    assert len(taking) == len(known)
    for path, headers in known:
        for body, code in REFUSED:
            answer = client.post(path, data=body, content_type="application/json", headers=headers)
            assert (answer.status_code, (answer.json or {})["type"]) == (400, f"/errors/{code}"), (path, body[:40])
        for kind in ("text/plain", "application/x-www-form-urlencoded", None):
            answer = client.post(path, data=b'{"lang":"zh"}', content_type=kind, headers=headers)
            assert answer.status_code == 415, (path, kind)
        wrong = client.post(path, data=b"[1]", content_type="application/json", headers=headers)
        assert (wrong.status_code, list((wrong.json or {})["errors"])) == (422, ["body"])
