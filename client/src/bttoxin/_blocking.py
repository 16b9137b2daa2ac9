"""Run operations with httpx.Client."""

from __future__ import annotations

import time
import weakref
from pathlib import Path
from typing import TypeVar

import httpx

from bttoxin.effects import Answer, Effect, Interrupted, Program, Save, Send
from bttoxin.transport import (
    PIECE_BYTES,
    answer,
    client_options,
    interruption,
    loopback_mounts,
    request_options,
    save_headers,
)

T = TypeVar("T")


class BlockingDriver:
    """One portal; connections are kept between requests."""

    def __init__(self, url: str, verify: str | Path | bool = True) -> None:
        self.url = url.rstrip("/")
        options = client_options(url, verify)
        direct = httpx.HTTPTransport(verify=options["verify"], limits=options["limits"])
        self._http = httpx.Client(**options, mounts=loopback_mounts(direct))
        # Notebook cells do not close anything.
        weakref.finalize(self, self._http.close)

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    @property
    def is_closed(self) -> bool:
        """Return whether nothing can be asked any more."""
        return self._http.is_closed

    def run(self, program: Program[T]) -> T:
        """Run an operation and return its result."""
        result: Answer | None = None
        failure: Interrupted | None = None
        while True:
            try:
                effect = program.throw(failure) if failure else program.send(result)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]
            result, failure = None, None
            try:
                result = self._carry_out(effect)
            except Interrupted as error:
                failure = error

    def _carry_out(self, effect: Effect) -> Answer | None:
        try:
            if isinstance(effect, Send):
                response = self._http.request(**request_options(effect))
                return answer(response.status_code, response.headers, response.content)
            if isinstance(effect, Save):
                return self._save(effect)
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise interruption(error, self.url) from None
        time.sleep(effect.seconds)
        return None

    def _save(self, effect: Save) -> Answer:
        headers, there = save_headers(effect)
        with self._http.stream("GET", effect.path, headers=headers) as response:
            if response.status_code not in (200, 206):
                return answer(response.status_code, response.headers, response.read())
            with effect.target.open("ab" if there and response.status_code == 206 else "wb") as stream:
                for piece in response.iter_raw(PIECE_BYTES):
                    stream.write(piece)
            return answer(response.status_code, response.headers)
