"""Another secret than the folder's: no start that would close every task silently, and a way to accept it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from portal.domain.errors import NotReady
from portal.files.document import write_document
from portal.files.safe_open import discard
from portal.files.site import Installation, adopt
from portal.files.taskdir import PortalDir
from portal.services.secrets import Keyring
from tests.unit.services.first_start import run, start, with_task

OTHER = "another secret of more than 32 bytes!"


def test_another_secret_ends_the_start_where_tokens_are_in_use(portal: PortalDir) -> None:
    start(portal, PORTAL_SECRET=OTHER)  # nothing is in use: it is accepted
    start(portal)
    with_task(portal)
    for _ in range(2):
        with pytest.raises(NotReady, match="tokens of 1 tasks and 0 submissions") as caught:
            start(portal, PORTAL_SECRET=OTHER)
    for words in ("former PORTAL_SECRET", "`btportal admin new-secret`"):
        assert words in str(caught.value)
    start(portal)


def test_a_file_restored_from_another_installation_is_another_secret(portal: PortalDir) -> None:
    with_task(portal)
    portal.secret.write_text("f" * 64)
    with pytest.raises(NotReady, match="not the one"):
        start(portal)


def test_a_folder_of_an_earlier_version_is_marked_at_its_next_start(portal: PortalDir) -> None:
    write_document(portal.site, replace(Installation.read(portal), secret_mark=""))
    with_task(portal)
    start(portal)
    with pytest.raises(NotReady):
        start(portal, PORTAL_SECRET=OTHER)


def test_an_adopted_copy_still_knows_its_secret(portal: PortalDir) -> None:
    with_task(portal)
    adopt(portal)
    with pytest.raises(NotReady):
        start(portal, PORTAL_SECRET=OTHER)


def test_a_damaged_identity_does_not_accuse_the_secret(portal: PortalDir) -> None:
    with_task(portal)
    portal.site.write_bytes(b"{")
    start(portal, PORTAL_SECRET=OTHER)
    assert portal.site.read_bytes() == b"{", "it is left to `adopt-folder`"
    discard(portal.site)
    start(portal)
    assert Installation.read(portal).secret_mark == Keyring(portal.secret.read_bytes()).mark()


def test_the_mark_says_nothing_about_the_secret(portal: PortalDir) -> None:
    start(portal, PORTAL_SECRET=OTHER)
    mark = Installation.read(portal).secret_mark
    assert len(mark) == 32
    assert mark not in OTHER.encode().hex()


def test_another_secret_is_accepted_on_confirmation(portal: PortalDir) -> None:
    with_task(portal)
    refused = run(portal, typed="n\n", PORTAL_SECRET=OTHER)
    assert "closes 1 tasks and 0 submissions" in refused.output
    with pytest.raises(NotReady):
        start(portal, PORTAL_SECRET=OTHER)
    before = portal.secret.read_bytes()
    done = run(portal, "--yes", "--json", PORTAL_SECRET=OTHER)
    assert json.loads(done.output) == {"tasks_closed": 1, "submissions_closed": 0}
    start(portal, PORTAL_SECRET=OTHER)
    assert portal.secret.read_bytes() == before, "the file is not what was asked about"
    with pytest.raises(NotReady):
        start(portal)


def test_the_secret_in_use_needs_no_acceptance(portal: PortalDir) -> None:
    start(portal, PORTAL_SECRET=OTHER)
    with_task(portal)
    assert run(portal, "--yes", PORTAL_SECRET=OTHER).exit_code != 0


@pytest.mark.parametrize("configured", ["", OTHER])
def test_a_process_at_work_with_the_former_secret_does_not_undo_it(portal: PortalDir, configured: str) -> None:
    with_task(portal)
    former = portal.secret.read_text()
    assert run(portal, "--yes", PORTAL_SECRET=configured).exit_code == 0
    with pytest.raises(NotReady):
        start(portal, PORTAL_SECRET=former)
    start(portal, PORTAL_SECRET=configured)
