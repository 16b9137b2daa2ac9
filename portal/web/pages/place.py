"""Where tasks run, in the words of a task's page: on a cluster, or on the portal's own machine (`EXECUTOR=local`)."""

from __future__ import annotations

from dataclasses import dataclass

from portal.web.texts.i18n import gettext as _


@dataclass(frozen=True)
class PlaceWords:
    """What is said of the place: in sentences on the state, and in the line on how old the state is."""

    cancelling: str
    started: str
    waiting: str
    next_stage: str
    synced: str
    silent: str
    handed_over: str
    not_there: str


def place_words(*, on_cluster: bool) -> PlaceWords:
    """Return the words in the language of the request."""
    if on_cluster:
        return PlaceWords(
            cancelling=_("Cancelling: the cluster is asked to stop the task."),
            started=_("The cluster has started the task; its first report is awaited."),
            waiting=_("Waiting for the cluster. You may close this page and come back later."),
            next_stage=_("The next stage waits for the cluster."),
            synced=_("Last synced with the cluster:"),
            silent=_("The cluster has not answered since; your task is not affected."),
            handed_over=_("Submitted to the cluster."),
            not_there=_("Not on the cluster yet."),
        )
    return PlaceWords(
        cancelling=_("Cancelling: the task is being stopped."),
        started=_("This machine has started the task; its first report is awaited."),
        waiting=_("Waiting for this machine to start it. You may close this page and come back later."),
        next_stage=_("The next stage is about to start."),
        synced=_("Last looked at on this machine:"),
        silent=_("Nothing newer is known; your task is not affected."),
        handed_over=_("Handed over to this machine."),
        not_there=_("Waiting for a free processor of the portal's machine."),
    )
