"""What page, report, API and commands say of a strain, read back from their words: how each of them says what."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.domain.status import Lang
from portal.pipeline.plots.words import WORDS
from portal.web.texts.words import ORDER


@dataclass(frozen=True)
class Said:
    """What somebody read: the kind of answer, and the targets named with it; those that are no pests apart.

    And what was said of the genes of all that would act: broken, or seen only in part (cut).
    """

    outcome: str
    likely: frozenset[str] = frozenset()
    possible: frozenset[str] = frozenset()
    besides: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    genes: str = "whole"


@dataclass(frozen=True)
class Phrases:
    """How one of them words each outcome, and what stands before the targets; `separator` is a pattern."""

    outcomes: Mapping[str, str]
    possible: str
    besides: Mapping[str, str]
    separator: str
    genes: Mapping[str, str]
    names: Mapping[str, str]


def read(text: str, phrases: Phrases) -> Said:
    """Return what a text says, where it says it in one of these phrases."""
    outcome = next((each for each, phrase in phrases.outcomes.items() if re.search(phrase, text)), None)
    assert outcome, f"no known phrase in {text!r}"

    def after(pattern: str) -> frozenset[str]:
        match = re.search(pattern, text)
        if not match:
            return frozenset()
        words = [word for word in re.split(phrases.separator, match["targets"]) if word]
        return frozenset(phrases.names[re.sub(r"\s*[(（][^)）]*[)）]", "", word).strip()] for word in words)

    named = after(phrases.outcomes[outcome]) if outcome in ("likely", "possible") else frozenset()
    return Said(
        outcome=outcome,
        likely=named if outcome == "likely" else frozenset(),
        possible=named if outcome == "possible" else after(phrases.possible),
        besides=frozenset((how, target) for how, pattern in phrases.besides.items() for target in after(pattern)),
        genes=next((state for state, phrase in phrases.genes.items() if phrase in text), "whole"),
    )


_ENGLISH_NAMES = {name: name for name in ORDER}
REPORT = {
    Lang.EN: Phrases(
        outcomes={
            "likely": r"Likely active against (?P<targets>[^.]*(?:\.\d\d[^.]*)*)\.",
            "possible": r"^Possibly active against (?P<targets>[^.;]*(?:\.\d\d[^.;]*)*);",
            "none_supported": "the published evidence does not point to any pest|they act cannot be told",
            "no_record": "no record of any pest",
            "not_scored": "all of them lie below the thresholds",
            "mostly_unknown": "half of the sequence or more is unknown",
            "no_toxins": "No toxin gene was found",
        },
        possible=r"Possibly also against (?P<targets>[^.]*(?:\.\d\d[^.]*)*)\.",
        besides={
            "likely": r"Other than pests, likely active against (?P<targets>[^.]*(?:\.\d\d[^.]*)*)\.",
            "possible": r"Other than pests, possibly active against (?P<targets>[^.]*(?:\.\d\d[^.]*)*)\.",
        },
        separator=r", | and ",
        genes={"broken": "are broken", "cut": "only parts"},
        names={label: target for target, label in WORDS[Lang.EN].targets.items()} | _ENGLISH_NAMES,
    ),
    Lang.ZH: Phrases(
        outcomes={
            "likely": "该菌株很可能对(?P<targets>.*?)有活性",
            "possible": "该菌株可能对(?P<targets>.*?)有活性",
            "none_supported": "不足以指向任何害虫|无法判断其是否有活性",
            "no_record": "对任何害虫的记录",
            "not_scored": "均低于本次分析的阈值",
            "mostly_unknown": "序列至少有一半未知",
            "no_toxins": "未检出毒素基因",
        },
        possible="。对(?P<targets>[^。]*)也可能有活性",
        besides={
            "likely": "害虫以外，很可能对(?P<targets>[^。]*)有活性",
            "possible": "害虫以外，可能对(?P<targets>[^。]*)有活性",
        },
        separator="、|和",
        genes={"broken": "基因均已受损", "cut": "只见到一部分"},
        names={label: target for target, label in WORDS[Lang.ZH].targets.items()},
    ),
}
PAGE = Phrases(
    outcomes={
        "likely": r"^Likely acts on (?P<targets>[^.]*)",
        "possible": r"^May act on (?P<targets>[^.]*)",
        "none_supported": "the published evidence points to no pest|they act cannot be told",
        "no_record": "no pest is on record",
        "not_scored": "all of them lie below the thresholds",
        "mostly_unknown": "half of the sequence or more is unknown",
        "no_toxins": "^No toxin gene was found in this genome",
    },
    possible=r"May also act on (?P<targets>[^.]*)\.",
    besides={
        "likely": r"Other than pests, likely acts on (?P<targets>[^.]*)\.",
        "possible": r"Other than pests, may act on (?P<targets>[^.]*)\.",
    },
    separator=", ",
    genes={"broken": "are broken", "cut": "only parts"},
    names=_ENGLISH_NAMES,
)
PAGE_ZH = Phrases(
    outcomes={
        "likely": "^很可能作用于(?P<targets>[^。]*)",
        "possible": "^有一定可能作用于(?P<targets>[^。]*)",
        "none_supported": "不足以指向任何害虫|无法判断其是否有活性",
        "no_record": "对害虫的记录",
        "not_scored": "均低于本次分析的阈值",
        "mostly_unknown": "序列至少有一半未知",
        "no_toxins": "^该基因组中未检出毒素基因",
    },
    possible="也有一定可能作用于(?P<targets>[^。]*)。",
    besides={},
    separator="、",
    genes={"broken": "基因均已受损", "cut": "只见到一部分"},
    names=REPORT[Lang.ZH].names,
)
TERMINAL = Phrases(
    outcomes={
        "likely": r"^likely acts on (?P<targets>[^;]*)",
        "possible": r"^may act on (?P<targets>[^;]*)",
        "none_supported": "the published evidence points to no pest|they act cannot be told",
        "no_record": "no pest is on record",
        "not_scored": "all of them lie below the thresholds",
        "mostly_unknown": "half of the sequence or more is unknown",
        "no_toxins": "^no toxin found",
    },
    possible=r"may also act on (?P<targets>[^;]*)",
    besides={
        "likely": r"other than pests, likely acts on (?P<targets>[^;]*)",
        "possible": r"other than pests, possibly acts on (?P<targets>[^;]*)",
    },
    separator=", ",
    genes={"broken": "are broken", "cut": "only parts"},
    names=_ENGLISH_NAMES,
)


def in_json(conclusion: Mapping[str, Any]) -> Said:
    """Return what a program reads in the API's answer or in `compare.json`."""

    def named(panel: str, assessment: str) -> frozenset[str]:
        return frozenset(each["target"] for each in conclusion[panel] if each["assessment"] == assessment)

    return Said(
        outcome=conclusion["outcome"],
        likely=named("pest", "likely"),
        possible=named("pest", "possible"),
        besides=frozenset((how, target) for how in ("likely", "possible") for target in named("non_pest", how)),
        genes="broken" if conclusion["genes_broken"] else "cut" if conclusion["genes_cut"] else "whole",
    )
