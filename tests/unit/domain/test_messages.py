"""Messages: every code has its text in both languages, and every place that makes one gives what the text asks for."""

from __future__ import annotations

import json
import pickle
import pkgutil
import re
import string
import subprocess
import sys
from collections.abc import Iterable, Mapping

import pytest

from portal.domain import catalogue, errors
from portal.domain.catalogue.table import MODULES, TEXTS, texts_of
from portal.domain.catalogue.text import Text, placeholders
from portal.domain.complaint import message_of, reason_message
from portal.domain.dose import DoseFamily
from portal.domain.errors import InvalidInput, PortalError, TooManyRequests
from portal.domain.message import Message, verbatim
from portal.domain.notification import OPERATOR_EVENTS
from portal.domain.os_errors import SystemFault
from portal.domain.status import FailureKind, Lang, TaskStatus
from portal.results import column_words, evidence_table
from portal.results.candidates import IdentityStep
from portal.results.gene_state import MARKED
from portal.results.loci import Verdict
from portal.results.locus_state import Qualified
from portal.results.own_tests import Role
from portal.results.screening import SYSTEMS, GeneState
from portal.results.species import NonPest
from portal.services.health import PARTS
from portal.web.errors import HTTP_CODES
from portal.web.pages.error_codes import GROUPS
from slurm.complaint import Complaint
from slurm.reasons import REASONS
from tests.said import Made, Reading, sources_of_the_portal

_CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Texts that are the same in both languages.
_NEUTRAL = {
    "bioassay.why.two",
    "verbatim",
    "input.field",
    "health.poller_alarms",
    "input.file",
    "stage.lacking",
    "slurm.command.failed",
    "readme.folder",
}
# Codes that end in a value: what may stand there.
FAMILIES: Mapping[str, Iterable[object]] = {
    "status.": TaskStatus,
    "http.": HTTP_CODES,
    "os.": SystemFault,
    "failure.": FailureKind,
    "advice.": FailureKind,
    "part.": PARTS,
    "genes.": MARKED,
    "genes.number_": MARKED,
    "genes.some_": MARKED,
    "locus.verdict.": Verdict,
    "locus.state.": Qualified,
    "screening.state.": GeneState,
    "screening.system.": SYSTEMS,
    "screening.column.": ("system", "result", "genes"),
    "bioassay.column.": ("species", "order", "toxin", "dose", "tests", "why"),
    "bioassay.per.": DoseFamily,
    "bioassay.kind.": set(NonPest) - {NonPest.MODEL},
    "bioassay.whose.": set(Role) - {Role.OWN},
    "reading.": evidence_table.Reading,
    "candidate.column.": ("gene", "step", "closest", "state", "domains", "neighbours"),
    "candidate.step.": IdentityStep,
    "reason.": REASONS,
    "notify.subject.": ("task_ended", "task_expires", "submission_ended", "submission_expires"),
    "notify.alarm.": OPERATOR_EVENTS,
    "notify.alarm_subject.": OPERATOR_EVENTS,
    "remedy.": set(GROUPS.values()),
    "content.labels.": Lang,
    "column.of.": column_words.NAMES,
}


def _codes(made: Made) -> list[str]:
    """Return the codes of a place where a message is made: several where the code ends in a value."""
    return [f"{made.code}{member}" for member in FAMILIES[made.code]] if made.is_family else [made.code]


def faults_of(reading: Reading, texts: Mapping[str, Text]) -> list[str]:
    """Return a sentence for each message without its text, or with other values than its text asks for."""
    faults = []
    for made in reading.made():
        if isinstance(made, str):
            faults.append(made)
        elif made.is_family and made.code not in FAMILIES:
            faults.append(f"{made.where}: nothing says which codes begin with {made.code}")
        else:
            for code in _codes(made):
                if code not in texts:
                    faults.append(f"{made.where}: no text for {code}")
                elif made.params != placeholders(texts[code].en):
                    faults.append(f"{made.where}: {code} takes {sorted(placeholders(texts[code].en))}")
    return faults


def faults_of_text(code: str, text: Text) -> list[str]:
    """Return what is wrong with a text: one language alone, other values in one of them."""
    faults = []
    if placeholders(text.zh) != placeholders(text.en):
        faults.append("the languages take different values")
    if text.one is not None and placeholders(text.one) | {"count"} != placeholders(text.en) | {"count"}:
        faults.append("the singular takes other values")
    if _CHINESE.search(text.en + (text.one or "")):
        faults.append("Chinese in the English text")
    if code not in _NEUTRAL and not _CHINESE.search(text.zh):
        faults.append("no Chinese text")
    for template in (text.en, text.zh, text.one or ""):
        for _, name, _, conversion in string.Formatter().parse(template):
            if name is not None and (not name.isidentifier() or conversion is not None):
                faults.append(f"{name!r} is not the name of a value")
    return faults


@pytest.fixture(scope="module")
def portal_sources() -> dict[str, str]:
    return sources_of_the_portal()


@pytest.fixture(scope="module")
def few_sources(portal_sources: dict[str, str]) -> dict[str, str]:
    """The modules that a planted one needs: reading all of them takes seconds."""
    names = ("portal/domain/errors.py", "portal/domain/message.py", "portal/services/answers.py", "slurm/errors.py")
    return {name: portal_sources[name] for name in names}


@pytest.fixture(scope="module")
def reading(portal_sources: dict[str, str]) -> Reading:
    return Reading(portal_sources)


@pytest.mark.parametrize("code", sorted(TEXTS))
def test_a_code_has_both_languages_with_the_same_values(code: str) -> None:
    assert faults_of_text(code, TEXTS[code]) == []


def test_a_code_stands_in_one_module() -> None:
    assert sum(len(texts_of(module)) for module in MODULES) == len(TEXTS)


def test_every_module_of_the_catalogue_is_listed_with_its_groups() -> None:
    modules = {module.name for module in pkgutil.iter_modules(catalogue.__path__)} - {"table", "text"}
    groups = {module: {code.partition(".")[0] for code in texts_of(module)} for module in modules}
    assert groups == {module: set(listed.split()) for module, listed in MODULES.items()}


def test_a_text_is_loaded_with_its_group_and_no_other() -> None:
    code = (
        "import sys; from portal.domain.message import Message; str(Message('progress.searching')); print(*sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "portal.domain.catalogue.progress" in said
    assert "portal.domain.catalogue.storage" not in said


def test_every_message_has_a_text_and_what_its_text_asks_for(reading: Reading) -> None:
    assert faults_of(reading, TEXTS) == []


def test_every_text_is_used(reading: Reading) -> None:
    used = {code for made in reading.made() if isinstance(made, Made) for code in _codes(made)}
    assert used == set(TEXTS)


def test_whatever_people_are_told_is_a_message(reading: Reading) -> None:
    """Every error that is made, and every state, alarm, finding, problem and remark that holds what is said."""
    assert {"PartHealth", "JobFinding", "GateState", "StuckTask", "Problem", "ScoredHit"} <= reading.holders.keys()
    assert {"InvalidInput", "StageError", "SubmitDeferred", "DocumentError", "BadOption"} <= reading.errors
    assert list(reading.unsaid()) == []


_PLANTED = """
from portal.domain.errors import InvalidInput, NotReady
from portal.domain.message import Message, verbatim
from portal.services.answers import PartHealth
from slurm.complaint import Complaint
from slurm.errors import SubmitRejected

class Missing(NotReady):
    pass

def look(name: str, problem: Message) -> None:
    {statement}
"""


@pytest.mark.parametrize(
    "statement",
    [
        'raise InvalidInput("the file is empty", line=1)',
        'raise InvalidInput(f"{name} is empty", line=1)',
        'raise InvalidInput("{} is empty".format(name))',
        'raise Missing(reason="gone")',
        'raise SubmitRejected("no such account " + name)',
        'raise NotReady(name)',
        'said = f"{name} is gone"; raise NotReady(said)',
        'said = problem if name else name; raise NotReady(said)',
        'raise NotReady(verbatim("the disk is full"))',
        'raise NotReady(verbatim(f"{name} is gone"))',
        'PartHealth("disk", "down", "the disk is full")',
        'PartHealth("disk", "down", message=f"{name} is full")',
        'raise NotReady(Message("disk.of.nobody"))',
        'raise NotReady(Message("disk.jobs_dir", path=name))',
        'raise NotReady(Message("disk.full", path=name))',
        'raise NotReady(Message(f"{name}.full"))',
        'raise NotReady(Message(f"disk.{name}"))',
        'raise NotReady(Message(name))',
        'raise NotReady(Message("disk.jobs_dir", **{"path": name}))',
        'raise SubmitRejected(Complaint("no.such_code"))',
    ],
)  # fmt: skip
def test_a_planted_fault_is_found(few_sources: dict[str, str], statement: str) -> None:
    planted = Reading({**few_sources, "portal/planted.py": _PLANTED.format(statement=statement)})
    faults = [*planted.unsaid(), *faults_of(planted, TEXTS)]
    assert faults
    assert all(fault.startswith("portal/planted.py:") for fault in faults)


@pytest.mark.parametrize(
    "statement",
    [
        'raise InvalidInput(Message("fasta.empty"), line=1)',
        'raise NotReady(problem)',
        'said = Message("disk.full") if name else problem; raise Missing(said)',
        'raise NotReady(verbatim(name))',
        'raise SubmitRejected(Complaint("command.not_found", program=name))',
        'PartHealth("disk", "down", problem)',
    ],
)  # fmt: skip
def test_what_is_right_is_left_alone(few_sources: dict[str, str], statement: str) -> None:
    planted = Reading({**few_sources, "portal/planted.py": _PLANTED.format(statement=statement)})
    assert [*planted.unsaid(), *faults_of(planted, TEXTS)] == []


@pytest.mark.parametrize(
    "text",
    [
        Text("{name} is gone", "不见了"),
        Text("is gone", "{name} 不见了"),
        Text("gone", "gone"),
        Text("不见了", "不见了"),
        Text("{count} files", "{count} 个文件", one="{number} file"),
        Text("{0} files", "{0} 个文件"),
        Text("{name!r} is gone", "{name!r} 不见了"),
    ],
)
def test_a_text_that_lacks_something_is_found(text: Text) -> None:
    assert faults_of_text("planted.code", text)


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


@pytest.mark.parametrize("lang", Lang)
def test_a_sentence_has_a_minus_sign_and_a_program_the_number(lang: Lang) -> None:
    text = Text("{up:+d}, {down:+d}, {share:.1f}", "{up:+d}, {down:+d}, {share:.1f}")
    assert text.fill(lang, {"up": 2, "down": -1, "share": -0.25}) == "+2, −1, −0.2"
    shifted = Message("locus.event.frameshift", residue=1361, length=2178, contig="c-1", position=20068, bases=-1)
    assert all(word in shifted.word(lang) for word in ("1,361", "2,178", "c-1:20068", "−1 bp"))
    assert shifted.to_json()["params"]["bases"] == -1


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
