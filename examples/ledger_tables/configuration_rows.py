"""Configurations as rows of core_organizations, core_entities and what hangs on them.

An account, a posting schema, a tax profile and an accounting period are each an entity; a
binding is a relationship `applies_to` from a schema to a tax profile, or to none. A schema in the
JSON form stands in business_rules, one in words in the field `schema_text`; each rate of a tax
profile is a field of its own. What a psql user changes in them is what the ledger reads.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from examples.ledger_tables.rows import Row, Value, document, record
from hera_engine.configuration import Configuration
from hera_engine.json_text import dumps

ACCOUNT: Final = "account"
SCHEMA: Final = "posting_schema"
PROFILE: Final = "tax_profile"
PERIOD: Final = "accounting_period"

_SMART_CODES: Final = {
    ACCOUNT: "HERA.FIN.GL.ACCOUNT.v1",
    SCHEMA: "HERA.POS.POSTING.SCHEMA.v1",
    PROFILE: "HERA.TAX.PROFILE.V1",
    PERIOD: "HERA.FIN.GL.PERIOD.v1",
}
_SETTINGS: Final = ("exchange_rates", "types", "base_currency", "reversal_style")
_TEXT: Final = "schema_text"
_RATES: Final = "rates"
_RATE: Final = "rate."


@dataclass(frozen=True, slots=True)
class ConfigurationRows:
    """The rows of one configuration, or those a configuration is read from."""

    organization: Row
    entities: tuple[Row, ...]
    fields: tuple[Row, ...]
    relationships: tuple[Row, ...]


def rows_of_configuration(configuration: Configuration) -> ConfigurationRows:
    """Return the rows that say all of a configuration but its version."""
    said = configuration.to_dict()
    organization = configuration.organization_id
    entities, fields = _Entities(organization), []
    for account in _records(said["chart"]):
        entities.add(ACCOUNT, _account(account))
    for key, schema in _record(said["schemas"]).items():
        in_words = schema if isinstance(schema, str) else None
        rules = _document(schema if in_words is None else {})
        own = entities.add(SCHEMA, {**rules, "entity_code": key})
        if in_words is not None:
            fields.append(_field(organization, own, _TEXT, text=in_words))
    for key, profile in _record(said["tax_profiles"]).items():
        rest, rates = _apart(profile)
        own = entities.add(PROFILE, {**_document(rest), "entity_code": key})
        fields += [
            _field(organization, own, f"{_RATE}{category}", said=rate, position=place)
            for place, (category, rate) in enumerate(rates.items())
        ]
    for period in _records(said["periods"]):
        entities.add(PERIOD, _period(period))
    return ConfigurationRows(
        organization={
            "id": organization,
            "settings": dumps({name: said[name] for name in _SETTINGS}),
        },
        entities=tuple(entities.rows),
        fields=tuple(fields),
        relationships=tuple(
            _binding(organization, binding, place)
            for place, binding in enumerate(_records(said["bindings"]))
        ),
    )


class _Entities:
    """Rows of core_entities in the making."""

    def __init__(self, organization: str) -> None:
        self._organization = organization
        self.rows: list[dict[str, Value]] = []

    def add(self, kind: str, more: Mapping[str, Value]) -> str:
        """Add an entity and return its id; without one of its own, it follows from its code."""
        own = str(more.get("id") or entity_id(self._organization, kind, str(more["entity_code"])))
        row: dict[str, Value] = {
            "organization_id": self._organization,
            "entity_type": kind,
            "smart_code": _SMART_CODES[kind],
            "entity_name": None,
            "status": "active",
            "position": len(self.rows),
        }
        self.rows.append({**row, **more, "id": own})
        return own


def entity_id(organization: str, kind: str, code: str) -> str:
    """Return the id of an entity that is known by its code: the same one each time."""
    return str(uuid5(NAMESPACE_URL, dumps([organization, kind, code])))


def _document(value: object) -> dict[str, Value]:
    return {"business_rules": dumps(value)}


def _account(account: Mapping[str, object]) -> dict[str, Value]:
    rules = {
        "is_postable": account["postable"],
        "account_type": account["type"],
        "normal_side": account["normal_side"],
    }
    return {
        "id": _text(account["id"]),
        "entity_code": _text(account["code"]),
        "entity_name": _text(account["name"]),
        "status": "active" if account["active"] else "inactive",
        **_document(rules),
    }


def _period(period: Mapping[str, object]) -> dict[str, Value]:
    rules = {name: period[name] for name in ("start", "end", "fiscal_year", "fiscal_period")}
    return {
        "entity_code": _text(period["code"]),
        "status": _text(period["status"]),
        **_document(rules),
    }


def _apart(profile: object) -> tuple[object, Mapping[str, object]]:
    """Return a tax profile without its rates, and them."""
    rates = profile.get(_RATES) if isinstance(profile, Mapping) else None
    if not isinstance(profile, Mapping) or not isinstance(rates, Mapping) or not rates:
        return profile, {}
    return {key: value for key, value in profile.items() if key != _RATES}, rates


def _field(
    organization: str, entity: str, name: str, *, said: object = None, text: str | None = None,
    position: int = 0,
) -> dict[str, Value]:  # fmt: skip
    return {
        "organization_id": organization,
        "entity_id": entity,
        "field_name": name,
        "field_value_text": text,
        "field_value_json": None if text is not None else dumps(said),
        "position": position,
    }


def _binding(organization: str, binding: Mapping[str, object], place: int) -> dict[str, Value]:
    profile = binding["tax_profile"]
    metadata = {
        "event_smart_code": binding["event"],
        "priority": binding["priority"],
        "effective_from": binding["effective_from"],
        "effective_to": binding["effective_to"],
    }
    return {
        "organization_id": organization,
        "id": entity_id(organization, "applies_to", str(place)),
        "relationship_type": "applies_to",
        "from_entity_id": entity_id(organization, SCHEMA, str(binding["schema"])),
        "to_entity_id": None if profile is None else entity_id(organization, PROFILE, str(profile)),
        "metadata": dumps(metadata),
        "position": place,
    }


# --- and back -------------------------------------------------------------------------------


def configuration_of(rows: ConfigurationRows) -> Configuration:
    """Return the configuration that some rows say.

    Raises:
        HeraError: E_GUARDRAIL if they say none.
        ValueError: If a column holds a value of another kind.
    """
    by_kind: dict[Value, list[Row]] = {}
    for row in rows.entities:
        by_kind.setdefault(row["entity_type"], []).append(row)
    fields: dict[Value, dict[str, Row]] = {}
    for row in rows.fields:
        fields.setdefault(row["entity_id"], {})[str(row["field_name"])] = row
    keys = {row["id"]: _key(row) for row in rows.entities}
    said: dict[str, object] = {
        **record(rows.organization["settings"]),
        "organization_id": rows.organization["id"],
        "chart": [_chart_entry(row) for row in by_kind.get(ACCOUNT, ())],
        "schemas": {
            _key(row): _schema(row, fields.get(row["id"], {})) for row in by_kind.get(SCHEMA, ())
        },
        "tax_profiles": {
            _key(row): _profile(row, fields.get(row["id"], {})) for row in by_kind.get(PROFILE, ())
        },
        "periods": [
            {**record(row["business_rules"]), "code": _key(row), "status": row["status"]}
            for row in by_kind.get(PERIOD, ())
        ],
        "bindings": [_bound(row, keys) for row in rows.relationships],
    }
    return Configuration.from_dict(said, version=str(rows.organization["revision"]))


def _key(row: Row) -> str:
    """Return what names an entity in a configuration: its code, else its id."""
    return str(row["id"] if row["entity_code"] is None else row["entity_code"])


def _chart_entry(row: Row) -> dict[str, object]:
    rules = record(row["business_rules"])
    return {
        "id": row["id"],
        "code": row["entity_code"],
        "name": row["entity_name"],
        "type": rules.get("account_type"),
        "normal_side": rules.get("normal_side"),
        "postable": rules.get("is_postable"),
        "active": row["status"] == "active",
    }


def _schema(row: Row, fields: Mapping[str, Row]) -> object:
    in_words = fields.get(_TEXT)
    return document(row["business_rules"]) if in_words is None else in_words["field_value_text"]


def _profile(row: Row, fields: Mapping[str, Row]) -> object:
    rates = {
        name.removeprefix(_RATE): _said(field)
        for name, field in fields.items()
        if name.startswith(_RATE)
    }
    rest = document(row["business_rules"])
    if not rates or not isinstance(rest, Mapping):
        return rest
    return {**rest, _RATES: rates}


def _said(field: Row) -> object:
    """Return what a field says: a document, or a text such as 5.0 written by hand."""
    stored = field["field_value_json"]
    return field["field_value_text"] if stored is None else document(stored)


def _bound(row: Row, keys: Mapping[Value, str]) -> dict[str, object]:
    metadata = record(row["metadata"])
    profile = row["to_entity_id"]
    return {
        "event": metadata.get("event_smart_code"),
        "schema": keys.get(row["from_entity_id"], str(row["from_entity_id"])),
        "tax_profile": None if profile is None else keys.get(profile, str(profile)),
        "priority": metadata.get("priority"),
        "effective_from": metadata.get("effective_from"),
        "effective_to": metadata.get("effective_to"),
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _record(value: object) -> Mapping[str, object]:
    assert isinstance(value, Mapping), "the plain form of a configuration holds an object here"
    return value


def _records(value: object) -> Iterable[Mapping[str, object]]:
    assert isinstance(value, list), "the plain form of a configuration holds a list here"
    return value
