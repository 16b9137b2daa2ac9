"""The description of a table: a JSON file beside it with its name and its required counts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from portal.domain.errors import InvalidInput
from portal.domain.message import Message


@dataclass(frozen=True)
class Description:
    """The content of the JSON beside a table; None for missing values."""

    name: str | None = None
    version: str | None = None
    sha256: str | None = None
    facts: int | None = None
    sources: int | None = None

    def check_counts(self, *, facts: int, last_line: int, sources: int) -> None:
        """Raise InvalidInput if the table or its bibliography has fewer rows than the description requires."""
        if self.facts is not None and facts < self.facts:
            message = Message("specificity.facts_cut", found=facts, expected=self.facts)
            raise InvalidInput(message, line=last_line, field="specificity")
        if self.sources is not None and sources < self.sources:
            message = Message("specificity.sources_cut", found=sources, expected=self.sources)
            raise InvalidInput(message, line=sources + 1, field="specificity")


def read_description(path: Path) -> Description:
    """Return the description of a table, or an empty one if there is none.

    Raises:
        InvalidInput: the file is not a JSON object, or a count is not a number.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        name, version, digest = (_text(told.get(key)) for key in ("name", "version", "sha256"))
        facts, sources = (None if told.get(key) is None else int(told[key]) for key in ("facts", "sources"))
        return Description(name, version, digest, facts, sources)
    except FileNotFoundError:
        return Description()
    except (OSError, ValueError, TypeError, AttributeError) as error:
        message = Message("specificity.description", name=path.name, reason=str(error))
        raise InvalidInput(message, field="specificity") from None


def _text(value: object) -> str | None:
    return None if value is None else str(value)
