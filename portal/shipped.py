"""Files that requests and jobs need beside the code, found alike in a checkout and in an installation.

Add a new file to the list and to `package_data` in setup.cfg; tests compare the two with the files on disk.
"""

from __future__ import annotations

from pathlib import Path

PACKAGE = "portal"
TEMPLATES = "portal.templates"  # `templates/` in a checkout

_TEMPLATE_FILES = (
    "html/_above.html",
    "html/_admin_parts.html",
    "html/_alignment.html",
    "html/_annotation_table.html",
    "html/_annotations.html",
    "html/annotations.html",
    "html/submission_annotations.html",
    "html/_bioassays.html",
    "html/_candidates.html",
    "html/_changes.html",
    "html/_charts.html",
    "html/_drawings.html",
    "html/_evidence_table.html",
    "html/_failure.html",
    "html/_grid.html",
    "html/_files.html",
    "html/_genes.html",
    "html/_genome_map.html",
    "html/_meanings.html",
    "html/_panel.html",
    "html/_parts.html",
    "html/_results.html",
    "html/_runs.html",
    "html/_sample.html",
    "html/_screening.html",
    "html/_search.html",
    "html/_shares.html",
    "html/_undo.html",
    "html/_as_of.html",
    "html/_submission_changes.html",
    "html/_submission_panel.html",
    "html/admin_ask.html",
    "html/admin_base.html",
    "html/admin_cluster.html",
    "html/admin_log.html",
    "html/admin_login.html",
    "html/admin_announcement_ask.html",
    "html/admin_announcements.html",
    "html/admin_maintenance.html",
    "html/admin_maintenance_ask.html",
    "html/admin_notice.html",
    "html/admin_overview.html",
    "html/admin_slots.html",
    "html/admin_storage.html",
    "html/admin_task.html",
    "html/admin_tasks.html",
    "html/admin_usage.html",
    "html/again.html",
    "html/base.html",
    "html/compare.html",
    "html/compare_choose.html",
    "html/error.html",
    "html/error_code.html",
    "html/error_codes.html",
    "html/evidence.html",
    "html/help.html",
    "html/keys.html",
    "html/log.html",
    "html/queue.html",
    "html/run.html",
    "html/samples.html",
    "html/shares.html",
    "html/submission.html",
    "html/submit.html",
    "html/task.html",
    "html/tasks.html",
    "html/toxin.html",
    "html/toxins.html",
    "html/unlock.html",
    "html/work.html",
    "report/report.css",
    "report/report.html.j2",
    "report/report.md.j2",
)
_PACKAGE_FILES = (
    "deploy/files/apache/bttoxin.conf.j2",
    "deploy/files/container/Containerfile.j2",
    "deploy/files/grafana/bttoxin.json.j2",
    "deploy/files/nginx/bttoxin.conf.j2",
    "deploy/files/portal.env.j2",
    "deploy/files/prometheus/alerts.yml.j2",
    "deploy/files/prometheus/scrape.yml.j2",
    "deploy/files/systemd/_sandbox.j2",
    "deploy/files/systemd/bttoxin-backup.service.j2",
    "deploy/files/systemd/bttoxin-backup.timer.j2",
    "deploy/files/systemd/bttoxin-notify-check.service.j2",
    "deploy/files/systemd/bttoxin-notify-check.timer.j2",
    "deploy/files/systemd/bttoxin-poller.service.j2",
    "deploy/files/systemd/bttoxin-web.service.j2",
    "deploy/files/systemd/bttoxin-web.socket.j2",
    "pipeline/digger/data/blosum62_pairs.json",
    "pipeline/plots/data/bttoxin-sans-bold.ttf",
    "pipeline/plots/data/bttoxin-sans-bolditalic.ttf",
    "pipeline/plots/data/bttoxin-sans-italic.ttf",
    "pipeline/plots/data/bttoxin-sans-regular.ttf",
    "pipeline/plots/data/bttoxin-sans-sc-regular.otf",
    "pipeline/report/data/report-sc.txt",
    "pipeline/report/data/report-sc.woff",
    "pipeline/shoter/data/calibration.json",
    "pipeline/shoter/data/calibration_strains.csv",
    "pipeline/shoter/data/specificity.csv",
    "pipeline/shoter/data/specificity.json",
    "pipeline/shoter/data/specificity.references.csv",
    "pipeline/shoter/data/validation_strains.csv",
    "reference/data/corrections.csv",
    "reference/data/names_1998_2020.csv",
    "results/data/non_pests.csv",
    "results/data/record_notes.csv",
    "results/data/species.csv",
    "web/static/admin.css",
    "web/static/announcing.js",
    "web/static/charts.js",
    "web/static/compare.js",
    "web/static/compare_choose.js",
    "web/static/contrast.js",
    "web/static/crystal.svg",
    "web/static/drawings.css",
    "web/static/dropped.js",
    "web/static/evidence_print.css",
    "web/static/genome_draw.js",
    "web/static/genome_map.js",
    "web/static/grid.js",
    "web/static/grid_body.js",
    "web/static/grid_cluster.js",
    "web/static/grid_keys.js",
    "web/static/inspect.js",
    "web/static/leaving.js",
    "web/static/missing.js",
    "web/static/notice.js",
    "web/static/page.js",
    "web/static/paste.js",
    "web/static/portal.css",
    "web/static/remembered.js",
    "web/static/sending.js",
    "web/static/shares.js",
    "web/static/sideways.js",
    "web/static/submission.js",
    "web/static/submit.js",
    "web/static/task.js",
    "web/static/tasks.js",
    "web/static/tour.js",
    "web/static/toxin.css",
    "web/static/toxins.js",
    "web/static/unlock.js",
    "web/static/vendor/noble-hashes/_md.js",
    "web/static/vendor/noble-hashes/_u64.js",
    "web/static/vendor/noble-hashes/sha2.js",
    "web/static/vendor/noble-hashes/utils.js",
    "web/static/vendor/redoc/redoc.standalone.js",
    "web/static/vendor/redoc/start.js",
    "web/static/vendor/swagger-ui/start.js",
    "web/static/vendor/swagger-ui/swagger-ui-bundle.js",
    "web/static/vendor/swagger-ui/swagger-ui.css",
    "web/static/vendor/vega/vega-interpreter.js",
    "web/static/vendor/vega/vega-lite.min.js",
    "web/static/vendor/vega/vega.min.js",
    "web/static/words.js",
    "web/translations/zh/LC_MESSAGES/messages.po",
)
FILES = {TEMPLATES: _TEMPLATE_FILES, PACKAGE: _PACKAGE_FILES}


def shipped_folder(package: str) -> Path:
    """Return the folder of a package's files.

    Raises:
        ModuleNotFoundError: the package is not installed.
    """
    # Imported here because it takes a few milliseconds, and most jobs do not need it.
    from importlib.resources import files

    return Path(str(files(package)))


def file_states() -> dict[str, tuple[int, int] | None]:
    """Return each file's size (bytes) and time of change (ns); None for a missing or empty file."""
    return {f"{package}/{name}": state for package, names in FILES.items() for name, state in _states(package, names)}


def missing_templates(folder: str) -> list[str]:
    """Return the missing templates of a folder."""
    names = tuple(name for name in _TEMPLATE_FILES if name.startswith(f"{folder}/"))
    return [name for name, state in _states(TEMPLATES, names) if state is None]


def _states(package: str, names: tuple[str, ...]) -> list[tuple[str, tuple[int, int] | None]]:
    try:
        folder = shipped_folder(package)
    except ModuleNotFoundError:
        return [(name, None) for name in names]
    return [(name, _state(folder / name)) for name in names]


def _state(path: Path) -> tuple[int, int] | None:
    try:
        facts = path.stat()
    except OSError:
        return None
    return (facts.st_size, facts.st_mtime_ns) if facts.st_size else None
