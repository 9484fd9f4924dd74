"""Hypothesis strategies for tax profiles in schemas: of rates, and of components."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from hypothesis import strategies as st

from hera_engine.dsl import nodes


def decimals(least: int, most: int, places: int) -> st.SearchStrategy[Decimal]:
    """Return exact decimals between two whole numbers."""
    scale = 10**places
    return st.integers(least * scale, most * scale).map(
        lambda units: Decimal(f"{units // scale}.{units % scale:0{places}d}" if places else units)
    )


def _name(text: str) -> nodes.Name:
    return nodes.Name(text)


def _names(texts: tuple[str, ...]) -> tuple[nodes.Name, ...]:
    return tuple(map(_name, texts))


def _some(choices: tuple[str, ...]) -> st.SearchStrategy[tuple[nodes.Name, ...]]:
    """Return different names out of some, in any order."""
    found = st.lists(st.sampled_from(choices), unique=True)
    return found.map(lambda texts: _names(tuple(texts)))


_sources = st.sampled_from((None, "VATA s 2", 'Act "1" § 3'))
_taxes_keys = st.sampled_from((None, _name("tax_output"), _name("balance")))
_recoverable = st.none() | decimals(0, 99, 2)
_rounding_rules = st.builds(
    nodes.RoundingDecl,
    name=st.sampled_from(("cumulative-carry", "net-first")),
    mode=st.sampled_from((None, "half_even", "down")),
    increment=st.sampled_from((None, Decimal("0.01"))),
    spread=st.sampled_from((None, *nodes.SPREADS)),
)


@st.composite
def tax_profiles(draw: st.DrawFn) -> nodes.TaxProfileDecl:
    """Return a tax profile of rates of each sort, or of components of each sort."""
    profile = nodes.TaxProfileDecl(
        name=_name(draw(st.sampled_from(("ae_vat", "in", "378f-1")))),
        jurisdiction=draw(st.sampled_from((None, "AE", "US-CA"))),
        tax_system=draw(st.sampled_from((None, "VAT"))),
        source=draw(_sources),
        inclusive=draw(st.none() | st.booleans()),
        cash_mode=draw(st.sampled_from((None, *nodes.CASH_MODES[1:]))),
        cash_to=draw(st.sampled_from((None, *nodes.CASH_DIFFERENCES[1:]))),
        default_category=draw(st.sampled_from((None, "services.standard"))),
    )
    if draw(st.booleans()):
        profile = replace(profile, **draw(_components()), rule=draw(st.none() | _rounding_rules))
    else:
        profile = replace(profile, rates=draw(_rates()))
    rounding = None if profile.rule else draw(st.none() | st.sampled_from(nodes.Rounding))
    swedish = rounding is nodes.Rounding.SWEDISH
    return replace(profile, rounding=rounding, cash_step=Decimal("0.05") if swedish else None)


@st.composite
def _rates(draw: st.DrawFn) -> tuple[nodes.RateDecl, ...]:
    """Return rates of each sort, one of them with everything that a rate can say."""
    reason = draw(st.sampled_from((None, "standard")))
    return (
        nodes.RateDecl(
            name=_name("standard"),
            percent=draw(decimals(1, 30, 2)),
            categories=_names(("goods.standard", "services.standard")),
            effective_from=draw(st.none() | st.just(date(2018, 1, 1))),
            effective_to=draw(st.none() | st.just(date(2031, 12, 31))),
            inclusive=draw(st.none() | st.booleans()),
            account=draw(_taxes_keys),
            reason=reason,
            recoverable=draw(_recoverable),
            input_account=draw(_taxes_keys),
            expense_account=draw(_taxes_keys),
            source=draw(_sources),
        ),
        nodes.RateDecl(
            name=_name(draw(st.sampled_from(("exempt", "rate", "source", "bear", "free")))),
            percent=None,
            categories=_names(("services.financial",)),
            source=draw(_sources),
        ),
        nodes.RateDecl(
            name=_name(draw(st.sampled_from(("reverse_charge", "input", "component")))),
            percent=Decimal(5),
            categories=_names(("services.imported",)),
            reverse_charge=True,
            recoverable=draw(_recoverable),
        ),
        *draw(_free_rates()),
    )


@st.composite
def _free_rates(draw: st.DrawFn) -> tuple[nodes.RateDecl, ...]:
    """Return rates that charge nothing, each for a reason; they may stand beside components."""
    reasons = st.sampled_from(("zero", "export", "intra_community", "out_of_scope"))
    found: list[str] = draw(st.lists(reasons, unique=True, max_size=2))
    return tuple(
        nodes.RateDecl(
            name=_name(reason),
            percent=draw(st.none() | st.just(Decimal(0))),
            categories=_names((f"free.{reason}",)),
            reason=reason,
            source=draw(_sources),
        )
        for reason in found
    )


_COMPONENTS: Final = ("GST", "nothing", "unit", "on")


@st.composite
def _components(draw: st.DrawFn) -> dict[str, Any]:
    """Return the fields of a profile of components: these, who bears them, and free rates."""
    codes = draw(st.lists(st.sampled_from(_COMPONENTS), unique=True, min_size=1))
    bearers: list[str] = draw(
        st.lists(st.sampled_from(("goods.standard", "books", "odd one")), unique=True)
    )
    return {
        "components": tuple(
            draw(_component(code, tuple(codes[:index]))) for index, code in enumerate(codes)
        ),
        "bearing": tuple(
            nodes.CategoryDecl(category=_name(category), components=draw(_some(tuple(codes))))
            for category in bearers
        ),
        "rates": draw(_free_rates()),
    }


@st.composite
def _component(draw: st.DrawFn, code: str, before: tuple[str, ...]) -> nodes.ComponentDecl:
    """Return a component of any sort; those before it may be in its base."""
    kind = draw(st.sampled_from(nodes.ComponentWord))
    tiered = kind is nodes.ComponentWord.TIERED
    on = draw(_some(before)) if before else ()
    outside = tiered or draw(st.booleans())
    tiers = (
        nodes.TierDecl(up_to=Decimal("100.00"), percent=Decimal(5)),
        nodes.TierDecl(up_to=None, percent=draw(decimals(0, 20, 1))),
    )
    return nodes.ComponentDecl(
        name=_name(code),
        kind=kind,
        rate=None if tiered else draw(decimals(0, 20, 3)),
        tiers=tiers if tiered else (),
        on=on,
        inclusive=None if outside else draw(st.none() | st.booleans()),
        compound=not on and not tiered and draw(st.booleans()),
        base_affected=bool(on) or draw(st.booleans()),
        sequence=draw(st.none() | st.just(len(before))),
        reverse_charge=outside and draw(st.booleans()),
        retained=outside and draw(st.booleans()),
        repartition=draw(st.sampled_from(((), (Decimal(60), Decimal("-40.5"))))),
        recoverable=draw(_recoverable),
        group=draw(st.sampled_from((None, "GST", "group two"))),
        jurisdiction=draw(st.sampled_from((None, "CA", "CA-QC"))),
        account=draw(_taxes_keys),
        input_account=draw(_taxes_keys),
        expense_account=draw(_taxes_keys),
        effective_from=draw(st.none() | st.just(date(2018, 1, 1))),
        effective_to=draw(st.none() | st.just(date(2031, 12, 31))),
        source=draw(_sources),
    )
