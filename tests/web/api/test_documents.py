"""Every document and table that is served is what the OpenAPI document says of it, name by name and type by type."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from jsonschema_rs import Draft202012Validator

from portal.domain.status import Lang
from portal.pipeline.compare.compare import compare
from portal.pipeline.digger.engine import run_digger
from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.run import run_shoter
from portal.results.toxin_table import NAMED_COLUMNS
from portal.web.api.documents import RESULT_DOCUMENTS, ToxinTableRow, document_schemas
from tests.builders import Site
from tests.pipeline.digger.digger_builders import backbone, gene, mutated, reference_proteins, write_fasta
from tests.pipeline.digger.panel_builders import make_panel, pan_c, virulence
from tests.web.api.schema_problems import problems

STOPS = "TAATTAATTAA"
FILES = {
    "toxins.json": "ToxinsDocument", "loci.json": "LociDocument", "digger.json": "DiggerRun",
    "strain_scores.json": "ScoresDocument", "strain_species_scores.json": "SpeciesDocument", "shoter.json": "ShoterRun",
    "compare.json": "ComparisonDocument", "evidence.json": "EvidenceDocument",
    "screening.json": "ScreeningDocument", "bioassays.json": "BioassayDocument",
    "candidates.json": "CandidatesDocument", "alignments.json": "AlignmentsDocument",
}  # fmt: skip


@pytest.fixture(scope="module")
def spec(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    from tests.builders import make_site

    client = make_site(tmp_path_factory.mktemp("spec")).app.test_client()
    document: dict[str, Any] | None = client.get("/api/openapi.json").json
    assert document is not None
    return document


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What both stages and a comparison write, of a genome with a whole, a broken, an accessory and screened genes."""
    folder = tmp_path_factory.mktemp("results")
    proteins = reference_proteins()
    reference = write_fasta(folder / "made_up.faa", proteins)
    broken = gene(mutated(proteins["Vip3Aa1"], 0.05, 5))
    contig = "".join(
        backbone(number, 700) + STOPS + coding
        for number, coding in enumerate(
            [
                gene(proteins["Cry2Aa1"]),
                broken[:600] + "A" + broken[600:],
                gene(proteins["InhA1-other"]),
                gene(virulence()["nheA"]),
                *pan_c().values(),
            ]
        )
    )
    genome = write_fasta(folder / "g.fna", {"c1": contig + backbone(9, 700)})
    out = folder / "out"
    facts = {"name": "made_up", "version": "1", "blind_spots": ["Mtx1"]}
    run_digger([("g", genome)], out, reference_fasta=reference, cache_dir=folder / "cache", reference_facts=facts,
               threads=2, screening=make_panel(folder).virulence.parent)  # fmt: skip
    run_shoter(out / "All_Toxins.txt", out, parameters=ShoterParameters())
    compare([("a", out, out), ("b", out, out)], out, Lang.EN)
    return out


@pytest.mark.parametrize(("file", "name"), FILES.items())
def test_each_document_is_what_its_schema_says(spec: dict[str, Any], results: Path, file: str, name: str) -> None:
    import json

    document = json.loads((results / file).read_text(encoding="utf-8"))
    assert problems(spec, name, document) == []
    assert problems(spec, name, {**document, "made_up": 1})
    assert problems(spec, name, {**document, "schema": "two"})


def test_no_schema_of_a_document_takes_the_name_of_another(site: Site) -> None:
    api = site.app.extensions["flask-smorest"]["blp_name_to_api"]["results"]
    of_calls = set(api.spec.to_dict()["components"]["schemas"])
    assert of_calls & set(document_schemas()) == set()


def test_every_document_of_a_task_is_named() -> None:
    assert {kind.__name__ for kind in RESULT_DOCUMENTS} | {"ComparisonDocument"} == set(FILES.values())


def test_what_a_task_serves_is_what_is_described(spec: dict[str, Any], client: FlaskClient, site: Site) -> None:
    built = site.task(hits=4)
    served = client.get(f"/api/tasks/{built.task_id}/results", headers=built.bearer).json
    table = client.get(f"/api/tasks/{built.task_id}/toxins?format=json", headers=built.bearer).json
    assert problems(spec, "Results", served) == []
    assert problems(spec, "ToxinTable", table) == []
    assert len(table["toxins"]) == 4 if table else False


def test_the_row_of_the_toxin_table_has_its_columns(spec: dict[str, Any]) -> None:
    row = spec["components"]["schemas"][ToxinTableRow.__name__]
    assert tuple(row["properties"]) == NAMED_COLUMNS
    assert row["required"] == list(NAMED_COLUMNS)


def test_quantities_name_their_unit(spec: dict[str, Any]) -> None:
    """A percentage or a place without its unit is how percent and fractions got mixed."""
    silent = []
    for name, schema in document_schemas().items():
        for field, value in schema.get("properties", {}).items():
            kinds = value.get("anyOf", [value])
            is_number = any({"number", "integer"} & _types(kind) for kind in kinds)
            if is_number and (field.endswith("_percent") or any(_types(kind) & {"number"} for kind in kinds)):
                silent += [] if any("x-unit" in kind for kind in kinds) else [f"{name}.{field}"]
    assert silent == []


def _types(schema: dict[str, Any]) -> set[str]:
    kind = schema.get("type", [])
    return {kind} if isinstance(kind, str) else set(kind)


def test_no_answer_is_a_bare_object(spec: dict[str, Any]) -> None:
    """Only maps of parameters and facts have fields that no schema names; each says what it holds."""
    bare = [
        f"{name}.{field}"
        for name, schema in spec["components"]["schemas"].items()
        for field, value in schema.get("properties", {}).items()
        if "object" in _types(value)
        and "properties" not in value
        and not (value.get("additionalProperties") or "description" in value)
    ]
    assert bare == []


def with_examples(value: Any) -> list[dict[str, Any]]:
    """Return all schemas below a value that have examples."""
    if isinstance(value, list):
        return [found for item in value for found in with_examples(item)]
    if not isinstance(value, dict):
        return []
    own = [value] if isinstance(value.get("examples"), list) else []
    return own + [found for item in value.values() for found in with_examples(item)]


def test_every_example_is_one(spec: dict[str, Any]) -> None:
    schemas = with_examples(spec["components"]["schemas"])
    assert len(schemas) > 150
    for schema in schemas:
        validator = Draft202012Validator({**schema, "components": spec["components"]})
        assert [str(error) for example in schema["examples"] for error in validator.iter_errors(example)] == []


@pytest.mark.parametrize("name", ["ToxinRow", "ScoreRow", "SpeciesRow", "ToxinTableRow", "FoundToxin", "OrderScore"])
def test_rows_show_what_stands_in_them(spec: dict[str, Any], name: str) -> None:
    properties = spec["components"]["schemas"][name]["properties"]
    shown = [field for field, schema in properties.items() if with_examples(schema)]
    assert len(shown) >= 5, shown
