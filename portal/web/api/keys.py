"""API keys of the signed-in person. There are no such addresses with IDENTITY=none."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Response
from flask.views import MethodView
from marshmallow import fields, validate

from portal.domain.errors import Forbidden, InvalidRequest, InvalidValue, Unauthorized
from portal.domain.message import Message
from portal.domain.person import Person
from portal.services.api_keys import LONGEST_NAME, MOST_KEYS, ApiKeys, KeyFacts
from portal.web.api.openapi import errors
from portal.web.api.people import private_json
from portal.web.api.rules import RequestSchema
from portal.web.api.schemas import OutputSchema
from portal.web.api.strict_json import ApiBlueprint
from portal.web.context import web
from portal.web.security import require_same_origin, signed_in

blueprint = ApiBlueprint("keys", __name__, url_prefix="/api/keys", description="API keys, for programs of a person.")

_KEY_ID_PATTERN = "^[a-z2-7]{12}$"
KEY_ID_PARAMETER = {
    "in": "path",
    "name": "key_id",
    "required": True,
    "description": "Id of the key: its second part.",
    "schema": {"type": "string", "pattern": _KEY_ID_PATTERN},
    "example": "k3v7q2m5x4ta",
}


def _described(text: str) -> dict[str, Any]:
    return {"description": text}


class ApiKeySchema(OutputSchema):
    """A key, without the key itself."""

    key_id = fields.String(validate=validate.Regexp(_KEY_ID_PATTERN), metadata=_described("Id; no secret."))
    name = fields.String(metadata=_described("What its owner calls it."))
    created_at = fields.DateTime(format="iso", metadata=_described("When it was made (UTC)."))
    last_used = fields.Date(
        allow_none=True, metadata=_described("The last day (UTC) on which it was used; null if it never was.")
    )


class NewApiKeySchema(ApiKeySchema):
    """A key that was just made."""

    key = fields.String(metadata=_described("The key; it is told here and nowhere else."))


class ApiKeysSchema(OutputSchema):
    keys = fields.List(fields.Nested(ApiKeySchema))


class NameSchema(RequestSchema):
    """What a new key is to be called."""

    name = fields.String(
        required=True, metadata={"description": f"1 to {LONGEST_NAME} characters.", "example": "notebook"}
    )


def present_person() -> tuple[Person, ApiKeys]:
    """Return the person who has signed in, and the service for keys.

    Raises:
        Unauthorized: nobody is signed in.
        Forbidden: the request has a key: one that got into other hands must not make more of them.
    """
    person, keys = signed_in(), web().parts.api_keys
    if person is None or keys is None:
        raise Unauthorized(Message("access.not_signed_in"))
    if not person.is_present:
        raise Forbidden(Message("access.key_cannot"))
    return person, keys


@blueprint.route("")
class Keys(MethodView):
    @errors(blueprint, 400, 401, 403)
    @blueprint.doc(operationId="listKeys")
    @blueprint.response(200, ApiKeysSchema)
    def get(self) -> Response:
        """List the API keys of the signed-in person"""
        person, keys = present_person()
        return private_json(ApiKeysSchema, {"keys": [asdict(facts) for facts in keys.of(person)]})

    @errors(blueprint, 400, 401, 403, 409, 413, 415, 422, 507)
    @blueprint.doc(operationId="createKey", description=f"A person may have {MOST_KEYS} keys.")
    @blueprint.arguments(NameSchema, location="json")
    @blueprint.response(201, NewApiKeySchema, description="The key, which cannot be shown again.")
    def post(self, asked: dict[str, str]) -> Response:
        """Make an API key"""
        person, keys = present_person()
        require_same_origin()
        facts, key = make_key(keys, person, asked["name"])
        return private_json(NewApiKeySchema, {**asdict(facts), "key": key}, 201)


def make_key(keys: ApiKeys, person: Person, name: str) -> tuple[KeyFacts, str]:
    """Make a key; raise InvalidRequest with the field if the name cannot be used."""
    try:
        return keys.create(person, name)
    except InvalidValue as error:
        raise InvalidRequest(Message("request.fields"), errors={"name": [error.message]}) from error


@blueprint.route("/<string:key_id>", parameters=[KEY_ID_PARAMETER])
class Key(MethodView):
    @errors(blueprint, 400, 401, 403, 404, 507)
    @blueprint.doc(operationId="revokeKey")
    @blueprint.response(204, description="The key opens nothing any more.")
    def delete(self, key_id: str) -> Response:
        """Revoke an API key"""
        person, keys = present_person()
        require_same_origin()
        keys.revoke(key_id, person)
        return Response(status=204)
