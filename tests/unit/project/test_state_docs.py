"""What docs/develop/state-machine.md says is what the code does."""

from __future__ import annotations

import re
from itertools import takewhile
from pathlib import Path

from portal.domain.status import TRANSITIONS
from portal.poller import job_outcome

TEXT = (Path(__file__).parents[3] / "docs" / "develop" / "state-machine.md").read_text()


def test_the_table_of_outcomes_is_the_one_of_the_module() -> None:
    assert job_outcome.__doc__ is not None
    lines = job_outcome.__doc__.splitlines()
    table = list(takewhile(str.strip, lines[lines.index(next(line for line in lines if "scheduler says" in line)) :]))
    assert len(table) > 12
    assert "\n".join(table) in TEXT


def test_the_picture_shows_every_transition_and_no_other() -> None:
    drawn = set(re.findall(r"^    (\w+) --> (\w+):", TEXT, re.MULTILINE))
    allowed = {(before.value, after.value) for before, afters in TRANSITIONS.items() for after in afters}
    assert drawn == allowed
