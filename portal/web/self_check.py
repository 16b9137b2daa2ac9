"""Render pages without a request, for the readiness check and `btportal doctor`."""

from __future__ import annotations

from http import HTTPStatus

from flask import Flask

from portal.domain.message import Message
from portal.domain.status import Lang
from portal.shipped import FILES, TEMPLATES
from portal.web.errors import Problem, answer


def exercise_pages(app: Flask) -> None:
    """Compile every template, render the error page in each language and read a static file.

    Raises:
        Exception: any error in templates, catalogues or static files.
    """
    for name in FILES[TEMPLATES]:
        if name.startswith("html/"):
            app.jinja_env.get_template(name.removeprefix("html/"))
    for lang in Lang:
        # A context of its own: a request that asks for this check would else go on in the language tried here.
        with app.app_context(), app.test_request_context(f"/?lang={lang}"):
            problem = Problem(HTTPStatus.SERVICE_UNAVAILABLE, Message("verbatim", text="-"))
            if "</html>" not in answer(problem).get_data(as_text=True):
                raise RuntimeError("the error page is cut")
    with app.app_context(), app.test_request_context("/"):
        app.send_static_file("portal.css").close()
