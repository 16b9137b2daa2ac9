"""The default reference, for tests that need real toxins: `make test` fetches it before they run."""

from __future__ import annotations

import os
from pathlib import Path

from portal.reference.store import ReferenceStore
from portal.reference.types import Reference


def default_reference() -> Reference:
    reference = ReferenceStore(Path(os.environ.get("REFERENCE_DIR") or "var/references")).get("btyper3")
    assert reference is not None, "run `btportal reference fetch --dir var/references` first"
    return reference
