"""Sign-in at a certified provider of the npm registry, which insists on PKCE; `make generated`, since it needs Node."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from flask.testing import FlaskClient

from tests.builders import make_site
from tests.ports import free_port
from tests.web.api.oidc_provider import await_provider

HERE = Path(__file__).parent / "oidc"
NPM = HERE.parents[2] / "var/tools/npm-oidc"
SECRET = "the secret of this client"
CALLBACK = "http://localhost/sign-in/callback"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    assert shutil.which("npm"), "Node.js and npm are needed: apt-get install nodejs npm"
    NPM.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "provider.mjs"):
        shutil.copy(HERE / name, NPM)
    subprocess.run(
        ["npm", "install", "--no-fund", "--no-audit", "--ignore-scripts"],
        cwd=NPM, check=True, timeout=280, capture_output=True,
    )  # fmt: skip
    port = free_port()
    process = subprocess.Popen(["node", "provider.mjs", str(port), CALLBACK, SECRET], cwd=NPM)
    try:
        await_provider(f"http://localhost:{port}", process)
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def browser(tmp_path: Path, issuer: str) -> FlaskClient:
    provider = {"OIDC_ISSUER": issuer, "OIDC_CLIENT_ID": "portal", "OIDC_CLIENT_SECRET": SECRET}
    return make_site(tmp_path / "jobs", **{"IDENTITY": "oidc", **provider}).app.test_client()  # type: ignore[arg-type]


def through_provider(address: str) -> str:
    """Log in and consent as alice; return where the provider sends the browser, without the host."""
    with httpx.Client() as client:
        answer = client.get(address)
        for _ in range(12):
            if answer.is_redirect:
                address = urljoin(address, answer.headers["Location"])
                if address.startswith(CALLBACK):
                    parts = urlsplit(address)
                    return f"{parts.path}?{parts.query}"
                answer = client.get(address)
                continue
            form, prompt = (
                re.search(form, answer.text) for form in ('action="([^"]+)"', 'name="prompt" value="(.+?)"')
            )
            assert form, answer.text
            assert prompt, answer.text
            answer = client.post(
                urljoin(address, form[1]), data={"prompt": prompt[1], "login": "alice", "password": "any"}
            )
    raise AssertionError("the provider has not sent the browser back")


def test_a_person_signs_in(browser: FlaskClient) -> None:
    answer = browser.get(through_provider(browser.get("/sign-in").headers["Location"]))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/work")
    me = browser.get("/api/me").json
    assert me is not None
    assert (me["person_id"], me["signed_in_by"]) == ("alice", "oidc")


def test_the_verifier_must_fit_the_challenge(browser: FlaskClient) -> None:
    address = re.sub("code_challenge=[^&]+", f"code_challenge={'A' * 43}", browser.get("/sign-in").headers["Location"])
    assert browser.get(through_provider(address)).status_code == 400
    assert browser.get("/api/me").status_code == 401
