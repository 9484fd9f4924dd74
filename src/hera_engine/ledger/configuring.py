"""What books are kept by: stored once for each version, read, and asked what governs an event."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from hera_engine import limits
from hera_engine.configuration import Binding, Configuration
from hera_engine.errors import HeraError, StorageError
from hera_engine.event_facts import accounting_date_of, smart_code_of
from hera_engine.ledger.asking import Steps, configuration_of, configured
from hera_engine.ledger.desk import Caller, Desk
from hera_engine.ledger.plans import Plans, binding_for
from hera_engine.ledger.storing import current
from hera_engine.repository import Stale
from hera_engine.rules.dimensions import Allocator
from hera_engine.rules.load import load_schema
from hera_engine.rules.stage import Stage
from hera_engine.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What posts the events of a smart code on a day.

    Attributes:
        smart_code: In the form that patterns are matched with, with an upper-case version letter.
        day: The accounting date.
        binding: The one that governs.
        schema_name: What the schema calls itself.
        schema_version: As the name; None if it says none.
        fingerprint: That of the compiled schema; each entry it posts carries it.
        configuration_version: What a change of the configuration may expect.
    """

    smart_code: str
    day: date
    binding: Binding
    schema_name: str | None
    schema_version: int | None
    fingerprint: str
    configuration_version: str

    @property
    def schema(self) -> str:
        """The key of the schema in the configuration."""
        return self.binding.schema

    @property
    def tax_profile(self) -> str | None:
        """The key of the tax profile it is compiled with; None for those it names itself."""
        return self.binding.tax_profile

    def to_dict(self) -> dict[str, object]:
        """Return the resolution as plain JSON values."""
        return {
            "event_smart_code": self.smart_code,
            "date": self.day.isoformat(),
            "posting_schema": self.schema,
            "tax_profile": self.tax_profile,
            "binding": self.binding.to_dict(),
            "schema": {
                "name": self.schema_name,
                "version": self.schema_version,
                "fingerprint": self.fingerprint,
            },
            "configuration_version": self.configuration_version,
        }


def resolved(desk: Desk, caller: Caller, smart_code: object, day: object) -> Steps[Resolution]:
    """Return what posts the events of a smart code on a day; without one, today by the clock.

    Raises:
        HeraError: E_SMART_CODE_REQUIRED; E_GUARDRAIL for what is no smart code or no date;
            E_SCHEMA without a binding or for a schema that does not compile; E_TAX_PROFILE.
    """
    desk.refuse_odd_ids(caller)
    code = smart_code_of({"event_smart_code": smart_code}, desk.settings)
    wanted = accounting_date_of({"transaction_date": day}) or desk.now().date()
    configuration = yield from current(desk, caller.organization_id)
    binding = binding_for(configuration, code, wanted)
    engine = desk.plans.engine(configuration, binding)
    return Resolution(
        smart_code=code,
        day=wanted,
        binding=binding,
        schema_name=engine.schema.nodes.name,
        schema_version=engine.schema.nodes.version,
        fingerprint=engine.fingerprint,
        configuration_version=configuration.version,
    )


def found_configuration(caller: Caller) -> Steps[Configuration | None]:
    """Return what a caller's books are kept by, or None."""
    return (yield from configuration_of(caller.organization_id))


def reconfigured(caller: Caller, configuration: Configuration, expected: str | None) -> Steps[None]:
    """Store what a caller's books are kept by, if the version of before is the one expected.

    Raises:
        HeraError: E_GUARDRAIL (ORG_MISMATCH) for another organization's; E_STATE where another
            version is there.
    """
    said: object = configuration
    if not isinstance(said, Configuration):
        hint = "make one by Configuration.from_dict"
        raise HeraError("E_GUARDRAIL", "what is to be stored is no Configuration", hint=hint)
    if configuration.organization_id != caller.organization_id:
        raise HeraError(
            "E_GUARDRAIL",
            "ORG_MISMATCH: the configuration is not one of the organization of the call",
            details={"kernel_code": "ORG_MISMATCH"},
            hint="call in the organization that the configuration names",
        )
    outcome = yield from configured(configuration, _expected(expected))
    if isinstance(outcome, Stale):
        raise StorageError(
            "E_STATE",
            "the configuration has been changed since it was read",
            hint="read it again, and make the change on what it says now",
        )


def _expected(said: object) -> str | None:
    if said is None or (isinstance(said, str) and len(said) <= limits.REFERENCE_CHARACTERS):
        return said
    hint = "pass the `version` of the configuration that was read, or an empty text for none"
    raise HeraError("E_GUARDRAIL", "the expected version is no version", hint=hint)


def check_configuration(
    configuration: Configuration,
    *,
    settings: Settings | None = None,
    stages: Iterable[Stage] = (),
    allocators: Mapping[str, Allocator] | None = None,
) -> tuple[HeraError, ...]:
    """Return why schemas of a configuration cannot post, each once; empty if all can.

    A bound schema is compiled with chart, tax profiles and rates, as a ledger with these
    settings, stages and allocators compiles it; one that is not bound yet is read by itself.
    """
    plans = Plans(settings, stages, allocators)
    found: list[HeraError] = []
    # A schema that is bound twice with the same tax profile compiles alike.
    bound = {(each.schema, each.tax_profile): each for each in configuration.bindings}
    for binding in bound.values():
        try:
            plans.engine(configuration, binding)
        except HeraError as error:
            found.append(error)
    for key in sorted(configuration.schemas.keys() - {schema for schema, _ in bound}):
        try:
            load_schema(plans.document(configuration, key))
        except HeraError as error:
            found.append(error)
    return tuple(found)
