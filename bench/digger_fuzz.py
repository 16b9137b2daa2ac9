"""Fuzz the FASTA reader with atheris: no crash, no hang, no memory growth.

pip install atheris && python bench/digger_fuzz.py -max_total_time=3600 -rss_limit_mb=400 -timeout=10 [CORPUS]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

with atheris.instrument_imports(include=["portal.domain.fasta", "portal.pipeline.digger.reader"]):
    from portal.domain.errors import InvalidInput
    from portal.pipeline.digger import reader

_FILE = Path(tempfile.mkdtemp()) / "fuzz.fna"
reader._BLOCK = 64  # so that small inputs cross block boundaries


def read_or_refuse(data: bytes) -> None:
    """Check a file; an accepted file must be read with the counts of the check."""
    _FILE.write_bytes(data)
    try:
        facts = reader.check_fasta(_FILE, "auto")
    except InvalidInput:
        return
    records = list(reader.read_fasta(_FILE))
    if (len(records), sum(len(record.sequence) for record in records)) != (facts.records, facts.letters):
        raise AssertionError(f"{facts} but {records}")


if __name__ == "__main__":
    atheris.Setup(sys.argv, read_or_refuse)
    atheris.Fuzz()
