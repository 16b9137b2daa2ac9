"""`python -m portal.upkeep.about`: what this release says of itself, for another release's `btportal upgrade`."""

from __future__ import annotations

import json
import sys

from portal import __version__
from portal.files.site import FOLDER_FORMAT, OLDEST_FORMAT
from portal.shipped import file_states

if __name__ == "__main__":
    facts = {
        "version": __version__,
        "folder_format": FOLDER_FORMAT,
        "oldest_format": OLDEST_FORMAT,
        "missing": [name for name, state in file_states().items() if state is None],
    }
    json.dump(facts, sys.stdout)
