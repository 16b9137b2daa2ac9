"""The ready samples: everybody may read them, and nobody may do anything else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.domain.samples import SAMPLE_STRAINS
from portal.files.browsers import FOLDER
from portal.files.samples import SampleSet, SampleSets
from portal.files.shares import ShareFiles
from portal.files.submissions import SubmissionFolders
from portal.files.switches import Control
from portal.files.wishes import read_wishes
from portal.reference.store import ReferenceStore
from portal.services.shares import ShareService
from portal.services.submission_keys import Access
from portal.web.browser import NAME
from tests.builders import Site, make_site, write_heartbeat
from tests.samples import put_reference, put_samples

LANGUAGES = ("en", "zh")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return make_site(tmp_path_factory.mktemp("samples") / "jobs", SAMPLES="true")


@pytest.fixture(scope="module")
def ids(site: Site) -> dict[str, str]:
    return put_samples(site)


@pytest.fixture
def waiting(tmp_path: Path) -> Site:
    """A portal whose samples are still to be made."""
    return make_site(tmp_path / "jobs", SAMPLES="true")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", SAMPLE_STRAINS)
def test_one_click_from_the_first_page_opens_a_result(
    client: FlaskClient, ids: dict[str, str], name: str, lang: str
) -> None:
    start = client.get(f"/?lang={lang}").text
    assert f'href="/samples/{name}"' in start
    page = client.get(f"/samples/{name}", follow_redirects=True)
    assert (page.status_code, page.request.path) == (200, f"/tasks/{ids[name]}")
    assert f"{SAMPLE_STRAINS[name]}.fna" in page.text
    assert {"en": "The genome is synthetic", "zh": "人工合成"}[lang] in page.text
    assert ("https://doi.org/10.1128/" in page.text) is (name != "none")


def test_no_page_of_a_sample_gives_a_cookie_or_counts_as_the_reader_s_own(
    client: FlaskClient, site: Site, ids: dict[str, str]
) -> None:
    for address in ("/samples", "/samples/kurstaki", f"/tasks/{ids['kurstaki']}", f"/submissions/{ids['all']}"):
        answer = client.get(address)
        assert answer.status_code in (200, 303)
        assert NAME not in answer.headers.get("Set-Cookie", "")
    assert 'id="task" data-sample ' in client.get(f"/tasks/{ids['kurstaki']}").text
    assert 'id="submission" data-sample ' in client.get(f"/submissions/{ids['all']}").text
    assert not (site.portal.task(ids["kurstaki"]).path / FOLDER).exists()
    assert client.get("/tasks/" + site.task().task_id).status_code == 403


@pytest.mark.parametrize(
    "address",
    [
        "/tasks/{kurstaki}/log", "/tasks/{kurstaki}/panel", "/tasks/{kurstaki}/verdict", "/tasks/{kurstaki}/charts",
        "/tasks/{kurstaki}/evidence", "/api/tasks/{kurstaki}", "/api/tasks/{kurstaki}/results",
        "/api/tasks/{kurstaki}/bundle", "/api/tasks/{kurstaki}/toxins", "/submissions/{all}/rows",
        "/submissions/{all}/compare", "/api/submissions/{all}", "/api/submissions/{all}/scores",
        "/api/submissions/{all}/bundle", "/submissions/{all}/strains/1", "/compare?tasks={kurstaki},{none}",
    ],
)  # fmt: skip
def test_everything_of_a_sample_can_be_read(client: FlaskClient, ids: dict[str, str], address: str) -> None:
    assert client.get(address.format(**ids)).status_code in (200, 303)
    wrong = client.get(address.format(**ids), headers={"Authorization": "Bearer " + "x" * 43})
    assert wrong.status_code in (200, 303) or address.startswith("/compare")


ACTS = [
    ("POST", "/tasks/{kurstaki}/cancel"), ("POST", "/tasks/{kurstaki}/delete"), ("GET", "/tasks/{kurstaki}/again"),
    ("POST", "/tasks/{kurstaki}/again"), ("GET", "/tasks/{kurstaki}/shares"), ("POST", "/tasks/{kurstaki}/shares"),
    ("POST", "/tasks/{kurstaki}/shares/replace"), ("POST", "/tasks/{kurstaki}/shares/browsers"),
    ("DELETE", "/api/tasks/{kurstaki}"), ("POST", "/api/tasks/{kurstaki}/cancel"),
    ("POST", "/api/tasks/{kurstaki}/retry"), ("GET", "/api/tasks/{kurstaki}/shares"),
    ("POST", "/api/tasks/{kurstaki}/shares"), ("POST", "/submissions/{all}/cancel"),
    ("POST", "/submissions/{all}/retry"), ("POST", "/submissions/{all}/delete"),
    ("POST", "/submissions/{all}/shares"), ("DELETE", "/api/submissions/{all}"),
    ("POST", "/api/submissions/{all}/close"), ("POST", "/submissions/{all}/close"),
    ("POST", "/api/submissions/{all}/cancel"), ("POST", "/api/submissions/{all}/retry"),
    ("PUT", "/api/submissions/{all}/items/1"), ("POST", "/api/submissions/{all}/shares"),
]  # fmt: skip


@pytest.mark.parametrize("who", ["nobody", "a browser", "an owner's token"])
@pytest.mark.parametrize(("method", "address"), ACTS)
def test_nobody_may_do_anything(
    client: FlaskClient, site: Site, ids: dict[str, str], method: str, address: str, who: str
) -> None:
    headers = {}
    if who == "a browser":
        own = site.task()
        assert client.post(f"/tasks/{own.task_id}/unlock", data={"token": own.token}).status_code == 303
    elif who == "an owner's token":
        record = site.tasks.record(ids["kurstaki"])
        headers["Authorization"] = f"Bearer {ShareService(site.portal, site.keyring).token(record, Access.OWNER)}"
    sent = {"ends": "2030-01-01", "label": "x"} if "shares" in address else {}
    form: dict[str, Any] = {"json": sent} if address.startswith("/api") else {"data": sent}
    answer = client.open(address.format(**ids), method=method, headers=headers, **form)
    assert answer.status_code in (401, 403, 404, 405), answer.text
    for name in SAMPLE_STRAINS:
        assert read_wishes(site.portal.task(ids[name])) == ()
        assert ShareFiles(site.portal.task(ids[name]).path).read().shares == ()


# These read: a comparison, and the exchange of a token, which no sample has.
_READ_BY_POST = re.compile("/unlock$|/compare$|/ticket$")


def test_no_other_address_changes_anything(site: Site, client: FlaskClient, ids: dict[str, str]) -> None:
    """Every address of a task or submission that takes more than GET, whenever it was added."""
    own = site.task()
    assert client.post(f"/tasks/{own.task_id}/unlock", data={"token": own.token}).status_code == 303
    before = {path: path.read_bytes() for path in _files_of(site, ids)}
    tried = set()
    for rule in site.app.url_map.iter_rules():
        if not rule.arguments & {"task_id", "submission_id", "opened_id"} or _READ_BY_POST.search(rule.rule):
            continue
        if rule.rule.startswith("/admin"):
            continue
        whole = ids["all" if "submissions" in rule.rule else "kurstaki"]
        values = dict.fromkeys(rule.arguments, 1) | dict.fromkeys(("task_id", "submission_id", "opened_id"), whole)
        with site.app.test_request_context():
            address = rule.build(values, append_unknown=False)
        assert address is not None
        for method in (rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}:
            for browser in (client, site.app.test_client()):
                answer = browser.open(address[1], method=method)
                # The fields of a share are read before the access is; `ACTS` sends right ones.
                refused = (401, 403, 404, 422) if rule.rule.endswith("/shares") else (401, 403, 404)
                assert answer.status_code in refused, (method, rule.rule, answer.status_code)
            tried.add(rule.rule)
    assert len(tried) > 20
    assert {path: path.read_bytes() for path in _files_of(site, ids)} == before


def _files_of(site: Site, ids: dict[str, str]) -> list[Path]:
    folders = [site.portal.task(ids[name]).path for name in SAMPLE_STRAINS]
    folders.append(SubmissionFolders(site.portal).folder(ids["all"]))
    return sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())


def test_the_page_offers_no_act_and_no_link_to_share(client: FlaskClient, ids: dict[str, str]) -> None:
    for address in (f"/tasks/{ids['kurstaki']}", f"/submissions/{ids['all']}"):
        page = client.get(address).text
        assert not re.search(r'id="(sharing|cancel|delete|retry)"', page)
        assert "#token=" not in page
        assert "/again" not in page


def test_the_tour_is_a_list_of_links_without_scripts(client: FlaskClient, ids: dict[str, str]) -> None:
    for name, least in (("kurstaki", 5), ("israelensis", 5), ("none", 2)):
        page = client.get(f"/tasks/{ids[name]}").text
        stops = re.findall(r'<li data-stop="([\w-]+)"><a href="#([\w-]+)">[^<]+</a><span class="common">[^<]+', page)
        assert len(stops) >= least
        for anchor, target in stops:
            assert anchor == target
            assert f'id="{target}"' in page
    assert 'href="/samples/kurstaki#tour"' in client.get("/help").text
    assert 'href="/samples/kurstaki#tour"' in client.get("/samples").text


def test_the_api_lists_them_without_a_token(client: FlaskClient, ids: dict[str, str]) -> None:
    assert client.get("/api/samples").json == {
        "state": "ready",
        "submission_id": ids["all"],
        "samples": [{"name": name, "strain": strain, "task_id": ids[name]} for name, strain in SAMPLE_STRAINS.items()],
    }


def test_an_unknown_sample_is_not_found(client: FlaskClient) -> None:
    assert client.get("/samples/tenebrionis").status_code == 404


@pytest.mark.parametrize("lang", LANGUAGES)
def test_while_they_are_made_the_page_says_so_and_reloads(waiting: Site, lang: str) -> None:
    client = waiting.app.test_client()
    write_heartbeat(waiting.portal)
    none_yet = client.get(f"/samples?lang={lang}").text
    assert {"en": "no toxin reference", "zh": "尚未安装毒素参考库"}[lang] in none_yet
    assert '<meta http-equiv="refresh"' in none_yet
    put_reference(waiting.settings.reference_dir)
    assert ReferenceStore(waiting.settings.reference_dir).current() is not None
    assert {"en": "0 of 3 are ready", "zh": "已完成 0/3"}[lang] in client.get("/samples").text
    Control(draining=True).write(waiting.portal)
    write_heartbeat(waiting.portal, draining=True)
    assert {"en": "paused new tasks", "zh": "已暂停新任务"}[lang] in client.get("/samples").text
    assert 'href="/samples"' in client.get("/").text
    assert client.get("/samples/kurstaki").location == "/samples"
    assert client.get("/api/samples").json == {"state": "coming", "submission_id": None, "samples": []}


def test_no_link_leads_to_samples_that_nobody_makes(waiting: Site) -> None:
    client = waiting.app.test_client()
    write_heartbeat(waiting.portal, age_s=3600)
    for address in ("/", "/help"):
        assert "/samples" not in client.get(address).text
    assert "no samples at the moment" in client.get("/samples").text
    assert client.get("/api/samples").json == {"state": "none", "submission_id": None, "samples": []}


def test_ready_ones_open_while_the_poller_is_down_and_not_when_switched_off(waiting: Site) -> None:
    ids = put_samples(waiting)
    client = waiting.app.test_client()
    assert client.get("/samples/kurstaki", follow_redirects=True).status_code == 200
    off = make_site(waiting.portal.jobs).app.test_client()
    assert "/samples" not in off.get("/").text
    assert off.get(f"/tasks/{ids['kurstaki']}").status_code == 403
    assert off.get(f"/api/tasks/{ids['kurstaki']}").status_code == 401


def test_samples_can_be_compared_with_one_s_own(client: FlaskClient, ids: dict[str, str]) -> None:
    listed = client.get("/compare").text
    for name in SAMPLE_STRAINS:
        assert f'type="checkbox" value="{ids[name]}"' in listed
    page = client.get(f"/compare?tasks={ids['kurstaki']},{ids['none']}")
    assert page.status_code == 200
    assert f'href="/tasks/{ids["kurstaki"]}"' in page.text


def test_a_set_opens_as_soon_as_it_is_complete(waiting: Site) -> None:
    """The maker notices it seconds later: until then the page said "being made: 3 of 3 are ready"."""
    put_samples(waiting)
    [made] = SampleSets.read(waiting.portal).ready
    SampleSets(coming=(made,)).write(waiting.portal)
    assert waiting.app.test_client().get("/api/samples").json["state"] == "ready"  # type: ignore[index]


def test_a_list_that_names_somebody_s_submission_opens_nothing(waiting: Site) -> None:
    client = waiting.app.test_client()
    body = {"items": [{"label": "mine", "size": 10, "sha256": "0" * 64}]}
    created = client.post("/api/submissions", json=body).json
    assert created is not None
    before = put_samples(waiting)
    listed = SampleSets.read(waiting.portal).ready[0]
    named = SampleSet(created["submission_id"], listed.made_from, listed.begun_at)
    SampleSets(ready=(named,)).write(waiting.portal)
    assert client.get("/api/samples").json == {"state": "none", "submission_id": None, "samples": []}
    assert client.get(f"/api/submissions/{created['submission_id']}").status_code == 401
    assert client.get(f"/api/submissions/{before['all']}").status_code == 200
