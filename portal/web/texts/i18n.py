"""Languages of the pages: choice per request, catalogues, and formats of dates and numbers.

The English text in code and templates is the message id; `translations/zh` contains the Chinese. The `.po` file is the
only copy: it is compiled when the application is created, so that no compiled file can become stale.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from babel.dates import format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, Response, g, has_request_context, request
from flask_babel import Babel, Domain
from flask_babel.speaklater import LazyString
from markupsafe import Markup

from portal.domain.line_breaks import NO_BREAK
from portal.domain.status import Lang
from portal.results.ranking import joined_limits, score_text
from portal.web.texts.shown_text import shown

CATALOGUES = Path(__file__).parents[1] / "translations"
COOKIE = "lang"
_COOKIE_AGE_S = 365 * 24 * 3600
_DATE_TIME = {Lang.EN: "d MMM yyyy, HH:mm", Lang.ZH: "y年M月d日 HH:mm"}
_HTML_LANG = {Lang.EN: "en", Lang.ZH: "zh-Hans"}


def gettext(text: str, **values: object) -> str:
    """Return a text in the language of the request, with its values filled in."""
    found = _catalogue().gettext(text)
    return found % values if values else found


def ngettext(one: str, many: str, number: int) -> str:
    """Return the text for a number in the language of the request; `%(num)s` in it is the number."""
    return _catalogue().ngettext(one, many, number) % {"num": number}


def lazy_gettext(text: str) -> LazyString:
    """Return a text that is translated when it is rendered."""
    return LazyString(gettext, text)


@cache
def load_catalogue(lang: Lang) -> NullTranslations:
    """Return the translations for a language; English needs none."""
    path = CATALOGUES / lang.value / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return NullTranslations()
    binary = io.BytesIO()
    with path.open("rb") as stream:
        write_mo(binary, read_po(stream, locale=lang.value))
    binary.seek(0)
    return Translations(binary)


class _Catalogues(Domain):  # type: ignore[misc]  # flask-babel has no types
    """The only domain, read from the `.po` files."""

    def get_translations(self) -> NullTranslations:
        return _catalogue()


class _PortalBabel(Babel):  # type: ignore[misc]
    @property
    def domain_instance(self) -> Domain:
        return _Catalogues()


def choose_lang() -> Lang:
    """Return the language of this request: `?lang=`, else the cookie, else the browser's preference.

    The API uses only `Accept-Language`: there `lang` is the language of a report.
    """
    known = [lang.value for lang in Lang]
    if request.path.startswith("/api/"):
        return Lang(request.accept_languages.best_match(known) or Lang.EN.value)
    for wanted in (request.args.get("lang"), request.cookies.get(COOKIE)):
        if wanted in known:
            return Lang(wanted)
    return Lang(request.accept_languages.best_match(known) or Lang.EN.value)


def current_lang() -> Lang:
    """Return the language in use, determined once per request; English outside of a request."""
    if not has_request_context():
        return Lang.EN
    lang: Lang | None = g.get("lang")
    if lang is None:
        lang = g.lang = choose_lang()
    return lang


def _catalogue() -> NullTranslations:
    return load_catalogue(current_lang())


@lru_cache(maxsize=4096)
def _text_of_template(lang: Lang, text: str) -> Markup:
    kept = load_catalogue(lang).gettext(text).replace(" %%", f"{NO_BREAK}%%")
    return Markup(kept)  # noqa: S704 - of a template, as is its translation


@lru_cache(maxsize=4096)
def _text_without_values(lang: Lang, text: str) -> Markup:
    return _text_of_template(lang, text) % {}  # a doubled percent sign stands for one


def _translate_in_template(text: str, **values: object) -> Markup:
    """Return a template's text, as Jinja's own function of the name `_` does in two more calls and without memory."""
    lang = current_lang()
    return _text_of_template(lang, text) % values if values else _text_without_values(lang, text)


def remember_lang(response: Response) -> Response:
    """Remember a language chosen by `?lang=`, and tell caches what the response depends on."""
    wanted = request.args.get("lang")
    if wanted in list(Lang) and wanted != request.cookies.get(COOKIE):
        response.set_cookie(
            COOKIE, wanted, max_age=_COOKIE_AGE_S, secure=request.is_secure, samesite="Lax", httponly=True
        )
    response.vary.update(("Accept-Language", "Cookie"))
    response.content_language.add(html_lang())
    return response


def html_lang() -> str:
    """Return the language tag for the `lang` attribute."""
    return _HTML_LANG[current_lang()]


def show_time(moment: datetime | None) -> str:
    """Format a time to the minute, in UTC."""
    return _write_time(moment.astimezone(UTC), current_lang()) if moment else ""


@lru_cache(maxsize=4096)
def _write_time(moment: datetime, lang: Lang) -> str:
    return str(format_datetime(moment, _DATE_TIME[lang], locale=lang.value))


def show_number(value: float, digits: int = 0) -> str:
    """Format a number with the separators that English and Chinese share.

    A table has hundreds of numbers; Babel parses the pattern again for each, which took a third of a page's time.
    """
    return f"{value:,.{digits}f}"


def show_interval(limits: tuple[float, float]) -> str:
    """Format the limits of an interval of a score."""
    return joined_limits(*map(score_text, limits))


def show_size(size: int) -> str:
    """Format a number of bytes in a suitable unit (decimal prefixes)."""
    value = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return f"{show_number(value, 0 if unit == 'B' or value >= 100 else 1)} {unit}"
        value /= 1000
    raise AssertionError("unreachable")


def show_duration(seconds: float | timedelta | None) -> str:
    """Format a duration in its two largest units."""
    if seconds is None:
        return ""
    total = int(seconds.total_seconds() if isinstance(seconds, timedelta) else seconds)
    days, rest = divmod(max(0, total), 86400)
    hours, rest = divmod(rest, 3600)
    minutes, secs = divmod(rest, 60)
    largest = "days" if days else "hours" if hours else "minutes" if minutes else "seconds"
    return duration_patterns()[largest].format(days=days, hours=hours, minutes=minutes, seconds=secs)


def duration_patterns() -> dict[str, str]:
    """Return how a duration is written, by its largest unit; `{name}` is the number of a unit."""
    return _duration_patterns_in(current_lang())


@cache  # a table of a year's days has a thousand durations
def _duration_patterns_in(lang: Lang) -> dict[str, str]:
    texts = load_catalogue(lang)
    return {
        "days": texts.gettext("{days} d {hours} h"),
        "hours": texts.gettext("{hours} h {minutes} min"),
        "minutes": texts.gettext("{minutes} min {seconds} s"),
        "seconds": texts.gettext("{seconds} s"),
    }


def gap() -> str:
    """Return the separator between sentences, or after an introductory word: Chinese has no space there."""
    return "" if current_lang() is Lang.ZH else " "


def _other_language_url(lang: str) -> str:
    """Return this page's address in another language; for a response to a POST, that of its page."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    return f"{quote(request.script_root + request.path)}?{urlencode([*kept, ('lang', lang)])}"


def setup_languages(app: Flask) -> None:
    """Set up the application's languages and the template filters."""
    _PortalBabel(app, default_locale=Lang.EN.value, locale_selector=lambda: current_lang().value)
    # A page uses hundreds of texts; Flask-Babel would look up domain and locale for each.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda text: _catalogue().gettext(text),
        ngettext=lambda one, many, number: _catalogue().ngettext(one, many, number),
        newstyle=True,
    )
    app.jinja_env.finalize = shown
    app.jinja_env.globals["_"] = _translate_in_template
    for lang in Lang:
        load_catalogue(lang)
    app.jinja_env.filters.update(
        time=show_time,
        number=show_number,
        score=score_text,
        interval=show_interval,
        size=show_size,
        duration=show_duration,
        elapsed=lambda moment: show_duration(datetime.now(UTC) - moment),
        iso=lambda moment: moment.isoformat(),
    )

    @app.context_processor
    def _language() -> dict[str, Any]:
        return {"lang": current_lang().value, "html_lang": html_lang(), "language_url": _other_language_url, "gap": gap}
