"""Between an institute and the portal: proxies and TLS. Each works, or gives the one error that says what to do."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from bttoxin import AsyncPortal, NotAPortal, Portal, PortalUnreachable

from tests.client.fronts import HOST, Proxy, TlsFront, closing_all, make_authority
from tests.client.stranger import stranger
from tests.web.api.server import Server

_NAMES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy and no authority of the machine that the tests run on."""
    for name in _NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def tls(server: Server, authority: tuple[Path, Path, Path]) -> Iterator[TlsFront]:
    front = TlsFront(server.port, *authority[1:])
    with closing_all(front):
        yield front


def test_a_proxy_leads_to_a_portal_that_only_it_knows(
    server: Server, genomes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = Proxy(server.port)
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
    with closing_all(proxy), Portal(f"http://{HOST}", quiet=True) as portal:
        run = portal.submit(genomes, into=tmp_path / "run")
        assert len(run.refused) == 1
        assert len(run.rows("tasks")) == 27
    assert f"GET http://{HOST}/api/portal HTTP/1.1" in proxy.seen


def test_tls_with_an_institutes_own_authority_through_a_proxy(
    server: Server, tls: TlsFront, authority: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = Proxy(server.port, tls.port)
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
    with closing_all(proxy):
        with Portal(f"https://{HOST}", verify=authority[0], quiet=True) as portal:
            assert portal.about()["name"] == "bttoxin-portal"

        async def ask() -> str:
            async with AsyncPortal(f"https://{HOST}", verify=authority[0], quiet=True) as portal:
                return str((await portal.about())["name"])

        assert asyncio.run(ask()) == "bttoxin-portal"
    assert proxy.seen == [f"CONNECT {HOST}:443 HTTP/1.1"] * 2


def test_an_authority_may_be_named_in_the_environment(
    tls: TlsFront, authority: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority[0]))
    with Portal(f"https://127.0.0.1:{tls.port}", quiet=True) as portal:
        assert portal.about()["name"] == "bttoxin-portal"


def test_an_authority_that_nobody_named_is_told_at_once_with_what_to_do(tls: TlsFront) -> None:
    with (
        Portal(f"https://127.0.0.1:{tls.port}", quiet=True) as portal,
        pytest.raises(PortalUnreachable, match=r"authority of its own\? Name its file with verify="),
    ):
        portal.about()
    assert tls.connections == 1  # not tried again, as an outage would be


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_wants_a_password_is_told_at_once(
    server: Server, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = Proxy(server.port, wants_login=True)
    monkeypatch.setenv(f"{scheme}_proxy", f"http://somebody:s3cret@127.0.0.1:{proxy.port}")
    with (
        closing_all(proxy),
        Portal(f"{scheme}://{HOST}", quiet=True) as portal,
        pytest.raises((NotAPortal, PortalUnreachable), match="wants a name and a password") as caught,
    ):
        portal.about()
    assert "s3cret" not in str(caught.value)
    assert len(proxy.seen) == 1


def test_a_proxy_that_is_away_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with Portal(f"http://{HOST}", quiet=True) as portal:
        portal._link.patience = type(portal._link.patience)(first_contact_s=1.0)
        with pytest.raises(PortalUnreachable, match=HOST):
            portal.about()


def test_a_portal_that_answers_at_another_address_says_which() -> None:
    headers = {"Location": "https://bt.institute.example/bt/api/portal"}
    with (
        stranger(301, headers, b"") as url,
        Portal(url, quiet=True) as portal,
        pytest.raises(NotAPortal, match=r"The portal is at https://bt\.institute\.example/bt; give that address"),
    ):
        portal.about()
