"""The line at the top of the status page contradicts no part below it, over all combinations of their states."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping

import pytest

from portal.domain.message import Message
from portal.services.answers import PartHealth
from portal.services.health import NEEDED, PARTS, HealthReport, status_of
from portal.web.pages.status_line import status_line
from portal.web.texts.words import PART
from tests.builders import Site

STATES: Mapping[str, tuple[str, ...]] = {
    "disk": ("ok", "down"),
    "poller": ("ok", "degraded", "down"),
    "scheduler": ("ok", "degraded"),
    "redis": ("ok", "degraded", "down", "off"),
    "engine": ("ok", "down"),
    "reference": ("ok", "degraded", "down"),
    "installation": ("ok", "down"),
    "notifications": ("ok", "degraded", "off"),
}
COMBINATIONS = [(states, draining) for states in itertools.product(*STATES.values()) for draining in (False, True)]
RUN = {"en": "run", "zh": "运行"}
WAIT = {"en": "wait", "zh": "排队"}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_line_and_the_parts_agree(site: Site, lang: str) -> None:
    assert STATES.keys() == PARTS
    tones = set()
    with site.app.test_request_context(f"/queue?lang={lang}"):
        for (states, draining), on_cluster in itertools.product(COMBINATIONS, (True, False)):
            parts = tuple(
                PartHealth(name, state, Message("health.poller_ok")) for name, state in zip(STATES, states, strict=True)
            )
            line = status_line(HealthReport(status_of(parts), parts), draining=draining, on_cluster=on_cluster)
            assert on_cluster or not re.search("cluster|集群", line.sentence)
            known = dict(zip(STATES, states, strict=True))
            told = f"{known}, draining {draining}: {line}"
            is_fine = {*states} <= {"ok", "off"} and not draining
            is_down = any(known[name] == "down" for name in NEEDED)
            starts = not draining and not is_down and known["scheduler"] == "ok"
            assert (line.tone == "good") == is_fine, told
            assert (line.tone == "bad") == is_down, told
            assert (RUN[lang] in line.sentence) == starts, told
            assert (WAIT[lang] in line.sentence) == (not starts and not is_down), told
            tones.add((line.tone, line.word, line.sentence))
    assert len(tones) == 7


def test_each_part_has_words() -> None:
    assert set(PART) == PARTS
