"""The OpenAPI document is complete, valid and true, and docs/use/api.md tells of every call."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from jsonschema_rs import Draft202012Validator
from openapi_spec_validator import validate

from portal.domain.parameters import PARAMETERS
from portal.domain.status import TaskStatus
from tests.builders import Site, make_site, write_heartbeat

_DOCS = Path(__file__).parents[3] / "docs" / "use" / "api.md"
_ADDRESSES = {
    "/api/tasks", "/api/tasks/{task_id}", "/api/tasks/{task_id}/cancel", "/api/tasks/{task_id}/retry",
    "/api/tasks/{task_id}/log", "/api/tasks/{task_id}/results", "/api/tasks/{task_id}/results/{name}",
    "/api/tasks/{task_id}/annotations", "/api/submissions/{submission_id}/annotations",
    "/api/tasks/{task_id}/toxins", "/api/tasks/{task_id}/shares", "/api/tasks/{task_id}/shares/{n}",
    "/api/tasks/{task_id}/view-token", "/api/submissions/{submission_id}/shares",
    "/api/submissions/{submission_id}/shares/{n}", "/api/submissions/{submission_id}/view-token",
    "/api/tasks/{task_id}/runs/{run}/changes", "/api/tasks/{task_id}/runs", "/api/tasks/{task_id}/runs/{run}/results",
    "/api/tasks/{task_id}/runs/{run}/results/{name}", "/api/tasks/{task_id}/runs/{run}/toxins",
    "/api/tasks/{task_id}/runs/{run}/evidence", "/api/tasks/{task_id}/runs/{run}/bundle",
    "/api/tasks/{task_id}/evidence", "/api/tasks/{task_id}/bundle", "/api/tasks/{task_id}/ticket", "/api/submissions",
    "/api/submissions/{submission_id}", "/api/submissions/{submission_id}/items/{n}",
    "/api/submissions/{submission_id}/cancel", "/api/submissions/{submission_id}/retry",
    "/api/submissions/{submission_id}/close",
    "/api/submissions/{submission_id}/bundle", "/api/submissions/{submission_id}/tasks",
    "/api/submissions/{submission_id}/toxins", "/api/submissions/{submission_id}/scores",
    "/api/submissions/{submission_id}/species", "/api/submissions/{submission_id}/compare", "/api/portal",
    "/api/compare", "/api/queue", "/api/health", "/api/health/live", "/api/health/ready", "/api/samples",
}  # fmt: skip
_FOR_PEOPLE = {"/api/me", "/api/me/tasks", "/api/keys", "/api/keys/{key_id}"}


@pytest.fixture
def spec(client: FlaskClient) -> dict[str, Any]:
    document: dict[str, Any] | None = client.get("/api/openapi.json").json
    assert document is not None
    return document


@pytest.fixture
def people_spec(tmp_path: Path) -> dict[str, Any]:
    """Return the document of a site where people sign in, which has all addresses."""
    site = make_site(tmp_path / "with-people", IDENTITY="header", TRUSTED_PROXIES="10.0.0.0/8")
    document: dict[str, Any] | None = site.app.test_client().get("/api/openapi.json").json
    assert document is not None
    return document


def operations(spec: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return all operations by `METHOD address`."""
    return {
        f"{method.upper()} {address}": operation
        for address, item in spec["paths"].items()
        for method, operation in item.items()
        if method in ("get", "post", "put", "delete", "patch")
    }


def test_the_document_is_valid_openapi(spec: dict[str, Any]) -> None:
    validate(spec)
    assert spec["openapi"].startswith("3.1")


def test_every_address_of_the_api_is_in_it(site: Site, spec: dict[str, Any]) -> None:
    routes = {
        re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for rule in site.app.url_map.iter_rules()
        if rule.rule.startswith("/api/") and rule.rule != "/api/openapi.json"
    }
    assert set(spec["paths"]) == routes == _ADDRESSES


def test_sign_in_adds_the_addresses_for_people(spec: dict[str, Any], people_spec: dict[str, Any]) -> None:
    validate(people_spec)
    assert set(people_spec["paths"]) == set(spec["paths"]) | _FOR_PEOPLE
    for name, operation in operations(people_spec).items():
        if "/api/me" in name or "/api/keys" in name:
            assert "401" in operation["responses"], name


def test_every_operation_says_who_may_and_what_goes_wrong(spec: dict[str, Any]) -> None:
    for name, operation in operations(spec).items():
        assert operation["summary"], name
        assert operation["operationId"], name
        codes = set(operation["responses"])
        if "{task_id}" in name:
            assert operation["security"] == [{"token": []}, {"cookie": []}], name
            assert {"401", "404", "503"} <= codes, name
        if not name.startswith("GET") and "{task_id}" in name:
            assert {"403", "507"} <= codes, name
        for code, response in operation["responses"].items():
            if code[0] in "45":
                schema = response["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/Error"}, f"{name} {code}"


def test_every_refusal_that_may_pass_documents_when_to_ask_again(spec: dict[str, Any]) -> None:
    found = set()
    for name, operation in operations(spec).items():
        for code in {"409", "429", "503", "507"} & operation["responses"].keys():
            found.add(code)
            assert operation["responses"][code]["headers"]["Retry-After"]["schema"] == {"type": "integer"}, name
    assert found == {"409", "429", "503", "507"}
    assert {"409", "503"} <= operations(spec)["POST /api/tasks"]["responses"].keys()


def test_the_upload_is_described_as_it_is(spec: dict[str, Any]) -> None:
    body = spec["paths"]["/api/tasks"]["post"]["requestBody"]
    assert list(body["content"]) == ["multipart/form-data"]
    schema = body["content"]["multipart/form-data"]["schema"]
    assert schema["required"] == ["file"]
    assert schema["properties"]["file"] == {**schema["properties"]["file"], "type": "string", "format": "binary"}
    assert {parameter.name for parameter in PARAMETERS} < set(schema["properties"])
    assert {"201", "200", "413", "415", "422", "429", "507"} <= set(spec["paths"]["/api/tasks"]["post"]["responses"])


def test_secrets_of_the_server_are_in_no_schema(spec: dict[str, Any]) -> None:
    assert "token_hash" not in str(spec)
    assert "submitter" not in str(spec["components"])


@pytest.mark.parametrize("status", list(TaskStatus))
def test_what_is_answered_is_what_is_described(
    client: FlaskClient, site: Site, spec: dict[str, Any], status: TaskStatus
) -> None:
    write_heartbeat(site.portal)
    built = site.task(status)
    calls = {
        "/api/tasks/{task_id}": f"/api/tasks/{built.task_id}",
        "/api/tasks/{task_id}/results": f"/api/tasks/{built.task_id}/results",
        "/api/queue": "/api/queue",
        "/api/health": "/api/health",
    }
    for address, call in calls.items():
        answer = client.get(call, headers=built.bearer)
        described = spec["paths"][address]["get"]["responses"][str(answer.status_code)]
        schema = described["content"]["application/json"]["schema"]
        validator = Draft202012Validator({**_strict(schema), "components": _strict(spec["components"])})
        problems = [f"{address}: {error}" for error in validator.iter_errors(answer.json)]
        assert problems == []


def _strict(value: Any) -> Any:
    """Forbid fields that no schema names."""
    if isinstance(value, list):
        return [_strict(item) for item in value]
    if not isinstance(value, dict):
        return value
    plain = {name: _strict(item) for name, item in value.items()}
    if isinstance(value.get("properties"), dict) and value.get("type") == "object":
        plain.setdefault("additionalProperties", False)
    return plain


def test_the_docs_tell_of_every_call(people_spec: dict[str, Any]) -> None:
    text = _DOCS.read_text(encoding="utf-8")
    missing = [name for name in operations(people_spec) if f"## {name}" not in text]
    assert missing == []
    told = set(re.findall(r"^#+ ((?:GET|POST|DELETE|PUT|PATCH) /api\S*)$", text, re.MULTILINE))
    assert told - {"GET /api/openapi.json"} == set(operations(people_spec))
    sections = re.split(r"^#+ (?=(?:GET|POST|DELETE|PUT|PATCH) /api)", text, flags=re.MULTILINE)[1:]
    assert [section.splitlines()[0] for section in sections if "curl" not in section] == []


def test_the_docs_tell_of_every_parameter() -> None:
    text = _DOCS.read_text(encoding="utf-8")
    assert [parameter.name for parameter in PARAMETERS if f"`{parameter.name}`" not in text] == []


# -- Swagger UI and ReDoc


@pytest.mark.parametrize("page", ["/api/docs", "/api/redoc"])
def test_the_documentation_pages_are_there_only_for_debugging(tmp_path: Path, page: str) -> None:
    assert make_site(tmp_path / "a", DEBUG="false").app.test_client().get(page).status_code == 404
    client = make_site(tmp_path / "b", DEBUG="true").app.test_client()
    answer = client.get(page)
    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "http:" not in policy
    assert "https:" not in policy
    sources = re.findall(r'(?:src|href)="([^"]+)"', answer.text)
    assert len(sources) >= 2
    for source in sources:
        assert source.startswith("/static/")
        assert client.get(source).status_code == 200
    assert 'data-spec="/api/openapi.json"' in answer.text
