"""The portal's public address, and the proxies that are trusted to report a client's address."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from portal.domain.errors import InvalidValue
from portal.domain.message import Message

_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)*")
_HOST = re.compile(r"[a-z0-9.-]+|\[[0-9a-f:.]+\]", re.IGNORECASE)
_PORTS = {"http": 80, "https": 443}
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})


@dataclass(frozen=True)
class PublicUrl:
    """`scheme://host/prefix`: `host` includes a port that is not the scheme's default, `prefix` is empty or `/a/b`."""

    scheme: str
    host: str
    prefix: str

    @classmethod
    def parse(cls, value: str) -> PublicUrl:
        """Return the parts of an address.

        Raises:
            InvalidValue: it is not an http or https address, or has more than host, port and path.
        """
        try:
            parts = urlsplit(value)
            port = parts.port
        except ValueError as error:
            raise InvalidValue(Message("value.public_url")) from error
        prefix = parts.path.rstrip("/")
        plain = not (parts.query or parts.fragment or parts.username or parts.password)
        if parts.scheme not in _PORTS or not plain or not _HOST.fullmatch(_name(parts.netloc)):
            raise InvalidValue(Message("value.public_url"))
        if not _PREFIX.fullmatch(prefix) or {".", ".."} & set(prefix.split("/")):
            raise InvalidValue(Message("value.public_path"))
        host = _name(parts.netloc).lower()
        return cls(parts.scheme, host if port in (None, _PORTS[parts.scheme]) else f"{host}:{port}", prefix)

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}{self.prefix}"

    @property
    def name(self) -> str:
        """The host without its port."""
        return _name(self.host)

    @property
    def port(self) -> int:
        """The port, the scheme's own if the address has none."""
        given = self.host[len(self.name) + 1 :]
        return int(given) if given else _PORTS[self.scheme]

    def is_host(self, host: str) -> bool:
        """Tell whether a Host header names this portal."""
        host = host.lower().removesuffix(f":{_PORTS[self.scheme]}")
        return host == self.host


def is_loopback_host(host: str) -> bool:
    """Tell whether a Host header means the machine itself, as monitors and `doctor` on it send."""
    return _name(host).lower() in _LOOPBACK


def _name(netloc: str) -> str:
    """Return a host without its port; an IPv6 address keeps its brackets."""
    return re.sub(r":\d*$", "", netloc)


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(value: str) -> tuple[Network, ...]:
    """Return the networks in a list such as `127.0.0.1, 10.2.0.0/16`; raise ValueError if one is invalid."""
    return tuple(ipaddress.ip_network(part.strip()) for part in value.split(",") if part.strip())


@dataclass(frozen=True)
class TrustedProxies:
    """The proxies trusted to report the client's address: the last `count` machines, or those in `networks`."""

    count: int = 0
    networks: tuple[Network, ...] = ()

    @classmethod
    def parse(cls, value: str) -> TrustedProxies:
        """Parse a count (`1`) or networks (`10.0.0.0/8, ::1`).

        Raises:
            InvalidValue: it is neither.
        """
        if re.fullmatch(r"\d{1,2}", value.strip(), re.ASCII):
            return cls(count=int(value))
        try:
            networks = tuple(ipaddress.ip_network(part.strip()) for part in value.split(",") if part.strip())
        except ValueError as error:
            raise InvalidValue(Message("value.proxies")) from error
        return cls(networks=networks)

    def may_vouch(self, peer: str) -> bool:
        """Tell whether the machine that opened the connection may say who is signed in.

        A Unix socket may, since only the proxy can open it, and an address in `networks`. A count says nothing about
        addresses: whoever reached the port could claim to be anybody.
        """
        return self._is_trusted(peer) if peer else bool(self.count or self.networks)

    def client(self, peer: str, forwarded: Sequence[str]) -> str | None:
        """Return the client's address as the trusted machines report it; None if no trusted machine does.

        `peer` is the connection's source address, empty for a Unix socket, which only the proxy may open;
        `forwarded` are the addresses in X-Forwarded-For, that of the nearest machine last.
        """
        if self.count:
            return forwarded[-self.count] if len(forwarded) >= self.count else None
        if not self.networks or not forwarded or (peer and not self._is_trusted(peer)):
            return None
        return next((address for address in reversed(forwarded) if not self._is_trusted(address)), forwarded[0])

    def _is_trusted(self, address: str) -> bool:
        try:
            known = ipaddress.ip_address(address)
        except ValueError:
            return False
        if isinstance(known, ipaddress.IPv6Address) and known.ipv4_mapped is not None:
            known = known.ipv4_mapped
        return any(known.version == network.version and known in network for network in self.networks)


def check_listen(value: str) -> None:
    """Raise InvalidValue unless a text says where to listen: `unix:/path`, or host and port."""
    if re.fullmatch(r"unix:/[^\0\n]+", value):
        return
    host, colon, port = value.rpartition(":")
    if not (colon and _HOST.fullmatch(host) and re.fullmatch(r"\d{1,5}", port, re.ASCII) and int(port) < 1 << 16):
        raise InvalidValue(Message("value.listen"))
