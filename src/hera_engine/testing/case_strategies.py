"""Hypothesis strategies for the cases of a schema, alone and in tables."""

from decimal import Decimal
from typing import Final, TypedDict

from hypothesis import strategies as st

from hera_engine.dsl import nodes
from hera_engine.testing.tax_strategies import decimals

_texts: Final = st.text(
    st.characters(min_codepoint=32, max_codepoint=126) | st.sampled_from("\n\té"), max_size=12
)
_labels: Final = st.from_regex(r"[A-Za-z][A-Za-z -]{0,11}", fullmatch=True)


_currencies: Final = st.sampled_from((None, "EUR", "JPY"))


class _Figures(TypedDict):
    """What an expectation says in figures."""

    amount: Decimal | None
    currency: str | None
    base: Decimal | None


@st.composite
def _figures(draw: st.DrawFn, amount: Decimal) -> _Figures:
    """Return an amount, a base amount or both, and perhaps a currency."""
    base = draw(st.none() | decimals(1, 1000, 2))
    shown = draw(st.sampled_from((amount, None))) if base is not None else amount
    return _Figures(amount=shown, currency=draw(_currencies), base=base)


@st.composite
def cases(draw: st.DrawFn, event: str, schema: nodes.Schema) -> tuple[nodes.Case, ...]:
    """Return a case with a value of each sort, and one like it with each sort of expectation."""
    amount = draw(decimals(1, 1000, 2))
    odd = nodes.CaseField(name="odd name", value=None)
    inner = nodes.CaseField(name="amount", value=amount)
    tags = tuple((name.text, draw(_labels)) for name in schema.dimensions[:1])
    lines = tuple(
        nodes.ExpectedLine(
            side=side,
            account=nodes.Name(account),
            **draw(_figures(amount)),
            dimensions=tags,
            ledger=draw(st.sampled_from((None, *schema.ledgers))),
        )
        for side, account in ((nodes.SideWord.DEBIT, "cash"), (nodes.SideWord.CREDIT, "revenue"))
    )
    base = nodes.Case(
        title=draw(_labels),
        on=f"HERA.POS.{event}.V1",
        event=(
            nodes.CaseField(name="total_amount", value=amount),
            nodes.CaseField(name="currency", value="USD"),
            nodes.CaseField(name="tax_inclusive", value=draw(st.booleans())),
            nodes.CaseField(name="items", value=((inner,), (inner, odd))),
            nodes.CaseField(name="labels", value=(draw(_labels), "x")),
        ),
        expect=lines,
    )
    total = nodes.ExpectedTotal(
        side=nodes.SideWord.CREDIT,
        account=draw(st.sampled_from((None, nodes.Name("revenue")))),
        **draw(_figures(amount)),
        dimensions=tags,
        ledger=draw(st.sampled_from((None, *schema.ledgers))),
    )
    fails = draw(st.booleans())
    other = nodes.Case(
        title=f"{base.title} again",
        on=draw(st.sampled_from((None, base.on))),
        like=base.title,
        event=(nodes.CaseField(name="total_amount", value=-amount),),
        totals=() if fails else (total,) * draw(st.integers(0, 2)),
        warnings=() if fails else (nodes.ExpectedWarning(code=draw(_labels)),),
        error="E_UNBALANCED" if fails else None,
    )
    return (base, other)


@st.composite
def case_tables(draw: st.DrawFn, like: nodes.Case, schema: nodes.Schema) -> nodes.CaseTable:
    """Return a table of cases with values of several sorts, totals, and an error."""
    amount, label = draw(decimals(1, 1000, 2)), draw(_labels)
    sides = st.sampled_from(nodes.SideWord)
    columns = (
        nodes.CaseColumn(
            side=draw(sides),
            account=nodes.Name("cash"),
            currency=draw(_currencies),
            base=draw(st.booleans()),
        ),
        nodes.CaseColumn(
            side=draw(sides),
            account=draw(st.sampled_from((None, nodes.Name("revenue")))),
            total=True,
            currency=draw(_currencies),
            base=draw(st.booleans()),
            dimensions=((schema.dimensions[0].text, label),),
            ledger=draw(st.sampled_from((None, *schema.ledgers))),
        ),
    )
    rows = (
        nodes.CaseRow(title=label, values=(amount, (label, amount)), amounts=(amount, Decimal(0))),
        nodes.CaseRow(title=f"{label} 2", values=(None, draw(_labels)), error="E_GUARDRAIL"),
    )
    return nodes.CaseTable(
        title=f"{like.title} in rows",
        like=like.title,
        event=like.event[: draw(st.integers(0, 1))],
        inputs=("total_amount", draw(_texts)),
        columns=columns,
        rows=rows,
    )
