"""The list of shipped files is what lies in the checkout, and a part that is lost makes the portal unready."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.services.installation import InstallationCheck
from portal.shipped import FILES, PACKAGE, TEMPLATES, file_states

ROOT = Path(__file__).parents[3]
# Nothing reads these: licences, notes, and what only tools for development read.
_UNREAD = ("LICENSE", "NOTICE", "README", "OFL", "babel.cfg", "py.typed")
_UNREAD_ENDS = (".LICENSE.txt", "-license.txt", ".py")


@pytest.mark.parametrize(("package", "folder"), [(TEMPLATES, "templates"), (PACKAGE, "portal")])
def test_the_list_has_every_file_that_is_read(package: str, folder: str) -> None:
    paths = [path for path in (ROOT / folder).rglob("*") if path.is_file() and path.parent.name != "__pycache__"]
    read = [path for path in paths if not path.name.startswith(_UNREAD) and not path.name.endswith(_UNREAD_ENDS)]
    assert {str(path.relative_to(ROOT / folder)) for path in read} == set(FILES[package])


def test_all_files_of_a_checkout_are_found() -> None:
    assert [name for name, state in file_states().items() if state is None] == []


def test_what_cannot_be_rendered_is_down_with_the_reason_and_is_tried_once_as_long_as_no_file_changes() -> None:
    tries = []

    def render() -> None:
        tries.append(1)
        raise LookupError("no filter 'score'")

    check = InstallationCheck(render)
    assert check().state == "down"
    assert str(check().message) == "The report cannot be rendered: LookupError: no filter 'score'."
    assert len(tries) == 1


def test_pages_count_from_when_there_is_an_application() -> None:
    check = InstallationCheck(lambda: None)
    assert check().state == "ok"

    def render() -> None:
        raise LookupError("base.html")

    check.use_pages(render)
    assert str(check().message) == "The pages cannot be rendered: LookupError: base.html."
