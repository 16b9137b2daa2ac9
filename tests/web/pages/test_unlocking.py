"""Whatever page of a task or submission a browser asks for without access, it can unlock there, in people's words."""

from __future__ import annotations

import html
import re

import pytest
from flask.testing import FlaskClient

from portal.web.pages.unlocking import _is_below
from tests.builders import Site
from tests.web.batch import Batch

VALUES = {"n": "1", "run": "1", "wanted": "Cry1Aa1", "name": "scores.csv", "ending": "csv"}
NEED_NO_ACCESS = ("/unlock", "/restore")
ID = re.compile(r"<(?:task_id|submission_id|opened_id)>")


def addresses(site: Site, method: str) -> list[str]:
    """Return the rule of every page of a task or submission, with a place for its id."""
    found = []
    for rule in site.app.url_map.iter_rules():
        if not rule.rule.startswith(("/tasks/<", "/submissions/<")) or method not in (rule.methods or ()):
            continue
        filled = re.sub(r"<(?:\w+:)?(\w+)>", lambda name: VALUES[name[1]], ID.sub("{id}", rule.rule))
        found.append(filled)
    assert len(found) > 15
    return found


def test_every_address_asks_for_the_token_and_leads_on(site: Site) -> None:
    batch = Batch(site, "A")
    batch.put(1)
    task = site.task()
    for rule in addresses(site, "GET"):
        is_task = rule.startswith("/tasks/")
        address = rule.format(id=task.task_id if is_task else batch.id) + "?by=toxins&state=a%26b"
        stranger = site.app.test_client()
        stranger.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        answer = stranger.get(address)
        assert answer.status_code in {401, 403}, address
        assert "Bearer" not in answer.text, address
        form = re.search(r'<form id="unlock" method="post" action="([^"]+)"', answer.text)
        assert form, address
        action = html.unescape(form[1])
        wrong = stranger.post(action, data={"token": "x" * 43})
        assert html.escape(action) in wrong.text, "the way on outlives a wrong token"
        token = task.token if is_task else batch.token
        opened = stranger.post(action, data={"token": token})
        page = f"/tasks/{task.task_id}" if is_task else batch.page
        expected = page if address.partition("?")[0] == page else address
        assert (opened.status_code, opened.headers["Location"]) == (303, expected)
        assert stranger.get(expected).status_code not in {401, 403}


def test_a_person_who_opens_an_address_gets_the_form_as_a_page_and_nothing_keeps_it(site: Site) -> None:
    """A program is refused as ever, and so is a browser that was given a wrong token, or a pressed button."""
    batch, task = Batch(site, "A"), site.task()
    opens = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "none"}
    for rule in addresses(site, "GET"):
        address = rule.format(id=task.task_id if rule.startswith("/tasks/") else batch.id)
        answer = site.app.test_client().get(address, headers=opens)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store"), address
        assert '<form id="unlock"' in answer.text
        assert "WWW-Authenticate" not in answer.headers
        for other in ({}, {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"}):
            assert site.app.test_client().get(address, headers=other).status_code in {401, 403}, address
    pressed = {**opens, "Sec-Fetch-Site": "same-origin"}
    wrong = site.app.test_client().post(f"{batch.page}/unlock", data={"token": "x" * 43}, headers=pressed)
    assert wrong.status_code == 404
    assert site.app.test_client().post(f"{batch.page}/cancel", headers=pressed).status_code in {401, 403}


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "Nothing was changed: this is not open in this browser"), ("zh", "未作任何更改")]
)
def test_every_button_answers_in_words(site: Site, client: FlaskClient, lang: str, words: str) -> None:
    for rule in addresses(site, "POST"):
        for method_id in (site.task().task_id, "abcdefghijkl"):
            answer = client.post(f"{rule.format(id=method_id)}?lang={lang}")
            assert answer.status_code >= 400
            assert "Bearer" not in answer.text, rule
            if not rule.endswith(NEED_NO_ACCESS):
                assert (words in answer.text, 'id="unlock"' in answer.text) == (True, True), rule


def test_what_is_no_id_gets_no_words_for_programs(site: Site, client: FlaskClient) -> None:
    for rule in (*addresses(site, "GET"), *addresses(site, "POST")):
        for method in (client.get, client.post):
            assert "Bearer" not in method(rule.format(id="NoId")).text


@pytest.mark.parametrize(
    "asked",
    [
        "https://evil.example/tasks/a/x",
        "//evil.example",
        "/tasks/a/../../admin",
        "/tasks/a/%2e%2e/b",
        "/tasks/ab/x",
        "",
    ],
)
def test_it_leads_to_nowhere_else(asked: str) -> None:
    assert not _is_below("/tasks/a", asked)
    assert _is_below("/tasks/a", "/tasks/a/toxins/Cry1Aa1?x=..")
