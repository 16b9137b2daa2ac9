"""Requests nobody sends by mistake: each address of the application, with what parsers stumble over in each place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from werkzeug.routing import Rule

# Texts that a parser of numbers, dates, names, paths, JSON or headers may stumble over.
VALUES = (
    "", " ", "0" * 400, "9" * 5000, "-" + "9" * 5000, "1e999", "-0", "nan", "Infinity", "1_000", "\u0663", "\u00b2",
    "0x10", "true", "null", "[]", "{}", "[" * 1500, '"', "\\", "%", "%zz", "%00", "\x00", "\x1b[31m", "a\nb",
    "a\r\nSet-Cookie: x=y",
    "../../../etc/passwd", "..%2f..%2f", "/proc/self/environ", "CON", "a" * 3000, "\ud800", "\U0001f9ec", "\u202e",
    "\u2028", "\ufeff", "<script>", "'; --", "{{7*7}}", "${jndi:ldap://x}", "=1+1", "http://[::1", "//evil.example",
    "javascript:alert(1)", "bytes=0-" + "9" * 5000, "bytes=-" + "9" * 30, "bytes=" + "0-0," * 500, 'W/"' + "x" * 2000,
    "Bearer", "Bearer " + "a" * 43, "Basic " + "=" * 40, "Bearer \u00e9", "Thu, 99 Foo 99999999999 99:99:99 GMT",
    "q=0;" * 300, "en;q=" + "9" * 400, "*;q=nan", "multipart/form-data", "application/json; charset=\x7f",
)  # fmt: skip

HEADERS = (
    "Accept", "Accept-Language", "Authorization", "Content-Encoding", "Content-Type", "Cookie", "Forwarded", "Host",
    "Idempotency-Key", "If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since", "Origin",
    "Range", "Referer", "Sec-Fetch-Site", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Prefix",
    "X-Forwarded-Proto", "X-Request-Id", "X-HTTP-Method-Override", "Access-Control-Request-Method",
)  # fmt: skip

QUERIES = (
    "lang", "stage", "tail", "since", "format", "page", "status", "kind", "text", "next", "done", "task", "token",
    "deleted", "view", "sort", "n",
)  # fmt: skip

# Bodies that are no request of ours: what JSON must not be, and what it may be but no schema takes.
BODIES: tuple[bytes, ...] = (
    b"", b"{", b"[" * 50_000, b'{"a":' * 5000, b"[1e999]", b"NaN", b'{"limits":{"memory_gb":NaN}}', b"9" * 5000, b"-",
    b'"\\ud800"', b'{"\\udfff":1}', b'{"lang":"\\ud83d"}', b'{"lang":"en","lang":"zh"}', b"\xff\xfe{}",
    b"\xef\xbb\xbf{}",
    b"null", b"true", b"[]", b'"x"', b"0" * 400, b'{"min_identity":' + b"9" * 400 + b"}",
    b'{"min_identity":0.' + b"1" * 9000 + b"}",
    b'{"items":[{"label":"\\u0000","size":1,"sha256":"x"}]}', b'{"items":{}}', b'{"items":[null]}', b'{"items":[[]]}',
    b'{"items":[{"label":"a","size":1e3,"sha256":"' + b"0" * 64 + b'"}]}', b'{"items":[{"label":"a","size":true}]}',
    b'{"items":[{"label":"a","size":' + b"1" * 19 + b',"sha256":"' + b"0" * 64 + b'"}]}', b'{"label":["a"],"items":[]}',
    b'{"parameters":[],"limits":3,"kinds":{},"only":[]}', b'{"limits":{"time_limit_hours":"1"}}', b'{"kinds":[{}]}',
    b'{"tasks":[{"task_id":"\\ud800","token":"x"}]}', b'{"tasks":[null,null]}',
    b'{"tasks":[{"task_id":[],"token":{}}]}',
    b'{"tasks":"ab","file":{},"lang":1}', b"\x00", b'{"a":"\n"}', b"/*c*/{}", b"{'a':1}", b'{"a":1,}', b"1" * 60_000,
)  # fmt: skip
KINDS = (
    "application/json",
    "application/vnd.x+json",
    "application/x-www-form-urlencoded",
    "text/plain",
    "multipart/form-data; boundary=B",
)


@dataclass(frozen=True)
class Hostile:
    """One request; `path` and `query` are percent-encoded, header values Latin-1."""

    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def __str__(self) -> str:
        return f"{self.method} {self.path[:200]}?{self.query[:200]} {str(self.headers)[:300]} {self.body[:80]!r}"


def encoded(value: str) -> str:
    return quote(value.encode("utf-8", "surrogatepass"), safe="")


def in_header(value: str) -> str:
    """Return a value as a server hands it on: no line ends or NUL, which no server lets through, as Latin-1."""
    raw = value.encode("utf-8", "surrogatepass").decode("latin-1")
    return "".join(char for char in raw if char not in "\r\n\0")


def path_of(rule: Rule, known: dict[str, str], **changed: str) -> str:
    """Return an address of a rule with values that exist, but for those that are changed."""
    values = {name: encoded(known.get(name, "x")) for name in rule.arguments} | changed
    path = rule.rule
    for name, value in values.items():
        start = path.index("<")
        while not path[start:].split(">", 1)[0].rstrip(">").endswith(name):
            start = path.index("<", start + 1)
        path = path[:start] + value + path[path.index(">", start) + 1 :]
    return path


def requests_to(rule: Rule, known: dict[str, str], trusted: dict[str, str]) -> Iterator[Hostile]:
    """Yield hostile requests to an address; those with a body, query or header bring what opens it as well."""
    methods = sorted((rule.methods or set()) - {"OPTIONS", "HEAD"})
    plain = path_of(rule, known)
    for method in methods:
        for name in rule.arguments:
            yield from (
                Hostile(method, path_of(rule, known, **{name: encoded(value)}), "", trusted) for value in VALUES
            )
        for number, value in enumerate(VALUES):
            query = urlencode({QUERIES[number % len(QUERIES)]: value.encode("utf-8", "surrogatepass")})
            yield Hostile(method, plain, query, trusted)
            header = {HEADERS[number % len(HEADERS)]: in_header(value)}
            yield Hostile(method, plain, "", {**trusted, **header})
        if method in ("POST", "PUT"):
            for body in BODIES:
                for kind in KINDS[: 5 if len(body) < 100 else 2]:
                    yield Hostile(method, plain, "", {**trusted, "Content-Type": kind}, body)


def headers_everywhere(path: str, trusted: dict[str, str]) -> Iterator[Hostile]:
    """Yield every header with every value, to one address."""
    for header in HEADERS:
        for value in VALUES:
            yield Hostile("GET", path, "", {**trusted, header: in_header(value)})


def queries_everywhere(path: str, trusted: dict[str, str]) -> Iterator[Hostile]:
    """Yield every query field with every value, to one address."""
    for name in QUERIES:
        for value in VALUES:
            yield Hostile("GET", path, urlencode({name: value.encode("utf-8", "surrogatepass")}), trusted)
