"""The pages behind the `type` of errors: every error leads to one, in both languages."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from portal.domain.catalogue.table import TEXTS
from portal.domain.status import Lang
from portal.web.pages.error_codes import is_error
from portal.web.texts.wording import with_commands
from tests.builders import make_site
from tests.said import Reading, sources_of_the_portal

CODES = sorted(code for code in TEXTS if is_error(code))
_WEB_SIDE = ("portal/web/", "portal/services/", "portal/domain/", "portal/files/", "portal/storage/")


@pytest.mark.parametrize("code", CODES)
def test_a_code_has_a_page_in_both_languages(client: FlaskClient, code: str) -> None:
    english = client.get(f"/errors/{code}?lang=en")
    assert english.status_code == 200
    assert f"<code>{code}</code>" in english.text
    body = re.search(r"<main.*?</main>", english.text, re.DOTALL)
    assert body is not None
    assert re.search(r"[\u4e00-\u9fff]", body[0]) is None
    chinese = client.get(f"/errors/{code}?lang=zh").text
    assert "处理方法" in chinese
    assert with_commands(TEXTS[code].pattern(Lang.ZH)) in chinese


@pytest.mark.parametrize("code", ["nothing", "fasta.of_nobody", "progress.done", "..%2Fhelp", "fasta.gap/more", "%00"])
def test_what_is_no_code_of_an_error_is_not_found(client: FlaskClient, code: str) -> None:
    assert client.get(f"/errors/{code}").status_code == 404


def test_values_stand_by_their_names(client: FlaskClient) -> None:
    assert "duplicate id &#39;&lt;name&gt;&#39;, first seen in line &lt;before&gt;" in (
        client.get("/errors/fasta.duplicate_id?lang=en").text
    )
    for text in TEXTS.values():
        for lang in Lang:
            assert "{" not in text.pattern(lang)


def test_the_type_of_an_error_leads_to_its_page(client: FlaskClient, tmp_path: Path) -> None:
    answer = client.post("/api/tasks", data={}, content_type="multipart/form-data")
    assert answer.json is not None
    for link in (answer.json["type"], *(detail["type"] for detail in answer.json["details"])):
        assert client.get(link).status_code == 200, link
    behind = make_site(tmp_path / "jobs", PUBLIC_URL="https://bt.example.org/bttoxin").app.test_client()
    told = behind.get("/api/nothing", headers={"Host": "bt.example.org"}).json
    assert told is not None
    assert told["type"] == "/bttoxin/errors/http.404"


def test_every_error_that_the_web_side_makes_has_a_page() -> None:
    reading = Reading({path: text for path, text in sources_of_the_portal().items() if path.startswith(_WEB_SIDE)})
    found = set()
    for tree in reading.trees.values():
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if ast.unparse(call.func) in reading.errors:
                made = [inner for inner in ast.walk(call) if isinstance(inner, ast.Call)]
                codes = [inner.args[0] for inner in made if ast.unparse(inner.func) == "Message" and inner.args]
                found |= {code.value for code in codes if isinstance(code, ast.Constant)}
    assert len(found) > 80
    assert {code for code in found if not is_error(str(code))} == set()


def test_the_list_leads_to_all_pages_and_is_linked(client: FlaskClient) -> None:
    listed = client.get("/errors").text
    assert [code for code in CODES if f'href="/errors/{code}"' not in listed] == []
    assert 'href="/errors"' in client.get("/help").text
