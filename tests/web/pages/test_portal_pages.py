"""Pages about the portal, errors as pages, and what every page promises to browsers."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask.testing import FlaskClient

import portal.web
from portal.domain.errors import NotReady, StorageFull, TooManyRequests
from portal.domain.message import Message
from portal.domain.status import TaskStatus
from portal.files.switches import Control
from tests.builders import Site, make_site, write_heartbeat
from tests.web.pages.conftest import Open

STATIC = Path(portal.web.__file__).parent / "static"
PAGES = ("/", "/tasks", "/compare", "/queue", "/help", "/tasks/abcdefghijkl", "/nowhere")


class _Tags(HTMLParser):
    """Every tag with its attributes, and the text of scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_the_queue_shows_numbers_and_no_names(site: Site, client: FlaskClient) -> None:
    built = site.task(TaskStatus.QUEUED, filename="secret-strain.fna")
    write_heartbeat(site.portal, waiting=(built.task_id, "aaaaaaaaaaaa"), active=("bbbbbbbbbbbb",), mean_duration_s=200)
    text = client.get("/queue").text
    assert re.search(r'class="figure num">1<small> / 4', text)
    assert re.search(r'class="figure num">2</span><span>waiting tasks', text)
    assert "3 min 20 s" in text
    assert built.task_id not in text
    assert "secret-strain" not in text


def test_the_status_page_tells_what_is_wrong(tmp_path: Path) -> None:
    silent = make_site(tmp_path / "jobs")
    text = silent.app.test_client().get("/queue").text
    assert "Not ready" in text
    assert "No poller has run yet" in text
    assert "后台进程尚未启动" in silent.app.test_client().get("/queue?lang=zh").text


def test_the_operators_notice_is_on_every_page_as_text(tmp_path: Path) -> None:
    site = make_site(tmp_path / "jobs")
    client = site.app.test_client()
    assert 'class="notice"' not in client.get("/").text
    Control(draining=True, notice="Maintenance <b>tonight</b>").write(site.portal)
    for path in ("/", "/queue", "/help", "/tasks"):
        assert "Maintenance &lt;b&gt;tonight&lt;/b&gt;" in client.get(path).text


def test_help_shows_commands_with_this_portals_address(client: FlaskClient) -> None:
    text = client.get("/help").text
    assert "curl -F file=@genome.fna -F lang=en http://localhost/api/tasks" in text
    assert "WCAG 2.2" in text


@pytest.mark.parametrize(
    ("error", "code", "title"),
    [
        (NotReady(Message("results.unreachable")), 503, "Not ready"),
        (StorageFull(Message("disk.full")), 507, "The disk is full"),
        (TooManyRequests(Message("task.too_many_waiting"), retry_after_s=9), 429, "Too many"),
        (RuntimeError("secret inside"), 500, "Something went wrong"),
    ],
)
def test_errors_are_pages(tmp_path: Path, error: Exception, code: int, title: str) -> None:
    site = make_site(tmp_path / "jobs")

    def fail() -> str:
        raise error

    site.app.add_url_rule("/fail", "fail", fail)
    client = site.app.test_client()
    page = client.get("/fail")
    assert page.status_code == code
    assert title in page.text
    assert "<nav" in page.text
    assert "secret inside" not in page.text
    chinese = client.get("/fail?lang=zh").text
    assert re.search(r"<p class=\"lead\">[^<]*[\u4e00-\u9fff]", chinese), "the sentence is Chinese too"


def test_errors_below_api_stay_json(client: FlaskClient) -> None:
    assert client.get("/api/nowhere").is_json
    assert client.get("/nowhere").mimetype == "text/html"


@pytest.mark.parametrize("path", PAGES)
def test_pages_keep_to_their_policy(client: FlaskClient, path: str) -> None:
    page = client.get(path)
    policy = page.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'self'" in policy
    seen = _Tags(page.text).tags
    for tag, attributes in seen:
        assert "style" not in attributes, (tag, attributes)
        assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
        assert tag != "style"
        if tag == "script":
            assert (attributes.get("src") or "").startswith("/static/") or attributes.get("type") == "application/json"
        for name in ("src", "action") if tag != "a" else ():
            assert (attributes.get(name) or "/").startswith("/"), (tag, attributes)
    assert page.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", PAGES)
def test_pages_have_one_heading_unique_ids_and_labelled_fields(client: FlaskClient, path: str) -> None:
    seen = _Tags(client.get(path).text).tags
    assert [tag for tag, _ in seen].count("h1") == 1
    ids = [attributes["id"] for _, attributes in seen if "id" in attributes]
    assert len(ids) == len(set(ids))
    labels = {attributes.get("for") for tag, attributes in seen if tag == "label"}
    for tag, attributes in seen:
        if tag in ("input", "select") and attributes.get("type") not in ("hidden", "radio"):
            assert attributes.get("id") in labels or attributes.get("aria-label"), attributes


def test_task_pages_keep_to_the_policy_too(site: Site, client: FlaskClient, open_task: Open) -> None:
    for status in TaskStatus:
        page = client.get(open_task(site.task(status)))
        assert page.headers["Cache-Control"] == "private, no-cache"
        for tag, attributes in _Tags(page.text).tags:
            assert "style" not in attributes, (tag, attributes)
        ids = [attributes["id"] for _, attributes in _Tags(page.text).tags if "id" in attributes]
        assert len(ids) == len(set(ids))


def test_what_pages_load_is_there(client: FlaskClient) -> None:
    for path in STATIC.iterdir():
        if path.suffix in (".js", ".css"):
            assert client.get(f"/static/{path.name}").status_code == 200
    for page in PAGES:
        for tag, attributes in _Tags(client.get(page).text).tags:
            address = attributes.get("src") or (attributes.get("href") if tag == "link" else None)
            if address and address.startswith("/static/"):
                assert client.get(address).status_code == 200, address


def test_a_pause_is_not_called_all_fine(site: Site, client: FlaskClient) -> None:
    write_heartbeat(site.portal, draining=True)
    text = client.get("/queue").text
    assert "Paused" in text
    assert "All fine" not in text
