"""The edge without a server: environ, deadlines of bodies, room for uploads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from portal.domain.errors import PortalError, TooManyRequests, TooSlow
from portal.web.edge.bounds import Bounds, Pace
from portal.web.edge.environ import wsgi_environ
from portal.web.edge.receiving import BodyReader, ClientGone
from portal.web.edge.uploads import Uploads, is_upload
from portal.web.upload.intake import FormIntake
from tests.builders import Site
from tests.web.api.asgi_scope import scope
from tests.web.api.clockwork import AtOnce, run

_HASTY = Bounds(pace=Pace(window_s=0.2, least_bytes=100), uploads=2, uploads_of_client=2, upload_grace_s=0.05)


def test_a_scope_becomes_an_environ() -> None:
    environ = wsgi_environ(scope(b"/t%C3%A4%2f", **{"content-type": "text/x", "content-length": "3", "x-a": "\xe4"}))
    assert environ["PATH_INFO"] == "/t\xc3\xa4/"
    assert (environ["QUERY_STRING"], environ["CONTENT_TYPE"], environ["CONTENT_LENGTH"]) == ("a=%20", "text/x", "3")
    assert (environ["HTTP_X_A"], environ["REMOTE_ADDR"]) == ("\xe4", "9.9.9.9")
    assert wsgi_environ(scope(b"http://evil.example/x?y"))["PATH_INFO"] == "/x"


def test_a_header_with_an_underscore_cannot_pass_for_another() -> None:
    environ = wsgi_environ(scope(x_forwarded_for="6.6.6.6", content_length="9"))
    assert "HTTP_X_FORWARDED_FOR" not in environ
    assert "CONTENT_LENGTH" not in environ


def test_headers_that_come_twice_are_joined() -> None:
    twice = scope()
    twice["headers"] = [(b"cookie", b"a=1"), (b"accept", b"x"), (b"cookie", b"b=2"), (b"accept", b"y")]
    environ = wsgi_environ(twice)
    assert (environ["HTTP_COOKIE"], environ["HTTP_ACCEPT"]) == ("a=1; b=2", "x,y")


class Client:
    """Sends pieces, with a pause before each; afterwards silence, or the end of the connection."""

    def __init__(self, *pieces: bytes, pause_s: float = 0.0, ends: bool = False, leaves: bool = False) -> None:
        self._pieces = list(pieces)
        self._pause_s = pause_s
        self._ends, self._leaves = ends, leaves

    async def receive(self) -> dict[str, Any]:
        await asyncio.sleep(self._pause_s)
        if self._pieces:
            piece = self._pieces.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(self._pieces) or not self._ends}
        if self._leaves:
            return {"type": "http.disconnect"}
        await asyncio.sleep(60)
        raise AssertionError("nobody waits that long")


def read_all(client: Client, pace: Pace = _HASTY.pace) -> bytes:
    async def read() -> bytes:
        body = BodyReader(client.receive, expected=True)
        return b"".join([piece async for piece in body.pieces(pace)])

    return run(read())


def test_a_body_that_keeps_the_pace_is_read_and_one_that_does_not_is_given_up() -> None:
    assert read_all(Client(*[b"x" * 50] * 12, pause_s=0.04, ends=True)) == b"x" * 600
    for slow in (Client(*[b"x"] * 100, pause_s=0.02), Client(b"x" * 5000), Client()):
        with pytest.raises(TooSlow):
            read_all(slow)
    with pytest.raises(ClientGone):
        read_all(Client(b"x", leaves=True))


def test_a_body_may_be_given_up_at_the_moment_at_which_its_window_ends() -> None:
    async def read() -> list[dict[str, Any]]:
        loop = asyncio.get_running_loop()
        failed: list[dict[str, Any]] = []
        loop.set_exception_handler(lambda _, context: failed.append(context))
        body = BodyReader(Client().receive, expected=True)
        # After the end of the window in the same turn of the loop, which has ended the wait by then.
        loop.call_soon(loop.call_at, loop.time() + _HASTY.pace.window_s, body.give_up)
        with pytest.raises(TooSlow):
            async for _ in body.pieces(_HASTY.pace):
                pass
        return failed

    assert run(read()) == []


def test_a_small_body_has_one_deadline_however_it_drips() -> None:
    async def read(client: Client) -> bytes:
        return await BodyReader(client.receive, expected=True).read_small(1000, seconds=0.2)

    assert run(read(Client(b"{", b"}", ends=True))) == b"{}"
    with pytest.raises(TooSlow):
        run(read(Client(*[b" "] * 100, pause_s=0.02)))


def upload_environ(client: str = "9.9.9.9") -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/api/tasks",
        "CONTENT_TYPE": "multipart/form-data; boundary=B",
        "REMOTE_ADDR": client,
    }


FORM = b'--B\r\nContent-Disposition: form-data; name="lang"\r\n\r\nen\r\n--B--\r\n'


def outcomes(site: Site, act: Callable[[Callable[..., asyncio.Task[Any]]], Any]) -> Any:
    """Run `act` with a function that begins an upload."""

    def begin(environ: dict[str, Any]) -> FormIntake:
        return FormIntake(
            lambda key: site.acceptance.begin("me", key),
            content_type=environ["CONTENT_TYPE"],
            content_length=None,
            limit_bytes=10_000,
        )

    async def upload() -> Any:
        with AtOnce() as threads:
            uploads = Uploads(begin, _HASTY, threads)

            def start(client: Client, address: str = "9.9.9.9") -> asyncio.Task[Any]:
                body = BodyReader(client.receive, expected=True)
                return asyncio.create_task(uploads.take_in(upload_environ(address), body))

            return await act(start)

    return run(upload())


def problem(intake: FormIntake) -> PortalError | None:
    try:
        intake.form()
    except PortalError as error:
        return error
    return None


def test_an_upload_that_stands_still_makes_room(site: Site) -> None:
    async def act(start: Callable[..., asyncio.Task[Any]]) -> list[FormIntake]:
        still = [start(Client(b"--B")), start(Client(b"--B"))]
        await asyncio.sleep(0.1)
        quick = await start(Client(FORM, ends=True))
        return [quick, *await asyncio.gather(*still)]

    quick, *still = outcomes(site, act)
    assert problem(quick) is None
    assert quick.fields == {"lang": "en"}
    assert all(isinstance(problem(intake), TooSlow) for intake in still)


def test_where_all_go_on_a_new_upload_is_asked_to_come_back(site: Site) -> None:
    async def act(start: Callable[..., asyncio.Task[Any]]) -> list[FormIntake]:
        steady = [start(Client(*[b"x" * 400] * 8, pause_s=0.03, ends=True)) for _ in range(2)]
        await asyncio.sleep(0.1)
        refused = await start(Client(FORM, ends=True), "8.8.8.8")
        return [refused, *await asyncio.gather(*steady)]

    refused, *steady = outcomes(site, act)
    assert isinstance(problem(refused), TooManyRequests)
    assert not any(isinstance(problem(intake), TooSlow | TooManyRequests) for intake in steady)


def test_what_counts_as_an_upload() -> None:
    assert is_upload(upload_environ())
    assert is_upload({**upload_environ(), "PATH_INFO": "/"})
    for change in ({"REQUEST_METHOD": "PUT"}, {"PATH_INFO": "/api/compare"}, {"CONTENT_TYPE": "application/json"}):
        assert not is_upload({**upload_environ(), **change})
