"""Which addresses the portal calls: WEBHOOK_ALLOW.

The list decides, not the sender: a portal that calls any address is a way into the network that it stands in. A host
that is on the list must also have a public address, or one in a network of the list, each time it is called.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from portal.domain.address import Network
from portal.domain.errors import InvalidValue
from portal.domain.message import Message

LONGEST_WEBHOOK = 1000
_HTTP, _HTTPS = 80, 443
_PLAIN = re.compile(r"[\x21-\x7e]+")
_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
# Addresses that stand for IPv4 addresses of any kind.
_MAPPINGS = tuple(
    map(ipaddress.IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "::ffff:0:0:0/96"))
)
# Neither private nor of anybody's on the internet, though Python counts some of them as global.
_NOBODYS = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "fec0::/10", "5f00::/16")))

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class WebhookTarget:
    """A webhook's address, taken apart; `path` includes the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> str:
        """The host, with its port if that is not the scheme's own."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return shown if self.port == (_HTTPS if self.scheme == "https" else _HTTP) else f"{shown}:{self.port}"


@dataclass(frozen=True)
class WebhookRules:
    """Hosts with their ports that may be called, by https or (on this machine) http, and networks they may be in."""

    secure: frozenset[tuple[str, int]] = frozenset()
    plain: frozenset[tuple[str, int]] = frozenset()
    networks: tuple[Network, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.secure or self.plain)

    @classmethod
    def parse(cls, value: str) -> WebhookRules:
        """Return the rules of a list such as `hooks.example.org, ci.example.org:8443, 10.2.0.0/16`.

        `http://127.0.0.1:9000` allows a receiver on this machine without TLS.

        Raises:
            InvalidValue: an entry is none of these.
        """
        secure, plain, networks = set(), set(), []
        for entry in filter(None, (part.strip() for part in value.split(","))):
            try:
                if entry.startswith("http://"):
                    host, port = _host_and_port(entry.removeprefix("http://").rstrip("/"), _HTTP)
                    if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
                        raise ValueError(entry)
                    plain.add((host, port))
                elif "/" in entry:
                    networks.append(ipaddress.ip_network(entry))
                else:
                    secure.add(_host_and_port(entry, _HTTPS))
            except ValueError as error:
                raise InvalidValue(Message("notify.allow", entry=entry)) from error
        return cls(frozenset(secure), frozenset(plain), tuple(networks))

    def read(self, text: str) -> WebhookTarget:
        """Return the target of an address that may be called.

        Raises:
            InvalidValue: it is no https address, or its host is not on the list.
        """
        text = text.strip()
        try:
            parts = urlsplit(text)
            default = {"https": _HTTPS, "http": _HTTP}[parts.scheme]
            host, port = _host_and_port(parts.netloc, default)
        except (ValueError, KeyError) as error:
            raise InvalidValue(Message("notify.webhook")) from error
        if len(text) > LONGEST_WEBHOOK or not _PLAIN.fullmatch(text) or parts.fragment:
            raise InvalidValue(Message("notify.webhook"))
        if (host, port) not in (self.secure if parts.scheme == "https" else self.plain):
            raise InvalidValue(Message("notify.webhook_host", host=host))
        path = parts.path or "/"
        return WebhookTarget(parts.scheme, host, port, f"{path}?{parts.query}" if parts.query else path)

    def may_connect(self, target: WebhookTarget, address: str) -> bool:
        """Tell whether an address that the target's name resolved to may be called."""
        try:
            known: Address = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        if isinstance(known, ipaddress.IPv6Address) and known.ipv4_mapped is not None:
            known = known.ipv4_mapped
        if target.scheme == "http":
            return known.is_loopback
        if target.host == str(known) or any(known.version == net.version and known in net for net in self.networks):
            return True
        disguised = known.version == 6 and any(known in mapping for mapping in _MAPPINGS)
        nobodys = any(known.version == net.version and known in net for net in _NOBODYS)
        return known.is_global and not (known.is_multicast or disguised or nobodys)


def _host_and_port(netloc: str, default: int) -> tuple[str, int]:
    """Return host (lower case, an IPv6 address without brackets) and port; raise ValueError for anything else."""
    parts = urlsplit(f"//{netloc}")
    host, port = (parts.hostname or "").rstrip("."), parts.port
    if parts.netloc != netloc or parts.username is not None or parts.password is not None or port == 0:
        raise ValueError(netloc)
    if ":" in host:
        host = str(ipaddress.IPv6Address(host))
    elif not _NAME.fullmatch(host):
        raise ValueError(netloc)
    return host, port or default
