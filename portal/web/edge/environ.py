"""Convert an ASGI scope to a WSGI environ (PEP 3333)."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_PLAIN = {b"content-type": "CONTENT_TYPE", b"content-length": "CONTENT_LENGTH"}


def wsgi_environ(scope: Mapping[str, Any]) -> WSGIEnvironment:
    """Return the environ of a request before its body is read: `wsgi.input` is empty.

    Headers with an underscore in their name are dropped: in an environ they would be confused with others.
    """
    client, server = scope.get("client") or ("", 0), scope.get("server") or ("localhost", 80)
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": _path(scope["raw_path"]),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1] or 80),
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": BytesIO(),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for raw_name, raw_value in scope["headers"]:
        name = _PLAIN.get(raw_name) or "HTTP_" + raw_name.decode("latin-1").upper().replace("-", "_")
        value = raw_value.decode("latin-1")
        if b"_" in raw_name:
            continue
        if name in environ:  # RFC 9110, 5.3: the same as one header with a list; RFC 9113, 8.2.3: "; " joins cookies
            value = f"{environ[name]}{'; ' if raw_name == b'cookie' else ','}{value}"
        environ[name] = value
    return environ


def _path(raw: bytes) -> str:
    if not raw.startswith(b"/"):  # `GET http://host/path`, as to a proxy; an invalid host leaves the path unchanged
        raw = b"/" + raw.partition(b"?")[0].partition(b"://")[2].partition(b"/")[2]
    return (unquote_to_bytes(raw) if b"%" in raw else raw).decode("latin-1")
