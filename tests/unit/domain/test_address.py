"""The address of the portal and the word of proxies."""

from __future__ import annotations

import pytest

from portal.domain.address import PublicUrl, TrustedProxies, check_listen, is_loopback_host
from portal.domain.errors import InvalidValue


@pytest.mark.parametrize(
    ("value", "scheme", "host", "prefix", "name", "port"),
    [
        ("https://bt.example.org", "https", "bt.example.org", "", "bt.example.org", 443),
        ("https://BT.example.org:443/", "https", "bt.example.org", "", "bt.example.org", 443),
        ("http://bt.example.org:8080/a/b/", "http", "bt.example.org:8080", "/a/b", "bt.example.org", 8080),
        ("https://[2001:db8::1]:8443/bttoxin", "https", "[2001:db8::1]:8443", "/bttoxin", "[2001:db8::1]", 8443),
    ],
)
def test_a_public_url_is_taken_apart(value: str, scheme: str, host: str, prefix: str, name: str, port: int) -> None:
    url = PublicUrl.parse(value)
    assert (url.scheme, url.host, url.prefix) == (scheme, host, prefix)
    assert (url.name, url.port) == (name, port)
    assert PublicUrl.parse(str(url)) == url


@pytest.mark.parametrize(
    "value",
    [
        "bt.example.org",
        "ftp://bt.example.org",
        "https://",
        "https://user:secret@bt.example.org",
        "https://bt.example.org/?a=1",
        "https://bt.example.org/#top",
        "https://bt.example.org/a/../b",
        "https://bt.example.org/a b",
        "https://bt.example.org/a;x",
        "https://bt.example.org:port",
        "https://[bt",
        "https://bt.example.org:99999",
        "https://bt_example.org\n",
    ],
)
def test_what_is_no_public_url_is_refused(value: str) -> None:
    with pytest.raises(InvalidValue, match=r".+"):
        PublicUrl.parse(value)


def test_a_host_header_is_held_against_the_public_url() -> None:
    url = PublicUrl.parse("https://bt.example.org/bttoxin")
    assert url.is_host("bt.example.org")
    assert url.is_host("BT.example.org:443")
    assert not url.is_host("bt.example.org:8443")
    assert not url.is_host("evil.example")
    assert not url.is_host("")
    assert is_loopback_host("127.0.0.1:8000")
    assert is_loopback_host("[::1]:8000")
    assert not is_loopback_host("127.0.0.1.evil.example")


def test_a_count_of_proxies_takes_the_address_from_that_place() -> None:
    assert TrustedProxies.parse("0").client("10.0.0.1", ["6.6.6.6"]) is None
    assert TrustedProxies.parse("1").client("10.0.0.1", ["6.6.6.6", "9.9.9.9"]) == "9.9.9.9"
    assert TrustedProxies.parse("2").client("10.0.0.1", ["9.9.9.9"]) is None


def test_networks_are_walked_from_the_near_end() -> None:
    proxies = TrustedProxies.parse("127.0.0.1, 10.0.0.0/8, ::1")
    assert proxies.client("127.0.0.1", ["6.6.6.6", "9.9.9.9", "10.1.1.1"]) == "9.9.9.9"
    assert proxies.client("::ffff:10.0.0.9", ["9.9.9.9"]) == "9.9.9.9"
    assert proxies.client("", ["9.9.9.9"]) == "9.9.9.9"  # a Unix socket, which only the proxy may open
    assert proxies.client("9.9.9.9", ["1.1.1.1"]) is None  # a stranger's word
    assert proxies.client("10.0.0.1", []) is None
    assert proxies.client("10.0.0.1", ["10.0.0.7"]) == "10.0.0.7"
    assert proxies.client("10.0.0.1", ["6.6.6.6", "not an address"]) == "not an address"


@pytest.mark.parametrize("value", ["-1", "one", "10.0.0.1/33", "10.0.0.1/8", "1.5", "٣"])
def test_what_names_no_proxies_is_refused(value: str) -> None:
    with pytest.raises(InvalidValue, match="networks"):
        TrustedProxies.parse(value)


def test_where_to_listen() -> None:
    for value in ("unix:/run/bttoxin/web.sock", "127.0.0.1:8000", "[::1]:80", "localhost:0"):
        check_listen(value)
    for value in ("8000", "unix:relative", "127.0.0.1:", "127.0.0.1:70000", "a b:80", ":80"):
        with pytest.raises(InvalidValue, match="unix:"):
            check_listen(value)
