"""The sale of `benchmarks.floor.sale` without provenance: no origins on lines, no schema's stamp.

The same function to the letter otherwise: what row 10 divides by.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, make_dataclass
from typing import Any, Final

from benchmarks.floor import reading
from benchmarks.floor.constants import CREDIT, DEBIT
from benchmarks.floor.reading import BadEvent, cents
from benchmarks.floor.results import (
    CENT,
    NO_DIMENSIONS,
    maker,
    new_entry,
    new_map,
    new_tax,
    of_both,
    of_staff,
)
from benchmarks.floor.sale import (
    CLEARING,
    CLEARING_CODE,
    CODE,
    NAMES,
    RATE,
    REVENUE,
    REVENUE_CODE,
    TAX,
    TAX_CODE,
    TIPS,
    TIPS_CODE,
)
from hera_engine.journal import JournalEntry, JournalHeader, JournalLine


def _without(kind: Any, name: str) -> type[Any]:
    """Return a class such as ``kind`` for its values without those of one field."""
    if issubclass(kind, tuple):
        return type(f"Bare{kind.__name__}", (tuple,), {"__slots__": ()})
    kept = [field.name for field in fields(kind) if field.name != name]
    return make_dataclass(f"Bare{kind.__name__}", kept, frozen=True, slots=True)


new_line: Final[Callable[[tuple[Any, ...]], Any]] = maker(_without(JournalLine, "origins"))
new_header: Final[Callable[[tuple[Any, ...]], Any]] = maker(_without(JournalHeader, "schema"))


def post(event: Mapping[str, object]) -> JournalEntry:
    """Return the lines and the header of a sale.

    Raises:
        BadEvent: If the event does not fit.
    """
    context = reading.context(event, CODE, "USD", NAMES)
    organization = reading.text(event.get("organization_id"), "organization_id")
    day = reading.day(event.get("transaction_date"))
    reference = reading.reference(event.get("external_reference"))
    total = cents(event.get("total_amount"), "total_amount")
    sale = cents(context["sale_amount"], "sale_amount")
    tip = cents(context["tip_amount"], "tip_amount")
    unit = reading.text(context["org_unit"], "org_unit")
    staff = reading.text(context["staff_id"], "staff_id")
    if sale + tip != total or not total:
        raise BadEvent("total_amount is not what the sale and the tip come to, or nothing")
    tax = (sale * 10 + 105) // 210
    paid = total * CENT
    lines: list[Any] = [
        new_line((1, "GL", DEBIT, CLEARING, paid, "USD", paid, CLEARING_CODE, NO_DIMENSIONS,
                  None, None, None))
    ]  # fmt: skip
    if sale:
        net = (sale - tax) * CENT
        dimensions = of_both(unit, staff)
        lines.append(new_line((2, "GL", CREDIT, REVENUE, net, "USD", net, REVENUE_CODE, dimensions,
                               None, None, None)))  # fmt: skip
        if tax:
            due = tax * CENT
            detail = new_tax(("standard", RATE, net, "standard", "AE", "standard", False, None,
                              "percent"))  # fmt: skip
            lines.append(new_line((3, "GL", CREDIT, TAX, due, "USD", due, TAX_CODE, NO_DIMENSIONS,
                                   detail, None, None)))  # fmt: skip
    if tip:
        lines.append(_tip(len(lines) + 1, tip, staff))
    header = new_header((organization, CODE, day, day, "USD", "USD", "1", None, None, None,
                         reference, paid, new_map(dict(context)), "GL_JOURNAL"))  # fmt: skip
    return new_entry((header, tuple(lines), ()))


def _tip(number: int, tip: int, staff: str) -> Any:
    """Return the line of a tip of so many cents."""
    amount = tip * CENT
    return new_line((number, "GL", CREDIT, TIPS, amount, "USD", amount, TIPS_CODE,
                     of_staff(staff), None, None, None))  # fmt: skip
