"""F21 and F19: what people and programs send as a genome; whatever is refused leaves nothing behind."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.builders import GENOME, Site, make_site
from tests.web.api.multipart import BOUNDARY, part, send

PROTEIN = b">p1\nMNNPNINECIPYNCLSNPEVEVLGGERIETGYTPIDISLSLTQFLLSEFVPGAGFVLGLVDIIWGI\n"


def upload(client: FlaskClient, data: bytes, name: str = "genome.fna", **fields: str) -> TestResponse:
    return send(client, *(part(field, text.encode()) for field, text in fields.items()), part("file", data, name))


def refusal(answer: TestResponse, site: Site, code: int) -> str:
    """Return the first text about the file, after checking that nothing stayed."""
    assert answer.status_code == code, answer.text
    assert site.incoming() == []
    assert site.portal.task_ids() == []
    body = answer.json
    assert body is not None
    assert (body["code"], set(body)) == (code, {"type", "code", "status", "message", "params", "errors", "details"})
    return "; ".join(body["errors"].get("file", [body["message"]]))


@pytest.mark.parametrize(
    ("data", "line", "word"),
    [
        (b"", None, "empty"),
        (b"\n\n  \n", None, "empty"),
        (b"<!DOCTYPE html><html>", 1, "HTML"),
        (gzip.compress(GENOME), 1, "gzip"),
        (b"PK\x03\x04rest", 1, "zip"),
        (b">a\nACGT\0\0ACGT\n", 2, "NUL"),
        (b"ACGTACGT\n", 1, "header"),
        (b">a\nACGT\n>a\nACGT\n", 3, "duplicate"),
        (b">a\nACGT\n>b\n>c\nACGT\n", 3, "no sequence"),
        (b">a\nAC-GT\n", 2, "gap"),
        (b">a\nACGT\nACGT\nACG!\n", 4, "!"),
        (b">a\nACGTACGTACGTACGTACGE\n", 2, "E"),
        (b"@read1\nACGT\n+\nIIII\n", 1, "FASTQ"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(
    client: FlaskClient, site: Site, data: bytes, line: int | None, word: str
) -> None:
    told = refusal(upload(client, data), site, 422)
    assert word in told
    if line is not None:
        assert told.startswith(f"line {line}:")


@pytest.mark.parametrize(
    "data",
    [
        b">a\r\nACGT\r\n>b\r\nACGT\r\n",
        b">a\rACGT\r>b\rACGT\r",
        b">a\nacgtnnnn\n>b\nACGT",
        b">a\nACGTACGTACGTACGTACGTRYSWKMBDHVN\n>b\nACGTU\n",
        b">a one long line\n" + b"ACGT" * 500_000 + b"\n>b\nA\n",
    ],
    ids=["crlf", "cr", "lower", "iupac", "long-line"],
)
def test_odd_but_right_files_are_taken_as_they_are(client: FlaskClient, site: Site, data: bytes) -> None:
    answer = upload(client, data)
    assert answer.status_code == 201, answer.text
    assert answer.json is not None
    assert answer.json["input_facts"]["records"] == 2
    assert site.portal.task(answer.json["task_id"]).genome.read_bytes() == data


@pytest.mark.parametrize(
    ("name", "shown", "strain"),
    [
        ("../../etc/passwd.fna", "passwd.fna", "passwd"),
        ("C:\\Users\\me\\a.FASTA", "a.FASTA", "a"),
        ("<img src=x onerror=alert(1)>.fa", "<img src=x onerror=alert(1)>.fa", "img_src_x_onerror_alert_1"),
        ("菌株 苏云金 é.fna", "菌株 苏云金 é.fna", "e_e2806a"),
        ("a'; rm -rf $HOME `id`.fna", "a'; rm -rf $HOME `id`.fna", "a_rm_-rf_HOME_id"),
        ("x%22%0Ay.fna", 'x"\N{REPLACEMENT CHARACTER}y.fna', "x_y"),
        ("\u202egnp.fna", "\N{REPLACEMENT CHARACTER}gnp.fna", "gnp"),
        ("a" * 400 + ".fna", None, "a" * 60),
        ("-.fna", "-.fna", "genome_3973e0"),
    ],
)
def test_a_hostile_name_is_only_ever_shown(
    client: FlaskClient, site: Site, name: str, shown: str | None, strain: str
) -> None:
    answer = send(client, part("file", GENOME, name))
    assert answer.status_code == 201, answer.text
    record = answer.json
    assert record is not None
    assert record["strain"] == strain
    assert record["filename"] == shown if shown else len(record["filename"]) <= 255
    below = {str(path.relative_to(site.portal.jobs)) for path in site.portal.task(record["task_id"]).path.rglob("*")}
    folder = record["task_id"]
    expected = {"input", "input/genome.fna", "request.json", "task_meta.json", "wishes"}
    assert below == {f"{folder}/{name}" for name in expected}


@pytest.mark.parametrize("name", ["genome.txt", "genome", ".fna.exe", "", "genome.fna "])
def test_other_suffixes_are_not_taken(client: FlaskClient, site: Site, name: str) -> None:
    assert ".fna" in refusal(send(client, part("file", GENOME, name)), site, 415)


def test_a_packed_file_becomes_the_same_task_as_the_file_in_it(client: FlaskClient, site: Site) -> None:
    """Several members in one file too, as bgzip writes them."""
    plain = upload(client, GENOME, "genome.fna").json
    half = len(GENOME) // 2
    for data in (gzip.compress(GENOME), gzip.compress(GENOME[:half]) + gzip.compress(GENOME[half:])):
        record = upload(client, data, "genome.fna.gz").json
        assert plain is not None
        assert record is not None
        assert {name: record[name] for name in ("filename", "strain", "input_sha256", "input_facts")} == {
            name: plain[name] for name in ("filename", "strain", "input_sha256", "input_facts")
        }
        stored = site.portal.task(record["task_id"]).path / "input" / "genome.fna"
        assert stored.read_bytes() == GENOME


@pytest.mark.parametrize(
    ("data", "name", "status", "words"),
    [
        (gzip.compress(GENOME)[:-9], "a.fna.gz", 422, "damaged or cut"),
        (b"\x1f\x8b\x08\x00garbage that is no stream", "a.fna.gz", 422, "damaged or cut"),
        (GENOME, "a.fna.gz", 422, "this is not a gzip file"),
        (GENOME[:1], "a.fna.gz", 422, "this is not a gzip file"),
        (b"", "a.fna.gz", 422, "damaged or cut"),
        (gzip.compress(b"<html>"), "a.fna.gz", 422, "HTML"),
        (gzip.compress(GENOME), "a.txt.gz", 415, "gzip"),
        (gzip.compress(GENOME), "a.fna.gz.gz", 415, "gzip"),
        (GENOME, "a.fna.zip", 415, "gzip"),
    ],
)
def test_a_packed_file_that_is_wrong_is_refused_and_leaves_nothing(
    client: FlaskClient, site: Site, data: bytes, name: str, status: int, words: str
) -> None:
    assert words in refusal(upload(client, data, name), site, status)


def test_a_file_that_unpacks_beyond_the_limit_is_not_unpacked(tmp_path: Path) -> None:
    site = make_site(tmp_path, MAX_UPLOAD_MB="1")
    client = site.app.test_client()
    most = b">a\n" + b"A" * (1024**2 - 3)
    bombs = gzip.compress(most, 9) + gzip.compress(b"A" * (1 << 20), 9) * 500  # 500 MB in 0.5 MB
    assert len(bombs) < 1024**2
    assert "larger" in refusal(upload(client, bombs, "a.fna.gz"), site, 413)
    assert upload(client, gzip.compress(most), "a.fna.gz").status_code == 201


@pytest.mark.parametrize("file_place", [0, 1, 2])
def test_fields_may_stand_before_or_after_the_file(client: FlaskClient, file_place: int) -> None:
    parts = [part("lang", b"zh"), part("min_coverage", b"0.75")]
    parts.insert(file_place, part("file", GENOME, "a.fna"))
    record = send(client, *parts).json
    assert record is not None
    assert (record["lang"], record["parameters"]["min_coverage"]) == ("zh", 0.75)


def test_of_a_repeated_field_the_last_counts_and_an_empty_one_is_not_given(client: FlaskClient) -> None:
    flags = [part("allow_unknown_families", value) for value in (b"true", b"false")]
    record = send(client, *flags, part("min_identity", b""), part("file", GENOME, "a.fna")).json
    assert record is not None
    assert record["parameters"]["allow_unknown_families"] is False
    assert record["parameters"]["min_identity"] == 0.8


def test_every_wrong_field_is_named_at_once(client: FlaskClient, site: Site) -> None:
    fields = {"lang": "fr", "min_identity": "7", "colour": "red", "submission": "a b", "require_index_hit": "maybe"}
    answer = upload(client, GENOME, **fields)
    refusal(answer, site, 422)
    assert answer.json is not None
    assert set(answer.json["errors"]) == set(fields)


@pytest.mark.parametrize(
    ("kind", "data", "code"),
    [
        ("nucl", GENOME, 201),
        ("orfs", GENOME, 201),
        ("prot", PROTEIN, 201),
        ("auto", PROTEIN, 201),
        ("prot", GENOME, 422),
        ("nucl", PROTEIN, 422),
    ],
)
@pytest.mark.parametrize("field_first", [True, False])
def test_the_announced_kind_of_sequence_must_be_the_one(
    client: FlaskClient, site: Site, kind: str, data: bytes, code: int, field_first: bool
) -> None:
    parts = [part("sequence_kind", kind.encode()), part("file", data, "a.fa")]
    answer = send(client, *(parts if field_first else parts[::-1]))
    assert answer.status_code == code, answer.text
    if code == 422:
        assert "expected" in refusal(answer, site, 422)


def test_forms_that_are_none(client: FlaskClient, site: Site) -> None:
    whole = part("file", GENOME, "a.fna")
    assert "missing" in refusal(send(client), site, 422)
    assert "missing" in refusal(send(client, part("lang", b"en")), site, 422)
    assert "as a file" in refusal(send(client, part("file", GENOME)), site, 422)
    assert "one file" in refusal(send(client, whole, whole), site, 422)
    assert "'file'" in refusal(send(client, part("genome", GENOME, "a.fna")), site, 422)
    assert "complete" in refusal(send(client, whole, end=b""), site, 400)
    assert "complete" in refusal(send(client, *[part(f"f{number}", b"") for number in range(60)]), site, 400)
    assert "long" in refusal(send(client, part("lang", b"x" * 5000), whole), site, 422)


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/x-www-form-urlencoded", ""])
def test_anything_but_a_multipart_form_is_refused(client: FlaskClient, site: Site, content_type: str) -> None:
    answer = client.post("/api/tasks", data=GENOME, content_type=content_type)
    assert "multipart/form-data" in refusal(answer, site, 415)


@pytest.mark.parametrize("parameter", ["", "; boundary=", "; boundary=\xfc"])
def test_a_form_without_a_boundary_is_refused(client: FlaskClient, site: Site, parameter: str) -> None:
    answer = client.post("/api/tasks", data=GENOME, content_type=f"multipart/form-data{parameter}")
    assert "boundary" in refusal(answer, site, 400)


def test_a_file_of_the_limit_is_taken_and_one_byte_more_is_not(tmp_path: Path) -> None:
    site = make_site(tmp_path, MAX_UPLOAD_MB="1")
    client = site.app.test_client()
    head, size = b">a\n", 1024**2
    most = head + b"A" * (size - len(head))
    assert "1 MB" in refusal(upload(client, most + b"C"), site, 413)
    assert upload(client, most).status_code == 201


def test_a_told_length_over_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    site = make_site(tmp_path, MAX_UPLOAD_MB="1")

    class Untouched(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            raise AssertionError("the body was read")

    answer = site.app.test_client().post(
        "/api/tasks",
        content_type=f"multipart/form-data; boundary={BOUNDARY}",
        environ_overrides={"wsgi.input": Untouched(), "CONTENT_LENGTH": str(3 * 1024**2)},
    )
    assert "1 MB" in refusal(answer, site, 413)


def test_below_the_floor_of_free_disk_uploads_get_507(tmp_path: Path) -> None:
    site = make_site(tmp_path, floor_bytes=1 << 60)
    answer = upload(site.app.test_client(), GENOME)
    refusal(answer, site, 507)
    assert int(answer.headers["Retry-After"]) > 0
