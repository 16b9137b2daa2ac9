"""The REST API: each view parses its input, calls one service method and returns the result."""

from __future__ import annotations

from flask_smorest import Api


def register_api(api: Api, *, with_people: bool = False) -> None:
    """Add all operations to the API extension; those about people only where people can sign in."""
    from portal.web.api import (
        about,
        compare,
        evidence,
        health,
        keys,
        people,
        queue,
        results,
        run_changes,
        runs,
        samples,
        shares,
        strain_annotations,
        submissions,
        tasks,
    )

    shown = (tasks, submissions, shares, strain_annotations, results, evidence, runs, run_changes, compare, samples)
    for module in (*shown, queue, health, about):
        api.register_blueprint(module.blueprint)
    if with_people:
        api.register_blueprint(people.blueprint)
        api.register_blueprint(keys.blueprint)
