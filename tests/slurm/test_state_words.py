"""The state table against SLURM's manual."""

from __future__ import annotations

import pytest

from slurm.states import BASE_STATES, FLAGS, read_state
from slurm.types import JobState

# "Job State Codes" of the manual, 24.11, and squeue(1) of 22.05.
MANUAL_BASE = [
    "BOOT_FAIL",
    "CANCELLED",
    "COMPLETED",
    "DEADLINE",
    "FAILED",
    "NODE_FAIL",
    "OUT_OF_MEMORY",
    "PENDING",
    "PREEMPTED",
    "RUNNING",
    "SUSPENDED",
    "TIMEOUT",
]
MANUAL_FLAGS = [
    "COMPLETING",
    "CONFIGURING",
    "EXPEDITING",
    "LAUNCH_FAILED",
    "POWER_UP_NODE",
    "RECONFIG_FAIL",
    "REQUEUED",
    "REQUEUE_FED",
    "REQUEUE_HOLD",
    "RESIZING",
    "RESV_DEL_HOLD",
    "REVOKED",
    "SIGNALING",
    "SPECIAL_EXIT",
    "STAGE_OUT",
    "STOPPED",
    "UPDATE_DB",
]


def test_every_word_of_the_manual_is_known() -> None:
    assert sorted(BASE_STATES) == MANUAL_BASE
    assert sorted(FLAGS) == sorted(MANUAL_FLAGS)


@pytest.mark.parametrize("word", MANUAL_BASE)
def test_a_base_state_is_itself(word: str) -> None:
    assert read_state(word).state.value == word
    assert read_state(word.lower()).state.value == word


@pytest.mark.parametrize("word", MANUAL_FLAGS)
def test_a_flag_alone_ends_no_job(word: str) -> None:
    words = read_state(word)
    assert words.flags == (word,)
    assert words.state is not JobState.UNKNOWN
    assert words.state.is_over == (word == "REVOKED")


@pytest.mark.parametrize(
    ("text", "state", "flags"),
    [
        ("COMPLETED,COMPLETING", JobState.RUNNING, ("COMPLETING",)),
        ("RUNNING,SIGNALING", JobState.RUNNING, ("SIGNALING",)),
        ("PENDING+REQUEUED", JobState.PENDING, ("REQUEUED",)),
        ("REQUEUED,REQUEUE_HOLD", JobState.PENDING, ("REQUEUED", "REQUEUE_HOLD")),
        ("RUNNING,FAILED", JobState.UNKNOWN, ()),
        ("RUNNING,DREAMING", JobState.UNKNOWN, ()),
        ("DREAMING", JobState.UNKNOWN, ()),
        ("", JobState.UNKNOWN, ()),
        ("?", JobState.UNKNOWN, ()),
    ],
)
def test_several_words(text: str, state: JobState, flags: tuple[str, ...]) -> None:
    assert (read_state(text).state, read_state(text).flags) == (state, flags)


def test_who_cancelled() -> None:
    assert read_state("CANCELLED by 1000").cancelled_by == "1000"
    assert read_state("CANCELLED").cancelled_by is None
    assert read_state("COMPLETED").cancelled_by is None


@pytest.mark.parametrize("state", JobState)
def test_a_state_waits_or_is_active_or_is_over(state: JobState) -> None:
    assert [state.is_waiting, state.is_active, state.is_over].count(True) == (0 if state is JobState.UNKNOWN else 1)
