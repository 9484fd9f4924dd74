"""Own stages: what a caller may add to a plan, and the law each of them is held to.

A stage sees the facts and the unmerged lines and says what it adds; the runner, not the stage,
appends it, and checks at once that the addition keeps every promise: its lines balance by
themselves per ledger and currency, its facts are new names, its taxes obey net + tax = gross.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Final, Protocol, runtime_checkable

from hera_engine.accounts import Side
from hera_engine.errors import HeraError, Problem
from hera_engine.facts import Facts
from hera_engine.journal import Origin
from hera_engine.rules.drafts import DraftLine


class Phase(StrEnum):
    """When a stage runs: before the rule's lines are made, or after."""

    FACTS = "facts"
    LINES = "lines"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedLine:
    """A line a stage adds.

    ``amount`` is positive, in the event's currency, in whole minor units. Without a ledger the
    line posts to every ledger of the schema. Sides are those of the real direction: the runner
    does not mirror them.
    """

    side: Side
    account: str
    amount: Decimal
    ledger: str | None = None
    dimensions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemTaxes:
    """The tax of one item from a stage that replaces the tax stage; net + tax = gross."""

    net: Decimal
    tax: Decimal
    gross: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What a stage adds.

    ``facts`` are new names for rules to read; ``taxes`` has one member per item and only comes
    from a stage that replaces ``tax``; any problem refuses the event.
    """

    facts: Mapping[str, object] = field(default_factory=dict)
    lines: Sequence[AddedLine] = ()
    warnings: Sequence[str] = ()
    problems: Sequence[Problem] = ()
    taxes: Sequence[ItemTaxes] | None = None


@runtime_checkable
class Stage(Protocol):
    """One step of a posting plan: pure, deterministic, blind to other stages.

    It may be asked more than once for one event, and is shown sequences and facts that are made
    when it looks at them: a stage that reads little costs little.

    A stage may also have these attributes: ``phase`` (a `Phase`, lines by default), ``provides``
    (names of the facts it adds, which rules may then read; it then runs in the facts phase),
    ``replaces`` ("tax"), and ``version`` (a string that enters the fingerprint).
    """

    @property
    def name(self) -> str:
        """Stable identifier, shown in origins, explanations and errors."""

    def contribute(self, facts: Facts, lines: Sequence[DraftLine]) -> Contribution:
        """Return what this stage adds to ``lines``; the runner, not the stage, appends it."""


TAX: Final = "tax"
RESERVED: Final = ("facts", "lines", "closing", TAX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A stage with what it declared when it was registered; ``origin`` is that of its lines."""

    stage: Stage
    name: str
    phase: Phase
    provides: tuple[str, ...]
    replaces_tax: bool
    version: str
    origin: Origin = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Make the origin of its lines once."""
        object.__setattr__(self, "origin", Origin(self.name, None, self.name))


def register(stages: Iterable[Stage]) -> tuple[Registered, ...]:
    """Return the stages with their declarations, in the caller's order.

    Raises:
        HeraError: E_GUARDRAIL for what is no stage, a name used twice or reserved, or an
            unknown phase or replacement.
    """
    found: list[Registered] = []
    for stage in stages:
        try:
            entry = _register(stage)
        except HeraError:
            raise
        except Exception as error:  # a caller's attributes may raise anything
            what = f"`{type(stage).__name__}` raised {type(error).__name__} when it was asked"
            raise HeraError("E_GUARDRAIL", f"{what} for its declarations") from error
        if entry.name in RESERVED or any(entry.name == other.name for other in found):
            raise HeraError("E_GUARDRAIL", f"stage name `{entry.name}` is taken")
        if entry.replaces_tax and any(other.replaces_tax for other in found):
            raise HeraError("E_GUARDRAIL", f"stage `{entry.name}` replaces tax a second time")
        found.append(entry)
    return tuple(found)


def _register(stage: object) -> Registered:
    name = getattr(stage, "name", None)
    if not isinstance(name, str) or not name or not callable(getattr(stage, "contribute", None)):
        raise HeraError(
            "E_GUARDRAIL",
            f"`{type(stage).__name__}` is not a stage",
            hint="a stage has a `name` and a method `contribute(facts, lines)`",
        )
    provides = getattr(stage, "provides", ())
    if not isinstance(provides, tuple | list) or not all(
        isinstance(fact, str) for fact in provides
    ):
        raise HeraError("E_GUARDRAIL", f"stage `{name}` provides what is no tuple of names")
    replaces = getattr(stage, "replaces", None)
    default = Phase.FACTS if provides or replaces else Phase.LINES
    phase = getattr(stage, "phase", default)
    if phase not in tuple(Phase) or replaces not in (None, TAX):
        raise HeraError(
            "E_GUARDRAIL",
            f"stage `{name}` declares phase `{phase}` and replaces `{replaces}`",
            hint="a phase is facts or lines; only tax can be replaced",
        )
    if replaces == TAX and phase == Phase.LINES:
        raise HeraError("E_GUARDRAIL", f"stage `{name}` replaces tax, but runs after the rule")
    return Registered(
        stage=stage,  # type: ignore[arg-type] # its two members were just checked
        name=name,
        phase=Phase(phase),
        provides=tuple(provides),
        replaces_tax=replaces == TAX,
        version=str(getattr(stage, "version", "")),
    )
