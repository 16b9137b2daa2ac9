"""Parse a multipart form with genomes while it arrives; each file is checked and written straight to its folder.

A file whose name ends in `.gz` is decompressed piece by piece, never beyond the file size limit.

Werkzeug's form parser would first store the whole file in a temporary one, and its decoder takes as long as everything
else together (50 MB: 93 ms, `multipart` 27 ms). Fields may come before or after the file; of a repeated field the last
one counts (a hidden `false` before a checkbox).
"""

from __future__ import annotations

import codecs
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from multipart import MultipartSegment

from portal.domain.errors import InvalidInput, InvalidRequest, UnsupportedFile
from portal.domain.message import Message
from portal.services.acceptance import Upload
from portal.web.sizes import FEED_BYTES
from portal.web.upload.filename import display_name, sent_filename
from portal.web.upload.gunzip import Gunzip

SUFFIXES = (".fna", ".fa", ".fasta")
GZIP_SUFFIX = ".gz"
FILE_FIELD = "file"
PASTED_FIELD = "pasted"  # sequences as text in place of a file; a name for them must come before
PASTED_NAME_FIELD = "pasted_name"
_PASTED_NAME = "pasted"
_LONGEST_PASTED_NAME = 100
KEY_FIELD = "idempotency_key"
_MAX_FIELD_BYTES = 4096
_LINE_ENDS = {0x2028: "\n", 0x2029: "\n"}

# Called with the key from the fields before the file, if any.
BeginUpload = Callable[[str | None], Upload]


@dataclass(frozen=True)
class ReceivedFile:
    """A staged file with its cleaned name."""

    name: str
    upload: Upload


@dataclass
class ReceivedForm:
    """The received form: the staged files and the fields."""

    files: list[ReceivedFile] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    wrong: list[tuple[str, InvalidInput | UnsupportedFile]] = field(default_factory=list)  # names of files, and why


class FormReader:
    """Turn the decoder's events into a ReceivedForm, and refuse anything else than the portal's form."""

    def __init__(self, begin_upload: BeginUpload, limit_bytes: int, *, most_files: int = 1) -> None:
        """`limit_bytes` is the maximum decompressed size of a compressed file."""
        self._begin_upload = begin_upload
        self._limit = limit_bytes
        self._most_files = most_files
        self._gunzip: Gunzip | None = None
        self.form = ReceivedForm()
        self._field: str | None = None
        self._value = bytearray()
        # What the part that is being read is: a file, one without a name, pasted text.
        self._is_chosen = self._is_unnamed = self._is_pasted = False
        self._upload: Upload | None = None  # of the file that is being read
        self._pasted: Upload | None = None
        self._decoder = _utf8()
        self._refused = False
        self._names: list[str] = []  # of all files, also of the wrong ones

    def abandon(self) -> None:
        """Remove the staged files; of one that became a task there is nothing to remove."""
        for file in self.form.files:
            file.upload.abandon()

    def refuse(self) -> None:
        """Refuse all files; the rest is read only for its fields, so that the form can be shown again."""
        self.abandon()
        self._refused = True
        self._field = None

    def take(self, event: MultipartSegment | bytes | None) -> None:
        """Process the head of a part, a piece of its content, or None at its end."""
        if isinstance(event, MultipartSegment):
            self._open_part(event)
        elif event is not None:
            self._take_content(event)
        elif self._field is not None:
            self.form.fields[self._field] = self._value.decode("utf-8", "replace").strip()
        elif self._gunzip is not None and not self._refused:
            with self._checked():
                self._gunzip.end()
            self._gunzip = None
        elif self._is_pasted and not self._refused:
            self._take_pasted(b"", is_end=True)

    @contextlib.contextmanager
    def _checked(self) -> Iterator[None]:
        """Note what is wrong with the file that is being read, and leave it: the sender is told of all wrong files."""
        try:
            yield
        except (InvalidInput, UnsupportedFile) as error:
            self.form.wrong.append((self._names[-1], error))
            if self._upload is not None:
                self._upload.abandon()
                self.form.files.pop()
            self._upload = self._gunzip = None

    def _open_part(self, part: MultipartSegment) -> None:
        name = (part.name or "").encode("latin-1").decode("utf-8", "replace")
        filename = sent_filename(part)
        self._is_chosen = self._is_unnamed = False
        self._is_pasted = name == PASTED_FIELD and filename is None
        if self._is_pasted:
            self._pasted, self._decoder = None, _utf8()
        if self._is_pasted or (self._refused and (filename is not None or name == FILE_FIELD)):
            self._field = None
        elif filename is not None:
            self._open_file(name, filename)
        elif name == FILE_FIELD:
            raise InvalidInput(Message("upload.no_filename"))
        else:
            self._field = name
            self._value.clear()

    def _open_file(self, name: str, filename: str) -> None:
        if name != FILE_FIELD:
            raise InvalidRequest(Message("upload.file_field"), errors={name: [Message("field.not_a_file")]})
        self._field = None
        if not filename:  # browsers send a field in which nothing was chosen as a file without name and content
            self._is_unnamed = True
            return
        self._begin(display_name(filename))
        self._is_chosen = True

    def _begin(self, name: str) -> None:
        """Open the upload of a genome of this form."""
        self._upload = self._gunzip = None
        self._names.append(name)
        if len(self._names) > self._most_files:
            raise _too_many(self._most_files)
        with self._checked():
            self._begin_checked(name)

    def _begin_checked(self, name: str) -> None:
        if name.lower().endswith(tuple(f"{suffix}{GZIP_SUFFIX}" for suffix in SUFFIXES)):
            name = name[: -len(GZIP_SUFFIX)]
            self._gunzip = Gunzip(self._limit, FEED_BYTES)
        _require_suffix(name)
        self._upload = self._begin_upload(self.form.fields.get(KEY_FIELD))
        self.form.files.append(ReceivedFile(name, self._upload))

    def _take_content(self, content: bytes) -> None:
        if self._field is None:
            if self._is_unnamed and content:
                _require_suffix("")
            elif self._is_pasted and not self._refused:
                self._take_pasted(content)
            elif self._is_chosen and self._upload is not None and not self._refused:
                with self._checked():
                    for piece in self._gunzip.feed(content) if self._gunzip else (content,):
                        self._upload.write(piece)
            return
        self._value += content
        if len(self._value) > _MAX_FIELD_BYTES:
            too_long = Message("field.length", limit=_MAX_FIELD_BYTES)
            raise InvalidRequest(Message("upload.field_length"), errors={self._field: [too_long]})

    def _take_pasted(self, content: bytes, *, is_end: bool = False) -> None:
        """Write pasted text as the genome's file; a field that was left empty is none.

        A byte order mark before it is left out, and the line ends of word processors are made those of files, as
        `paste.js` does.
        """
        text = self._decoder.decode(content, is_end).translate(_LINE_ENDS)
        if self._pasted is None:
            text = text.removeprefix("\ufeff")
            if not text.strip():
                return
            given = self.form.fields.get(PASTED_NAME_FIELD, "")[:_LONGEST_PASTED_NAME] or _PASTED_NAME
            self._begin(display_name(given if given.lower().endswith(SUFFIXES) else f"{given}{SUFFIXES[0]}"))
            self._pasted = self._upload
        if self._pasted is not None and self._pasted is self._upload:
            with self._checked():
                self._pasted.write(text.encode("utf-8", "surrogateescape"))


def _utf8() -> codecs.IncrementalDecoder:
    """Return a decoder of text that arrives in pieces; what is not UTF-8 is kept for the check of the genome."""
    return codecs.getincrementaldecoder("utf-8")("surrogateescape")


def _too_many(most: int) -> InvalidInput:
    return InvalidInput(Message("upload.one_file") if most == 1 else Message("upload.so_many_files", most=most))


def _require_suffix(filename: str) -> None:
    if filename.lower().endswith(SUFFIXES):
        return
    if filename.lower().endswith((".gz", ".zip", ".bz2", ".xz", ".zst", ".7z", ".tar")):
        raise UnsupportedFile(
            Message("upload.packed", suffixes=SUFFIXES), errors={FILE_FIELD: [Message("field.packed")]}
        )
    raise UnsupportedFile(
        Message("upload.suffix", suffixes=SUFFIXES), errors={FILE_FIELD: [Message("field.suffix", suffixes=SUFFIXES)]}
    )
