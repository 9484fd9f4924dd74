"""The journal: immutable entries and lines, and the law that an entry balances.

Entries, headers and lines are named tuples: immutable, compared by value, and light to make and
to keep, because every event makes some.

A `JournalEntry` refuses to exist unless the debits and credits of each ledger agree exactly, in
the transaction currency and in the base currency. Amounts are Decimals with the minor unit's
decimals and are never negative; direction is the side alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from json.encoder import encode_basestring as quoted
from typing import NamedTuple, Self

from hera_engine.accounts import PostedAccount, Side
from hera_engine.errors import Place, Pointer, PostingRejected, Span
from hera_engine.frozen import FrozenMap, json_of, to_plain
from hera_engine.money import ZERO, exact_add, exact_subtract, format_amount


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a line comes from: the rule, its words in the schema, and the stage that made it.

    ``json`` is the wire form as text. Most origins belong to a plan, and their lines are many.
    """

    rule: str
    place: Place | None
    stage: str
    json: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Write the wire form once."""
        object.__setattr__(self, "json", _origin_json(self))

    @property
    def span(self) -> Span | None:
        """Place of the statement in the text form."""
        return self.place if isinstance(self.place, Span) else None

    @property
    def pointer(self) -> str | None:
        """Place of the statement in the JSON form."""
        return self.place.path if isinstance(self.place, Pointer) else None

    def to_dict(self) -> dict[str, object]:
        """Return the origin as plain JSON values."""
        span = self.span
        return {
            "rule": self.rule,
            "span": None
            if span is None
            else {
                "line": span.line,
                "column": span.column,
                "end_line": span.end_line,
                "end_column": span.end_column,
            },
            "pointer": self.pointer,
            "stage": self.stage,
        }


class TaxDetail(NamedTuple):
    """What a tax line is about.

    A line of tax carries one, and so does the net of an item that bears none: the reason tells
    zero-rated, exempt, exported and out of scope apart.

    Attributes:
        code: Name of the rate or component; the reason where there is neither.
        rate: As written in the profile: a percentage, or the amount per unit of a fixed one. None
            for tiers.
        base: Taxable base in the transaction currency, rounded to the minor unit, never negative.
        category: The item's, in the words of the profile.
        jurisdiction: Whose tax it is.
        reason: Why tax is charged or not, a word of `hera_engine.tax.Reason`.
        reverse_charge: Whether the customer accounts for the tax in the supplier's place.
        exemption_reason: The law by which none is charged, where the profile names it.
        kind: How the tax comes to its amount: percent, division, fixed or tiered.
    """

    code: str
    rate: Decimal | None
    base: Decimal
    category: str
    jurisdiction: str | None
    reason: str
    reverse_charge: bool = False
    exemption_reason: str | None = None
    kind: str = "percent"

    @property
    def identity(self) -> tuple[object, ...]:
        """What must agree for two tax lines to merge: all but the base."""
        return (
            self.code, self.rate, self.category, self.jurisdiction, self.reason,
            self.reverse_charge, self.exemption_reason, self.kind,
        )  # fmt: skip

    def to_dict(self) -> dict[str, object]:
        """Return the detail as plain JSON values, amounts as decimal strings."""
        return {
            "code": self.code,
            "rate": None if self.rate is None else format_amount(self.rate),
            "base": format_amount(self.base),
            "category": self.category,
            "jurisdiction": self.jurisdiction,
            "reason": self.reason,
            "reverse_charge": self.reverse_charge,
            "exemption_reason": self.exemption_reason,
            "kind": self.kind,
        }


class OpenItem(NamedTuple):
    """What a line leaves to be settled: amount, due date (None: not agreed), reference."""

    amount: Decimal
    due_date: date | None
    reference: str | None

    def to_dict(self) -> dict[str, object]:
        """Return the open item as plain JSON values."""
        return {
            "amount": format_amount(self.amount),
            "due_date": _iso(self.due_date),
            "reference": self.reference,
        }


class JournalLine(NamedTuple):
    """One leg of a journal entry in one ledger.

    ``amount`` is in ``currency``, ``base_amount`` in the base currency of the header; both are
    rounded to their minor units and not negative. ``origins`` has one member per statement that
    was merged into the line.
    """

    number: int
    ledger: str
    side: Side
    account: PostedAccount
    amount: Decimal
    currency: str
    base_amount: Decimal
    smart_code: str
    dimensions: FrozenMap
    tax: TaxDetail | None
    open_item: OpenItem | None
    payment_reference: str | None
    origins: tuple[Origin, ...]

    @property
    def origin(self) -> Origin:
        """The first statement this line comes from."""
        return self.origins[0]

    def to_dict(self) -> dict[str, object]:
        """Return the line in the wire form, amounts as decimal strings."""
        data: dict[str, object] = {
            "side": self.side.value,
            "account": self.account.key,
            "dimensions": dict(self.dimensions),
            "tax": None if self.tax is None else self.tax.to_dict(),
            "open_item": None if self.open_item is None else self.open_item.to_dict(),
            "origin": self.origin.to_dict(),
        }
        if self.payment_reference is not None:
            data["payment_reference"] = self.payment_reference
        if len(self.origins) > 1:
            data["merged_origins"] = [origin.to_dict() for origin in self.origins[1:]]
        return {
            "line_number": self.number,
            "ledger": self.ledger,
            "line_type": self.side.word,
            "entity_id": self.account.id,
            "account_code": self.account.code,
            "line_amount": format_amount(self.amount),
            "currency": self.currency,
            "base_amount": format_amount(self.base_amount),
            "smart_code": self.smart_code,
            "line_data": data,
        }


@dataclass(frozen=True, slots=True)
class SchemaStamp:
    """Which schema posted an entry: name, version and fingerprint (SHA-256, hexadecimal)."""

    name: str | None
    version: int | None
    fingerprint: str


class JournalHeader(NamedTuple):
    """What an entry is about.

    ``total_amount`` keeps the event's sign; ``exchange_rate`` is base units per transaction
    unit as the event stated it ("1" when the currencies are the same, "1/3" for an inverse
    quotation of 3). Fiscal fields are None unless the engine has a calendar.
    """

    organization_id: str
    smart_code: str
    transaction_date: date | None
    posting_date: date | None
    currency: str
    base_currency: str
    exchange_rate: str
    fiscal_year: int | None
    fiscal_period: int | None
    posting_period_code: str | None
    external_reference: str | None
    total_amount: Decimal
    business_context: FrozenMap
    schema: SchemaStamp
    transaction_type: str = "GL_JOURNAL"

    def to_dict(self) -> dict[str, object]:
        """Return the header in the wire form."""
        return {
            "organization_id": self.organization_id,
            "transaction_type": self.transaction_type,
            "smart_code": self.smart_code,
            "transaction_date": _iso(self.transaction_date),
            "posting_date": _iso(self.posting_date),
            "transaction_currency_code": self.currency,
            "base_currency_code": self.base_currency,
            "exchange_rate": self.exchange_rate,
            "fiscal_year": self.fiscal_year,
            "fiscal_period": self.fiscal_period,
            "posting_period_code": self.posting_period_code,
            "external_reference": self.external_reference,
            "total_amount": format_amount(self.total_amount),
            "business_context": to_plain(self.business_context),
            "schema": {
                "name": self.schema.name,
                "version": self.schema.version,
                "fingerprint": self.schema.fingerprint,
            },
        }


@dataclass(frozen=True, slots=True)
class Notice:
    """Something an accountant should look at although the entry was posted."""

    code: str
    message: str
    details: FrozenMap

    def to_dict(self) -> dict[str, object]:
        """Return the warning as plain JSON values."""
        return {"code": self.code, "message": self.message, "details": to_plain(self.details)}


class _Entry(NamedTuple):
    """What an entry is made of."""

    header: JournalHeader
    lines: tuple[JournalLine, ...]
    warnings: tuple[Notice, ...] = ()


class JournalEntry(_Entry):
    """The balanced result of one event.

    Law: per ledger, debits equal credits exactly, in transaction and in base currency
    (tests/laws/test_journal.py); an entry that would break it cannot be made.

    Raises:
        PostingRejected: E_UNBALANCED with debits, credits and difference of each ledger that
            does not balance; E_GUARDRAIL for fewer than two lines.
    """

    __slots__ = ()

    def __new__(
        cls,
        header: JournalHeader,
        lines: tuple[JournalLine, ...],
        warnings: tuple[Notice, ...] = (),
    ) -> Self:
        """Refuse fewer than two lines, and lines that do not balance."""
        if len(lines) < 2:
            raise PostingRejected(
                "E_GUARDRAIL",
                f"the event leaves {len(lines)} journal lines; an entry needs at least two",
            )
        refuse_imbalance(lines, header.base_currency)
        return super().__new__(cls, header, lines, warnings)

    def to_dict(self) -> dict[str, object]:
        """Return the wire form as plain JSON values; amounts are decimal strings."""
        return {
            "header": self.header.to_dict(),
            "lines": [line.to_dict() for line in self.lines],
            "warnings": [warning.to_dict() for warning in self.warnings],
        }

    def to_json(self) -> bytes:
        """Return the wire form as compact JSON in UTF-8; equal entries give equal bytes.

        Law: the bytes are those of ``json.dumps`` for `to_dict` (tests/laws/test_journal_json.py).
        """
        lines = ",".join(map(_line_json, self.lines))
        warnings = ",".join(map(_notice_json, self.warnings))
        text = f'{{"header":{_header_json(self.header)},"lines":[{lines}],"warnings":[{warnings}]}}'
        # Half a character, which UTF-8 cannot hold, becomes its escape in JSON.
        return text.encode("utf-8", "backslashreplace")


@dataclass(frozen=True, slots=True)
class Imbalance:
    """Debits and credits of one ledger and currency that do not agree."""

    ledger: str
    currency: str
    debits: Decimal
    credits: Decimal

    def to_dict(self) -> dict[str, object]:
        """Return both sides and their difference as decimal strings."""
        return {
            "ledger": self.ledger,
            "currency": self.currency,
            "debits": format_amount(self.debits),
            "credits": format_amount(self.credits),
            "difference": format_amount(exact_subtract(self.debits, self.credits)),
        }


def imbalances(
    amounts: Iterable[tuple[str, str, Side, Decimal]],
) -> tuple[Imbalance, ...]:
    """Return what does not balance among (ledger, currency, side, amount), in first order."""
    sums: dict[tuple[str, str], list[Decimal]] = {}
    for ledger, currency, side, amount in amounts:
        pair = sums.setdefault((ledger, currency), [ZERO, ZERO])
        index = 0 if side is Side.DEBIT else 1
        pair[index] = exact_add(pair[index], amount)
    return tuple(
        Imbalance(ledger, currency, debits, credits)
        for (ledger, currency), (debits, credits) in sums.items()
        if debits != credits
    )


def refuse_imbalance(lines: Iterable[JournalLine], base_currency: str) -> None:
    """Raise E_UNBALANCED unless each ledger balances in both currencies."""
    found = imbalances(
        leg
        for line in lines
        for leg in (
            (line.ledger, line.currency, line.side, line.amount),
            (line.ledger, f"{base_currency} (base)", line.side, line.base_amount),
        )
    )
    if found:
        raise unbalanced(found)


def unbalanced(
    found: Iterable[Imbalance],
    *,
    hint: str | None = None,
    context: Mapping[str, object] | None = None,
) -> PostingRejected:
    """Return the E_UNBALANCED error that shows each imbalance in figures."""
    evidence = tuple(found)
    first = evidence[0].to_dict()
    return PostingRejected(
        "E_UNBALANCED",
        f"GL_IMBALANCE: {first['ledger']} {first['currency']}: debits {first['debits']}, "
        f"credits {first['credits']}, difference {first['difference']}",
        details={
            "kernel_code": "GL_IMBALANCE",
            "imbalances": [imbalance.to_dict() for imbalance in evidence],
        },
        hint=hint,
        context=context,
    )


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


# --- the wire form as text -------------------------------------------------------------------
#
# Written straight from the fields, which takes a third of the time of dictionaries in between.


def _header_json(header: JournalHeader) -> str:
    schema = header.schema
    return (
        f'{{"organization_id":{quoted(header.organization_id)}'
        f',"transaction_type":{quoted(header.transaction_type)}'
        f',"smart_code":{quoted(header.smart_code)}'
        f',"transaction_date":{_day(header.transaction_date)}'
        f',"posting_date":{_day(header.posting_date)}'
        f',"transaction_currency_code":{quoted(header.currency)}'
        f',"base_currency_code":{quoted(header.base_currency)}'
        f',"exchange_rate":{quoted(header.exchange_rate)}'
        f',"fiscal_year":{_number(header.fiscal_year)}'
        f',"fiscal_period":{_number(header.fiscal_period)}'
        f',"posting_period_code":{_text(header.posting_period_code)}'
        f',"external_reference":{_text(header.external_reference)}'
        f',"total_amount":"{format_amount(header.total_amount)}"'
        f',"business_context":{json_of(header.business_context)}'
        f',"schema":{{"name":{_text(schema.name)},"version":{_number(schema.version)}'
        f',"fingerprint":{quoted(schema.fingerprint)}}}}}'
    )


def _line_json(line: JournalLine) -> str:
    account, amount = line.account, format_amount(line.amount)
    base = amount if line.base_amount is line.amount else format_amount(line.base_amount)
    more = ""
    if line.payment_reference is not None:
        more = f',"payment_reference":{quoted(line.payment_reference)}'
    if len(line.origins) > 1:
        more += f',"merged_origins":[{",".join([each.json for each in line.origins[1:]])}]'
    tax, open_item = line.tax, line.open_item
    word, side = ("debit", "DR") if line.side is Side.DEBIT else ("credit", "CR")
    return (
        f'{{"line_number":{line.number},"ledger":{quoted(line.ledger)}'
        f',"line_type":"{word}","entity_id":{quoted(account.id)}'
        f',"account_code":{_text(account.code)},"line_amount":"{amount}"'
        f',"currency":{quoted(line.currency)},"base_amount":"{base}"'
        f',"smart_code":{quoted(line.smart_code)}'
        f',"line_data":{{"side":"{side}","account":{quoted(account.key)}'
        f',"dimensions":{json_of(line.dimensions)}'
        f',"tax":{"null" if tax is None else _tax_json(tax)}'
        f',"open_item":{"null" if open_item is None else _open_item_json(open_item)}'
        f',"origin":{line.origins[0].json}{more}}}}}'
    )


def _origin_json(origin: Origin) -> str:
    place, span = origin.place, "null"
    if isinstance(place, Span):
        span = (
            f'{{"line":{place.line},"column":{place.column}'
            f',"end_line":{place.end_line},"end_column":{place.end_column}}}'
        )
    return (
        f'{{"rule":{quoted(origin.rule)},"span":{span}'
        f',"pointer":{_text(origin.pointer)},"stage":{quoted(origin.stage)}}}'
    )


def _tax_json(tax: TaxDetail) -> str:
    rate = "null" if tax.rate is None else f'"{format_amount(tax.rate)}"'
    return (
        f'{{"code":{quoted(tax.code)},"rate":{rate},"base":"{format_amount(tax.base)}"'
        f',"category":{quoted(tax.category)},"jurisdiction":{_text(tax.jurisdiction)}'
        f',"reason":{quoted(tax.reason)}'
        f',"reverse_charge":{"true" if tax.reverse_charge else "false"}'
        f',"exemption_reason":{_text(tax.exemption_reason)},"kind":{quoted(tax.kind)}}}'
    )


def _open_item_json(item: OpenItem) -> str:
    return (
        f'{{"amount":"{format_amount(item.amount)}","due_date":{_day(item.due_date)}'
        f',"reference":{_text(item.reference)}}}'
    )


def _notice_json(notice: Notice) -> str:
    return (
        f'{{"code":{quoted(notice.code)},"message":{quoted(notice.message)}'
        f',"details":{json_of(notice.details)}}}'
    )


def _text(value: str | None) -> str:
    return "null" if value is None else quoted(value)


def _number(value: int | None) -> str:
    return "null" if value is None else str(value)


def _day(day: date | None) -> str:
    return "null" if day is None else f'"{day.isoformat()}"'
