"""What counts as one client: an account if there is one, else a network; never what a client claims about itself."""

from __future__ import annotations

import ipaddress

_IPV6_PREFIX = 64  # what one customer gets, and can choose addresses from freely


def network_of(address: str) -> str:
    """Return the network of an address: itself for IPv4, its /64 for IPv6, the text itself if it is not an address."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv6Address):
        if known.ipv4_mapped is not None:
            return str(known.ipv4_mapped)
        return str(ipaddress.ip_network((known, _IPV6_PREFIX), strict=False))
    return str(known)
