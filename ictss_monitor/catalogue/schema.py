"""The YAML language as a JSON schema (draft 2020-12), so that editors complete and check it while one writes."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

from pydantic.json_schema import models_json_schema

from ictss_monitor.catalogue.language import Document
from ictss_monitor.catalogue.settings_words import SettingsWords
from ictss_monitor.catalogue.values import spelt
from ictss_monitor.probe import ProbeOptions

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_ID: Final = {"pattern": "^[a-z0-9][a-z0-9-]*$"}
_REFERENCE: Final = "^(env|file):."

Schema = dict[str, Any]


def json_schema(kinds: Mapping[str, type[ProbeOptions]]) -> Schema:
    """Return the schema of a catalogue file whose checks use the probe types `kinds`, each with its options.

    What it accepts can still be refused by `parse`: it knows no references, no dates against each other, no secrets.
    """
    models = [(model, "validation") for model in (Document, *kinds.values())]
    places, whole = models_json_schema(models, ref_template="#/$defs/{model}")  # type: ignore[arg-type]
    definitions: Schema = whole["$defs"]
    options = {kind: _options(definitions, places[model, "validation"]) for kind, model in kinds.items()}
    document = definitions.pop("Document")
    _restrict_ids(document)
    _allow_empty_sections(document)
    _choose_options_by_probe(definitions["CheckWords"], options)
    document["properties"]["defaults"] = _defaults(document["properties"]["defaults"], options)
    _spell_defaults(definitions["SettingsWords"])
    document["properties"]["settings"].pop("default")
    used = _used(document, definitions, set())
    whole = {**_tidied(document), "$defs": {name: _tidied(definitions[name]) for name in sorted(used)}}
    return {"$schema": DIALECT, "title": "ictss-monitor catalogue", **whole}


def _options(definitions: Schema, place: Mapping[str, Any]) -> Schema:
    """Return the schema of a probe's options block: without the address, and with nothing required, for what is
    missing in a check may stand in the defaults of its probe type.
    """
    model = definitions[str(place["$ref"]).removeprefix("#/$defs/")]
    properties = {name: held for name, held in model.get("properties", {}).items() if name != "address"}
    return {**{key: held for key, held in model.items() if key != "required"}, "properties": properties}


def _choose_options_by_probe(check: Schema, options: Mapping[str, Schema]) -> None:
    check["properties"]["probe"] = {
        "enum": sorted(options), "description": check["properties"]["probe"]["description"],
    }  # fmt: skip
    check["allOf"] = [
        {
            "if": {"properties": {"probe": {"const": kind}}, "required": ["probe"]},
            "then": {"properties": {"options": schema}},
        }
        for kind, schema in sorted(options.items())
    ]


def _defaults(section: Schema, options: Mapping[str, Schema]) -> Schema:
    by_kind = {
        kind: {"allOf": [{"$ref": "#/$defs/PaceWords"}, {"properties": {"options": schema}}]}
        for kind, schema in sorted(options.items())
    }
    described = {key: held for key, held in section.items() if key in ("description", "anyOf")}
    return {"type": ["object", "null"], "properties": by_kind, "additionalProperties": False, **described}


def _restrict_ids(document: Schema) -> None:
    for name, section in document["properties"].items():
        if name not in ("settings", "defaults", "targets"):
            section["propertyNames"] = _ID


def _allow_empty_sections(document: Schema) -> None:
    """A section's name with nothing under it, as in a file that is being written, is an empty section."""
    for section in document["properties"].values():
        if section.get("type") in ("object", "array"):
            section["type"] = [section["type"], "null"]


def _spell_defaults(settings: Schema) -> None:
    """Put what is built in as one would write it, not as it is held."""
    settings["properties"]["month_close"].pop("default")
    for name, described in settings["properties"].items():
        built_in = getattr(SettingsWords(), name)
        if isinstance(built_in, tuple):
            described["default"] = f"{built_in[0]}:{built_in[1]}"
        elif isinstance(built_in, Fraction):
            described["default"] = float(built_in * 100)
        elif isinstance(built_in, int) and "type" in described and described["type"] == "string":
            described["default"] = spelt(built_in)


def _used(held: Any, definitions: Schema, found: set[str]) -> set[str]:
    """Add to `found` the definitions that `held` refers to, and those that they refer to."""
    if isinstance(held, dict):
        name = str(held.get("$ref", "")).removeprefix("#/$defs/")
        if name in definitions and name not in found:
            found.add(name)
            _used(definitions[name], definitions, found)
    for each in held.values() if isinstance(held, dict) else held if isinstance(held, list) else ():
        _used(each, definitions, found)
    return found


def _tidied(held: Any) -> Any:
    """Return the schema without pydantic's titles and empty defaults, with secrets told by their form, and with no
    other keys where keys have a form.
    """
    if isinstance(held, list):
        return [_tidied(each) for each in held]
    if not isinstance(held, dict):
        return held
    if held.get("format") == "password":
        return {
            "type": "string",
            "pattern": _REFERENCE,
            "description": held.get("description", "env:NAME or file:PATH"),
        }
    tidied = {key: _tidied(each) for key, each in held.items() if not _noise(key, each)}
    if "patternProperties" in held:
        tidied["additionalProperties"] = False
    return tidied


def _noise(key: str, held: Any) -> bool:
    return (key == "title" and isinstance(held, str)) or (key == "default" and held in (None, {}, []))
