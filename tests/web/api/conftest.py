"""A real gunicorn where streaming and processes count."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from tests.web.api.server import Server, start_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One worker with a limit of 2 MB that gives a slow body up after a second."""
    with contextlib.closing(start_server(tmp_path_factory.mktemp("server"), MAX_UPLOAD_MB="2")) as running:
        yield running
