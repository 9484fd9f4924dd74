"""How the rules of the ledger ask a repository, without knowing whether it answers at once.

A rule is a generator: it yields what it asks and is sent the answer. `answered` and
`answered_later` drive one over a repository and over one of coroutines, so each rule stands once.
Every answer is looked at on its way (`hera_engine.ledger.answers`).
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypeVar

from hera_engine.configuration import Configuration
from hera_engine.errors import HeraError, StorageError
from hera_engine.ledger.answers import failed, looked_at
from hera_engine.repository import AsyncRepository, Change, Configured, Outcome, Query, Repository
from hera_engine.transactions import Transaction, TransactionHeader

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Ask:
    """A verb of the repository and what it is called with."""

    verb: str
    arguments: tuple[object, ...]


Steps: TypeAlias = Generator[Ask, Any, _Result]
"""A rule under way: yields what it asks, ends with its result."""


def answered(steps: Steps[_Result], repository: Repository) -> _Result:
    """Run a rule over a repository.

    Raises:
        HeraError: What the rule refuses; E_UPSTREAM if the repository fails.
    """
    try:
        ask = next(steps)
        while True:
            try:
                answer = getattr(repository, ask.verb)(*ask.arguments)
            except Exception as error:
                raise failed(error) from error
            ask = steps.send(looked_at(ask.verb, ask.arguments, answer))
    except StopIteration as end:
        result: _Result = end.value
        return result


async def answered_later(steps: Steps[_Result], repository: AsyncRepository) -> _Result:
    """Run a rule over a repository of coroutines.

    Raises:
        HeraError: What the rule refuses; E_UPSTREAM if the repository fails.
    """
    try:
        ask = next(steps)
        while True:
            try:
                answer = await getattr(repository, ask.verb)(*ask.arguments)
            except Exception as error:
                raise failed(error) from error
            ask = steps.send(looked_at(ask.verb, ask.arguments, answer))
    except StopIteration as end:
        result: _Result = end.value
        return result


# --- the verbs ------------------------------------------------------------------------------


def fetched(organization_id: str, ids: Sequence[str]) -> Steps[dict[str, Transaction]]:
    """Ask for transactions; return those there are by id."""
    found: tuple[Transaction, ...] = yield Ask("fetch", (organization_id, tuple(ids)))
    return {each.id: each for each in found}


def listed(organization_id: str, query: Query) -> Steps[tuple[TransactionHeader, ...]]:
    """Ask for a page of headers."""
    found: tuple[TransactionHeader, ...] = yield Ask("find", (organization_id, query))
    return found


def committed(change: Change) -> Steps[Outcome]:
    """Ask for a change.

    Raises:
        HeraError: E_INTERNAL for an id that stands twice in a new transaction.
    """
    new = change.create
    if new is not None and len({new.id, *(line.id for line in new.lines)}) <= len(new.lines):
        hint = "let the id source return str(uuid.uuid4())"
        raise HeraError("E_INTERNAL", "the id source gave one id twice", hint=hint)
    outcome: Outcome = yield Ask("commit", (change,))
    return outcome


def configured(configuration: Configuration, expected: str | None) -> Steps[Configured]:
    """Ask to store a configuration in place of the version that is expected."""
    outcome: Configured = yield Ask("configure", (configuration, expected))
    return outcome


def configuration_of(organization_id: str) -> Steps[Configuration | None]:
    """Ask for a configuration."""
    found: Configuration | None = yield Ask("configuration", (organization_id,))
    return found


def version_of(organization_id: str) -> Steps[str | None]:
    """Ask for the version of a configuration."""
    found: str | None = yield Ask("configuration_version", (organization_id,))
    return found


ATTEMPTS: Final = 16
"""How often a rule starts again when what it builds on has changed under it."""


def kept_changing() -> StorageError:
    """Return the error that tells of a change that never found its ground unchanged."""
    return StorageError(
        "E_UPSTREAM",
        f"what the call builds on changed {ATTEMPTS} times while it was at work",
        hint="repeat the call",
    )
