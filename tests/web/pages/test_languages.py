"""Both languages are whole: nothing missing, nothing left over, nothing that breaks when it is said."""

from __future__ import annotations

import re

import pytest
from babel.numbers import format_decimal
from flask.testing import FlaskClient

from portal.domain.parameters import PARAMETERS
from portal.domain.status import Lang, PipelineStage, TaskStatus
from portal.web.self_check import exercise_pages
from portal.web.texts import words as words
from portal.web.texts.i18n import current_lang, show_number
from tests.builders import Site
from tests.web.pages.catalogue import extract, stored

_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}|</?i>")
_UPDATE = "run: python -m tests.web.pages.catalogue, and translate what is new"
PAGES = ("/", "/tasks", "/open?task=x", "/compare", "/queue", "/help", "/tasks/abcdefghijkl", "/nowhere")


def _text(message_id: object) -> str:
    return str(message_id if isinstance(message_id, str) else message_id[0])  # type: ignore[index]


def test_the_chinese_catalogue_has_every_text_and_no_other() -> None:
    said = {_text(message.id) for message in extract() if message.id}
    translated = {_text(message.id) for message in stored() if message.id}
    assert said - translated == set(), _UPDATE
    assert translated - said == set(), _UPDATE


def test_every_text_is_translated_with_the_same_values() -> None:
    for message in stored():
        if not message.id:
            continue
        chinese = _text(message.string)
        assert chinese, f"not translated: {message.id}"
        assert "fuzzy" not in message.flags
        assert sorted(_PLACEHOLDER.findall(_text(message.id))) == sorted(_PLACEHOLDER.findall(chinese)), message.id


def test_chinese_has_chinese_punctuation() -> None:
    for message in stored():
        text = _text(message.string)
        found = re.search(r"[\u4e00-\u9fff][,;:?!]|[,;:?!][\u4e00-\u9fff]", text)
        assert found is None, f"{text}: {found and found.group()}"


def test_every_value_of_the_domain_has_words() -> None:
    assert set(words.STATUS) == set(TaskStatus)
    assert set(words.STAGE) == set(words.STAGE_PURPOSE) == set(PipelineStage)
    assert set(words.PARAMETER) == {parameter.name for parameter in PARAMETERS}
    for parameter in PARAMETERS:
        assert [choice for choice, _ in words.PARAMETER[parameter.name].choices] == list(parameter.choices)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_in_one_language(client: FlaskClient, path: str) -> None:
    sign = "&" if "?" in path else "?"
    english = client.get(f"{path}{sign}lang=en")
    assert '<html lang="en">' in english.text
    body = re.sub(r'<a class="language".*?</a>|<span lang="zh-Hans">.*?</span>|<script.*?</script>', "", english.text)
    assert re.search(r"[\u4e00-\u9fff]", body) is None
    chinese = client.get(f"{path}{sign}lang=zh")
    assert '<html lang="zh-Hans">' in chinese.text
    assert english.status_code == chinese.status_code
    assert chinese.headers["Content-Language"] == "zh-Hans"


def test_the_language_is_chosen_by_address_then_cookie_then_browser(client: FlaskClient) -> None:
    assert '<html lang="en">' in client.get("/").text
    assert '<html lang="zh-Hans">' in client.get("/", headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"}).text
    assert '<html lang="en">' in client.get("/", headers={"Accept-Language": "de"}).text
    client.get("/?lang=zh")
    assert '<html lang="zh-Hans">' in client.get("/", headers={"Accept-Language": "en"}).text
    assert '<html lang="en">' in client.get("/?lang=en").text
    assert '<html lang="en">' in client.get("/?lang=xx").text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_numbers_are_written_as_the_language_has_them(lang: str) -> None:
    for value, digits in ((0, 0), (999, 0), (1234567, 0), (-1234.5, 1), (0.004, 2), (98.7654, 1), (12345.678, 2)):
        pattern = f"#,##0.{'0' * digits}" if digits else "#,##0"
        assert show_number(value, digits) == format_decimal(value, pattern, locale=lang)


def test_the_language_link_keeps_the_rest_of_the_address(client: FlaskClient) -> None:
    text = client.get("/?min_identity=0.5&lang=en").text
    assert 'href="/?min_identity=0.5&amp;lang=zh"' in text


def test_caches_are_told_what_the_language_depends_on(client: FlaskClient) -> None:
    vary = {name.strip() for name in client.get("/").headers["Vary"].split(",")}
    assert {"Accept-Language", "Cookie"} <= vary


def test_a_check_of_the_installation_leaves_the_language_of_its_request(site: Site) -> None:
    # The first page of a worker that shows the state of the portal renders the pages of each language.
    with site.app.test_request_context("/queue", headers={"Accept-Language": "zh-CN"}):
        exercise_pages(site.app)
        assert current_lang() is Lang.ZH
