"""The wording of the admin pages: sections, actions, results of a comparison."""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain.status import FailureKind
from portal.web.texts.i18n import lazy_gettext as _l

SECTIONS = (
    ("admin.overview", _l("Overview")),
    ("admin.tasks", _l("Tasks")),
    ("admin.cluster", _l("Cluster")),
    ("admin.storage", _l("Disk and retention")),
    ("admin.usage", _l("Usage")),
    ("admin.notice", _l("Notice")),
    ("admin.announcements", _l("Announcements")),
    ("admin.maintenance", _l("Maintenance")),
    ("admin.log", _l("Activity log")),
)

# Entries of the audit log.
ACTION = {
    "cancel": _l("cancelled a task"),
    "retry": _l("ran a task again"),
    "delete": _l("deleted a task"),
    "keep": _l("exempted a task from removal"),
    "end keeping": _l("ended a task's exemption from removal"),
    "erase": _l("erased a person's data"),
    "expire": _l("had expired tasks removed"),
    "drain": _l("paused new tasks"),
    "resume": _l("resumed"),
    "slots": _l("changed how many tasks run at once"),
    "notice": _l("set the notice"),
    "clear notice": _l("removed the notice"),
    "announce": _l("announced something"),
    "end announcement": _l("removed an announcement"),
    "maintenance on": _l("closed the portal for maintenance"),
    "maintenance off": _l("opened the portal again"),
    "revoke key": _l("revoked an API key"),
    "log-in": _l("logged in"),
    "log-in refused": _l("wrong secret"),
    "log-out": _l("logged out"),
}

# Messages after an action.
DONE = {
    "cancel": _l("The background process has been asked to cancel the task."),
    "retry": _l("The background process has been asked to run the task again."),
    "delete": _l("The background process has been asked to delete the task."),
    "drain": _l("New tasks are no longer started."),
    "resume": _l("Waiting tasks are started again."),
    "slots": _l("The number of tasks at once has been changed."),
    "notice": _l("The notice stands on every page."),
    "clear": _l("The notice has been removed."),
    "announce": _l("The announcement has been made."),
    "withdraw": _l("The announcement has been withdrawn."),
    "gone": _l("This announcement had been withdrawn already."),
    "closed": _l("The portal is closed for maintenance."),
    "opened": _l("The portal is open."),
    "asked": _l("The background process has been asked; the answer comes within a minute."),
}

# State of an announcement, with the tone of its badge.
ANNOUNCEMENT_STATE = {
    "shown": (_l("shown"), "good"),
    "later": (_l("later"), "calm"),
    "over": (_l("over"), "quiet"),
}

# Duration of a bound, by hours; without one it applies until changed.
SPAN = {
    "1": _l("one hour"),
    "4": _l("four hours"),
    "24": _l("one day"),
    "168": _l("one week"),
    "": _l("until it is changed"),
}


@dataclass(frozen=True)
class ActWords:
    """The confirmation of an action: title, consequences, label of the button."""

    title: object
    question: object
    button: object


TASK_ACT = {
    "cancel": ActWords(
        _l("Cancel this task?"),
        _l("Its jobs are ended on the cluster. What has finished so far is kept; the rest is not computed."),
        _l("Yes, cancel the task"),
    ),
    "retry": ActWords(
        _l("Run this task again?"),
        _l("It gets another attempt with the same settings. Stages that succeeded are kept."),
        _l("Yes, run it again"),
    ),
    "delete": ActWords(
        _l("Delete this task?"),
        _l("The uploaded genome, all results and the record are removed for everybody. This cannot be undone."),
        _l("Yes, delete it"),
    ),
}
SWITCH = {
    "drain": ActWords(
        _l("Pause new tasks?"),
        _l("Running tasks finish. Waiting tasks keep their place; new submissions are accepted and wait."),
        _l("Yes, pause new tasks"),
    ),
    "resume": ActWords(
        _l("Start waiting tasks again?"),
        _l("The background process fills the free slots within seconds."),
        _l("Yes, start them"),
    ),
}

# A list has room for two words.
FAILURE_SHORT = {
    FailureKind.CANCELLED: _l("cancelled"),
    FailureKind.TIMEOUT: _l("time limit"),
    FailureKind.OUT_OF_MEMORY: _l("out of memory"),
    FailureKind.NODE_FAILURE: _l("node failed"),
    FailureKind.PREEMPTED: _l("preempted"),
    FailureKind.TOOL_ERROR: _l("program error"),
    FailureKind.INVALID_INPUT: _l("bad input"),
    FailureKind.SUBMIT_REJECTED: _l("refused by the cluster"),
    FailureKind.DISK_FULL: _l("disk full"),
    FailureKind.OUTPUT_MISSING: _l("results missing"),
    FailureKind.NOT_CONFIGURED: _l("not set up"),
    FailureKind.RECORD_DAMAGED: _l("record damaged"),
    FailureKind.LOST: _l("lost by the cluster"),
    FailureKind.NOT_STARTED: _l("did not start"),
}

_BEGUN = {"first": _l("first attempt"), "retry": _l("run again on request")}


def begun_by(reason: str) -> str:
    """Return why an attempt was begun, in two words; a reason of a newer portal is returned unchanged."""
    return str(_BEGUN[reason]) if reason in _BEGUN else failure_word(reason)


def failure_word(kind: str) -> str:
    """Return the word for a failure; a kind written by a newer portal is returned unchanged."""
    return str(FAILURE_SHORT[FailureKind(kind)]) if kind in list(FailureKind) else kind


FINDING = {
    "orphan": (
        _l("orphan"),
        _l("A job on the cluster that no running attempt needs; the background process cancels it."),
    ),
    "lost": (_l("lost"), _l("A record names a job that the cluster does not know.")),
    "differing": (_l("differing"), _l("Record and cluster report different outcomes.")),
    "twice": (_l("twice"), _l("Two jobs of one name did the work.")),
    "adopted": (_l("adopted"), _l("Submitted without an answer and later found by its name, as intended.")),
    "runaway": (
        _l("runaway"),
        _l("Only accounting, which missed its end, still lists it as running; sacctmgr show runawayjobs mends that."),
    ),
    "foreign": (
        _l("foreign"),
        _l("A job with a name of this form whose task was never this portal's; it is left alone."),
    ),
}
