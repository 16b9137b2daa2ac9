"""Where the public genomes, the references and the recorded output are; too large, and not ours, to ship.

The folder has `<strain>.fna`, `reference/bt_toxin20251104.fas` and `real_output/<strain>/`: what BtToxin_Digger 1.0.10
made of each genome with that reference. `make parity PARITY_DATA=folder` runs the tests.
"""

from __future__ import annotations

import os
from pathlib import Path

DATA = Path(os.environ["PARITY_DATA"])
