"""Text is sent packed: pages, data, tables, drawings, errors; but not where its length could betray a token."""

from __future__ import annotations

import gzip
import hashlib

import pytest
from flask.testing import FlaskClient

from tests.builders import BuiltTask, Site, rewrite_result
from tests.web.pages.conftest import Open

_PACKED = {"Accept-Encoding": "gzip, br"}
_LEAST_BYTES = 1024


@pytest.fixture
def built(site: Site) -> BuiltTask:
    return site.task(hits=24)


def _drawing(site: Site, built: BuiltTask) -> str:
    """Return the address of a drawing of the size that drawings have."""
    path = min(site.portal.task(built.task_id).path.glob("attempts/*/*/out/*.svg"))
    rects = b"".join(b'<rect x="%d" y="0" width="9" height="9"/>' % x for x in range(100))
    rewrite_result(path, b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 999 9">' + rects + b"</svg>")
    return f"/api/tasks/{built.task_id}/results/{path.name}"


def test_all_that_is_text_is_packed_and_the_same(
    site: Site, client: FlaskClient, built: BuiltTask, open_task: Open
) -> None:
    page, api = open_task(built), f"/api/tasks/{built.task_id}"
    asked = {
        "text/html": ("/", "/help", "/errors", "/tasks", page, f"{page}/evidence", f"{page}/toxins/L1", "/nowhere"),
        "application/json": (f"{page}/charts", f"{api}/results", f"{api}/results/toxins.json", "/api/openapi.json"),
        "text/csv": (f"{api}/toxins?format=csv",),
        "image/svg+xml": (_drawing(site, built),),
    }
    for kind, addresses in asked.items():
        for address in addresses:
            plain, packed = client.get(address), client.get(address, headers=_PACKED)
            assert plain.mimetype == packed.mimetype == kind, address
            assert len(plain.data) > _LEAST_BYTES, f"{address} is too small to tell"
            assert "Content-Encoding" not in plain.headers, address
            assert packed.headers.get("Content-Encoding") == "gzip", address
            assert packed.headers["Content-Length"] == str(len(packed.data)), address
            assert "Accept-Encoding" in packed.headers["Vary"], address
            assert "Accept-Encoding" in plain.headers["Vary"], address
            if "nonce" not in plain.text and "idempotency_key" not in plain.text:  # a random number of each form
                assert gzip.decompress(packed.data) == plain.data, address


@pytest.mark.parametrize("site_of", ["cross-site", "same-site"])
def test_nothing_is_packed_that_another_site_asked_for(
    client: FlaskClient, built: BuiltTask, open_task: Open, site_of: str
) -> None:
    """Its length would tell whether a letter in the address occurs in the link that the page shows (BREACH)."""
    page = open_task(built)
    assert built.token in client.get(page).text
    for address in (page, f"{page}?lang=AAAA", f"{page}/charts", "/nowhere"):
        headers = {**_PACKED, "Sec-Fetch-Site": site_of}
        assert "Content-Encoding" not in client.get(address, headers=headers).headers, address
    static = client.get("/").text.partition('href="/static/')[2].partition('"')[0]
    assert client.get(f"/static/{static}", headers=headers).headers["Content-Encoding"] == "gzip"


def test_a_browser_that_does_not_say_who_asked_gets_no_packed_page_over_tls(client: FlaskClient) -> None:
    del client.environ_base["HTTP_SEC_FETCH_SITE"]
    client.delete_cookie("lang")
    for scheme, has_cookie, is_packed in (("https", False, True), ("http", True, True), ("https", True, False)):
        if has_cookie:
            client.set_cookie("lang", "en")
        answer = client.get("/help", headers=_PACKED, base_url=f"{scheme}://localhost")
        assert ("Content-Encoding" in answer.headers) is is_packed, (scheme, has_cookie)


def test_files_are_resumed_and_verified_as_they_are(
    site: Site, client: FlaskClient, built: BuiltTask, open_task: Open
) -> None:
    open_task(built)
    address = _drawing(site, built)
    whole = client.get(address).data
    tag = f'"{hashlib.sha256(whole).hexdigest()}"'
    head = client.head(address, headers=_PACKED)
    assert (head.headers["ETag"], head.headers["Content-Length"]) == (tag, str(len(whole)))
    part = client.get(address, headers={**_PACKED, "Range": "bytes=10-19", "If-Range": tag})
    assert (part.status_code, part.data, part.headers.get("Content-Encoding")) == (206, whole[10:20], None)
    packed = client.get(address, headers=_PACKED)
    assert packed.headers["ETag"] == f"W/{tag}"
    assert "Accept-Ranges" not in packed.headers
    again = client.get(address, headers={**_PACKED, "If-None-Match": packed.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
