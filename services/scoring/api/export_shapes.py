"""The shapes of exports, for the OpenAPI document."""

from copy import deepcopy
from typing import Any

from services.kit.problems import SCHEMA
from services.scoring.exports.sheets import MEDIA_TYPES

_TEXT, _NUMBER = {"type": "string"}, {"type": "integer"}
_ROW: dict[str, Any] = {
    "type": "object",
    "required": ["state", "receipt"],
    "properties": {"state": _TEXT, "receipt": {"type": "string", "pattern": "^[0-9a-f]{64}$"}},
    "additionalProperties": {"type": ["string", "integer", "boolean", "null"]},
}
_JSON: dict[str, Any] = {
    "type": "object",
    "title": "Export",
    "required": ["export", "unit", "period", "purpose", "position", "rows"],
    "properties": {
        **dict.fromkeys(("export", "unit", "period", "purpose"), _TEXT),
        "position": {"type": "object", "additionalProperties": _NUMBER},
        "rows": {"type": "array", "items": _ROW},
    },
}
FILE: dict[str, Any] = {
    "description": "The file: a heading and a row for each person or unit, of JSON an object with the rows.",
    "content": {
        MEDIA_TYPES["csv"].partition(";")[0]: {"schema": _TEXT},
        MEDIA_TYPES["xlsx"]: {"schema": {"type": "string", "format": "binary"}},
        MEDIA_TYPES["json"]: {"schema": _JSON},
    },
}


def _with_cells() -> dict[str, Any]:
    schema = deepcopy(SCHEMA)
    schema["properties"]["missing"] = _NUMBER
    schema["properties"]["errors"]["items"]["properties"] |= {"row": _NUMBER, "column": _TEXT, "subject": _TEXT}
    return schema


REFUSED: dict[str, Any] = {
    "description": "A parameter is missing or wrong, or cells are missing: `missing` counts them, `errors` has some.",
    "content": {"application/problem+json": {"schema": _with_cells()}},
}
