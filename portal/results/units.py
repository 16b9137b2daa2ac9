"""The quantities in result documents, with units for their JSON Schema. They do not affect decoding."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta


def _told(text: str, example: Any, unit: str) -> Meta:
    return Meta(description=text, examples=[example], extra_json_schema={"x-unit": unit})


Percent = Annotated[float, _told("Percent, 0 to 100.", 98.2, "percent")]
CoveragePercent = Annotated[float, _told("Percent; gaps in the alignment may bring it over 100.", 100.4, "percent")]
Fraction = Annotated[float, _told("From 0 to 1.", 0.93, "1")]
Score = Annotated[float, _told("From 0 to 1.", 0.81, "1")]
Contribution = Annotated[float, _told("A sum of fractions, so that it may be above 1.", 3.42, "1")]
EValue = Annotated[float, _told("Expected number of chance hits as good.", 2.5e-120, "1")]
Bases = Annotated[int, _told("Bases; of a protein file residues.", 31000, "bp")]
Position = Annotated[int, _told("Place on the contig, 1-based, the end included; of a protein residues.", 4012, "bp")]
Residues = Annotated[int, _told("Number of residues.", 719, "aa")]
Residue = Annotated[int, _told("Residue of the protein, 1-based, the end included.", 30, "aa")]
ParameterValues = Annotated[dict[str, Any], Meta(description="Every parameter of the run with its value.")]
Sha256 = Annotated[str, Meta(description="SHA-256 in hex.", examples=["ab" * 32])]
ProteinId = Annotated[str, Meta(description="The gene in all files of a task.", examples=["contig1_00012"])]
ToxinName = Annotated[str, Meta(description="Name in the nomenclature of 2020.", examples=["Cry1Ac1"])]
OldToxinName = Annotated[str, Meta(description="Name in the nomenclature of 1998.", examples=["Mtx1"])]
Contig = Annotated[str, Meta(description="Name of the contig, up to its first white space.", examples=["contig1"])]
Strand = Annotated[str, Meta(description="`+` or `-`; of a protein `+`.", examples=["-"])]
Rank = Annotated[str, Meta(description="Rank1 to Rank4 by identity alone; ND by a profile alone.", examples=["Rank4"])]
ToxinClass = Annotated[str, Meta(description="Class of the protein; Others is an accessory factor.", examples=["Cry"])]
Target = Annotated[str, Meta(description="An insect order, or another group.", examples=["Lepidoptera"])]
Species = Annotated[str, Meta(description="Scientific name.", examples=["Plutella xylostella"])]
Strain = Annotated[str, Meta(description="Name of the genome, from that of its file.", examples=["HD-1"])]
