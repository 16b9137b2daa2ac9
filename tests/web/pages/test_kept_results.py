"""The results that a task's page keeps for the next visit: the same words, until anything they say has changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from markupsafe import Markup

from portal.domain.status import Lang
from portal.files.atomic import encode_json
from portal.results.names import BIOASSAYS_JSON, LOCI_JSON, SCORES_JSON, SCREENING_JSON, TOXINS_JSON
from portal.services.answers import ResultFile
from portal.storage.codec import to_json
from portal.web.pages.kept_results import KeptResults, WrittenResults
from tests.builders import BuiltTask, Site, rewrite_result, task_meta
from tests.web.pages.conftest import Open


def output(site: Site, built: BuiltTask, name: str) -> Path:
    [path] = site.portal.task(built.task_id).path.glob(f"attempts/1/*/out/{name}")
    return path


def as_after_a_start(site: Site, client: FlaskClient, address: str) -> str:
    """Return the page as a process shows it that has kept nothing."""
    kept = site.app.extensions["portal.kept_results"]
    site.app.extensions["portal.kept_results"] = KeptResults()
    text = client.get(address).text
    site.app.extensions["portal.kept_results"] = kept
    return text


def test_a_later_visit_shows_the_same_in_each_language(site: Site, client: FlaskClient, open_task: Open) -> None:
    address = open_task(site.task())
    first = {lang: client.get(f"{address}?lang={lang}").text for lang in ("en", "zh")}
    assert "Likely acts on" in first["en"]
    assert "很可能作用于" in first["zh"]
    for lang in ("zh", "en", "zh"):
        assert client.get(f"{address}?lang={lang}").text == first[lang]


def test_another_task_with_the_same_results_has_its_own_addresses(
    site: Site, client: FlaskClient, open_task: Open
) -> None:
    one, other = site.task(), site.task()
    assert one.task_id in client.get(open_task(one)).text
    text = client.get(open_task(other)).text
    assert f"/api/tasks/{other.task_id}/results/" in text
    assert one.task_id not in text


@pytest.mark.parametrize("name", [SCORES_JSON, TOXINS_JSON, LOCI_JSON, SCREENING_JSON, BIOASSAYS_JSON])
def test_a_document_that_was_changed_on_the_disk_is_no_longer_shown(
    site: Site, client: FlaskClient, open_task: Open, name: str
) -> None:
    built = site.task()
    address = open_task(built)
    whole = client.get(address).text
    path = output(site, built, name)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"1", b"2"))
    damaged = client.get(address).text
    assert damaged != whole
    assert damaged == as_after_a_start(site, client, address)
    assert client.get(address).text == damaged, "a page with something missing is written anew each time"
    path.unlink()
    assert client.get(address).text == damaged
    path.write_bytes(content)
    assert client.get(address).text == whole


def test_results_of_the_same_attempt_with_another_digest_are_shown(
    site: Site, client: FlaskClient, open_task: Open
) -> None:
    built = site.task()
    address = open_task(built)
    client.get(address)
    path = output(site, built, SCORES_JSON)
    rewrite_result(path, path.read_bytes().replace(b"Cry1Ac", b"Cry9Zz"))
    assert "Cry9Zz" in client.get(address).text


@pytest.mark.parametrize(
    "change",
    [
        lambda task: {"parameters": {**task.parameters, "min_identity": 0.123}},
        lambda task: {"input_sha256": "7" * 64},
        lambda task: {"completion_time": task.completion_time.replace(year=2031)},
    ],
)
def test_a_changed_record_is_shown(
    site: Site, client: FlaskClient, open_task: Open, change: Callable[[Any], dict[str, Any]]
) -> None:
    built = site.task()
    address = open_task(built)
    before = client.get(address).text
    task = replace(built.task, revision=built.task.revision + 1, **change(built.task))
    site.portal.task(built.task_id).meta.write_bytes(encode_json(to_json(task)))
    after = client.get(address).text
    assert after != before
    assert after == as_after_a_start(site, client, address)


def test_an_output_more_or_less_is_seen(site: Site, client: FlaskClient, open_task: Open) -> None:
    built = site.task()
    address = open_task(built)
    assert "All_Toxins.txt" in client.get(address).text
    sentinel = site.portal.task(built.task_id).path / "attempts/1/digger/sentinel.json"
    data = json.loads(sentinel.read_text())
    data["outputs"] = [each for each in data["outputs"] if each["name"] != "All_Toxins.txt"]
    sentinel.write_text(json.dumps(data))
    assert "All_Toxins.txt" not in client.get(address).text


def test_what_is_kept_is_bounded_and_the_longest_unused_goes_first() -> None:
    task = task_meta()
    files = (ResultFile("a.tsv", "digger", "1_digger", 1, "0" * 64, "text/plain"),)
    kept = KeptResults(most_characters=100)

    def key(name: str) -> tuple[str, int | None, Lang, str]:
        return name, None, Lang.EN, ""

    def written(length: int) -> WrittenResults:
        return WrittenResults(Markup("x") * length, has_table=True, has_map=False)

    for name in ("one", "two"):
        kept.keep(key(name), task, files, written(40))
    kept.keep(key("two"), task, files, written(45))
    assert kept.find(key("one"), task, files) == written(40)
    kept.keep(key("three"), task, files, written(30))
    assert kept.find(key("two"), task, files) is None, "`one` was used later"
    assert kept.find(key("one"), task, files) == written(40)
    assert kept.find(key("three"), task, files) == written(30)
    kept.keep(key("four"), task, files, written(101))
    assert kept.find(key("four"), task, files) is None, "too long to be kept"
    assert kept.find(key("one"), task, files) == written(40)
    kept.keep(key("one"), task, files, written(101))
    assert kept.find(key("one"), task, files) is None
    assert kept.find(key("three"), replace(task, revision=task.revision + 1), files) is None
    assert kept.find(key("three"), task, ()) is None
