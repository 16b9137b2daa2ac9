"""What makes the ready samples, and what runs beside the poller as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

from portal.bootstrap.folder import keyring_of
from portal.bootstrap.notifications import build_notifier
from portal.bootstrap.web import notification_requests, task_parts
from portal.config import Settings
from portal.files.taskdir import PortalDir
from portal.reference.store import ReferenceStore
from portal.services.sample_maker import SampleMaker
from portal.services.sample_thread import SampleThread
from portal.storage.file import FileTaskStore


def build_sample_maker(settings: Settings) -> SampleMaker:
    """Return what makes the samples.

    Raises:
        NotReady: the secret is missing, or not the one that the folder's tokens were made with.
    """
    portal_dir = PortalDir(settings.JOBS_DIR)
    keyring = keyring_of(settings, portal_dir)
    rules = notification_requests(settings, portal_dir, keyring)
    tasks, _, submissions = task_parts(settings, portal_dir, FileTaskStore(portal_dir), keyring, rules)
    references = ReferenceStore(settings.reference_dir)
    return SampleMaker(portal_dir, tasks, submissions, reference=references.current, enabled=settings.SAMPLES)


@contextmanager
def beside_poller(settings: Settings, counted: Callable[[str, str], None]) -> Iterator[None]:
    """Run what works beside the poller: notifications, if anybody is to be told anything, and the samples."""
    with ExitStack() as stack:
        notifier = build_notifier(settings, counted)
        if notifier is not None:
            stack.enter_context(notifier)
        stack.enter_context(SampleThread(partial(build_sample_maker, settings)))
        yield
