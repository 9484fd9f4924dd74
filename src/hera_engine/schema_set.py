"""`SchemaSet`: the versions of one schema; the accounting date of an event chooses the engine."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date

from hera_engine.accounts import Account
from hera_engine.batch import CHUNK, answers
from hera_engine.dsl.dated import period_of
from hera_engine.engine import Event, PostingEngine, event_from_json, listed, rate_table
from hera_engine.errors import Diagnostic, EventError, HeraError, PostingRejected, SchemaError
from hera_engine.event_facts import accounting_date_of
from hera_engine.exchange_rates import RateTable
from hera_engine.journal import JournalEntry
from hera_engine.models import BusinessEvent
from hera_engine.rules.dimensions import Allocator
from hera_engine.rules.executor import Executor
from hera_engine.rules.explanation import Explanation
from hera_engine.rules.load import PostingSchema, fingerprint, load_schema
from hera_engine.rules.stage import Stage
from hera_engine.rules.versions import check_versions, in_order, title_of
from hera_engine.settings import Settings
from hera_engine.tax.profile import TaxProfile


class SchemaSet:
    """Several versions of one posting schema, ready to post events of any of their days.

    It does what a `PostingEngine` does, with the version that is in force on an event's
    accounting date: the posting date, else the transaction date. Immutable, thread-safe and
    picklable.

    Args:
        schemas: The versions in any order, loaded or as documents in either form. No day is to
            have two, and no day between two of them none.
        chart: As for `PostingEngine`, for every version; so are the others.
        tax_profiles: As for `PostingEngine`.
        stages: As for `PostingEngine`.
        allocators: As for `PostingEngine`.
        settings: As for `PostingEngine`.
        exchange_rates: As for `PostingEngine`.
        executor: As for `PostingEngine`.

    Raises:
        SchemaError: With every fault of every version, and of their dates together.
        HeraError: E_GUARDRAIL without a version, and as `PostingEngine`.
    """

    __slots__ = ("_engines", "_fingerprint")

    def __init__(  # noqa: PLR0913 - each is one thing that users bring, as for an engine
        self,
        schemas: Iterable[str | Mapping[str, object] | PostingSchema],
        *,
        chart: Iterable[Account | Mapping[str, object]] = (),
        tax_profiles: Iterable[TaxProfile | Mapping[str, object]] = (),
        stages: Iterable[Stage] = (),
        allocators: Mapping[str, Allocator] | None = None,
        settings: Settings | None = None,
        exchange_rates: RateTable | Mapping[str, object] | Iterable[object] = (),
        executor: Executor | str = Executor.COMPILED,
    ) -> None:
        accounts, profiles = listed(chart, "chart"), listed(tax_profiles, "tax_profiles")
        own, rates = listed(stages, "stages"), rate_table(exchange_rates)

        def compiled(schema: PostingSchema) -> PostingEngine:
            return PostingEngine(
                schema,
                chart=accounts,
                tax_profiles=profiles,
                stages=own,
                allocators=allocators,
                settings=settings,
                exchange_rates=rates or (),
                executor=executor,
            )

        versions = _loaded(listed(schemas, "schemas"))
        found: list[Diagnostic] = [*check_versions(versions)]
        engines = []
        for schema in versions:
            try:
                engines.append(compiled(schema))
            except SchemaError as error:
                found += (_named(fault, title_of(schema)) for fault in error.diagnostics)
        if found:
            raise SchemaError(found)
        self._engines = tuple(engines)
        self._fingerprint = fingerprint({"versions": [each.fingerprint for each in engines]})

    @property
    def schemas(self) -> tuple[PostingSchema, ...]:
        """The versions, the earliest first."""
        return tuple(engine.schema for engine in self._engines)

    @property
    def engines(self) -> tuple[PostingEngine, ...]:
        """An engine for each version, the earliest first."""
        return self._engines

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the fingerprints of all versions, in hexadecimal.

        An entry carries the fingerprint of its version, which does not change when another
        version is added.
        """
        return self._fingerprint

    def engine_on(self, day: date | None) -> PostingEngine:
        """Return the engine of the version in force on a day; without a day, of the only one.

        Raises:
            PostingRejected: E_SCHEMA if there is none, or no date and several versions.
        """
        engines = self._engines
        if day is None:
            if len(engines) > 1:
                raise PostingRejected(
                    "E_SCHEMA",
                    f"{len(engines)} versions of the schema follow one another, "
                    "and no date chooses",
                    details={"versions": [title_of(schema) for schema in self.schemas]},
                    hint="send `transaction_date` or `posting_date`",
                )
            return engines[0]
        later = bisect_right(engines, day, key=lambda each: period_of(each.schema.nodes).starts)
        found = engines[max(later, 1) - 1]
        if not period_of(found.schema.nodes).holds(day):
            first, last = self.schemas[0].nodes, self.schemas[-1].nodes
            in_force = {"first": first.effective_from, "last": last.effective_to}
            raise PostingRejected(
                "E_SCHEMA",
                f"no version of the schema is in force on {day}",
                details={key: None if at is None else str(at) for key, at in in_force.items()},
                hint=f"the {'first begins' if later == 0 else 'last ends'} on "
                f"{in_force['first' if later == 0 else 'last']}",
            )
        return found

    def simulate(self, event: Event) -> JournalEntry:
        """Return the journal entry of an event; see `PostingEngine.simulate`.

        Raises:
            HeraError: As `PostingEngine.simulate` and `engine_on`.
        """
        return self._engine_for(event).simulate(event)

    def simulate_json(self, data: bytes | str) -> JournalEntry:
        """Return the journal entry of an event in JSON; see `PostingEngine.simulate_json`.

        Raises:
            HeraError: As `simulate`; E_GUARDRAIL for what is no JSON object.
        """
        return self.simulate(event_from_json(data))

    def simulate_many(
        self, events: Iterable[Event], *, chunk: int = CHUNK, pause_collector: bool = True
    ) -> Iterator[JournalEntry | HeraError]:
        """Return an iterator of an entry or an error per event; see `PostingEngine.simulate_many`.

        Raises:
            HeraError: As `PostingEngine.simulate_many`.
        """
        return answers(events, self.simulate, chunk=chunk, pause_collector=pause_collector)

    def explain(self, event: Event) -> Explanation:
        """Return why each line of an event's entry is there.

        Raises:
            HeraError: As `simulate`.
        """
        return self._engine_for(event).explain(event)

    def _engine_for(self, event: Event) -> PostingEngine:
        """Return the engine of an event's version.

        What is no event, or has a date that is none, goes to the last one, which refuses it with
        everything that is wrong with it.
        """
        sent: object = event.to_mapping() if isinstance(event, BusinessEvent) else event
        if not isinstance(sent, Mapping):
            return self._engines[-1]
        try:
            day = accounting_date_of(sent)
        except EventError:
            return self._engines[-1]
        return self.engine_on(day)


def _loaded(
    schemas: tuple[str | Mapping[str, object] | PostingSchema, ...],
) -> tuple[PostingSchema, ...]:
    """Return the versions by date.

    Raises:
        SchemaError: With the faults of all documents, each under its position.
    """
    if not schemas:
        raise HeraError("E_GUARDRAIL", "a schema set has at least one schema")
    loaded: list[PostingSchema] = []
    found: list[Diagnostic] = []
    for number, source in enumerate(schemas, start=1):
        try:
            loaded.append(load_schema(source))
        except SchemaError as error:
            found += (_named(fault, f"schema {number}") for fault in error.diagnostics)
    if found:
        raise SchemaError(found)
    return in_order(loaded)


def _named(fault: Diagnostic, title: str) -> Diagnostic:
    """Return a diagnostic that says which of several documents it is about."""
    return replace(fault, file=f"<{title}>")
