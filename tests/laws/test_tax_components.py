"""What is true of every journal under a profile of components, in every rounding and price mode."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from hera_engine import PostingEngine
from hera_engine.errors import PostingRejected
from hera_engine.journal import JournalEntry
from hera_engine.money import RoundingMode
from hera_engine.tax.borne import POSTED_RULES, BorneTaxes, TaxableItem, taxes_of_items
from hera_engine.tax.category import Reason
from hera_engine.tax.component import Component
from hera_engine.tax.profile import Treatment
from hera_engine.tax.rounding import RoundingRule
from tests.laws.posting import examples, mirrored_rows, rows

SCHEMA = """\
ledgers GL, IFRS
account clearing   1100 asset
account tax_output 2200 liability
account second     2210 liability
account revenue    4100 revenue
use tax "T"
on HERA.POS.SALE.V1 {
  debit clearing sum(gross(items))
  credit revenue sum(net(items))
  for item in items { credit tax_output tax(item) }
}
"""

percents = st.sampled_from(("0", "0.5", "5", "7.7", "9", "9.975", "20"))
rules = st.builds(
    RoundingRule,
    name=st.sampled_from(POSTED_RULES),
    mode=st.sampled_from((RoundingMode.HALF_UP, RoundingMode.HALF_EVEN, RoundingMode.DOWN)),
)


@st.composite
def mappings(draw: st.DrawFn) -> tuple[dict[str, object], ...]:
    """Return up to three components in their JSON form."""
    return tuple(
        {
            "code": f"T{index}",
            "rate": draw(percents),
            "inclusive": draw(st.sampled_from((None, True, False))),
            "compound": draw(st.booleans()),
            "account": draw(st.sampled_from((None, "second"))),
        }
        for index in range(draw(st.integers(1, 3)))
    )


def _borne(
    parts: tuple[Mapping[str, object], ...],
    prices: list[int],
    rule: RoundingRule,
    stated: int | None = None,
) -> BorneTaxes:
    components = tuple(
        Component(**{**part, "rate": Decimal(str(part["rate"]))})  # type: ignore[arg-type] # as drawn
        for part in parts
    )
    treatment = Treatment("standard", Reason.STANDARD, components=components)
    items = [TaxableItem(treatment=treatment, price=price, inclusive=None) for price in prices]
    return taxes_of_items(items, rule, exponent=2, stated=stated)


@given(
    mappings(),
    st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=5),
    rules,
    st.integers(1, 10**5) | st.none(),
)
@examples(100)
def test_the_components_of_an_item_are_its_tax_and_its_price_is_kept(
    parts: tuple[dict[str, object], ...], prices: list[int], rule: RoundingRule, stated: int | None
) -> None:
    """Components add up to the tax, net and included ones to the price, stated or computed."""
    due = any(prices) and any(part["rate"] != "0" for part in parts)
    stated = stated if due else None

    found = _borne(parts, prices, rule, stated)

    for price, item in zip(prices, found.items, strict=True):
        flags = [bool(part["inclusive"]) for part in parts]
        inside = sum(one.tax for one, flag in zip(item.taxes, flags, strict=True) if flag)
        assert item.tax == sum(one.tax for one in item.taxes)
        assert item.net == price - inside
    if stated is not None:
        assert sum(item.tax for item in found.items) == stated


def _event(prices: list[int], total: int) -> dict[str, object]:
    return {
        "organization_id": "org-1",
        "event_smart_code": "HERA.POS.SALE.V1",
        "currency": "USD",
        "total_amount": _amount(total),
        "business_context": {"items": [{"amount": _amount(price)} for price in prices]},
    }


def _amount(units: int) -> str:
    sign = "-" if units < 0 else ""
    return f"{sign}{abs(units) // 100}.{abs(units) % 100:02}"


def _posted(engine: PostingEngine, sent: dict[str, object]) -> JournalEntry:
    try:
        return engine.simulate(sent)
    except PostingRejected as error:
        raise AssertionError(str(error)) from error


@given(
    mappings(),
    st.lists(st.integers(100, 10**6), min_size=1, max_size=5),
    st.sampled_from(("line", "total")),
)
@examples(40)
def test_journals_of_components_balance_and_mirror(
    parts: tuple[dict[str, object], ...], prices: list[int], rounding: str
) -> None:
    """Debits are credits in each ledger, tax lines the items' taxes, and minus one mirrors."""
    profile = {"id": "T", "components": list(parts)}
    engine = PostingEngine(
        SCHEMA.replace('"T"', f'"T" rounding {rounding}'), tax_profiles=[profile]
    )
    found = _borne(parts, prices, RoundingRule(name=rounding))
    total = sum(item.net + item.tax for item in found.items)

    entry = _posted(engine, _event(prices, total))
    turned = _posted(engine, _event([-price for price in prices], -total))

    for ledger in ("GL", "IFRS"):
        lines = [line for line in entry.lines if line.ledger == ledger]
        taxed = sum(
            Fraction(line.amount) for line in lines if line.account.key != "revenue" and line.tax
        )
        debits = sum(Fraction(line.amount) for line in lines if line.side.value == "DR")
        credits = sum(Fraction(line.amount) for line in lines if line.side.value == "CR")
        assert debits == credits == Fraction(total, 100)
        assert taxed == Fraction(sum(item.tax for item in found.items), 100)
    assert rows(turned) == mirrored_rows(entry)
