"""Derived values: an event posts as if they had been written into it by hand."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from hypothesis import example, given, settings
from hypothesis import strategies as st

from hera_engine import HeraError, JournalEntry, PostingEngine
from tests.unit.events.books import REFUND, SALE, books, event

UNITS: Final = MappingProxyType({"web": "WEB", "shop": "BR-01"})
DESKS: Final = MappingProxyType({"gift": "GIFTS", "trip": "TRAVEL"})
CATEGORIES: Final = MappingProxyType({"gift": "reduced", "trip": "export", "loan": "financial"})
SCHEMA: Final = """\
account gifts 4200 revenue
dimensions org_unit, staff_id
split HERA.POS.** by org_unit proportional
carry org_unit on *
require staff_id on 4* default "NOBODY"
map unit_of(channel) { "web" -> "WEB", "shop" -> "BR-01", else refuse }
map desk_of(kind) { "gift" -> "GIFTS", "trip" -> "TRAVEL", else refuse }
map category_of(kind) {
  "gift" -> "reduced", "trip" -> "export", "loan" -> "financial", else refuse
}
map served_by(unit, kind) { "GIFTS", * -> "S-1", "TRAVEL", "trip" -> "S-2", else -> "S-3" }
map posted_to(category) { "reduced" -> gifts, else -> revenue }
derive org_unit on HERA.POS.SALE.** = desk_of(item.kind)
derive org_unit = unit_of(channel)
derive staff_id = served_by(desk_of(item.kind), item.kind)
derive tax_category = category_of(item.kind)
"""
RULES: Final = """\
on HERA.POS.SALE.V1 {
  debit cash sum(gross(items))
  for item in items {
    credit posted_to(item.tax_category default "none") net(item)
    credit tax_output tax(item) by org_unit
  }
}
on HERA.POS.REFUND.V1 reverses HERA.POS.SALE.V1
"""
ENGINE: Final = PostingEngine(books(SCHEMA, RULES))
STANDARD: Final = PostingEngine(books(SCHEMA.replace("account gifts 4200 revenue\n", "")
                                      .replace("-> gifts", "-> cash")))  # fmt: skip

_kinds = st.sampled_from((None, *CATEGORIES)).filter(lambda kind: kind != "loan")
_values = st.sampled_from((None, "", "X"))
_items = st.fixed_dictionaries(
    {"amount": st.sampled_from(("10.00", "5.05", "-2.00", "0.03"))},
    optional={
        "kind": _kinds,
        "org_unit": _values,
        "staff_id": _values,
        "tax_category": st.sampled_from((None, "standard")),
    },
)
_contexts = st.fixed_dictionaries(
    {},
    optional={
        "items": st.lists(_items, min_size=1, max_size=4),
        "kind": _kinds,
        "channel": st.sampled_from((None, *UNITS)),
        "org_unit": _values,
        "staff_id": _values,
        "tax_category": st.sampled_from((None, "reduced")),
    },
)


def by_hand(code: str, context: Mapping[str, object]) -> dict[str, object]:
    """Return the context with what the schema derives written into it."""
    found = dict(context)
    items = context.get("items")
    if isinstance(items, list):
        found["items"] = [{**each, **_of_item(code, each, context)} for each in items]
    else:
        found |= _of_item(code, context, context)
    if not found.get("org_unit") and context.get("channel") is not None:
        found["org_unit"] = UNITS[str(context["channel"])]
    return found


def _of_item(
    code: str, item: Mapping[str, object], context: Mapping[str, object]
) -> dict[str, object]:
    """Return what is derived for an item: only what neither it nor the event says."""
    kind = item.get("kind")
    if kind is None:
        return {}
    desk = DESKS[str(kind)]
    derived = {
        "staff_id": "S-1" if desk == "GIFTS" else "S-2",
        "tax_category": CATEGORIES[str(kind)],
        **({"org_unit": desk} if code == SALE else {}),
    }
    return {
        name: value
        for name, value in derived.items()
        if not item.get(name) and not context.get(name)
    }


def _total(context: Mapping[str, object]) -> str:
    """Return what the items of an event cost, or some total without any."""
    items = context.get("items")
    if not isinstance(items, list):
        return "20.00"
    return str(abs(sum((Decimal(each["amount"]) for each in items), Decimal(0))))


def _lines(answer: JournalEntry | HeraError) -> object:
    """Return the lines of an entry, or the code of an error."""
    if isinstance(answer, HeraError):
        return answer.code, answer.message
    return [line.to_dict() for line in answer.lines]


@settings(max_examples=300)
@given(
    st.sampled_from((ENGINE, STANDARD)),
    st.sampled_from((SALE, REFUND)),
    st.booleans(),
    _contexts,
)
@example(ENGINE, SALE, False, {"items": [{"amount": "10.00", "kind": "gift"}]})
def test_a_derived_value_posts_like_one_that_was_sent(
    engine: PostingEngine, code: str, negative: bool, context: dict[str, object]
) -> None:
    """Of items and of events, for dimensions and the tax category, on every line."""
    total = f"{'-' if negative else ''}{_total(context)}"
    sent, written = event(code, total, **context), event(code, total, **by_hand(code, context))

    first, second = engine.simulate_many([sent, written])

    assert _lines(first) == _lines(second)
