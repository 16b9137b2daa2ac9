"""`btportal doctor` finds a portal that believes anybody, and a provider that is not the one of the settings."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from portal.cli.doctor_people import check_people
from portal.cli.finding import FAIL, OK, WARN
from portal.config import read_settings
from tests.ports import free_port
from tests.web.api.oidc_provider import running_provider
from tests.web.api.server import start_server


@pytest.mark.parametrize(("proxies", "state"), [("127.0.0.0/8", FAIL), ("10.0.0.0/8", OK)])
def test_a_header_that_anybody_may_send_is_found(tmp_path: Path, proxies: str, state: str) -> None:
    variables = {"IDENTITY": "header", "TRUSTED_PROXIES": proxies}
    with contextlib.closing(start_server(tmp_path, IDENTITY="header", TRUSTED_PROXIES=proxies)) as server:
        found = list(check_people(read_settings({**variables, "PUBLIC_URL": server.url})))
    assert [(finding.state, finding.name) for finding in found] == [(state, "people")]


def test_without_an_address_it_says_that_it_cannot_look() -> None:
    found = list(check_people(read_settings({"IDENTITY": "header", "TRUSTED_PROXIES": "1"})))
    assert [finding.state for finding in found] == [WARN]
    assert list(check_people(read_settings({}))) == []


def test_the_provider_must_be_there_and_call_itself_so(tmp_path: Path) -> None:
    def state(issuer: str) -> list[str]:
        fixed = {"IDENTITY": "oidc", "OIDC_CLIENT_ID": "portal", "OIDC_CLIENT_SECRET": "s" * 20}
        return [finding.state for finding in check_people(read_settings({**fixed, "OIDC_ISSUER": issuer}))]

    with running_provider(tmp_path) as issuer:
        assert state(issuer) == [OK]
        assert state(f"{issuer}/") == [FAIL]
        assert state(f"{issuer}/realms/x") == [FAIL]
    assert state(f"http://localhost:{free_port()}") == [FAIL]
