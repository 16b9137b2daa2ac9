"""Genomes that look like something else: none loses its toxin (a part of `python -m bench.kinds`)."""

from __future__ import annotations

from pathlib import Path

from bench.kinds import CASES, made, searched
from tests.pipeline.loci_references import default_reference


def test_no_toxin_is_lost_to_a_wrong_guess(tmp_path: Path) -> None:
    reference, files = default_reference(), []
    for number, (case, contigs) in enumerate(made(reference, 12)):
        path = tmp_path / f"{case}{number}.fna"
        path.write_text("".join(f">{name}\n{letters}\n" for name, letters in contigs.items()))
        files.append((case, path))
    figures = {one.case: one for one in searched(tmp_path, files, reference, 2)}
    assert set(figures) == set(CASES)
    assert all(one.files > 0 and one.lost == [] for one in figures.values())
    mixed = {"mixed-cds", "mixed-proteins"}
    assert all((one.genome == one.files) != (case in mixed) for case, one in figures.items())
    for case in ("rotated-open", *mixed):
        assert figures[case].noted == figures[case].files  # the guess was wrong, and mended
    assert figures["rotated"].noted == 0
