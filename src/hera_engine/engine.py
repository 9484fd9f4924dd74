"""`PostingEngine`: compile a schema once, post many events. The only place that holds state.

The state is a bounded memo of smart codes to routes; it changes what a call costs, never what
it gives. What plain posting does not need (pydantic, explanations, cases, the other executor) is
imported by the functions that do, so that importing an engine takes little more than half the time.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from hera_engine import limits
from hera_engine.accounts import Account, Chart, account_from_mapping
from hera_engine.batch import CHUNK, answers
from hera_engine.errors import (
    Diagnostic,
    EventError,
    HeraError,
    Problem,
    SchemaError,
    Severity,
    foremost,
)
from hera_engine.event_facts import read_event
from hera_engine.event_shape import EventShape
from hera_engine.exchange_rates import RateTable
from hera_engine.facts import Facts
from hera_engine.faults import UNCHECKABLE, UNKNOWN_ALLOCATOR
from hera_engine.journal import JournalEntry, SchemaStamp
from hera_engine.json_text import JsonTextError, loads
from hera_engine.rules.compile import Inputs, compile_schema, prove_rules
from hera_engine.rules.compile_tax import profile_in_use, rounds_to_coins
from hera_engine.rules.dimensions import Allocator
from hera_engine.rules.drafts import Observer
from hera_engine.rules.executor import Executor
from hera_engine.rules.load import (
    PostingSchema,
    check_for_settings,
    fingerprint,
    load_schema,
    place_in_source,
    read_schema,
)
from hera_engine.rules.plan import PostingPlan, Route
from hera_engine.rules.run import Extensions, Outcome, missing_fields, run
from hera_engine.rules.stage import Registered, Stage, register
from hera_engine.rules.standard import standard_rules_of
from hera_engine.rules.verdict import RuleProof
from hera_engine.settings import Settings
from hera_engine.tax.profile import TaxProfile

if TYPE_CHECKING:
    from hera_engine.models import BusinessEvent
    from hera_engine.rules.case_runner import CaseRunner
    from hera_engine.rules.cases import CaseResult
    from hera_engine.rules.coverage import Coverage
    from hera_engine.rules.explanation import Explanation
    from hera_engine.rules.fused.plan import FusedPlan
    from hera_engine.rules.mutants import Mutant

Event: TypeAlias = "Mapping[str, object] | BusinessEvent"
"""A business event as a caller sends it."""


class PostingEngine:
    """One compiled posting schema, ready to post events.

    Immutable, thread-safe and picklable. Building one may be slow and reports every fault of
    the schema; posting an event only reads the plan.

    Args:
        schema: A loaded schema, or a document in either form.
        chart: The organization's accounts, as `Account` or as mappings; with one, every account
            of the schema must be in it.
        tax_profiles: Profiles the schema may name, as `TaxProfile` or as mappings; one that
            is named like a country's goes before the one that ships with the package.
        stages: Own stages, in the order they run.
        allocators: Own splits by the name a schema calls them.
        settings: How strict the engine is.
        exchange_rates: Rates by currency and day, as a `RateTable` or as `RateTable.from_mapping`
            reads them, for events that send no rate and for lines in other currencies. They are
            data like those of an event and not part of the fingerprint.
        executor: What carries out rules, an `Executor` or its name. Both give the same entries
            and errors.

    Raises:
        SchemaError: With every fault of the schema, the chart and the profiles.
        HeraError: E_GUARDRAIL for a chart entry, stage, allocator, settings, rates or executor
            that is none.
    """

    __slots__ = ("_arguments", "_extensions", "_fused", "_memo", "_plan", "_schema")

    def __init__(  # noqa: PLR0913 - each is one thing that users bring, named where it is given
        self,
        schema: str | Mapping[str, object] | PostingSchema,
        *,
        chart: Iterable[Account | Mapping[str, object]] = (),
        tax_profiles: Iterable[TaxProfile | Mapping[str, object]] = (),
        stages: Iterable[Stage] = (),
        allocators: Mapping[str, Allocator] | None = None,
        settings: Settings | None = None,
        exchange_rates: RateTable | Mapping[str, object] | Iterable[object] = (),
        executor: Executor | str = Executor.COMPILED,
    ) -> None:
        self._schema = load_schema(schema)
        accounts = tuple(_account(entry) for entry in listed(chart, "chart"))
        profiles = tuple(_profile(entry) for entry in listed(tax_profiles, "tax_profiles"))
        own, given = tuple(listed(stages, "stages")), _settings(settings)
        named = _allocators(allocators)
        rates = rate_table(exchange_rates)
        self._arguments: dict[str, object] = {
            "chart": accounts,
            "tax_profiles": profiles,
            "stages": own,
            "allocators": named,
            "settings": given,
            "exchange_rates": rates or (),
            "executor": Executor.of(executor),
        }
        self._extensions = Extensions(register(own), named, rates)
        self._plan = _compile(self._schema, accounts, profiles, self._extensions, given)
        self._memo: dict[str, Route] = {}
        self._fused = self._compiled()

    def _compiled(self) -> "FusedPlan | None":
        """Return the compiled rules of the plan, if it is not to be interpreted."""
        if self._arguments["executor"] is not Executor.COMPILED:
            return None
        from hera_engine.rules.fused.plan import FusedPlan  # noqa: PLC0415 - as above

        return FusedPlan(self._plan, self._extensions, self._route)

    @property
    def executor(self) -> Executor:
        """What carries out rules."""
        return Executor.INTERPRETED if self._fused is None else Executor.COMPILED

    @property
    def schema(self) -> PostingSchema:
        """The schema this engine was built from."""
        return self._schema

    @property
    def fingerprint(self) -> str:
        """SHA-256 of all that decides how events are posted, in hexadecimal."""
        return self._plan.stamp.fingerprint

    @property
    def proofs(self) -> tuple[RuleProof, ...]:
        """What was proven of each rule, in document order; str() of one is its derivation."""
        from hera_engine.rules.proof.prove import proofs_of  # noqa: PLC0415 - as above

        return proofs_of(self._plan.rules)

    def simulate(self, event: Event) -> JournalEntry:
        """Return the journal entry of an event; nothing is stored anywhere.

        Raises:
            HeraError: One of the codes of docs/errors.md; `EventError` lists every problem.
        """
        entry = None
        if self._fused is not None:
            entry = self._fused.post(event if type(event) is dict else _sent(event))
        return entry or self._run(event).entry

    def simulate_json(self, data: bytes | str) -> JournalEntry:
        """Return the journal entry of an event in JSON; its numbers keep their digits.

        Raises:
            HeraError: As `simulate`; E_GUARDRAIL for what is no JSON object.
        """
        return self.simulate(event_from_json(data))

    def simulate_many(
        self, events: Iterable[Event], *, chunk: int = CHUNK, pause_collector: bool = True
    ) -> Iterator[JournalEntry | HeraError]:
        """Return an iterator of an entry or an error per event, in order, as `batch.answers`.

        Raises:
            HeraError: E_GUARDRAIL for what cannot be gone through, and a chunk that is none.
        """
        return answers(events, self.simulate, chunk=chunk, pause_collector=pause_collector)

    def explain(self, event: Event) -> "Explanation":
        """Return why each line of an event's entry is there.

        Raises:
            HeraError: As `simulate`.
        """
        from hera_engine.rules.case_runner import source_words  # noqa: PLC0415 - as above
        from hera_engine.rules.explanation import explain_outcome  # noqa: PLC0415
        from hera_engine.rules.trace import StoryTeller  # noqa: PLC0415

        teller = StoryTeller()
        outcome, words = self._run(event, teller), source_words(self._schema.nodes, self._plan)
        return explain_outcome(outcome, teller, self._plan.tax, words)

    def run_cases(self) -> "tuple[CaseResult, ...]":
        """Run the worked examples of the schema and compare what comes with what they expect.

        Returns:
            A result per case and per row of a table, in order; a line that differs says why.
        """
        return self._cases().results()

    def case_coverage(self) -> "Coverage":
        """Return which statements, conditions and map rows the cases of the schema exercise."""
        return self._cases().coverage()

    def surviving_mutants(self) -> "tuple[Mutant, ...]":
        """Return the changes to rules, maps and rates that no case of the schema notices.

        Asked are the cases that pass as the schema is. A change that no longer compiles counts as
        noticed. Cost: those cases run once per mutant, up to the first that notices.
        """
        return self._cases().surviving_mutants(self._changed)

    def _cases(self) -> "CaseRunner":
        from hera_engine.rules.case_runner import CaseRunner  # noqa: PLC0415 - as above

        return CaseRunner(self._schema.nodes, self._plan, self._run)

    def _changed(self, schema: PostingSchema) -> "CaseRunner":
        """Return the cases of another schema, run with all else that this engine has."""
        return _rebuild(schema, self._arguments)._cases()

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle what the engine was built from; unpickling compiles again."""
        return (_rebuild, (self._schema, self._arguments))

    def _run(self, event: Event, observer: Observer | None = None) -> Outcome:
        facts = self._read(event)
        return run(self._plan, self._route(facts.route_code), facts, self._extensions, observer)

    def _read(self, event: Event) -> Facts:
        """Return the facts of an event, with what its rule misses among the problems."""
        sent = _sent(event)
        if not isinstance(sent, Mapping):
            message = f"an event is a mapping, not {type(event).__name__}"
            raise EventError([Problem("", message, "pass a dict or a BusinessEvent")])
        return read_event(
            sent,
            self._plan.settings,
            self._missing,
            shape_of=self._shape,
            rates=self._extensions.rates,
        )

    def _shape(self, code: str) -> EventShape | None:
        return self._route(code).shape

    def _missing(self, facts: Facts) -> tuple[Problem, ...]:
        return missing_fields(self._route(facts.route_code), facts)

    def _route(self, code: str) -> Route:
        """Return where a smart code leads, from a bounded memo."""
        route = self._memo.get(code)
        if route is None:
            route = self._plan.route(code)
            if len(self._memo) >= limits.MEMO_ENTRIES:
                self._memo.clear()
            self._memo[code] = route
        return route


def check_schema(
    source: str | Mapping[str, object] | PostingSchema,
    chart: Iterable[Account | Mapping[str, object]] = (),
    tax_profiles: Iterable[TaxProfile | Mapping[str, object]] = (),
    *,
    settings: Settings | None = None,
    allocators: Iterable[str] | None = None,
    file: str = "<schema>",
) -> tuple[Diagnostic, ...]:
    """Return every diagnostic of a schema; never raises on bad input.

    With a chart or tax profiles, what they bring to light is reported too. Without a chart a
    pattern that needs an account's code is left unchecked here, and without ``allocators`` the
    names of allocators; an engine refuses both.
    """
    accounts = tuple(listed(chart, "chart"))
    if isinstance(source, PostingSchema):
        schema, found = source, source.warnings
    else:
        read, found = read_schema(source, file=file)
        if read is None or _has_errors(found):
            return found
        schema = PostingSchema(read, found)
    try:
        PostingEngine(
            schema,
            chart=accounts,
            tax_profiles=tax_profiles,
            allocators=dict.fromkeys(allocators or (), _no_weights),
            settings=settings,
        )
    except SchemaError as error:
        unknown = set() if accounts else {UNCHECKABLE.code}
        unknown |= {UNKNOWN_ALLOCATOR.code} if allocators is None else set()
        known = (fault for fault in error.diagnostics if fault.code not in unknown)
        return foremost(place_in_source((*found, *known), source, file))
    return found


def prove_schema(
    source: str | Mapping[str, object] | PostingSchema,
) -> tuple[RuleProof, ...]:
    """Return the balance proof of each rule, also of rules that are refuted or undecided.

    A proof needs neither chart nor tax profiles: it holds with any.

    Raises:
        SchemaError: If the document has faults of its own.
    """
    inputs = _inputs(load_schema(source), (), (), Extensions((), {}), Settings())
    return prove_rules(inputs)


def _no_weights(_facts: Facts) -> Mapping[str, int]:
    """Stand for an allocator of which only the name matters."""
    return {}


def event_from_json(data: bytes | str) -> Mapping[str, object]:
    """Return the event that JSON text holds, digits kept.

    Raises:
        EventError: E_GUARDRAIL for what is no JSON object.
    """
    try:
        event = loads(data)
    except JsonTextError as error:
        where = "" if error.position is None else f"line {error.position[0]}: "
        raise EventError([Problem("", f"{where}{error.reason}")]) from None
    if not isinstance(event, Mapping):
        raise EventError([Problem("", "an event is a JSON object")])
    return event


def _compile(
    schema: PostingSchema,
    chart: tuple[Account, ...],
    profiles: tuple[TaxProfile, ...],
    extensions: Extensions,
    settings: Settings,
) -> PostingPlan:
    """Return the plan of a schema, stamped with its fingerprint."""
    strict = check_for_settings(schema, settings)
    if _has_errors(strict):
        raise SchemaError(strict)
    inputs = _inputs(schema, chart, profiles, extensions, settings)
    plan = compile_schema(inputs)
    digest = fingerprint(_decisive(schema, plan, extensions.stages))
    return replace(plan, stamp=replace(plan.stamp, fingerprint=digest))


def _inputs(
    schema: PostingSchema,
    accounts: tuple[Account, ...],
    profiles: tuple[TaxProfile, ...],
    extensions: Extensions,
    settings: Settings,
) -> Inputs:
    """Return all that a schema is compiled with; the fingerprint is not known yet."""
    document, stages = schema.nodes, extensions.stages
    known = {profile.id: profile for profile in profiles}
    known |= schema.own_profiles
    profile = profile_in_use(document.tax, known)
    coins = rounds_to_coins(document.tax, profile)
    return Inputs(
        schema=document,
        chart=Chart(accounts),
        profiles=frozenset(known),
        profile=profile,
        settings=settings,
        allocators=frozenset(extensions.allocators),
        standard=() if document.rules else standard_rules_of(document, coins=coins),
        replaces_tax=extensions.replaces_tax,
        provided=frozenset(name for entry in stages for name in entry.provides),
        stamp=SchemaStamp(document.name, document.version, ""),
    )


def _sent(event: Event) -> object:
    """Return the mapping of a model, and anything else as it is."""
    if type(event) is dict:
        return event
    from hera_engine.models import BusinessEvent  # noqa: PLC0415 - as above

    return event.to_mapping() if isinstance(event, BusinessEvent) else event


_Member = TypeVar("_Member")


def listed(members: Iterable[_Member], name: str) -> tuple[_Member, ...]:
    """Return the members of an argument that must be a list, and no text or mapping.

    Raises:
        HeraError: E_GUARDRAIL for anything else, under the argument's name.
    """
    given: object = members
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable):
        raise HeraError("E_GUARDRAIL", f"{name} is not a list")
    return tuple(members)


def _account(entry: Account | Mapping[str, object]) -> Account:
    if isinstance(entry, Account):
        return entry
    if not isinstance(entry, Mapping):
        raise HeraError("E_GUARDRAIL", "a chart entry is neither an Account nor a mapping")
    return account_from_mapping(entry)


def _profile(profile: TaxProfile | Mapping[str, object]) -> TaxProfile:
    return profile if isinstance(profile, TaxProfile) else TaxProfile.from_mapping(profile)


def rate_table(given: RateTable | Mapping[str, object] | Iterable[object]) -> RateTable | None:
    """Return the table of exchange rates, or None where none is given.

    Raises:
        HeraError: E_GUARDRAIL for what is no table.
    """
    table = given if isinstance(given, RateTable) else RateTable.from_mapping(given)
    return table if table.quotations else None


def _settings(settings: Settings | None) -> Settings:
    given: object = Settings() if settings is None else settings
    if not isinstance(given, Settings):
        raise HeraError("E_GUARDRAIL", "settings are not a Settings")
    return given


def _allocators(allocators: Mapping[str, Allocator] | None) -> dict[str, Allocator]:
    given: object = {} if allocators is None else allocators
    if not isinstance(given, Mapping) or not all(callable(each) for each in given.values()):
        raise HeraError("E_GUARDRAIL", "allocators are not a mapping of names to functions")
    return dict(given)


def _decisive(
    schema: PostingSchema, plan: PostingPlan, stages: tuple[Registered, ...]
) -> dict[str, object]:
    """Return all that decides how events are posted, as plain JSON values."""
    return {
        "schema": schema.canonical_json,
        "accounts": {
            f"{key} in {ledger}": [account.posted.id, account.posted.code]
            for key, planned in plan.accounts.items()
            for ledger, account in planned.by_ledger.items()
        },
        "tax": None if plan.tax.profile is None else plan.tax.profile.to_mapping(),
        "settings": plan.settings.to_dict(),
        "stages": [[entry.name, entry.version] for entry in stages],
    }


def _has_errors(found: Iterable[Diagnostic]) -> bool:
    return any(fault.severity is Severity.ERROR for fault in found)


def _rebuild(schema: PostingSchema, arguments: dict[str, Any]) -> PostingEngine:
    """Build an engine again from what was pickled."""
    return PostingEngine(schema, **arguments)
