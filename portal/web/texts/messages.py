"""Sentences of the services in the language of the page.

Services, jobs and the API speak English and put values into their sentences. A sentence is found again here by its
pattern and said in the language of the page; one that no pattern knows is shown as it is.
"""

from __future__ import annotations

import re
from functools import cache

from portal.domain.message import Message
from portal.domain.status import Lang
from portal.web.texts.i18n import current_lang
from portal.web.texts.i18n import gettext as _
from portal.web.texts.i18n import lazy_gettext as _l

_PATTERNS = (
    # the upload
    _l("%(found)s where %(expected)s are expected (sequence_kind is '%(wanted)s')"),
    _l("There is no file in the request."),
    _l("is missing"),
    _l("packed files are not taken"),
    _l("This is a packed file. Unpack it first and upload the %(known)s file itself."),
    _l("The name of the file must end in %(known)s."),
    _l("must be a %(known)s file"),
    _l("The file is larger than %(limit)s MB, which is the limit here."),
    _l("The request is larger than %(limit)s MB, which is the limit here."),
    _l("The file came too slowly. Please try again over a better connection."),
    _l("The request ended before it was complete. Please send it again."),
    _l("The form is not complete, or is no multipart/form-data."),
    _l("A task has one file. Send each genome in a request of its own."),
    # the portal
    _l("There is no such task, or the token is wrong."),
    _l("Too many tasks are waiting. Please come back later."),
    _l("The disk of the portal is full. Please try again later."),
    _l("The disk of the portal is nearly full. Please try again later."),
    _l("The task has ended already (%(status)s); there is nothing to cancel."),
    _l("The task has not ended yet. Cancel it first, or wait."),
    _l("The task has not ended yet; there are no results."),
    _l("The task failed before there were any results."),
    _l("The record of this task was damaged and has been rebuilt from what its jobs left."),
    _l("The record of this task is being repaired. Please try again in a minute."),
    _l("This Idempotency-Key was used for another file or other parameters."),
    _l("The task has ended already (%(status)s)."),
    _l("The task has not ended yet."),
    _l("Too many wrong secrets. Please come back in a quarter of an hour."),
    _l("There is no result file of this name."),
    _l("This file cannot be reached at the moment. Please try again later."),
    _l("This must be sent from a page of this portal."),
    # errors of the server
    _l(
        "The requested URL was not found on the server. If you entered the URL manually please check your spe"
        "lling and try again."
    ),
    _l("The method is not allowed for the requested URL."),
    _l("The data value transmitted exceeds the capacity limit."),
    # how tasks end
    _l("The task was cancelled."),
    _l("The job was told to end."),
    _l("The task used up its running time."),
    _l("The cluster announced the end of the job's time."),
    _l("Shoter cannot go on: %(reason)s"),
    _l("The input file cannot be searched: %(reason)s"),
    _l("BtToxin_Digger did not finish: %(reason)s. The log has the details."),
    _l("The stage promised %(name)s and did not make it."),
    _l("The disk became full while the stage ran."),
    _l("The stage needed more memory than the job has."),
    _l("The stage ended with an error of its own (%(error)s); its log says more."),
    _l("The results of %(stages)s are missing or incomplete."),
    _l("The cluster does not know the job any more, and it left no result."),
    _l("The job ended, but result files that it should have made are not there."),
    _l("The job was ended from outside."),
    _l("The stage failed; its log says more."),
    _l("The job reached its time limit."),
    _l("The job reached its time limit of %(limit)s."),
    _l("The job needed more memory than it was given."),
    _l("The job needed more memory than it was given (at most %(peak)s GB were seen in use)."),
    _l("The job needed more memory than the %(given)s GB that it was given."),
    _l("The job needed more memory than the %(given)s GB that it was given (at most %(peak)s GB were seen in use)."),
    _l("The job ended before it could begin its work."),
    _l("The job ended on %(node)s before it could begin its work."),
    _l("The cluster has lost the job; nobody cancelled it."),
    _l("The job could not read its input."),
    _l("The results of an earlier stage are missing or incomplete."),
    _l("The disk became full while the job ran."),
    _l("A part of the pipeline is missing where the job ran."),
    _l("The machine that ran the job failed."),
    _l("The job had to make room for another one."),
    _l("The job before this one did not count as done."),
    _l("The job was cancelled on the cluster."),
    _l("The job was cancelled on the cluster by %(name)s."),
    _l("The cluster started the job again; it goes on in a new attempt."),
    _l("The process was killed from outside; perhaps memory ran out."),
    _l("The job was killed, most likely because memory ran out."),
    _l("The job ended with an error before it could say why; its log may help."),
    # what Shoter left out, and warns of
    _l("%(count)s of the hits are not scored; the table says why"),
    _l("%(name)s needs %(partner)s, which was not found"),
    _l("names outside the nomenclature: %(names)s"),
    _l("identity %(found)s %% is below %(limit)s %%"),
    _l("coverage %(found)s %% is below %(limit)s %%"),
    _l("no identity known (found by HMM alone), at least %(limit)s %% is required"),
    _l("no coverage known (found by HMM alone), at least %(limit)s %% is required"),
    _l("family %(family)s has no record, and unknown families are not allowed"),
    _l("no record within reach (name, subfamily or family at 45 % identity or more), and one is required"),
    _l("found by SVM alone, which is no evidence"),
    # health
    _l("%(free)s GiB free."),
    _l("%(free)s GiB free, %(floor)s GiB must stay free."),
    _l("The poller is at work."),
    _l("No poller has run yet: start `btportal poller`."),
    _l("The poller has been silent for %(seconds)s s."),
    _l("Not known: no poller has run yet."),
    _l("No Redis is configured; records are read from the disk."),
    _l("Redis does not answer; records are read from the disk."),
    _l("Digger searches with the portal's own engine."),
    _l("Digger searches with %(engine)s."),
    _l("%(program)s is not installed here."),
    _l("There is no toxin reference: run `btportal reference fetch`."),
    _l("The toxin reference cannot be read: %(reason)s."),
    _l("%(name)s is in use."),
    _l("Jobs run on this machine."),
    _l("%(kind)s answers."),
    _l("%(kind)s does not answer: %(reason)s."),
)  # fmt: skip

_PLACEHOLDER = re.compile(r"%\((\w+)\)s")


@cache
def _compiled() -> tuple[tuple[re.Pattern[str], str], ...]:
    found = []
    for lazy in _PATTERNS:
        msgid = str(lazy._args[0])
        parts = _PLACEHOLDER.split(msgid)
        regex = "".join(
            re.escape(part.replace("%%", "%")) if place % 2 == 0 else f"(?P<{part}>.+?)"
            for place, part in enumerate(parts)
        )
        found.append((re.compile(regex, re.DOTALL), msgid))
    return tuple(found)


def wording(message: Message) -> str:
    """Return a message in the language of the page."""
    return translate(str(message)) if message.code == "verbatim" else message.word(current_lang())


def sentence(text: Message | str) -> str:
    """Return a message, or a sentence of a service, in the language of the page."""
    return wording(text) if isinstance(text, Message) else translate(text)


def translate(text: str) -> str:
    """Return a sentence of a service in the language of the page."""
    if current_lang() is Lang.EN:
        return text
    for pattern, msgid in _compiled():
        match = pattern.fullmatch(text)
        if match:
            values = {
                name: translate(value) if name == "reason" else value for name, value in match.groupdict().items()
            }
            return _(msgid, **values)
    return text
