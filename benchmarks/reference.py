"""What each event of the benchmark must post, in exact fractions: nothing shared with the rest.

Slow and plain. Every variant is held to it before it is timed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from math import floor
from typing import Any, Final, NamedTuple

from hera_engine.journal import JournalEntry

HALF: Final = Fraction(1, 2)
PERCENT: Final = {"standard": 5, "reduced": 2, "luxury": 10}


class Leg(NamedTuple):
    """One line as the reference sees it."""

    ledger: str
    side: str
    account: str
    amount: Fraction
    base: Fraction
    dimensions: frozenset[tuple[str, str]]


def legs_of(entry: JournalEntry) -> list[Leg]:
    """Return the lines of an entry as the reference sees them, sorted."""
    return sorted(
        (
            Leg(
                line.ledger,
                line.side.value,
                line.account.key,
                Fraction(line.amount),
                Fraction(line.base_amount),
                frozenset((name, str(value)) for name, value in line.dimensions.items()),
            )
            for line in entry.lines
        ),
        key=_order,
    )


def expected(name: str, event: Mapping[str, Any]) -> list[Leg]:
    """Return what an event of a schema posts, sorted."""
    return sorted((leg for leg in RULES[name](event) if leg.amount), key=_order)


def refuse_other(name: str, event: Mapping[str, Any], found: Iterable[Leg], who: str) -> None:
    """Raise unless some lines are those that the event posts.

    Raises:
        AssertionError: With both lists.
    """
    wanted, seen = expected(name, event), sorted(found, key=_order)
    if wanted != seen:
        raise AssertionError(f"{who} posts {seen} for {event}, expected {wanted}")


def _order(leg: Leg) -> tuple[object, ...]:
    return (leg.ledger, leg.account, leg.side, leg.amount, sorted(leg.dimensions))


def _round(amount: Fraction) -> Fraction:
    """Return a positive amount rounded half up to cents."""
    return Fraction(floor(amount * 100 + HALF), 100)


def _leg(side: str, account: str, amount: Fraction, **dimensions: str) -> Leg:
    return Leg("GL", side, account, amount, amount, frozenset(dimensions.items()))


def _tax_within(gross: Fraction, percent: int) -> Fraction:
    return gross * percent / (100 + percent)


def _sale(event: Mapping[str, Any]) -> Iterator[Leg]:
    context = event["business_context"]
    sale, tip = Fraction(context["sale_amount"]), Fraction(context["tip_amount"])
    unit, staff = context["org_unit"], context["staff_id"]
    tax = _round(_tax_within(sale, 5))
    yield _leg("DR", "clearing", sale + tip)
    yield _leg("CR", "revenue", sale - tax, org_unit=unit, staff_id=staff)
    yield _leg("CR", "tax_output", tax)
    yield _leg("CR", "tips_payable", tip, staff_id=staff)


def _staged(event: Mapping[str, Any]) -> Iterator[Leg]:
    yield from _sale(event)
    sale = Fraction(event["business_context"]["sale_amount"])
    for part, debit, credit in (
        (Fraction(1, 100), "points_given", "points_owed"),
        (Fraction(25, 1000), "royalties", "royalty_owed"),
    ):
        amount = Fraction(floor(sale * part * 100), 100)
        yield _leg("DR", debit, amount)
        yield _leg("CR", credit, amount)


def _invoice(event: Mapping[str, Any]) -> Iterator[Leg]:
    context = event["business_context"]
    nets: dict[str, Fraction] = {}
    taxes: dict[str, Fraction] = {}
    for item in context["items"]:
        gross, code, product = Fraction(item["amount"]), item["tax_category"], item["product_id"]
        tax = _round(_tax_within(gross, PERCENT[code]))
        taxes[code] = taxes.get(code, Fraction()) + tax
        nets[product] = nets.get(product, Fraction()) + gross - tax
    for product, net in nets.items():
        yield _leg("CR", "revenue", net, org_unit=context["org_unit"], product_id=product)
    for tax in taxes.values():
        yield _leg("CR", "tax_output", tax)
    yield _leg("DR", "receivable", sum((*nets.values(), *taxes.values()), Fraction()))


def _cart(event: Mapping[str, Any]) -> Iterator[Leg]:
    context = event["business_context"]
    tip, items = Fraction(context["tip_amount"]), context["items"]
    nets: dict[str, Fraction] = {item["staff_id"]: Fraction() for item in items}
    for code in {item["tax_category"] for item in items}:
        mine = [item for item in items if item["tax_category"] == code]
        grosses = [Fraction(item["amount"]) for item in mine]
        taxes = _brought_to_total([_tax_within(gross, PERCENT[code]) for gross in grosses])
        yield _leg("CR", "tax_output", sum(taxes, Fraction()))
        for item, gross, tax in zip(mine, grosses, taxes, strict=True):
            nets[item["staff_id"]] += gross - tax
    for staff, net in nets.items():
        yield _leg("CR", "revenue", net, org_unit=context["org_unit"], staff_id=staff)
    for staff, share in zip(nets, _shares(tip, [*nets.values()]), strict=True):
        yield _leg("CR", "tips_payable", share, staff_id=staff)
    gross = sum((Fraction(item["amount"]) for item in items), Fraction())
    yield _leg("DR", "clearing", gross + tip)


def _brought_to_total(exact: list[Fraction]) -> list[Fraction]:
    """Return taxes rounded one by one, then moved by cents until they make the rounded sum."""
    taxes, cent = [_round(tax) for tax in exact], Fraction(1, 100)
    total = _round(sum(exact, Fraction()))
    step = cent if total > sum(taxes) else -cent
    moved: set[int] = set()
    while sum(taxes) != total:
        candidates = [at for at in range(len(taxes)) if at not in moved]
        at = max(candidates, key=lambda each: ((exact[each] - taxes[each]) * step, -each))
        taxes[at] += step
        moved.add(at)
    return taxes


def _shares(amount: Fraction, weights: list[Fraction]) -> list[Fraction]:
    """Return an amount shared by weights, a cent at a time to the largest remainder."""
    quotas = [amount * weight / sum(weights) for weight in weights]
    shares = [Fraction(floor(quota * 100), 100) for quota in quotas]
    while sum(shares) < amount:
        at = max(range(len(shares)), key=lambda each: (quotas[each] - shares[each], -each))
        shares[at] += Fraction(1, 100)
    return shares


def _books(event: Mapping[str, Any]) -> Iterator[Leg]:
    context, rate = event["business_context"], Fraction(event["exchange_rate"])
    sale, later = Fraction(context["sale_amount"]), Fraction(context["deferred_amount"])
    tax = _round(_tax_within(sale, 20))
    unit = frozenset({("org_unit", context["org_unit"])})
    general = [
        ("DR", "receivable", sale, frozenset[tuple[str, str]]()),
        ("CR", "revenue", sale - tax, unit),
        ("CR", "tax_output", tax, frozenset[tuple[str, str]]()),
    ]
    deferral = [
        ("DR", "revenue", later, unit),
        ("CR", "deferred", later, frozenset[tuple[str, str]]()),
    ]
    for ledger, rows in (("GL", general), ("IFRS", general + deferral)):
        worth = [_round(amount * rate) for _, _, amount, _ in rows]
        signed = [
            pence if row[0] == "DR" else -pence for row, pence in zip(rows, worth, strict=True)
        ]
        left, places = sum(signed), [*range(len(rows))]
        # What conversion left over goes to the largest line, of tax only if there is no other.
        for at in sorted(places, key=lambda each: (rows[each][1] == "tax_output", -worth[each])):
            changed = worth[at] - left if rows[at][0] == "DR" else worth[at] + left
            if changed >= 0:
                worth[at] = changed
                break
        for (side, account, amount, dimensions), pence in zip(rows, worth, strict=True):
            yield Leg(ledger, side, account, amount, pence, dimensions)


RULES: Final[dict[str, Callable[[Mapping[str, Any]], Iterator[Leg]]]] = {
    "sale": _sale,
    "staged": _staged,
    "cart": _cart,
    "invoice": _invoice,
    "books": _books,
}
