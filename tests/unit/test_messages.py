"""Messages: every code has its text in both languages, and every place that makes one gives what the text asks for."""

from __future__ import annotations

import ast
import json
import pickle
import re
import string
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from portal.domain import errors
from portal.domain.catalogue import table
from portal.domain.catalogue.table import TEXTS
from portal.domain.catalogue.text import Text, placeholders
from portal.domain.complaint import SLURM, message_of, reason_message
from portal.domain.errors import InvalidInput, PortalError, TooManyRequests
from portal.domain.message import Message, verbatim
from portal.domain.os_errors import SystemFault
from portal.domain.status import FailureKind, Lang, TaskStatus
from portal.results.loci import Verdict
from portal.services.health import PARTS
from portal.web.errors import HTTP_CODES
from slurm.complaint import Complaint
from slurm.reasons import REASONS

ROOT = Path(__file__).parents[2]
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Texts that are the same in both languages.
_NEUTRAL = {"verbatim", "input.field", "health.poller_alarms", "input.file", "stage.lacking", "slurm.command.failed"}
# Codes that end in a value: what may stand there.
FAMILIES: Mapping[str, Iterable[object]] = {
    "status.": TaskStatus,
    "http.": HTTP_CODES,
    "os.": SystemFault,
    "failure.": FailureKind,
    "advice.": FailureKind,
    "part.": PARTS,
    "locus.verdict.": Verdict,
    "reason.": REASONS,
}
# What makes a message, and what its codes begin with in the portal's catalogue.
PREFIXES = {"Message": "", "Complaint": SLURM}


@dataclass(frozen=True)
class Made:
    """A place where a message is made: its codes (several where the code ends in a value) and parameters."""

    where: str
    codes: tuple[str, ...]
    params: frozenset[str]


def _sources() -> Iterator[tuple[Path, ast.Module]]:
    for folder in ("portal", "slurm"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def _codes(argument: ast.expr, where: str) -> tuple[str, ...]:
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return (argument.value,)
    if isinstance(argument, ast.JoinedStr) and isinstance(argument.values[0], ast.Constant):
        prefix = str(argument.values[0].value)
        assert prefix in FAMILIES, f"{where}: nothing says which codes begin with {prefix!r}"
        return tuple(f"{prefix}{member}" for member in FAMILIES[prefix])
    raise AssertionError(f"{where}: the code of a message is written where it is made")


def _made() -> Iterator[Made]:
    for path, tree in _sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in PREFIXES:
                where = f"{path.relative_to(ROOT)}:{node.lineno}"
                assert len(node.args) == 1, f"{where}: one code"
                names = [keyword.arg for keyword in node.keywords]
                assert None not in names, f"{where}: parameters are named"
                if isinstance(node.args[0], ast.Name) and node.args[0].id == "VERBATIM":
                    continue
                codes = tuple(f"{PREFIXES[node.func.id]}{code}" for code in _codes(node.args[0], where))
                yield Made(where, codes, frozenset(name for name in names if name))


@pytest.mark.parametrize("code", sorted(TEXTS))
def test_a_code_has_both_languages_with_the_same_values(code: str) -> None:
    text = TEXTS[code]
    assert placeholders(text.zh) == placeholders(text.en)
    assert text.one is None or placeholders(text.one) | {"count"} == placeholders(text.en) | {"count"}
    assert not _CHINESE.search(text.en + (text.one or ""))
    assert code in _NEUTRAL or _CHINESE.search(text.zh)
    for template in (text.en, text.zh, text.one or ""):
        for _, name, _, conversion in string.Formatter().parse(template):
            assert name is None or (name.isidentifier() and conversion is None)


def test_a_code_stands_in_one_module() -> None:
    modules = [value.TEXTS for value in vars(table).values() if hasattr(value, "TEXTS")]
    assert sum(map(len, modules)) == len(TEXTS)


def test_every_message_has_a_text_and_what_its_text_asks_for() -> None:
    wrong = []
    for made in _made():
        for code in made.codes:
            if code not in TEXTS:
                wrong.append(f"{made.where}: no text for {code}")
            elif made.params != placeholders(TEXTS[code].en):
                wrong.append(f"{made.where}: {code} takes {sorted(placeholders(TEXTS[code].en))}")
    assert not wrong, "\n".join(wrong)


def test_every_text_is_used() -> None:
    assert {code for made in _made() for code in made.codes} == set(TEXTS)


def test_a_message_goes_through_json_and_pickle() -> None:
    message = Message("input.line", line=3, reason=Message("value.choice", choices=["a", "b"]))
    assert Message.from_json(json.loads(json.dumps(message.to_json()))) == message
    assert pickle.loads(pickle.dumps(message)) == message  # noqa: S301 - our own bytes
    assert message.cause == Message("value.choice", choices=["a", "b"])


@pytest.mark.parametrize("value", [{}, {"code": "x"}, {"code": 1, "params": {}}, {"code": "x", "params": {"a": None}}])
def test_what_is_no_message_is_refused(value: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Message.from_json(value)


def test_values_are_written_as_the_language_does() -> None:
    nested = Message("input.line", line=3, reason=Message("value.choice", choices=("a", "b", "c")))
    assert nested.word(Lang.EN) == str(nested) == "line 3: must be one of a, b, c"
    assert nested.word(Lang.ZH) == "第 3 行：须为以下之一：a、b、c"
    text = Text("{count} files: {names:or}; {names:and}; {said:;}{said:sentences}", "", one="one file")
    values = {"count": 2, "names": ["a", "b"], "said": ["x", "y"]}
    assert text.fill(Lang.EN, values) == "2 files: a or b; a and b; x; yx y"
    assert text.fill(Lang.EN, {**values, "names": ["a", "b", "c"]}).startswith("2 files: a, b, or c; a, b, and c")
    assert text.fill(Lang.EN, {**values, "count": 1}) == "one file"


@pytest.mark.parametrize(
    "message",
    [Message("of.a.newer.version", name="x"), Message("fasta.header_length", limit="many"), Message("value.range")],
)
def test_what_the_catalogue_cannot_word_is_shown_as_it_is(message: Message) -> None:
    assert message.word(Lang.ZH).startswith(message.code)
    assert message.is_known == (message.code == "fasta.header_length")


def test_what_a_scheduler_says_is_a_message() -> None:
    fault = Complaint("job.files_not_written", folder="/jobs/a", reason=PermissionError(13, "Permission denied"))
    away = Complaint("controller.left_alone", seconds=2.6, reason=fault)
    message = message_of(away)
    assert message.is_known
    assert message.word(Lang.ZH) == "3 秒内不再询问 slurmctld：无法将作业文件写入 /jobs/a：没有权限"
    assert str(message).startswith("slurmctld is not asked for another 3 s: the job's files could not be written to")
    assert str(away).startswith("controller.left_alone (seconds=2.6, reason=job.files_not_written (folder=/jobs/a")
    assert reason_message("AssocGrpCpuLimit") == Message("reason.Assoc")
    assert "SolarFlare" in reason_message("SolarFlare").word(Lang.ZH)


def test_an_error_is_its_english_sentence_and_pickles() -> None:
    error = InvalidInput(Message("fasta.empty"), line=1)
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert str(again) == str(error) == "line 1: the file is empty: there is no sequence in it"
    assert (again.message, again.errors, again.line) == (error.message, {"file": [error.message]}, 1)
    patient = pickle.loads(pickle.dumps(TooManyRequests(verbatim("later"), retry_after_s=7)))  # noqa: S301 - our own bytes
    assert (patient.retry_after_s, patient.message) == (7, verbatim("later"))
    assert all(
        issubclass(kind, PortalError)
        for kind in vars(errors).values()
        if isinstance(kind, type) and kind.__module__ == errors.__name__
    )
