"""The cache's address, checked at the start, because a wrong one would only fail at the first request."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

from portal.domain.errors import InvalidValue
from portal.domain.message import Message

# Options allowed after `?`. Any other is set by the portal itself (deadlines, decoding), or a mistake.
_OPTIONS = frozenset({"db", "ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_cert_reqs", "client_name", "protocol"})
_DATABASE = re.compile(r"/?|/\d{1,5}", re.ASCII)


def check_cache_url(url: str) -> None:
    """Raise InvalidValue unless this is `redis[s]://[user:password@]host[:port][/number]` or `unix://path`."""
    try:
        parts = urlsplit(url)
        options = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
        _ = parts.port  # raises ValueError if it is not a valid port
    except ValueError:
        raise InvalidValue(Message("value.cache_url")) from None
    network = parts.scheme in ("redis", "rediss") and parts.hostname and _DATABASE.fullmatch(parts.path)
    local = parts.scheme == "unix" and not parts.hostname and len(parts.path) > 1
    if not (network or local) or parts.fragment:
        raise InvalidValue(Message("value.cache_url"))
    unknown = sorted(set(options) - _OPTIONS)
    if unknown:
        raise InvalidValue(Message("value.cache_option", names=unknown))
