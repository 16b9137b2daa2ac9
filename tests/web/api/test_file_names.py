"""Names of uploaded files, as browsers, libraries and scripts of all kinds write them: taken, shown, told apart."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from multipart import PushMultipartParser

from portal.files.taskdir import strain_name
from portal.web.upload.filename import LONGEST, decoded_name, display_name, sent_filename
from tests.builders import GENOME, Site
from tests.web.api.multipart import BOUNDARY, send

NAMED = [
    (b'filename="a.fna"', "a.fna"),
    (b"filename=a.fna", "a.fna"),
    (b'FileName="a.fna"', "a.fna"),
    (b'filename="a;b=c.fna"', "a;b=c.fna"),
    (b'filename="a\\"b.fna"', 'a"b.fna'),
    (b'filename="a%22b.fna"', 'a"b.fna'),
    (b'filename="C:\\data\\a.fna"', "a.fna"),
    ('filename="苏云金.fna"'.encode(), "苏云金.fna"),
    ('filename="苏云金.fna"'.encode("gbk"), "苏云金.fna"),
    ('filename="Kurşun é.fna"'.encode(), "Kurşun é.fna"),
    ('filename="é.fna"'.encode("latin-1"), "é.fna"),
    (b'filename="a\x81.fna"', "a\ufffd.fna"),
    (b"filename*=UTF-8''%e8%8b%8f.fna", "苏.fna"),
    (b"filename*=utf-8'zh'%E8%8B%8F.FNA", "苏.FNA"),
    (b"filename*=gbk''%cb%d5.fna", "苏.fna"),
    (b"filename*=iso-8859-1'en'%e9.fna", "é.fna"),
    (b"filename=\"fallback.fna\"; filename*=UTF-8''%e8%8b%8f.fna", "苏.fna"),
    (b"filename*=UTF-8''%e8%8b%8f.fna; filename=\"fallback.fna\"", "苏.fna"),
    (b"filename*=UTF-8''%ff.fna", "\ufffd.fna"),
    (b"filename=\"a.fna\"; filename*=unicode_escape''%5Cud800.fna", "a.fna"),
    (b"filename=\"a.fna\"; filename*=nonsense", "a.fna"),
    (b"filename*0*=UTF-8''%e8%8b; filename*1*=%8f; filename*2=\".fna\"", "苏.fna"),
    (b'filename*0="a"; filename*1="b.fna"', "ab.fna"),
    (b'filename="=?utf-8?B?6IuPLmZuYQ==?="', "苏.fna"),
    (b'filename="=?UTF-8?Q?=E8=8B=8F?=.fna"', "苏.fna"),
    (b'filename="=?gb2312?B?y9U=?=.fna"', "苏.fna"),
    (b'filename="=?utf-8?B?6IuP?= =?utf-8?B?LmZuYQ==?="', "苏.fna"),
    (b'filename="=?utf-8?B?!!!?=.fna"', None),
    (b'filename="=?nonsense?B?6IuP?=.fna"', "=?nonsense?B?6IuP?=.fna"),
    (b'filename="a\tb.fna"', "a\ufffdb.fna"),
    ("filename=\"a\u202eanf.fna\"".encode(), "a\ufffdanf.fna"),
    (b'filename="' + b"a" * 9000 + b'.fna"', "a" * 250 + "….fna"),
    (b'filename="' + "苏".encode() * 3000 + b'.fasta"', "苏" * 248 + "….fasta"),
]  # fmt: skip


def body_with(disposition: bytes) -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; '.encode() + disposition
    return head + b"\r\n\r\n" + GENOME + b"\r\n"


@pytest.mark.parametrize(("disposition", "shown"), NAMED)
def test_a_name_is_taken_whatever_wrote_it(client: FlaskClient, disposition: bytes, shown: str | None) -> None:
    answer = send(client, body_with(disposition))
    assert answer.status_code == 201, answer.text
    name = (answer.json or {})["filename"]
    assert name == shown or (shown is None and name.endswith(".fna"))
    assert len(name) <= LONGEST


@given(st.binary(max_size=60))
def test_any_bytes_are_a_name(raw: bytes) -> None:
    name = display_name(decoded_name(raw))
    name.encode()
    assert name.isprintable() or any(char.isspace() for char in name)
    assert len(name) <= LONGEST
    assert not {"\n", "\r", "\0", "/"} & set(name)


@given(st.binary(max_size=60).filter(lambda raw: not {10, 13, 0} & set(raw)))
def test_any_disposition_has_a_name_or_none(raw: bytes) -> None:
    parser = PushMultipartParser("B", header_charset="latin-1")
    for event in parser.parse(b'--B\r\nContent-Disposition: form-data; name="file"; filename*=' + raw + b"\r\n\r\n"):
        if event is not None and not isinstance(event, bytes | bytearray):
            assert isinstance(sent_filename(event), str | None)


def test_names_of_one_length_in_other_scripts_are_strains_of_their_own(site: Site, client: FlaskClient) -> None:
    names = ["苏1.fna", "金1.fna", "Ж1.fna", "И1.fna", "é1.fna", "1.fna"]
    strains = {(send(client, body_with(f'filename="{name}"'.encode())).json or {})["strain"] for name in names}
    assert len(strains) == len(names)
    assert strain_name("苏云金 HD-1.fna").startswith("HD-1_")
    assert site.incoming() == []
