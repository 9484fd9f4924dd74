"""Reads a business event once, refuses what does not fit, and gives its facts.

Everything a caller sends is checked here and nowhere else: types, digits, signs, currencies,
dates and limits. All problems of an event are reported together. What comes out is `Facts`:
deep-frozen, with the amounts of a negative event already turned positive.
"""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final, NamedTuple

from hera_engine.accounts import is_uuid
from hera_engine.errors import HeraError, Problem, ProblemList
from hera_engine.event_reader import EventReader
from hera_engine.event_shape import EventShape, Shaped, hold, turned
from hera_engine.exchange_rates import AppliedRate, RateError, RateTable
from hera_engine.facts import EVENT_FIELDS, Facts, GivenItem, Payment, facts_of
from hera_engine.frozen import EMPTY, FrozenMap, thawed
from hera_engine.money import ZERO, currency_exponent, exact_negate, format_amount
from hera_engine.settings import Settings
from hera_engine.smart_codes import SmartCodeError, parse_smart_code

Expectation = Callable[[Facts], Sequence[Problem]]
"""Tells what the rule of an event, which has a smart code, misses in its business context."""


ShapeOf = Callable[[str], EventShape | None]
"""Returns what the declaration of a smart code asks of its events; None without one."""


def _expect_nothing(_facts: Facts) -> tuple[Problem, ...]:
    return ()


class _Header(NamedTuple):
    """The first fields of `Facts`, in their order; placeholders where a problem was noted."""

    organization_id: str
    event_smart_code: str
    route_code: str
    total_amount: Decimal
    negative: bool
    currency: str
    exponent: int
    base_currency: str
    base_exponent: int
    exchange_rate: Fraction
    exchange_rate_stated: str
    transaction_date: date | None
    posting_date: date | None


def read_event(
    event: Mapping[str, object],
    settings: Settings,
    expect: Expectation = _expect_nothing,
    shape_of: ShapeOf | None = None,
    rates: RateTable | None = None,
) -> Facts:
    """Return the facts of a business event.

    Args:
        event: The event as plain values: strings, integers, Decimals, Booleans, None, lists
            and mappings. It is copied; later changes by the caller change nothing.
        settings: What a strict engine refuses in addition.
        expect: Tells which fields the event's rule needs and the event does not have.
        shape_of: Tells what the schema declares of the event, if it declares any.
        rates: Where an exchange rate that is not sent is read, by accounting date.

    Raises:
        EventError: With every problem found; a code of its own where that is all that is wrong,
            else E_GUARDRAIL.
    """
    reader = EventReader(ProblemList())
    reader.refuse_unknown(event, EVENT_FIELDS, "")
    header, applied = _header(reader, event, settings, rates)
    shaped, unfit = _shaped(reader, event, header, shape_of)
    facts = _facts(reader, event, header, shaped, applied)
    _check_total(reader, facts, event, settings)
    seen = _turned(reader, facts, shaped)
    reader.add_new(unfit.found)
    if facts.route_code:
        reader.add_new(expect(facts))
    reader.problems.raise_if_any()
    return seen


def _facts(
    reader: EventReader,
    event: Mapping[str, object],
    header: _Header,
    shaped: Shaped,
    applied: AppliedRate | None,
) -> Facts:
    """Return the facts with amounts as they were sent, noting what is wrong with each field."""
    context, exponent, path = shaped.context, header.exponent, "business_context"
    sent = thawed(context)  # A dict is asked in half the time.
    tax_point_date = reader.day(sent, "tax_point_date", path)
    external_reference = reader.reference(event, "external_reference", "")
    simulate = reader.truth(event, "simulate", "") or False
    metadata = reader.tree(event.get("metadata"), "metadata")
    sale_amount = reader.money(sent, "sale_amount", exponent)
    tip_amount = reader.money(sent, "tip_amount", exponent) or ZERO
    tax_amount = reader.money(sent, "tax_amount", exponent)
    discount_amount = reader.money(sent, "discount_amount", exponent) or ZERO
    fee_amount = reader.money(sent, "fee_amount", exponent) or ZERO
    tax_inclusive = reader.truth(sent, "tax_inclusive", path)
    tax_exempt = reader.truth(sent, "tax_exempt", path) or False
    tax_category = reader.word(sent, "tax_category", path)
    payment_method = reader.word(sent, "payment_method", path)
    items = _items(reader, sent, exponent)
    payments = _payments(reader, sent, exponent)
    return facts_of((
        *header, tax_point_date, external_reference, simulate, context, metadata,
        sale_amount, tip_amount, tax_amount, discount_amount, fee_amount,
        tax_inclusive, tax_exempt, tax_category, payment_method, items, payments,
        False, False, EMPTY, shaped.defaults, EMPTY, EMPTY, applied,
    ))  # fmt: skip


def _shaped(
    reader: EventReader, event: Mapping[str, object], header: _Header, shape_of: ShapeOf | None
) -> tuple[Shaped, ProblemList]:
    """Return the business context, as its declaration has it where there is one."""
    context = reader.context(event.get("business_context"), "business_context")
    shape = shape_of(header.route_code) if shape_of and header.route_code else None
    if shape is None:
        return Shaped(context), ProblemList()
    return hold(event, context, shape, header.exponent)


def accounting_date_of(event: Mapping[str, object]) -> date | None:
    """Return the date that chooses schema version and period, before an event is read.

    Raises:
        EventError: If the posting or the transaction date is none.
    """
    reader = EventReader(ProblemList())
    posting = reader.day(event, "posting_date", "")
    transaction = reader.day(event, "transaction_date", "")
    reader.problems.raise_if_any()
    return posting or transaction


def smart_code_of(event: Mapping[str, object], settings: Settings) -> str:
    """Return the smart code of an event in its matching form, before the event is read.

    Raises:
        EventError: If there is none, or it is none.
    """
    reader = EventReader(ProblemList())
    _, route = _smart_code(reader, event.get("event_smart_code"), settings)
    reader.problems.raise_if_any()
    return route


def _header(
    reader: EventReader,
    event: Mapping[str, object],
    settings: Settings,
    rates: RateTable | None,
) -> tuple[_Header, AppliedRate | None]:
    """Return the header, and the rate that was read for it, noting what is wrong."""
    currency, exponent = _currency(reader, event, "currency")
    base, base_exponent = currency, exponent
    if event.get("base_currency") is not None:
        base, base_exponent = _currency(reader, event, "base_currency")
    code, route = _smart_code(reader, event.get("event_smart_code"), settings)
    days = reader.day(event, "transaction_date", ""), reader.day(event, "posting_date", "")
    given = event.get("exchange_rate")
    applied = None
    if given is None and base != currency and rates is not None:
        applied = _rate_of_table(reader, rates, (currency, base), days[1] or days[0])
        rate, stated = (_ONE, "1") if applied is None else (applied.rate, applied.stated)
    else:
        rate, stated = _exchange_rate(reader, given, currency=currency, base_currency=base)
    total = reader.money(event, "total_amount", exponent, path="") or ZERO
    if event.get("total_amount") is None:
        reader.problems.add("total_amount", "is missing", "send the total as a decimal string")
    organization = _organization(reader, event.get("organization_id"), settings)
    return _Header(
        organization, code, route, total, total < 0, currency, exponent, base, base_exponent,
        rate, stated, *days,
    ), applied  # fmt: skip


_ONE: Final = Fraction(1)
"""The exchange rate between equal currencies."""


def _organization(reader: EventReader, value: object, settings: Settings) -> str:
    """Return the organization's id; an absent one has a code of its own."""
    if value is None or (type(value) is str and not value):
        reader.required("organization_id", "is missing", "E_ORG_REQUIRED")
        return ""
    if not reader.is_printable(value, "organization_id"):
        return ""
    text = str(value)
    if settings.require_uuid_ids and not is_uuid(text):
        reader.problems.add("organization_id", "is not a UUID", "send the organization's UUID")
    return text


def _smart_code(reader: EventReader, value: object, settings: Settings) -> tuple[str, str]:
    """Return the smart code as sent and in its matching form."""
    try:
        route = parse_smart_code(value, strict=settings.strict_smart_codes)
        return str(value), route
    except SmartCodeError as error:
        hint = "send a code such as HERA.POS.SALE.V1"
        message = "is missing" if value is None else error.reason
        reader.required("event_smart_code", message, "E_SMART_CODE_REQUIRED", hint)
        return "", ""


def _currency(reader: EventReader, event: Mapping[str, object], key: str) -> tuple[str, int]:
    """Return a currency code and its exponent; 12 decimals pass where it is not known."""
    value = event.get(key)
    if not isinstance(value, str):
        message = "is missing" if value is None else "is not a string"
        reader.problems.add(key, message, "send an ISO 4217 code such as USD")
        return "", 12
    try:
        return value, currency_exponent(value)
    except HeraError as error:
        reader.problems.add(key, error.message, error.hint)
        return "", 12


def _rate_of_table(
    reader: EventReader, rates: RateTable, pair: tuple[str, str], day: date | None
) -> AppliedRate | None:
    """Return the rate of a table for the accounting date, or None with a problem noted."""
    if "" in pair:
        return None  # a currency that is not known is noted already
    try:
        return rates.rate(*pair, day)
    except RateError as error:
        problem = Problem(
            "exchange_rate", f"is missing, and there is {error.message}", error.hint, error.code
        )
        reader.problems.found.append(problem)
        return None


def _exchange_rate(
    reader: EventReader, value: object, *, currency: str, base_currency: str
) -> tuple[Fraction, str]:
    """Return base units per transaction unit, exact, and the rate as stated."""
    foreign = currency != base_currency
    if value is None:
        if foreign:
            hint = "send base units per transaction unit, or {'per_base': …}"
            reader.problems.add("exchange_rate", "is missing, and base_currency differs", hint)
        return _ONE, "1"
    inverse = isinstance(value, Mapping)
    path, given = "exchange_rate", value
    if isinstance(value, Mapping):
        reader.refuse_unknown(value, ("per_base",), "exchange_rate")
        path, given = "exchange_rate.per_base", value.get("per_base")
    number = reader.number(given, path)
    if number is None:
        return _ONE, "1"
    if number <= 0:
        reader.problems.add(path, "is not above zero", "send a positive rate")
        return _ONE, "1"
    rate = 1 / Fraction(number) if inverse else Fraction(number)
    if not foreign and rate != _ONE:
        reader.problems.add(path, "is not 1, but both currencies are the same", "leave it out")
        return _ONE, "1"
    stated = format_amount(number)
    return rate, f"1/{stated}" if inverse else stated


def _items(
    reader: EventReader, context: Mapping[str, object], exponent: int
) -> tuple[GivenItem, ...] | None:
    """Return the items of the event, or None where it has none."""
    found = reader.records(context, "items")
    return None if found is None else tuple(_item(reader, *each, exponent) for each in found)


def _item(reader: EventReader, fields: FrozenMap, path: str, exponent: int) -> GivenItem:
    amount = reader.price(fields, path, exponent)
    discount = reader.money(fields, "discount", exponent, path=path) or ZERO
    if discount < 0 < amount:
        reader.problems.add(f"{path}.discount", "is negative", "send what is taken off")
    signed = exact_negate(discount) if amount < 0 < discount else discount
    if abs_units(signed) > abs_units(amount):
        reader.problems.add(f"{path}.discount", "is more than the item's amount")
    return GivenItem(
        amount=amount,
        discount=signed,
        category=reader.word(fields, "tax_category", path),
        exempt=reader.truth(fields, "tax_exempt", path) or False,
        inclusive=reader.truth(fields, "tax_inclusive", path),
        fields=fields,
    )


def _payments(
    reader: EventReader, context: Mapping[str, object], exponent: int
) -> tuple[Payment, ...] | None:
    """Return the payments of the event, or None where it has none."""
    found = reader.records(context, "payments")
    if found is None:
        return None
    payments = []
    for fields, path in found:
        amount = reader.money(fields, "amount", exponent, path=path)
        if fields.get("amount") is None:
            reader.problems.add(f"{path}.amount", "is missing")
        payments.append(
            Payment(
                method=reader.word(fields, "method", path),
                amount=amount or ZERO,
                reference=reader.reference(fields, "reference", path),
                fields=fields,
            )
        )
    return tuple(payments)


def abs_units(amount: Decimal) -> Decimal:
    """Return the absolute value without touching the ambient decimal context."""
    return amount.copy_abs()


def _check_total(
    reader: EventReader, facts: Facts, event: Mapping[str, object], settings: Settings
) -> None:
    """Note a total that is zero for nothing, or negative where that is refused."""
    nothing = not (facts.total_amount or facts.items or facts.payments)
    if nothing and event.get("total_amount") is not None:
        noted = any(problem.path == "total_amount" for problem in reader.problems.found)
        if not noted:
            reader.problems.add("total_amount", "is zero, and there are no items or payments")
    if facts.negative and settings.refuse_negative_totals:
        hint = "send a positive total with a refund's smart code"
        reader.problems.add("total_amount", "is negative", hint)


def _turned(reader: EventReader, facts: Facts, shaped: Shaped) -> Facts:
    """Return the facts with every component and every declared amount seen as positive.

    Defaults are so already, and tell nothing of the sign that the event was sent with.
    """
    if not (facts.negative or _is_any_below(facts, shaped)):
        return facts
    own = tuple((amount.path, amount.value) for amount in shaped.amounts if amount.value)
    sent = (each for each in _components(facts) if each[0] not in shaped.presets)
    seen = _turned_components(reader, facts, (*sent, *own), shaped.presets)
    if not facts.negative or not (shaped.amounts or shaped.settled or shaped.presets):
        return seen
    return replace(seen, settled=FrozenMap(turned(shaped, with_total=not seen.components_positive)))


def _is_any_below(facts: Facts, shaped: Shaped) -> bool:
    """Whether a component or a declared amount, defaults among them, is below zero."""
    return (
        (facts.sale_amount is not None and facts.sale_amount < 0)
        or facts.tip_amount < 0
        or (facts.tax_amount is not None and facts.tax_amount < 0)
        or facts.discount_amount < 0
        or facts.fee_amount < 0
        or (bool(facts.payments) and any(each.amount < 0 for each in facts.payments or ()))
        or (bool(shaped.amounts) and any(each.value < 0 for each in shaped.amounts))
    )


def _turned_components(
    reader: EventReader,
    facts: Facts,
    components: tuple[tuple[str, Decimal], ...],
    presets: Container[str],
) -> Facts:
    """Return the facts with every component seen as positive; those at ``presets`` are.

    The components of an event carry the total's sign throughout or are all positive; a
    mixture is noted as a problem. Items alone may have the opposite sign.
    """
    below = [path for path, amount in components if amount < 0]
    above = [path for path, amount in components if amount > 0]
    if below and (above or not facts.negative):
        total = "negative" if facts.negative else "positive"
        for path in below if not facts.negative else above:
            reader.problems.add(
                path,
                f"has another sign than the rest of the event, whose total is {total}",
                "send all components with the total's sign, or all positive",
            )
        return facts
    if not facts.negative:
        return facts
    positive = replace(facts, total_amount=exact_negate(facts.total_amount))
    if below:
        return _turn_components(_turn_items(positive, presets), presets)
    if not components and _items_lean_negative(facts, presets):
        return _turn_items(positive, presets)
    return replace(positive, components_positive=bool(components or facts.items))


def _components(facts: Facts) -> tuple[tuple[str, Decimal], ...]:
    """Return each component's path and amount, zeros left out, in document order."""
    named = (
        ("sale_amount", facts.sale_amount),
        ("tip_amount", facts.tip_amount),
        ("tax_amount", facts.tax_amount),
        ("discount_amount", facts.discount_amount),
        ("fee_amount", facts.fee_amount),
        *(
            (f"payments[{index}].amount", payment.amount)
            for index, payment in enumerate(facts.payments or ())
        ),
    )
    return tuple((f"business_context.{path}", amount) for path, amount in named if amount)


def _items_lean_negative(facts: Facts, presets: Container[str]) -> bool:
    """Whether the items, summed, are below zero: then they carry a negative total's sign.

    What counts is what they cost after their own discounts, as in the total.
    """
    items = (
        each
        for index, each in enumerate(facts.items or ())
        if f"business_context.items[{index}].amount" not in presets
    )
    return sum((Fraction(each.amount) - Fraction(each.discount) for each in items), Fraction()) < 0


def _turn_items(facts: Facts, presets: Container[str]) -> Facts:
    items = facts.items and tuple(
        item
        if f"business_context.items[{index}].amount" in presets
        else item._replace(amount=exact_negate(item.amount), discount=exact_negate(item.discount))
        for index, item in enumerate(facts.items)
    )
    return replace(facts, items=items, components_negative=True)


def _turn_components(facts: Facts, presets: Container[str]) -> Facts:
    def turned_unless_preset(name: str, amount: Decimal) -> Decimal:
        return amount if f"business_context.{name}" in presets else exact_negate(amount)

    def turned_if_stated(name: str, amount: Decimal | None) -> Decimal | None:
        return None if amount is None else turned_unless_preset(name, amount)

    payments = facts.payments and tuple(
        replace(payment, amount=turned_unless_preset(f"payments[{index}].amount", payment.amount))
        for index, payment in enumerate(facts.payments)
    )
    return replace(
        facts,
        sale_amount=turned_if_stated("sale_amount", facts.sale_amount),
        tip_amount=turned_unless_preset("tip_amount", facts.tip_amount),
        tax_amount=turned_if_stated("tax_amount", facts.tax_amount),
        discount_amount=turned_unless_preset("discount_amount", facts.discount_amount),
        fee_amount=turned_unless_preset("fee_amount", facts.fee_amount),
        payments=payments,
        components_negative=True,
    )
