"""Swagger UI at /api/docs and ReDoc at /api/redoc, from the portal's own files; only with DEBUG=true."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, render_template_string, url_for

# Both insert style elements; ReDoc's search runs in a worker created from a blob.
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; worker-src blob:; base-uri 'none'; frame-ancestors 'none'"
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Bttoxin Portal API</title>
<link rel="icon" href="{{ icon }}" type="image/svg+xml">
{% for style in styles %}<link rel="stylesheet" href="{{ style }}">
{% endfor %}</head>
<body>
<div id="{{ place }}" data-spec="{{ spec }}"></div>
{% for script in scripts %}<script src="{{ script }}"></script>
{% endfor %}</body>
</html>
"""

blueprint = Blueprint("docs_ui", __name__, url_prefix="/api")


def _page(folder: str, *, styles: tuple[str, ...], scripts: tuple[str, ...]) -> Response:
    def vendored(name: str) -> str:
        return url_for("static", filename=f"vendor/{folder}/{name}")

    html = render_template_string(
        _PAGE,
        place=folder,
        icon=url_for("static", filename="crystal.svg"),
        spec=url_for("api-docs.openapi_json"),
        styles=[vendored(name) for name in styles],
        scripts=[vendored(name) for name in scripts],
    )
    return Response(html, mimetype="text/html", headers={"Content-Security-Policy": _CSP})


@blueprint.get("/docs")
def swagger_ui() -> Response:
    return _page("swagger-ui", styles=("swagger-ui.css",), scripts=("swagger-ui-bundle.js", "start.js"))


@blueprint.get("/redoc")
def redoc() -> Response:
    return _page("redoc", styles=(), scripts=("redoc.standalone.js", "start.js"))


def register_docs_ui(app: Flask) -> None:
    """Add both pages."""
    app.register_blueprint(blueprint)
