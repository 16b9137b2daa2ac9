"""The submission under names that several tests look at."""

from __future__ import annotations

import pytest

from tests.contract.named_world import World, make_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("names"))
