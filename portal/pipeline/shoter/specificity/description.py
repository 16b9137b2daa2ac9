"""The description of a table: a JSON beside it that names it and says how much of it there must be."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from portal.domain.errors import InvalidInput
from portal.domain.message import Message


@dataclass(frozen=True)
class Description:
    """What the JSON beside a table says; None where it does not."""

    name: str | None = None
    version: str | None = None
    sha256: str | None = None
    facts: int | None = None
    sources: int | None = None

    def check_counts(self, *, facts: int, last_line: int, sources: int) -> None:
        """Raise InvalidInput where the table or its bibliography has less than the description says."""
        if self.facts is not None and facts < self.facts:
            message = Message("specificity.facts_cut", found=facts, expected=self.facts)
            raise InvalidInput(message, line=last_line, field="specificity")
        if self.sources is not None and sources < self.sources:
            message = Message("specificity.sources_cut", found=sources, expected=self.sources)
            raise InvalidInput(message, line=sources + 1, field="specificity")


def read_description(path: Path) -> Description:
    """Return the description of a table, an empty one where there is none.

    Raises:
        InvalidInput: the file is no JSON object, or a count is no number.
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
