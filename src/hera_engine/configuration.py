"""What an organization's books are kept by: accounts, schemas, bindings, periods, rates.

A `Configuration` is one immutable value that a repository keeps for an organization. It holds
documents as they were given; the ledger compiles them. Two are equal if they say the same.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date
from enum import StrEnum
from itertools import pairwise
from types import MappingProxyType
from typing import Final, Self

from hera_engine import limits
from hera_engine.accounts import Account, Chart, account_from_mapping
from hera_engine.errors import HeraError, did_you_mean
from hera_engine.frozen import FrozenMap, to_plain, why_not_clean
from hera_engine.money import currency_exponent
from hera_engine.patterns import Glob, Pattern, PatternError, event_pattern
from hera_engine.periods import ALWAYS, FISCAL_PERIODS, FISCAL_YEARS, Period
from hera_engine.routing import SharedCodes
from hera_engine.smart_codes import canonical_code
from hera_engine.stored import Record

KERNEL_TYPES: Final = (
    "JOURNAL", "SALES_INVOICE", "SALES_RECEIPT", "PURCHASE_BILL", "PAYMENT", "ADJUSTMENT",
)  # fmt: skip
"""What a transaction can be in the kernel."""

DEFAULT_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "JOURNAL": "JOURNAL",
        "SALES_INVOICE": "SALES_INVOICE",
        "SALES_RECEIPT": "SALES_RECEIPT",
        "PURCHASE_BILL": "PURCHASE_BILL",
        "PAYMENT": "PAYMENT",
        "ADJUSTMENT": "ADJUSTMENT",
        "GL_JOURNAL": "JOURNAL",
        "JOURNAL_ENTRY": "JOURNAL",
        "SALE": "SALES_RECEIPT",
        "SERVICE_SALE": "SALES_RECEIPT",
        "POS_SALE": "SALES_RECEIPT",
        "REFUND": "SALES_RECEIPT",
        "INVOICE": "SALES_INVOICE",
        "APPOINTMENT": "SALES_INVOICE",
        "APPOINTMENT_CHARGE": "SALES_INVOICE",
        "PURCHASE": "PURCHASE_BILL",
        "BILL": "PURCHASE_BILL",
        "SETTLEMENT": "PAYMENT",
        "INVENTORY_ADJUSTMENT": "ADJUSTMENT",
    }
)
"""Which kernel type an application's type is, where a configuration says nothing else."""

_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
"""What no text of a store may hold."""
PERIOD_FIELDS: Final = ("code", "start", "end", "status", "fiscal_year", "fiscal_period")
"""What a period may say."""
PRIORITIES: Final = 10**9
"""The highest priority of a binding; the lowest is as far below zero."""
BINDING_FIELDS: Final = (
    "event", "schema", "tax_profile", "priority", "effective_from", "effective_to",
)  # fmt: skip
"""What a binding may say."""


class ReversalStyle(StrEnum):
    """How a correction takes back a line of a journal: on the other side, or below zero."""

    MIRROR = "mirror"
    STORNO = "storno"


class PeriodStatus(StrEnum):
    """Whether a period still takes entries."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountingPeriod:
    """Days whose entries are closed together.

    Attributes:
        code: Such as 2025-01.
        days: First and last day, both included.
        status: Open or closed.
        fiscal_year: What entries of it say, from 1 to 9999; None leaves it to the engine's
            calendar.
        fiscal_period: As the year, from 1 to 366.

    Raises:
        HeraError: E_GUARDRAIL for a fiscal year or period beyond these.
    """

    code: str
    days: Period
    status: PeriodStatus = PeriodStatus.OPEN
    fiscal_year: int | None = None
    fiscal_period: int | None = None

    def __post_init__(self) -> None:
        """Refuse what no entry may say."""
        if self.fiscal_year is not None:
            _refuse_beyond("period: fiscal_year", self.fiscal_year, 1, FISCAL_YEARS)
        if self.fiscal_period is not None:
            _refuse_beyond("period: fiscal_period", self.fiscal_period, 1, FISCAL_PERIODS)

    def to_dict(self) -> dict[str, object]:
        """Return the period as plain JSON values."""
        return {
            "code": self.code,
            **_days(self.days, "start", "end"),
            "status": self.status.value,
            "fiscal_year": self.fiscal_year,
            "fiscal_period": self.fiscal_period,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> Self:
        """Return the period that `to_dict` describes.

        Raises:
            HeraError: E_GUARDRAIL for an unknown key.
            ValueError: If a value is of another kind.
        """
        _refuse_unknown(data, PERIOD_FIELDS)
        said = Record(data)
        return cls(
            code=said.text("code"),
            days=Period(said.day("start"), said.day("end")),
            status=PeriodStatus(said.optional("status") or "open"),
            fiscal_year=said.whole("fiscal_year"),
            fiscal_period=said.whole("fiscal_period"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """Which schema posts which events, on which days.

    Of the bindings that match an event's code and accounting date, the one of highest priority
    governs; of equals an exact code before a pattern, then the first listed.

    Attributes:
        event: A smart code, or a glob such as ``HERA.POS.**``.
        schema: The key of a schema of the configuration.
        tax_profile: The key of a tax profile that the schema is compiled with, in place of all.
        priority: The higher goes first; a whole number of at most 10**9 on either side of zero.
        days: When it is in force.
    """

    event: str
    schema: str
    tax_profile: str | None = None
    priority: int = 0
    days: Period = ALWAYS
    pattern: Pattern = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Compile the pattern."""
        _refuse_beyond("binding: priority", self.priority, -PRIORITIES, PRIORITIES)
        try:
            object.__setattr__(self, "pattern", event_pattern(self.event, regex=False))
        except PatternError as error:
            message = f"binding: `{self.event[:64]}` {error.reason}"
            raise HeraError("E_GUARDRAIL", message) from None

    def to_dict(self) -> dict[str, object]:
        """Return the binding as plain JSON values."""
        return {
            "event": self.event,
            "schema": self.schema,
            "tax_profile": self.tax_profile,
            "priority": self.priority,
            **_days(self.days, "effective_from", "effective_to"),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> Self:
        """Return the binding that `to_dict` describes.

        Raises:
            HeraError: E_GUARDRAIL for an unknown key.
            ValueError: If a value is of another kind.
        """
        _refuse_unknown(data, BINDING_FIELDS)
        said = Record(data)
        return cls(
            event=said.text("event"),
            schema=said.text("schema"),
            tax_profile=said.optional("tax_profile"),
            priority=said.whole("priority") or 0,
            days=Period(said.day("effective_from"), said.day("effective_to")),
        )


class Routes:
    """The bindings of a configuration, found by an event's smart code; read-only.

    They are sorted once. A look-up costs what the segments of the code and the bindings that
    match it cost, however many others there are; a bounded memo changes that, and no answer.
    """

    __slots__ = ("_bound", "_listed", "_memo", "_shared")

    def __init__(self, bindings: Iterable[Binding]) -> None:
        self._listed = tuple(bindings)
        order = sorted(self._listed, key=lambda each: (-each.priority, "*" in each.event))
        bound: dict[Pattern, list[tuple[int, Binding]]] = {}
        for rank, each in enumerate(order):
            bound.setdefault(each.pattern, []).append((rank, each))
        self._bound = tuple(bound.values())
        self._shared = SharedCodes(bound)
        self._memo: dict[str, tuple[Binding, ...]] = {}

    def matching(self, code: str) -> tuple[Binding, ...]:
        """Return the bindings that match a smart code, on whatever day, who governs first first."""
        matching = self._memo.get(code)
        if matching is None:
            places, _ = self._shared.sharing(Glob(canonical_code(code)))
            found = sorted(ranked for place in places for ranked in self._bound[place])
            matching = tuple(each for _, each in found)
            if len(self._memo) >= limits.MEMO_ENTRIES:
                self._memo.clear()
            self._memo[code] = matching
        return matching

    def __reduce__(self) -> tuple[type["Routes"], tuple[tuple[Binding, ...]]]:
        return Routes, (self._listed,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What the books of one organization are kept by.

    Attributes:
        organization_id: Whose.
        chart: Its accounts; without any, the accounts of manual journals are not looked up.
        schemas: Posting schemas by key, each a text or an object in the JSON form.
        tax_profiles: Tax profiles by key, each an object.
        bindings: Which schema posts what.
        periods: Accounting periods; without any, every day is open.
        exchange_rates: As `RateTable.from_mapping` reads them; empty without rates.
        types: Kernel types by application type, beside `DEFAULT_TYPES`.
        base_currency: Of the books; None leaves it to each event and to each journal's currency.
        reversal_style: How lines are taken back. In storno style a journal may be written with
            amounts below zero; otherwise such an amount stands on the other side.
        version: An opaque text that the repository gives and that changes with every change.
        accounts: Those of the chart, to be found by id or code.
        routes: The bindings, to be found by the code of an event.
    """

    organization_id: str
    chart: tuple[Account, ...] = ()
    schemas: FrozenMap = FrozenMap()
    tax_profiles: FrozenMap = FrozenMap()
    bindings: tuple[Binding, ...] = ()
    periods: tuple[AccountingPeriod, ...] = ()
    exchange_rates: FrozenMap = FrozenMap()
    types: FrozenMap = FrozenMap()
    base_currency: str | None = None
    reversal_style: ReversalStyle = ReversalStyle.MIRROR
    version: str = ""
    accounts: Chart = field(init=False, repr=False, compare=False)
    routes: Routes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse what leads nowhere, what stands twice, and what no store can hold."""
        self._refuse_unclean()
        self._refuse_unstorable()
        if self.base_currency is not None:
            try:
                currency_exponent(self.base_currency)
            except HeraError as error:
                message = f"configuration: base currency: {error.message}"
                raise HeraError("E_GUARDRAIL", message, hint=error.hint) from None
        _refuse_twice("period of the code", (period.code for period in self.periods))
        _refuse_twice("account of the code", (each.code for each in self.chart if each.code))
        _refuse_twice("account of the id", (each.id for each in self.chart if each.id))
        object.__setattr__(self, "accounts", Chart(self.chart))
        object.__setattr__(self, "routes", Routes(self.bindings))
        for binding in self.bindings:
            _known(binding.schema, self.schemas, "schema")
            if binding.tax_profile is not None:
                _known(binding.tax_profile, self.tax_profiles, "tax profile")
        for kernel_type in self.types.values():
            _known(str(kernel_type), KERNEL_TYPES, "kernel type")
        for period in self.periods:
            if period.days.is_empty:
                message = f"configuration: the period {period.code!a} ends before it begins"
                raise HeraError("E_GUARDRAIL", message)
        ordered = sorted(self.periods, key=lambda period: period.days.starts)
        for earlier, later in pairwise(ordered):
            if earlier.days.common(later.days) is not None:
                both = f"{earlier.code} and {later.code}"
                raise HeraError("E_GUARDRAIL", f"configuration: periods {both} share a day")

    def _refuse_unclean(self) -> None:
        """Refuse keys and codes that hide something or that a store cannot hold."""
        for what, names in (
            ("organization", [self.organization_id]),
            ("schema", self.schemas),
            ("tax profile", self.tax_profiles),
            ("type", self.types),
            ("exchange rate", self.exchange_rates),
            ("period", [period.code for period in self.periods]),
            ("account id", [each.id for each in self.chart if each.id]),
            ("account code", [each.code for each in self.chart if each.code]),
        ):
            for name in names:
                reason = why_not_clean(name)
                if reason is not None:
                    shown = ascii(name[: limits.KEY_CHARACTERS])
                    raise HeraError("E_GUARDRAIL", f"configuration: {what} {shown} {reason}")

    def _refuse_unstorable(self) -> None:
        """Refuse texts that are no Unicode, or hold a NUL, wherever they stand."""
        open_values: list[object] = [
            self.schemas, self.tax_profiles, self.exchange_rates,
            *(asdict(account) for account in self.chart),
        ]  # fmt: skip
        while open_values:
            value = open_values.pop()
            if isinstance(value, Mapping):
                open_values += [*value, *value.values()]
            elif isinstance(value, list | tuple):
                open_values += value
            elif isinstance(value, str) and _UNSTORABLE.search(value) is not None:
                message = "configuration: a text holds a NUL or a lone surrogate"
                raise HeraError("E_GUARDRAIL", message, hint="take it out")

    def kernel_type(self, transaction_type: str) -> str | None:
        """Return the kernel type of an application's type, or None if it has none."""
        own = self.types.get(transaction_type)
        return own if isinstance(own, str) else DEFAULT_TYPES.get(transaction_type)

    def period_of(self, day: date) -> AccountingPeriod | None:
        """Return the period a day lies in, or None."""
        return next((period for period in self.periods if period.days.holds(day)), None)

    def with_period(self, code: str, status: PeriodStatus) -> "Configuration":
        """Return the configuration with a period opened or closed.

        Raises:
            HeraError: E_GUARDRAIL if there is no period of this code.
        """
        _known(code, tuple(period.code for period in self.periods), "period")
        changed = (
            replace(period, status=status) if period.code == code else period
            for period in self.periods
        )
        return replace(self, periods=tuple(changed))

    def to_dict(self) -> dict[str, object]:
        """Return the configuration as plain JSON values, without the version."""
        return {
            "organization_id": self.organization_id,
            "chart": [asdict(account) for account in self.chart],
            "schemas": to_plain(self.schemas),
            "tax_profiles": to_plain(self.tax_profiles),
            "bindings": [binding.to_dict() for binding in self.bindings],
            "periods": [period.to_dict() for period in self.periods],
            "exchange_rates": to_plain(self.exchange_rates),
            "types": to_plain(self.types),
            "base_currency": self.base_currency,
            "reversal_style": self.reversal_style.value,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, object], *, version: str = "") -> Self:
        """Return the configuration that plain JSON values describe, as `to_dict` gives them.

        Everything but ``organization_id`` may be left out.

        Raises:
            HeraError: E_GUARDRAIL for what is no object, an unknown key, a value of another
                kind, a binding that leads nowhere, or periods that share a day.
        """
        _refuse_unknown(
            data, [each.name for each in fields(cls) if each.init and each.name != "version"]
        )
        said = Record(data)
        try:
            return cls(
                organization_id=said.text("organization_id"),
                chart=tuple(map(account_from_mapping, said.records("chart"))),
                schemas=said.tree("schemas"),
                tax_profiles=said.tree("tax_profiles"),
                bindings=tuple(map(Binding.from_dict, said.records("bindings"))),
                periods=tuple(map(AccountingPeriod.from_dict, said.records("periods"))),
                exchange_rates=said.tree("exchange_rates"),
                types=said.tree("types"),
                base_currency=said.optional("base_currency"),
                reversal_style=ReversalStyle(said.optional("reversal_style") or "mirror"),
                version=version,
            )
        except ValueError as error:
            raise HeraError("E_GUARDRAIL", f"configuration: {error}") from None


def _refuse_unknown(data: object, known: Iterable[str]) -> None:
    """Refuse what is no object, and keys that are not known."""
    if not isinstance(data, Mapping):
        hint = "pass a dict of the documented keys"
        raise HeraError("E_GUARDRAIL", "configuration: is no object", hint=hint)
    for key in data:
        _known(key if isinstance(key, str) else "(no text)", known, "key")


def _refuse_beyond(what: str, number: object, least: int, most: int) -> None:
    """Refuse what is no whole number between two, without spelling it out."""
    if type(number) is not int or not least <= number <= most:
        message = f"configuration: {what} is not a whole number from {least} to {most}"
        raise HeraError("E_GUARDRAIL", message)


def _refuse_twice(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            shown = ascii(name[: limits.KEY_CHARACTERS])
            raise HeraError("E_GUARDRAIL", f"configuration: there are two: {what} {shown}")
        seen.add(name)


def _known(name: str, known: Iterable[str], what: str) -> None:
    names = tuple(known)
    if name not in names:
        shown = ascii(name[: limits.KEY_CHARACTERS])[1:-1]
        hint = did_you_mean(shown, names)
        raise HeraError("E_GUARDRAIL", f"configuration: there is no {what} `{shown}`", hint=hint)


def _days(days: Period, first: str, last: str) -> dict[str, object]:
    """Return the ends of a period as plain JSON values under these names."""
    return {
        first: None if days.first is None else days.first.isoformat(),
        last: None if days.last is None else days.last.isoformat(),
    }
