"""The scripts' texts in the language of the page, passed to them as data."""

from __future__ import annotations

import json
from functools import cache, partial

from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from portal.domain.catalogue.table import TEXTS
from portal.domain.fasta_refusals import SIGNATURES
from portal.domain.message import Message
from portal.domain.status import Lang, TaskStatus
from portal.results.names import ComparePicture
from portal.web.texts.i18n import current_lang, duration_patterns
from portal.web.texts.i18n import gettext as _
from portal.web.texts.words import CANCELLED, STATUS
from portal.web.upload.reader import SUFFIXES

_compact = partial(json.dumps, ensure_ascii=False, separators=(",", ":"))


def script_words() -> Markup:
    """Return the texts as JSON for a script element; they depend on nothing but the language."""
    return _script_words_in(current_lang())


@cache  # a hundred texts on every page
def _script_words_in(_lang: Lang) -> Markup:
    return htmlsafe_json_dumps(_texts(), dumps=_compact)


def _texts() -> dict[str, object]:
    """Return the sentences by the names that the scripts use; `{name}` is a placeholder."""
    return _texts_of_sending() | _texts_of_faults() | _texts_of_any_page()


def _texts_of_sending() -> dict[str, object]:
    """Return those of files that are checked and sent, on the form and on the page of a submission."""
    return {
        "checking": _("checking…"),
        "contigsOne": _("1 sequence, {bases} bp"),
        "contigs": _("{contigs} sequences, {bases} bp"),
        "proteinsOne": _("1 protein, {bases} residues: searched as a protein, not as a genome"),
        "proteins": _("{contigs} proteins, {bases} residues: searched as proteins, not as a genome"),
        "skipped": _("Not sent: not a FASTA file ({extensions})."),
        "moreSkippedOne": _("1 more file"),
        "moreSkipped": _("{count} more files"),
        "sameContent": _("The same content as {name}. It is sent all the same; remove it if that is not meant."),
        "wrongEnding": _("The name of the file must end in {extensions}."),
        "noSequence": _("The file contains no sequence."),
        "remove": _("Remove {name}"),
        "sending": _("Sending the files."),
        "uploading": _("uploading: {percent} %"),
        "storing": _("checking on the server…"),
        "accepted": _("accepted"),
        "total": _("{files} files, {size}."),
        "totalRefusedOne": _("1 of them cannot be sent."),
        "totalRefused": _("{count} of them cannot be sent."),
        "totalSameOne": _("1 has the same content as another."),
        "totalSame": _("{count} have the same content as another."),
        "open": _("open"),
        "unreadable": _("The file cannot be read. Was it moved or changed since it was chosen?"),
        "sendingAgain": _("The portal does not answer; trying again in {seconds} s."),
        "notDeliveredOne": _("1 file was not delivered. Press the button again to send it; the others are safe."),
        "notDelivered": _(
            "{count} files were not delivered. Press the button again to send them; the others are safe."
        ),
        "submissionCountOne": _("1 genome"),
        "submissionCount": _("{count} genomes"),
        "notSentYetOne": _("1 file not sent yet"),
        "notSentYet": _("{count} files not sent yet"),
        "closedMeanwhile": _("The submission was closed without this file."),
        "noneMissing": _("None of the chosen files has the content of a missing one."),
        "sentMissingOne": _("1 file has arrived."),
        "sentMissing": _("{count} files have arrived."),
        "stillMissingOne": _("1 file was not delivered. Choose it again to send it."),
        "stillMissing": _("{count} files were not delivered. Choose them again to send them."),
        "languageAsksOne": _(
            "In the other language the file must be chosen again; what you have typed is kept. Change the language?"
        ),
        "languageAsks": _(
            "In the other language the {count} files must be chosen again; what you have typed is kept. "
            "Change the language?"
        ),
        "chooseAgainOne": _("The language has changed, and what you typed is kept. Choose the file again."),
        "chooseAgain": _("The language has changed, and what you typed is kept. Choose the {count} files again."),
    }


def _texts_of_faults() -> dict[str, object]:
    """Return what is wrong with a file, in the words in which the server says the same."""
    lang = current_lang()
    codes = {
        "empty": "fasta.empty",
        "tooLarge": "upload.too_large",
        "noGzip": "gzip.none",
        "damagedPack": "gzip.damaged",
        "atLine": "input.line",
        "notFasta": "fasta.no_header",
        "nul": "fasta.nul",
        "badByte": "fasta.byte",
        "badLetter": "fasta.not_sequence",
    }
    return {
        **{name: TEXTS[code].zh if lang is Lang.ZH else TEXTS[code].en for name, code in codes.items()},
        "packed": Message("upload.packed", suffixes=list(SUFFIXES)).word(lang),
        "otherFormats": [[signature.decode("latin-1"), reason.word(lang)] for signature, reason in SIGNATURES],
    }


def _texts_of_any_page() -> dict[str, object]:
    return {
        "lang": current_lang().value,
        "durations": duration_patterns(),
        "status": {status.value: str(STATUS[status]) for status in TaskStatus} | {"cancelled": str(CANCELLED)},
        "offline": _("The portal cannot be reached. Check your connection and try again."),
        "requestNumber": _("(request {id})"),
        "nothingSent": _("Nothing has been sent yet. Press the button again to send the other files."),
        "nothing": _("Choose at least one file that can be accepted."),
        "someRefusedOne": _("1 of the files was not accepted. The others are running."),
        "someRefused": _("{count} of the files were not accepted. The others are running."),
        "copied": _("Copied"),
        "shownOf": _("{shown} of {all} shown"),
        "groupOne": _("Group {number}: 1 strain"),
        "group": _("Group {number}: {count} strains"),
        "nothingFound": _("None of {all}. Find looks in names, states, results, toxins, tags and metadata."),
        "wholeName": _("Whole name"),
        "lost": _("The portal does not answer; trying again."),
        "noticeOn": _("This browser will notify you when it is done, as long as this page is open in a tab."),
        "noticeOff": _("This browser will not notify you."),
        "noticeRefused": _("This browser does not allow notifications from this site. Its settings can change that."),
        "closed": _("open it with its link again"),
        "forget": _("Remove"),
        "forgetMeans": _("Take it off this list. The task itself stays; its link opens it again."),
        "cancelAll": _("Cancel these tasks"),
        "reallyCancelAllOne": _("Stop the task of this submission that still runs?"),
        "reallyCancelAll": _("Stop the {count} tasks of this submission that still run?"),
        "compareAll": _("Compare"),
        "submissionOf": _("Submission of {time}, {count} tasks"),
    }


def compare_pictures() -> list[tuple[ComparePicture, str]]:
    """Return the pictures of a comparison with their titles."""
    return [
        (ComparePicture.TARGETS, _("Strain by order")),
        (ComparePicture.TOXINS, _("Strain by toxin")),
        (ComparePicture.INVENTORY, _("Toxin inventory")),
        (ComparePicture.SPECIES, _("Scores by species")),
    ]
