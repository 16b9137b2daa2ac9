"""Write the report: one self-contained HTML file, and the same in Markdown, in each language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from portal import __version__
from portal.domain.command_marks import commands_as_code
from portal.domain.invisible import without_unseen
from portal.domain.line_breaks import keep_percents
from portal.domain.message import Message
from portal.domain.status import Lang
from portal.files.taskdir import fasta_stem, is_strain_of
from portal.pipeline.library_versions import installed_version
from portal.pipeline.plots.footer import name_and_version
from portal.pipeline.plots.words import WORDS, state_label, target_label
from portal.pipeline.report.font import embedded_font
from portal.pipeline.report.kept_code import KeptCode
from portal.pipeline.report.languages import PROSE
from portal.pipeline.report.pictures import find_pictures
from portal.pipeline.report.summary import interval_text, shown_score, summarise
from portal.results.bioassay_words import BioassaySection, bioassay_section
from portal.results.candidate_words import candidate_section
from portal.results.conclusion import conclude
from portal.results.kind_words import kind_words
from portal.results.locus_words import place_text
from portal.results.markdown import harmless
from portal.results.names import languages, report_names
from portal.results.ranking import score_text
from portal.results.reading import TaskResults, read_results
from portal.results.score_words import documented_words
from portal.results.scores import Record, StrainScores, UnknownTarget
from portal.results.screening_words import screening_section
from portal.results.sources import lasting_address
from portal.results.targets import UNKNOWN_STATES
from portal.shipped import TEMPLATES, shipped_folder

# Species in sight; the others are folded, so that a phone shows the report in a few screens.
_SPECIES_SHOWN = 10
# Where the font goes: no name can contain this, because names are escaped.
_FONT_MARK = Markup("<!-- font -->")


@dataclass(frozen=True)
class ReportHeader:
    """The header above the results: all of it is untrusted external text."""

    strain: str
    display_name: str
    task_id: str
    submission_time: str

    def title(self, strain: str) -> str:
        """Return what a strain is called above its results: as its file, where that gave the strain its name."""
        is_of_file = strain == self.strain and is_strain_of(strain, self.display_name)
        return fasta_stem(self.display_name) if is_of_file else strain


def write_report(
    digger_dir: Path, shoter_dir: Path, plots_dir: Path, out_dir: Path, *, lang: Lang, header: ReportHeader
) -> tuple[str, ...]:
    """Write the report in all languages into `out_dir` and return the names of the files.

    `report.html` and `report.md` are in `lang`, in which the pictures of `plots_dir` are labelled as well; the others
    have their language in their names, and say so. The pictures are embedded in the HTML; the Markdown links to
    `../3_Plots/`, their place in the bundle.

    Raises:
        StageError: the results cannot be read.
    """
    results = read_results(digger_dir, shoter_dir)
    written: list[str] = []
    for each in languages(lang):
        texts = render_report(results, plots_dir, lang=each, header=header, labels=lang)
        for name, text in zip(report_names(each, lang), texts, strict=True):
            (out_dir / name).write_text(text, encoding="utf-8", newline="\n")
            written.append(name)
    return tuple(written)


def render_report(
    results: TaskResults, plots_dir: Path, *, lang: Lang, header: ReportHeader, labels: Lang | None = None
) -> tuple[str, str]:
    """Return the report as HTML and as Markdown; `labels` is the language of the pictures, by default `lang`."""
    facts = _facts(results, plots_dir, lang, header)
    facts["labels_note"] = Message(f"content.labels.{labels}") if labels not in (None, lang) else None
    template = _html_environment().get_template("report.html.j2")
    shown = {**facts, "said": lambda message: _said(message.word(lang))}
    html = template.render(shown, font=_FONT_MARK if lang is Lang.ZH else "")
    if lang is Lang.ZH:
        html = html.replace(_FONT_MARK, embedded_font("".join(sorted(set(html)))), 1)
    return html, _markdown_environment().get_template("report.md.j2").render(facts)


def _facts(results: TaskResults, plots_dir: Path, lang: Lang, header: ReportHeader) -> dict[str, Any]:
    prose, words = PROSE[lang], WORDS[lang]
    strains = results.strains or (_without_hits(header.strain),)
    pages = [summarise(results, strain) for strain in strains]
    return {
        "lang": lang.value,
        "html_lang": {"en": "en", "zh": "zh-CN"}[lang.value],
        "header": header,
        "date": header.submission_time[:10],
        "version": __version__,
        "results": results,
        "pages": pages,
        # Empty pictures would only make a report without toxins longer.
        "pictures": find_pictures(plots_dir, prose.pictures) if any(page.has_toxins for page in pages) else [],
        "bioassays": _bioassays(results),
        "candidates": candidate_section(results.candidates) if results.candidates else None,
        "screening": screening_section(results.screening) if results.screening else None,
        "components": _components(results),
        "prose": prose,
        "h": prose.headings,
        "target_label": lambda target: target_label(words, target),
        "read_as": kind_words(results.inventory.sequences.kind) if results.inventory else None,
        "said": lambda message: message.word(lang),
        "shown_species": _SPECIES_SHOWN,
        "more_species": lambda count: Message("bioassay.folded", count=count),
        "records_of": lambda count: Message("bioassay.records", count=count),
        "species_above_order": Message("score.species_above_order"),
        "as_published": lambda name: Message("bioassay.as_published", name=name),
        "seen_in_part": Message("bioassay.whose.part"),
        "state_label": lambda state: state_label(words, state),
    }


def _bioassays(results: TaskResults) -> dict[str, BioassaySection]:
    """Return the section on bioassays of each strain; none in results of earlier versions."""
    return {each.strain: bioassay_section(each) for each in results.bioassays.strains} if results.bioassays else {}


def _without_hits(strain: str) -> StrainScores:
    return StrainScores(
        strain=strain,
        conclusion=conclude((), (), ()),
        targets=(),
        unknown_target=UnknownTarget(score=0.0, hits=()),
        units=(),
        hits=(),
        accessory=(),
        helpers=(),
        warnings=(),
    )


def _components(results: TaskResults) -> list[tuple[str, str]]:
    rows = [("bttoxin-portal", __version__)]
    if results.inventory:
        rows.append((name_and_version(results.inventory.engine), ""))
        reference = results.inventory.reference
        rows.append((name_and_version(reference), f"SHA-256 {reference.sha256 or ''}"))
    data = results.scores.versions.specificity
    rows.append((name_and_version(data), f"SHA-256 {data.sha256}"))
    return rows


def percent_text(value: float | None) -> str:
    """Return a percentage with one decimal, a dash for none."""
    return "–" if value is None else f"{value:.1f}"


def record_link(record: Record) -> str | None:
    """Return the address of a record's source: its DOI, else its PubMed entry, else None."""
    return lasting_address(record.doi, record.url)


def _environment(kind: str, **options: Any) -> Environment:
    folder = shipped_folder(TEMPLATES) / "report"
    made_by = b"\0".join((kind.encode(), installed_version("jinja2").encode(), Path(__file__).read_bytes()))
    environment = Environment(
        loader=FileSystemLoader(folder),
        bytecode_cache=KeptCode(folder / "__pycache__", made_by),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
        **options,
    )
    environment.filters.update(score=score_text, interval=interval_text, shown=shown_score)
    environment.filters.update(percent=percent_text, safe_link=_safe_link)
    environment.globals.update(
        record_link=record_link,
        place_text=place_text,
        documented_words=documented_words,
        unknown_states=UNKNOWN_STATES,
        documented_meaning=Message("score.documented_meaning"),
    )
    return environment


def _safe_link(address: str) -> Markup:
    # Inside Markdown's <...> only these characters end the address; HTML escapes are valid there.
    return escape(quote(address, safe=":/?&=#%+,;@()!$'*~"))


@cache  # a pack's job writes many reports
def _html_environment() -> Environment:
    return _environment("html", finalize=_html_text)


@cache
def _markdown_environment() -> Environment:
    return _environment("markdown", finalize=_markdown_text)


def _html_text(value: Any) -> Any:
    """Return a text without what nobody sees, or what would reorder the text around it; anything else as it is."""
    if isinstance(value, str) and not hasattr(value, "__html__"):
        return keep_percents(without_unseen(value))
    return value


def _said(text: str) -> Markup:
    """Return a message as an element's content: commands as code, percents in one line."""
    return Markup(commands_as_code(keep_percents(str(escape(text)))))  # noqa: S704 - escaped there


def _markdown_text(value: Any) -> Any:
    """Escape a text for Markdown: no markup, no HTML, no line end that would break a table."""
    if isinstance(value, str) and not hasattr(value, "__html__"):
        return harmless(value)
    return value
