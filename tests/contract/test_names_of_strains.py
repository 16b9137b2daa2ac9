"""The name that an owner gives a strain is what every page, table, download and message calls it.

The addresses come from the application's own list of routes: one that is new is an error until it says here whether it
names strains.
"""

from __future__ import annotations

import hashlib
import html
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pyarrow.parquet
import pytest
from werkzeug.routing import Rule

from portal.domain.file_names import safe_stem
from portal.pipeline.bundle.verify import verify_bundle
from portal.results.named_report import named_html
from tests.browser.every_page import HOSTILE
from tests.builders import output_of
from tests.contract.named_world import FILES, NAMES, World, stored_bundle

FORMATS = ("json", "ndjson", "csv", "xlsx", "parquet")

# What answers with the names of strains, with what is asked of it.
NAMING = {
    "/api/me/tasks": [""],
    "/api/submissions/<string:submission_id>/annotations": [""],
    "/api/submissions/<string:submission_id>/bundle": [""],
    **{
        f"/api/submissions/<string:submission_id>/{table}": [f"?format={one}" for one in FORMATS]
        for table in ("tasks", "toxins", "scores", "species")
    },
    "/api/tasks/<string:task_id>/annotations": [""],
    "/api/tasks/<string:task_id>/bundle": [""],
    "/api/tasks/<string:task_id>/evidence": [f"?format={one}" for one in ("csv", "xlsx", "csl", "ris")],
    "/api/tasks/<string:task_id>/results": [""],
    "/api/tasks/<string:task_id>/results/<string:name>": [""],
    "/api/tasks/<string:task_id>/runs/<int:run>/bundle": [""],
    "/api/tasks/<string:task_id>/runs/<int:run>/evidence": ["?format=csv", "?format=xlsx"],
    "/api/tasks/<string:task_id>/runs/<int:run>/results": [""],
    "/api/tasks/<string:task_id>/runs/<int:run>/results/<string:name>": [""],
    "/api/tasks/<string:task_id>/runs/<int:run>/toxins": ["?format=csv"],
    "/api/tasks/<string:task_id>/toxins": [f"?format={one}" for one in ("csv", "tsv", "json", "xlsx")],
    "/compare": ["?tasks={both}"],
    "/compare/files/<name>": ["?tasks={both}"],
    "/compare/rows": ["?tasks={both}"],
    "/compare/table.<ending>": ["?tasks={both}&by=toxins", "?tasks={both}&values=precise"],
    "/submissions/<submission_id>": ["", "?by=toxins"],
    "/submissions/<submission_id>/changes": ["?annotated=another"],
    "/submissions/<submission_id>/compare": ["", "?find=zebra"],
    "/submissions/<submission_id>/compare/files/<name>": [""],
    "/submissions/<submission_id>/compare/rows": [""],
    "/submissions/<submission_id>/compare/table.<ending>": ["", "?by=species&values=precise"],
    "/submissions/<submission_id>/comparison": [""],
    "/submissions/<submission_id>/rows": [""],
    "/tasks": ["?find=zebra"],
    "/tasks/<opened_id>/shares": [""],
    "/tasks/<task_id>": [""],
    "/tasks/<task_id>/again": [""],
    "/tasks/<task_id>/annotations": [""],
    "/tasks/<task_id>/evidence": [""],
    "/tasks/<task_id>/log": [""],
    "/tasks/<task_id>/runs/<int:run>": [""],
    "/tasks/<task_id>/runs/<int:run>/evidence": [""],
    "/tasks/<task_id>/runs/<int:run>/toxins/<path:wanted>": [""],
    "/tasks/<task_id>/toxins/<path:wanted>": ["", "?lang=zh"],
    "/tasks/states": ["?tasks={both}"],
    "/work": [""],
}  # fmt: skip
# What names the file that was sent and, on purpose, not what its owner calls the strain.
BY_FILE = {
    "/admin/storage": "operators look for files",
    "/admin/tasks": "operators look for files",
    "/admin/tasks/<task_id>": "as above",
    "/admin/tasks/<task_id>/<any(cancel, retry, delete):act>": "as above",
    "/api/tasks/<string:task_id>": "the record; names have an address of their own",
}
# What names no strain.
SILENT = {
    "/", "/admin", "/admin/<any(drain, resume):act>", "/admin/announcements", "/admin/cluster", "/admin/log",
    "/admin/login", "/admin/maintenance", "/admin/notice", "/admin/slots", "/admin/usage",
    "/api/health", "/api/health/live", "/api/health/ready", "/api/keys", "/api/me", "/api/openapi.json", "/api/portal",
    "/api/queue", "/api/samples", "/api/submissions/<string:submission_id>",
    "/api/submissions/<string:submission_id>/shares", "/api/tasks/<string:task_id>/log",
    "/api/tasks/<string:task_id>/runs", "/api/tasks/<string:task_id>/runs/<int:run>/changes",
    "/api/tasks/<string:task_id>/shares", "/api/tasks/<string:task_id>/ticket", "/errors", "/errors/<code>", "/help",
    "/keys", "/metrics", "/open", "/queue", "/samples", "/samples/<name>", "/submissions/<opened_id>/shares",
    "/submissions/<submission_id>/annotations", "/submissions/<submission_id>/strains/<int:n>",
    "/tasks/<task_id>/charts", "/tasks/<task_id>/panel", "/tasks/<task_id>/runs/<int:run>/charts",
    "/tasks/<task_id>/verdict",
}  # fmt: skip


def addresses(world: World, rule: Rule) -> Iterator[str]:
    """Yield the addresses of a rule that names strains, with all that its parameters may be."""
    first = world.built[0].task_id
    is_file = rule.rule.endswith("/results/<string:name>")
    files = ("report.html", "bundle.zip") if is_file else ("compare.json", "compare_targets.svg", "compare.zip")
    known = {
        "task_id": [first], "opened_id": [first], "submission_id": [world.submission_id], "run": ["2"], "n": ["1"],
        "wanted": ["L1", "Cry1"], "name": files, "ending": ["csv", "tsv", "xlsx", "parquet"],
    }  # fmt: skip
    paths = [rule.rule]
    for name in sorted(rule.arguments):
        paths = [re.sub(rf"<(?:[^<>]*:)?{name}>", value, path) for path in paths for value in known[name]]
    both = ",".join(task.task_id for task in world.built)
    for path in paths:
        for query in NAMING.get(rule.rule, [""]):
            yield path + query.format(both=both)


def everything_in(data: bytes) -> str:
    """Return all text of an answer; of archives (in archives too) and workbooks that of their members, with names."""
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return "\n".join(f"{name}\n{everything_in(archive.read(name))}" for name in archive.namelist())
    if data.startswith(b"PAR1"):
        return str(pyarrow.parquet.read_table(io.BytesIO(data)).to_pylist())
    return html.unescape(data.decode("utf-8", "replace"))


def rules(world: World) -> list[Rule]:
    found = [rule for rule in world.site.app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    return [rule for rule in found if not rule.rule.startswith("/static")]


def test_every_route_says_whether_it_names_strains(world: World) -> None:
    known = NAMING.keys() | BY_FILE.keys() | SILENT
    assert {rule.rule for rule in rules(world)} - known == set(), "say in NAMING, BY_FILE or SILENT what these do"
    assert known - {rule.rule for rule in rules(world)} == set()


def test_what_names_a_strain_has_the_name_of_its_owner(world: World) -> None:
    without = []
    for rule in rules(world):
        for address in addresses(world, rule) if rule.rule in NAMING else ():
            answer = world.get(address)
            assert answer.status_code == 200, f"{address}: {answer.text[:300]}"
            saved_as = answer.headers.get("Content-Disposition", "")
            if NAMES[0] not in everything_in(answer.data) and "Zebra_7_" not in saved_as:
                without.append(address)
    assert without == []


def test_what_names_no_strain_has_neither_name(world: World) -> None:
    telling = []
    for rule in rules(world):
        if (
            rule.rule not in SILENT
            or rule.rule == "/errors/<code>"
            or rule.arguments - {"task_id", "submission_id", "opened_id", "run", "n"}
        ):
            continue
        for address in addresses(world, rule):
            text = everything_in(world.get(address).data)
            if any(name in text for name in (*NAMES, *FILES)):
                telling.append(address)
    assert telling == []


@pytest.mark.parametrize("of_run", ["", "/runs/2"])
def test_a_named_bundle_and_report_are_what_their_digests_say(world: World, tmp_path: Path, of_run: str) -> None:
    task_id = world.built[0].task_id
    place = f"/api/tasks/{task_id}{of_run}"
    listed = {file["name"]: file for file in world.get(f"{place}/results").get_json()["files"]}
    for name, address in [("report.html", f"{place}/results/report.html"), ("bundle.zip", f"{place}/bundle")]:
        answer = world.get(address)
        digest = hashlib.sha256(answer.data).hexdigest()
        assert (listed[name]["size"], listed[name]["sha256"]) == (len(answer.data), digest)
        assert answer.get_etag()[0] == digest
        part = world.get(address, Range="bytes=7-400")
        assert (part.status_code, part.data) == (206, answer.data[7:401])
        assert world.get(address, **{"If-None-Match": f'"{digest}"'}).status_code == 304
    path = tmp_path / "b.zip"
    path.write_bytes(world.get(f"{place}/bundle").data)
    assert verify_bundle(path) == []
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        tops = {name.partition("/")[0] for name in archive.namelist()}
        assert tops == {f"Zebra_7_{task_id}"}
        (top,) = tops
        read = {name.removeprefix(f"{top}/"): archive.read(name) for name in archive.namelist()}
    assert read["README.md"].startswith(b"# Toxins and likely targets of `Zebra 7`\n")
    assert read["README.zh.md"].startswith("# `Zebra 7` 的毒素".encode())
    assert b"<h1><bdi>Zebra 7</bdi>" in read["4_Report/report.html"]
    assert b"<title>Zebra 7 " in read["4_Report/report.html"]
    assert read["4_Report/report.html"] == world.get(f"{place}/results/report.html").data
    assert b"\n# Zebra 7: " in b"\n" + read["4_Report/report.md"]
    with zipfile.ZipFile(stored_bundle(world)) as archive:
        before = {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}
    # Nothing but the title differs.
    assert read["4_Report/report.md"] == before["4_Report/report.md"].replace(b"# aardvark: ", b"# Zebra 7: ", 1)
    plain = before["4_Report/report.html"].replace(b"<title>aardvark ", b"<title>Zebra 7 ", 1)
    assert read["4_Report/report.html"] == plain.replace(b"<h1><bdi>aardvark<", b"<h1><bdi>Zebra 7<", 1)
    texts = ("manifest.json", "ro-crate-metadata.json", "SHA256SUMS", "README.md", "README.zh.md")
    assert {name for name in read if read[name] != before[name] and "4_Report/" not in name} == set(texts)
    manifest, crate = json.loads(read["manifest.json"]), json.loads(read["ro-crate-metadata.json"])
    assert (manifest["name"], manifest["strain"]) == ("Zebra 7", "aardvark")
    root = next(entry for entry in crate["@graph"] if entry["@id"] == "./")
    assert (root["name"].endswith(" of Zebra 7"), root["alternateName"]) == (True, "aardvark")
    for entry in crate["@graph"]:
        if entry["@type"] == "File":
            data = read[entry["@id"]]
            assert (entry["contentSize"], entry["sha256"]) == (str(len(data)), hashlib.sha256(data).hexdigest())


def test_the_archive_of_a_submission_holds_the_named_bundles(world: World, tmp_path: Path) -> None:
    answer = world.get(f"/api/submissions/{world.submission_id}/bundle")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        read = {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}
    names = {f"{safe_stem(name)}_{built.task_id}.zip" for name, built in zip(NAMES, world.built, strict=True)}
    assert names < set(read)
    lines = read["SHA256SUMS"].decode().splitlines()
    sums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    assert sums == {name: hashlib.sha256(data).hexdigest() for name, data in read.items() if name != "SHA256SUMS"}
    for name in names:
        (tmp_path / name).write_bytes(read[name])
        assert verify_bundle(tmp_path / name) == []
    assert f"`{NAMES[1]}`" in read["README.md"].decode()
    middle = world.get(f"/api/submissions/{world.submission_id}/bundle", Range="bytes=5000-9000")
    assert middle.data == answer.data[5000:9001]


@pytest.mark.parametrize(
    "name", [*HOSTILE, '=cmd|"/c calc"!A1', "苏云金芽孢杆菌 七号", "W" * 200, "a\\b/c.fna", "`x` # *y*"]
)
def test_any_name_can_be_delivered(world: World, tmp_path: Path, name: str) -> None:
    try:
        world.name(name, NAMES[1])
        shown = world.get(f"/api/tasks/{world.built[0].task_id}/annotations").get_json()["name"]
        answer = world.get(f"/api/tasks/{world.built[0].task_id}/bundle")
        (tmp_path / "b.zip").write_bytes(answer.data)
        assert verify_bundle(tmp_path / "b.zip") == []
        with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
            report = next(each for each in archive.namelist() if each.endswith("report.html"))
            heading = re.search("<h1><bdi>(.*?)</bdi>", archive.read(report).decode(), re.DOTALL)
        assert heading
        assert "<" not in heading[1]
        assert html.unescape(heading[1]) == shown
        assert re.fullmatch(r'attachment; filename="?[A-Za-z0-9._-]+\.zip"?', answer.headers["Content-Disposition"])
        rows = world.get(f"/api/submissions/{world.submission_id}/scores?format=json").get_json()["rows"]
        assert shown in {row["strain_name"] for row in rows}
        answer = world.get(f"/submissions/{world.submission_id}/compare/files/compare.json")
        assert answer.status_code == 200, answer.text
        compared = json.loads(answer.data)
        assert shown in {strain["strain"] for strain in compared["strains"]}
    finally:
        world.name(*NAMES)


def test_a_name_that_is_taken_back_gives_the_file_as_it_was_made(world: World) -> None:
    task_id = world.built[0].task_id
    stored = output_of(stored_bundle(world))
    try:
        world.name("", NAMES[1])
        answer = world.get(f"/api/tasks/{task_id}/bundle")
        assert (len(answer.data), hashlib.sha256(answer.data).hexdigest()) == (stored.size, stored.sha256)
        assert f"aardvark_{task_id}.zip" in answer.headers["Content-Disposition"]
    finally:
        world.name(*NAMES)


def test_a_snapshot_delivers_what_it_delivered(world: World) -> None:
    """Names, digests and bytes of then, whatever the strain is called later."""
    asked = {"label": "x", "ends": "2027-06-01", "snapshot": True}
    bearer = {"Authorization": f"Bearer {world.body['token']}"}
    made = world.client.post(f"/api/submissions/{world.submission_id}/shares", json=asked, headers=bearer).get_json()
    token = made["token"]
    task_id = world.built[0].task_id
    addresses = [
        f"/api/tasks/{task_id}/bundle", f"/api/tasks/{task_id}/results", f"/api/tasks/{task_id}/results/report.html",
        f"/api/submissions/{world.submission_id}/bundle", f"/api/submissions/{world.submission_id}/toxins?format=csv",
    ]  # fmt: skip
    stranger = world.site.app.test_client()

    def seen() -> list[tuple[int, str, bytes]]:
        answers = [stranger.get(address, headers={"Authorization": f"Bearer {token}"}) for address in addresses]
        return [(answer.status_code, answer.headers.get("Content-Disposition", ""), answer.data) for answer in answers]

    before = seen()
    assert {status for status, _, _ in before} == {200}
    try:
        world.name("Okapi 9", "Okapi 10")
        assert seen() == before
        assert all(b"Okapi" not in data for _, _, data in before)
    finally:
        world.name(*NAMES)


def test_what_is_said_of_a_deletion_has_the_name(world: World) -> None:
    built = world.site.task(filename="capybara.fna")
    world.client.post(f"/tasks/{built.task_id}/unlock", data={"token": built.token})
    address = f"/api/tasks/{built.task_id}/annotations"
    world.client.put(address, json={"name": "Zebra 8"}, headers={**built.bearer, "If-Match": "*"})
    answer = world.client.post(f"/tasks/{built.task_id}/delete")
    said = world.get(f"{answer.headers['Location']}&lang=en").text
    assert "Zebra 8 has been deleted" in html.unescape(said)
    assert "capybara" not in said


def test_a_search_finds_a_strain_by_its_name(world: World) -> None:
    found = world.get(f"/tasks?find={quote('苏云金')}").text
    assert html.escape(NAMES[1]) in found


def test_a_report_of_another_form_stays_as_it_is() -> None:
    assert named_html("<html><h1>plain</h1></html>", "x") == "<html><h1>plain</h1></html>"
