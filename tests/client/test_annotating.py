"""The client writes names, tags, notes and metadata, and loses nobody's text."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from bttoxin import AlreadyWritten, AsyncPortal, InvalidRequest, NotFound, Portal, Run
from bttoxin.annotating import wanted_rows

from tests.builders import BuiltTask, make_task_on_disk
from tests.web.api.server import Server


@pytest.fixture
def run(server: Server, tmp_path: Path) -> Run:
    folder = tmp_path / "genomes"
    folder.mkdir()
    for name in ("007", "NA", "c"):
        (folder / f"{name}.fna").write_bytes(f">{name}\nACGTACGT\n".encode())
    return Portal(server.url, quiet=True).submit(folder, into=tmp_path / "run")


def test_what_is_written_comes_back_as_text_in_every_kind_of_frame(run: Run) -> None:
    rows = [
        {"label": "007", "name": "=Bär", "tags": ["soil", "north"], "note": "thought", "site": "007", "height": 900},
        {"label": "NA", "site": "1e5", "meta_height": "'=1"},
    ]
    assert run.annotate(rows) == 2
    assert run.annotate(rows) == 0, "the same again changes nothing"
    for engine in ("pandas", "polars"):
        frame = run.tasks(engine)
        assert list(frame.columns)[-4:] == ["name", "tags", "meta_site", "meta_height"]
        table = frame.to_dict("records") if engine == "pandas" else frame.to_dicts()
        by_label = {row["label"]: row for row in table}
        assert (by_label["007"]["name"], by_label["007"]["tags"]) == ("=Bär", "soil; north")
        assert [by_label[name]["meta_site"] for name in ("007", "NA")] == ["007", "1e5"]
        assert by_label["NA"]["meta_height"] == "'=1"
        assert run.annotate(frame) == 0, "a frame of the portal's is taken back"
    frame = run.tasks("pandas").assign(meta_site="new")
    with pytest.raises(AlreadyWritten, match="007 has another site already"):
        run.annotate(frame)
    assert run.annotate(frame, replace=True) == 3


def test_the_same_again_in_another_form_is_no_other_text(run: Run) -> None:
    rows = [{"label": "c", "name": " Ba\u0308r ", "tags": "soil,north，Soil、east", "note": "a\r\nb\n", "site": "x "}]
    assert [run.annotate(rows), run.annotate(rows)] == [1, 0]
    [tags] = [row["tags"] for row in run.rows("tasks") if row["label"] == "c"]
    assert tags == "soil; north; east"


def test_rows_of_nobody_and_wrong_values_are_refused_whole(run: Run) -> None:
    wrong: list[tuple[Any, str]] = [
        ([], "no rows"),
        ([{"name": "x"}], "label or a task_id"),
        ([{"label": "nobody"}], "no genome of this run is called nobody"),
        ([{"label": "c", "task_id": "abcdefghijkl"}], "no genome"),
        ([{"label": "c"}, {"label": "c"}], "two rows"),
    ]
    for rows, told in wrong:
        with pytest.raises(ValueError, match=told):
            run.annotate(rows)
    with pytest.raises(InvalidRequest, match="at most 200"):
        run.annotate([{"label": "007", "name": "good"}, {"label": "c", "name": "x" * 201}])
    assert [row["name"] for row in run.rows("tasks")] == [None, None, None]


def test_a_change_between_look_and_write_is_taken_into_account(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    [submission] = run._operations.state.live
    send = httpx.Client.send
    seen: list[httpx.URL] = []

    def interfering(self: httpx.Client, request: httpx.Request, **more: Any) -> httpx.Response:
        if request.method == "PUT" and not seen:
            seen.append(request.url)
            headers = {"Authorization": f"Bearer {submission.token}", "If-Match": "*"}
            rows = {"rows": [{"label": "c", "name": "of another device"}]}
            assert httpx.put(str(request.url), json=rows, headers=headers).status_code == 200
        return send(self, request, **more)

    monkeypatch.setattr(httpx.Client, "send", interfering)
    with pytest.raises(AlreadyWritten, match="c has another name"):
        run.annotate([{"label": "c", "name": "mine"}, {"label": "007", "name": "seven"}])
    assert {row["label"]: row["name"] for row in run.rows("tasks")} == {
        "007": None,
        "NA": None,
        "c": "of another device",
    }


def test_missing_values_of_frames_leave_what_is_there() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"label": ["a", "b"], "site": ["x", None], "height": [1.5, float("nan")]})
    assert wanted_rows(frame) == [{"label": "a", "site": "x", "height": "1.5"}, {"label": "b"}]


def test_one_task_is_written_by_its_token_and_loses_nobodys_text(server: Server) -> None:
    built = make_task_on_disk(server.portal)
    with Portal(server.url, quiet=True) as portal:
        task = portal.task(built.task_id, built.token)
        row = {"name": " Ba\u0308r ", "tags": ["soil", "Soil"], "note": "a\r\nb", "site": "007"}
        assert [task.annotate(row), task.annotate(row)] == [True, False]
        with pytest.raises(AlreadyWritten, match="another site, name already") as refused:
            task.annotate({"site": "008", "name": ""})
        assert set(refused.value.columns) == {"site", "name"}
        assert task.annotate({"site": "", "year": 2026}, replace=True)
        assert not task.annotate({"site": None})
        with pytest.raises(ValueError, match="the row is of another"):
            task.annotate({"label": "another", "name": "x"})
        with pytest.raises(NotFound):
            portal.task(built.task_id, "x" * 43).annotate({"name": "x"})
    found = annotations_of(server, built)
    assert (found["name"], found["tags"], found["note"]) == ("B\u00e4r", ["soil"], "a\nb")
    assert found["metadata"] == {"year": "2026"}


def test_one_task_asynchronously(server: Server) -> None:
    built = make_task_on_disk(server.portal)

    async def write() -> list[bool]:
        async with AsyncPortal(server.url, quiet=True) as portal:
            task = portal.task(built.task_id, built.token)
            return [await task.annotate({"name": "x"}), await task.annotate({"name": "x"})]

    assert asyncio.run(write()) == [True, False]
    assert annotations_of(server, built)["name"] == "x"


def test_a_change_of_one_task_between_look_and_write_is_kept(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    built = make_task_on_disk(server.portal)
    send = httpx.Client.send
    seen: list[httpx.URL] = []

    def interfering(self: httpx.Client, request: httpx.Request, **more: Any) -> httpx.Response:
        if request.method == "PATCH" and not seen:
            seen.append(request.url)
            headers = {"Authorization": f"Bearer {built.token}", "If-Match": "*"}
            other = httpx.patch(str(request.url), json={"metadata": {"site": "other"}}, headers=headers)
            assert other.status_code == 200
        return send(self, request, **more)

    monkeypatch.setattr(httpx.Client, "send", interfering)
    task = Portal(server.url, quiet=True).task(built.task_id, built.token)
    assert task.annotate({"name": "mine"})
    found = annotations_of(server, built)
    assert (found["name"], found["metadata"]) == ("mine", {"site": "other"})


def annotations_of(server: Server, built: BuiltTask) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {built.token}"}
    answer = httpx.get(f"{server.url}/api/tasks/{built.task_id}/annotations", headers=headers)
    return dict(answer.json())


def test_a_path_is_read_and_a_refused_part_leaves_the_others_unwritten(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bttoxin.submitting.MOST_ITEMS", 1)
    folder = tmp_path / "genomes"
    folder.mkdir()
    for name in ("a", "b"):
        (folder / f"{name}.fna").write_bytes(f">{name}\nACGTACGT\n".encode())
    run = Portal(server.url, quiet=True).submit(folder, into=tmp_path / "run")
    assert len(run._operations.state.live) == 2
    assert run.annotate([{"label": "b", "site": "there"}]) == 1
    path = tmp_path / "sites.csv"
    path.write_text("label,site\na,1\nb,2\n")
    with pytest.raises(AlreadyWritten, match="b has another site"):
        run.annotate(path)
    assert "meta_site" not in next(row for row in run.rows("tasks") if row["label"] == "a")
    assert run.annotate(str(path), replace=True) == 2
