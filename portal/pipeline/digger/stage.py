"""The Digger stage of a task: run the engine named in the plan on one genome.

`context.facts` holds
    engine          `native` or `bttoxin_digger`
    reference       name, version, fasta, sha256, cache_dir, blind_spots
    screening       folder of the screening panel, which need not exist; absent from plans of earlier versions
    bttoxin_digger  executable, database, low_n50 (only for that engine; with `low_n50: native` and a reference, the
                    native engine handles genomes that the tool refuses, and the summary names it)
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from portal.domain.errors import InvalidInput, StageError
from portal.domain.message import Message
from portal.domain.status import FailureKind, PipelineStage
from portal.pipeline.stage import StageContext, StageResult

NATIVE, BTTOXIN_DIGGER = "native", "bttoxin_digger"


class DiggerStage:
    """Find the toxin genes of the task's genome."""

    @property
    def name(self) -> PipelineStage:
        return PipelineStage.DIGGER

    def check_prerequisites(self, context: StageContext) -> list[Message]:
        missing = []
        if not context.genome.is_file():
            missing.append(Message("stage.no_genome"))
        engine = context.facts.get("engine")
        if engine not in (NATIVE, BTTOXIN_DIGGER):
            missing.append(Message("stage.no_engine", engine=str(engine)))
        reference = context.facts.get("reference", {}).get("fasta")
        if engine == NATIVE and not (reference and Path(reference).is_file()):
            missing.append(Message("stage.no_reference"))
        return missing

    def run(self, context: StageContext) -> StageResult:
        try:
            if context.facts["engine"] == BTTOXIN_DIGGER:
                return _run_bttoxin_digger(context)
            return _run_native(context)
        except InvalidInput as error:
            raise StageError(Message("stage.input", reason=error.message), kind=FailureKind.INVALID_INPUT) from error


def _run_native(context: StageContext) -> StageResult:
    from portal.pipeline.digger.engine import run_digger

    reference: Mapping[str, Any] = context.facts["reference"]
    summary = run_digger(
        [(context.strain, context.genome)],
        context.out_dir,
        reference_fasta=Path(reference["fasta"]),
        cache_dir=Path(reference["cache_dir"]),
        reference_facts=reference,
        threads=context.threads,
        progress=context.report,
        kind=context.parameters.get("sequence_kind", "auto"),
        screening=_panel_folder(context),
    )
    found = summary.strains[0]
    facts = {
        "engine": NATIVE,
        "reference": reference.get("name"),
        "toxins": found.toxins,
        "accessory": found.accessory,
        "contigs": found.contigs,
        "bases": found.bases,
        "notes": list(found.notes),
        "remarks": [remark.to_json() for remark in found.remarks],
    }
    return StageResult(outputs=summary.outputs, summary=facts)


def _run_bttoxin_digger(context: StageContext) -> StageResult:
    from portal.pipeline.digger.upstream.run import run_adapter

    summary = run_adapter(
        context.genome,
        context.strain,
        context.out_dir,
        context.work_dir,
        options={**context.facts["bttoxin_digger"], "reference": context.facts.get("reference")},
        screening=_panel_folder(context),
        threads=context.threads,
        progress=context.report,
    )
    outputs = tuple(sorted(path.name for path in context.out_dir.iterdir() if path.is_file()))
    return StageResult(outputs=outputs, summary=summary)


def _panel_folder(context: StageContext) -> Path | None:
    folder = context.facts.get("screening")
    return Path(folder) if folder else None


DIGGER_STAGE = DiggerStage()
