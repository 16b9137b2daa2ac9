"""Which genomes of a run are so little known that no toxin found in them is no answer: Digger's `digger.json` tells."""

from __future__ import annotations

from pathlib import Path

from portal.domain.errors import InvalidInput
from portal.domain.message import Message
from portal.domain.os_errors import os_reason
from portal.results.codec import DocumentError, from_json
from portal.results.names import DIGGER_JSON
from portal.results.toxins import DiggerRun


def mostly_unknown_beside(path: Path) -> frozenset[str]:
    """Return the strains of which half of the letters or more are unknown, by the run that wrote a file.

    None without a `digger.json` beside the file: a table alone does not tell.

    Raises:
        InvalidInput: that document cannot be read or violates its format.
    """
    document = path.with_name(DIGGER_JSON)
    if not document.is_file():
        return frozenset()
    try:
        run = from_json(document.read_bytes(), DiggerRun)
    except OSError as error:
        unread = Message("table.unreadable", name=document.name, reason=os_reason(error))
        raise InvalidInput(unread, field=DIGGER_JSON) from None
    except DocumentError as error:
        raise InvalidInput(Message("table.form", name=document.name, reason=error.message), field=DIGGER_JSON) from None
    return frozenset(each.strain for each in run.strains if each.mostly_unknown)
