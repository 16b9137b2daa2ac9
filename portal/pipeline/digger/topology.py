"""Recognise circular contigs by the marks that assemblers and databases write into FASTA headers.

NCBI, Bakta, Dnaapler, Hybracter  [topology=circular], topology=circular
Unicycler, Dragonflye, Autocycler circular=true, circular=Y, circular=yes
Canu                              suggestCircular=yes
Flye, by tables put into headers  circ=Y, circ.=Y, circ=+; ABruijn's names circular_3
SPAdes (plasmid, metaplasmid, viral)  ..._circular, ..._type_circular
hifiasm, hifiasm-meta, miniasm    names that end in c: ptg000001c, s12.ctg000012c
SKESA                             ..._Circ
Raven                             XO:i:1
"""

from __future__ import annotations

import re

from portal.pipeline.digger.reader import FastaRecord

_IN_HEADER = re.compile(
    r"(?<![A-Za-z])(?:topology|circular|suggestCircular|circ\.?)\s*[=:]\s*(?:circular|true|yes|y|\+|1)(?![A-Za-z0-9])"
    r"|(?<!\S)XO:i:1(?!\S)",
    re.IGNORECASE,
)
_IN_NAME = re.compile(r"(?:^|_)circ(?:ular)?(?:_|$)|(?:^|\.)[a-z]{1,2}tg\d{4,}c$", re.IGNORECASE)


def is_circular(record: FastaRecord) -> bool:
    """Return whether the header marks the sequence as circular."""
    return bool(_IN_HEADER.search(f"{record.name} {record.description}") or _IN_NAME.search(record.name))
