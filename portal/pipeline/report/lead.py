"""The first sentences of the report: the conclusion in words. `results.conclusion` draws the conclusion."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from portal.pipeline.report.summary import Summary, TargetLine
from portal.results.conclusion import Assessment, Outcome
from portal.results.gene_state import GeneCondition
from portal.results.targets import Panel


@dataclass(frozen=True)
class LeadWords:
    """The sentences of one language: one per outcome, with `{targets}` if it names any, and optional further ones.

    `unsupported` stands in place of the sentence for no supported pest where the genes of all toxins that would act are
    broken or cut; `behind` follows the targets that rest on such toxins alone.
    """

    outcomes: Mapping[Outcome, str]
    also_possible: str
    likely_besides: str
    possible_besides: str
    unsupported: Mapping[GeneCondition, str]
    behind: Mapping[GeneCondition, str]
    between: str


EN = LeadWords(
    outcomes={
        Outcome.LIKELY: "Likely active against {targets}.",
        Outcome.POSSIBLE: "Possibly active against {targets}; no target is likely.",
        Outcome.NONE_SUPPORTED: "Toxin genes were found, but the published evidence does not point to any pest.",
        Outcome.NO_RECORD: (
            "Toxin genes were found, but the evidence table has no record of any pest for them or their relatives."
        ),
        Outcome.NOT_SCORED: "Toxin genes were found, but all of them lie below the thresholds of this run.",
        Outcome.NO_TOXINS: "No toxin gene was found in this genome. That is a result, not a failure of the run.",
        Outcome.MOSTLY_UNKNOWN: (
            "No toxin was found, but half of the sequence or more is unknown: whether the strain has one cannot be "
            "told."
        ),
    },
    also_possible="Possibly also against {targets}.",
    likely_besides="Other than pests, likely active against {targets}.",
    possible_besides="Other than pests, possibly active against {targets}.",
    unsupported={
        GeneCondition.BROKEN: (
            "Toxin genes were found, but those of the toxins that would act are broken; the published evidence does "
            "not point to any pest."
        ),
        GeneCondition.CUT: (
            "Toxin genes were found, but of those of the toxins that would act only parts were seen; whether they act "
            "cannot be told."
        ),
    },
    behind={
        GeneCondition.BROKEN: (
            "The genes of the toxins behind this are broken, while the published tests are of intact toxins."
        ),
        GeneCondition.CUT: (
            "Of the genes of the toxins behind this only parts were seen; the published tests are of intact toxins."
        ),
    },
    between=" ",
)
ZH = LeadWords(
    outcomes={
        Outcome.LIKELY: "该菌株很可能对{targets}有活性。",
        Outcome.POSSIBLE: "该菌株可能对{targets}有活性，但没有靶标达到“很可能”。",
        Outcome.NONE_SUPPORTED: "检出了毒素基因，但已发表的证据不足以指向任何害虫靶标。",
        Outcome.NO_RECORD: "检出了毒素基因，但证据表中没有这些毒素及其近缘毒素对任何害虫的记录。",
        Outcome.NOT_SCORED: "检出了毒素基因，但均低于本次分析的阈值。",
        Outcome.NO_TOXINS: "该基因组中未检出毒素基因。分析已正常完成，这就是本次分析的结果。",
        Outcome.MOSTLY_UNKNOWN: "未检出毒素，但序列至少有一半未知：无法判断该菌株是否含有毒素基因。",
    },
    also_possible="对{targets}也可能有活性。",
    likely_besides="害虫以外，很可能对{targets}有活性。",
    possible_besides="害虫以外，可能对{targets}有活性。",
    unsupported={
        GeneCondition.BROKEN: "检出了毒素基因，但其中可能起作用的基因均已受损，已发表的证据不足以指向任何害虫靶标。",
        GeneCondition.CUT: "检出了毒素基因，但其中可能起作用的基因均只见到一部分，无法判断其是否有活性。",
    },
    behind={
        GeneCondition.BROKEN: "相应毒素的基因均已受损，而已发表的测定针对的是完整毒素。",
        GeneCondition.CUT: "相应毒素的基因均只见到一部分，而已发表的测定针对的是完整毒素。",
    },
    between="",
)


def lead(
    summary: Summary,
    words: LeadWords,
    *,
    scored: Callable[[TargetLine], str],
    join: Callable[[Iterable[str]], str],
) -> str:
    """Return the conclusion in words; `scored` formats a target with its score, `join` a list of names."""
    conclusion = summary.strain.conclusion
    named = Assessment.LIKELY if conclusion.outcome is Outcome.LIKELY else Assessment.POSSIBLE
    is_unsupported = conclusion.outcome is Outcome.NONE_SUPPORTED
    genes = conclusion.genes_behind
    first = (words.unsupported.get(genes) if is_unsupported else None) or words.outcomes[conclusion.outcome]
    sentences = [(first, summary.said(named))]
    if conclusion.outcome is Outcome.LIKELY:
        sentences.append((words.also_possible, summary.said(Assessment.POSSIBLE)))
    if genes in words.behind and not is_unsupported:
        sentences.append((words.behind[genes], ()))
    sentences.append((words.likely_besides, summary.said(Assessment.LIKELY, Panel.NON_PEST)))
    sentences.append((words.possible_besides, summary.said(Assessment.POSSIBLE, Panel.NON_PEST)))
    return words.between.join(
        text.format(targets=join(map(scored, lines))) if lines else text
        for text, lines in sentences
        if lines or "{targets}" not in text
    )
