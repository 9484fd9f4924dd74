"""What holds for every document of components."""

from dataclasses import dataclass, replace
from decimal import Context, Decimal, localcontext
from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from hera_engine.money import RoundingMode
from hera_engine.tax import (
    Component,
    ComponentKind,
    RoundingRule,
    TaxItem,
    TaxProfile,
    TaxResult,
    compute_tax,
    net_of_gross,
)
from hera_engine.tax.rounding import RULES, NetFrom, TaxScope
from tests.laws.second_taxes import Sale, taxes_of_net
from tests.laws.test_tax import cents, contexts, figures

CENT = Fraction(1, 100)
BY_ITEM = (TaxScope.LINE, TaxScope.UNIT, TaxScope.CARRY)
MIRRORED = (RoundingMode.HALF_UP, RoundingMode.HALF_EVEN, RoundingMode.UP, RoundingMode.DOWN)

kinds = st.sampled_from((ComponentKind.PERCENT, ComponentKind.DIVISION, ComponentKind.FIXED))
rates = st.one_of(
    st.sampled_from(("0", "5", "7.7", "9.975", "19", "20")),
    st.integers(0, 2400).map(lambda parts: f"{parts // 100}.{parts % 100:02}"),
).map(Decimal)
prices = st.integers(1, 10**7).map(lambda units: Decimal(units).scaleb(-2))


def bases_before(index: int) -> st.SearchStrategy[tuple[str, ...]]:
    """Return codes of some of the components before one."""
    codes = st.sampled_from([f"T{at}" for at in range(index)])
    return st.lists(codes, unique=True).map(tuple)


@st.composite
def components(draw: st.DrawFn) -> tuple[Component, ...]:
    """Return up to four components of any kind, included or not, due on others or not."""
    return tuple(
        Component(
            code=f"T{index}",
            kind=draw(kinds),
            rate=draw(rates) / (1 if index % 2 else 2),
            inclusive=draw(st.booleans()),
            compound=draw(st.booleans()),
            base_affected=draw(st.booleans()),
            on=draw(bases_before(index)) if index and draw(st.booleans()) else (),
            recoverable=draw(st.sampled_from((Decimal(100), Decimal(50), Decimal(30), Decimal(0)))),
            jurisdiction=draw(st.sampled_from((None, "state"))),
        )
        for index in range(draw(st.integers(1, 4)))
    )


rules = st.builds(RoundingRule, name=st.sampled_from(tuple(RULES)), mode=st.sampled_from(MIRRORED))


@dataclass(frozen=True, slots=True)
class Document:
    """Components, and items that bear all or some of them."""

    parts: tuple[Component, ...]
    items: tuple[TaxItem, ...]

    def taxes(self, rule: RoundingRule) -> TaxResult:
        """Return its taxes under a rule."""
        profile = TaxProfile.from_components(self.parts, rule=rule)
        return compute_tax(profile, self.items, currency="EUR")


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Return a document of up to five items."""
    parts = draw(components())
    codes = [part.code for part in parts]
    items = tuple(
        TaxItem(
            quantity=draw(st.integers(1, 20)),
            unit_price=draw(prices),
            components=draw(st.lists(st.sampled_from(codes), unique=True)),
        )
        for _ in range(draw(st.integers(1, 5)))
    )
    return Document(parts, items)


# --- laws ----------------------------------------------------------------------------------


@given(documents(), rules)
def test_items_add_up_to_the_document(document: Document, rule: RoundingRule) -> None:
    """Nets, taxes and grosses of items make those of the document, under every rule."""
    result = document.taxes(rule)

    assert sum(cents(item.net) for item in result.items) == cents(result.net)
    assert sum(cents(item.tax) for item in result.items) == cents(result.tax)
    assert cents(result.net) + cents(result.tax) == cents(result.gross)
    for item in result.items:
        assert cents(item.net) + cents(item.tax) == cents(item.gross)
        assert sum(cents(tax.amount) for tax in item.components) == cents(item.tax)
        assert all(sum(map(cents, tax.shares)) == cents(tax.amount) for tax in item.components)


@given(documents(), rules)
def test_the_rates_add_up_to_the_tax(document: Document, rule: RoundingRule) -> None:
    """The tax by rate makes the tax of the document."""
    result = document.taxes(rule)

    assert sum(map(cents, result.by_rate.values())) == cents(result.tax)


@given(documents(), rules)
def test_an_inclusive_price_is_what_is_paid(document: Document, rule: RoundingRule) -> None:
    """Where prices include every tax, the gross is the price; a unit rounded first is not it."""
    assume(rule.steps.tax is not TaxScope.UNIT)
    assume(rule.steps.net is not NetFrom.LINES)
    parts = tuple(replace(part, inclusive=True) for part in document.parts)

    result = replace(document, parts=parts).taxes(rule)

    for item, taxed in zip(document.items, result.items, strict=True):
        assert item.quantity is not None
        assert item.unit_price is not None
        assert Fraction(taxed.gross) == Fraction(item.quantity) * Fraction(item.unit_price)


@st.composite
def noughts(draw: st.DrawFn) -> Component:
    """Return a component of nought per cent, or of nothing for each unit."""
    return Component(
        code="ZERO",
        kind=draw(kinds),
        inclusive=draw(st.booleans()),
        compound=draw(st.booleans()),
        base_affected=draw(st.booleans()),
    )


@given(documents(), rules, noughts(), st.integers(0, 4))
def test_a_component_of_nought_changes_nothing(
    document: Document, rule: RoundingRule, nought: Component, place: int
) -> None:
    """Wherever it stands, the net, tax and gross of each item and of the document stay."""
    parts = (*document.parts[:place], nought, *document.parts[place:])
    items = tuple(
        replace(item, components=[*(item.components or ()), "ZERO"]) for item in document.items
    )

    before = document.taxes(rule)
    after = Document(parts, items).taxes(rule)

    assert figures(before) == figures(after)
    for item in after.items:
        assert [tax.amount for tax in item.components if tax.code == "ZERO"] == [Decimal("0.00")]


@given(documents(), rules)
def test_a_sale_and_its_mirror_are_opposite(document: Document, rule: RoundingRule) -> None:
    """Quantities below zero give the opposite of each net, base and tax of each item."""
    items = tuple(replace(item, quantity=-Decimal(item.quantity or 0)) for item in document.items)

    sale = document.taxes(rule)
    mirror = replace(document, items=items).taxes(rule)

    assert figures(mirror) == [tuple(-each for each in row) for row in figures(sale)]
    for taxed, opposite in zip(sale.items, mirror.items, strict=True):
        for tax, back in zip(taxed.components, opposite.components, strict=True):
            assert cents(back.base) == -cents(tax.base)
            assert cents(back.amount) == -cents(tax.amount)
            assert cents(back.non_recoverable) == -cents(tax.non_recoverable)


@st.composite
def splits(draw: st.DrawFn) -> tuple[Document, Document]:
    """Return a document, and the same with its first item as two of parts of its quantity."""
    document = draw(documents())
    first = replace(document.items[0], quantity=draw(st.integers(2, 20)))
    whole = int(first.quantity or 0)
    taken = draw(st.integers(1, whole - 1))
    parts = (replace(first, quantity=taken), replace(first, quantity=whole - taken))
    rest = document.items[1:]
    return replace(document, items=(first, *rest)), replace(document, items=(*parts, *rest))


@given(splits(), rules.filter(lambda rule: rule.steps.tax not in BY_ITEM))
def test_a_total_does_not_see_how_items_are_split(
    split: tuple[Document, Document], rule: RoundingRule
) -> None:
    """Two items of parts of a quantity have the taxes of one, rounded over the document."""
    one, two = (document.taxes(rule) for document in split)

    assert one.tax == two.tax
    # What is rounded together may be of several percentages.
    if rule.steps.tax is TaxScope.CODE:
        assert one.by_rate == two.by_rate
    # Nets that are rounded line by line see each line.
    if rule.steps.net is not NetFrom.LINES:
        assert (one.net, one.gross) == (two.net, two.gross)


@given(splits())
def test_a_line_sees_a_split_by_a_unit_per_part(split: tuple[Document, Document]) -> None:
    """Rounded line by line, a split moves each tax on top by at most a cent."""
    one, two = (
        replace(
            document,
            parts=tuple(
                replace(part, inclusive=False, compound=False, on=()) for part in document.parts
            ),
        ).taxes(RoundingRule())
        for document in split
    )

    parts = len(split[0].items[0].components or ())
    assert abs(cents(one.tax) - cents(two.tax)) <= parts
    assert one.net == two.net


@given(documents(), rules, contexts)
def test_no_decimal_context_changes_a_tax(
    document: Document, rule: RoundingRule, ambient: Context
) -> None:
    """Whatever precision, rounding and traps a caller has set, the figures are the same."""
    expected = document.taxes(rule)

    with localcontext(ambient):
        found = document.taxes(rule)

    assert found == expected


@given(components(), prices)
def test_a_gross_found_from_a_net_leads_back(parts: tuple[Component, ...], net: Decimal) -> None:
    """The net of what components add up to is the net they were added to, exactly."""
    same = tuple(replace(part, inclusive=True) for part in parts)
    taxes = taxes_of_net(Sale(same, Fraction(0)), Fraction(net) / CENT)
    gross = Fraction(net) + sum((tax for _, tax in taxes), Fraction()) * CENT

    assert net_of_gross(parts, gross) == Fraction(net)


@given(
    rates.filter(bool),
    st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=6),
    st.booleans(),
    st.sampled_from(("line", "total")),
)
def test_one_component_is_taxed_like_one_rate(
    rate: Decimal, units: list[int], inclusive: bool, rounding: str
) -> None:
    """A profile of one component and one of one rate give the same figures, item by item."""
    items = [TaxItem(amount=Decimal(each).scaleb(-2), inclusive=inclusive) for each in units]
    by_rate = TaxProfile.from_mapping({"rates": {"standard": rate}, "rounding_method": rounding})
    part = Component(code="standard", rate=rate)
    by_part = TaxProfile.from_components([part], rule=RoundingRule(name=rounding))

    one, other = (compute_tax(profile, items) for profile in (by_rate, by_part))

    assert [(each.net, each.tax) for each in one.items] == [
        (each.net, each.tax) for each in other.items
    ]


def test_every_rule_is_one_of_these() -> None:
    """Each named rule rounds over a known scope, and finds its net in a known way."""
    scopes = {steps.tax for steps in RULES.values()}
    nets = {steps.net for steps in RULES.values()}

    assert scopes == set(TaxScope)
    assert nets == set(NetFrom)
