"""What names mean: fields, lets, loop variables and declared names."""

from decimal import Decimal

import pytest

from hera_engine.dsl import nodes
from hera_engine.dsl.names import (
    FUNCTIONS,
    Arity,
    ValueKind,
    catalog_of,
    expressions_of,
    open_scope,
    operands,
    walk,
)

ON = nodes.EventPattern("HERA.POS.SALE.V1")
TOTAL = nodes.Field(("total_amount",))
ONE = nodes.Number(Decimal(1))
ITEMS = nodes.Loop(variable=nodes.Name("item"), collection=nodes.Field(("items",)))
PARTS = nodes.Loop(variable=nodes.Name("part"), collection=nodes.Field(("parts",)))
PAYMENTS = nodes.Loop(variable=nodes.Name("payment"), collection=nodes.Field(("payments",)))


def line(
    amount: nodes.Expression = TOTAL,
    loops: tuple[nodes.Loop, ...] = (),
    when: nodes.Expression | None = None,
) -> nodes.Line:
    """Return a debit line on cash."""
    return nodes.Line(
        side=nodes.SideWord.DEBIT,
        target=nodes.Name("cash"),
        amount=amount,
        loops=loops,
        when=when,
    )


def let(name: str, value: nodes.Expression = TOTAL) -> nodes.Let:
    """Return a `let` statement."""
    return nodes.Let(name=nodes.Name(name), value=value)


def test_a_catalog_holds_what_the_schema_declares() -> None:
    """Accounts, ledgers, dimensions and maps are known by name, maps with their inputs."""
    schema = nodes.Schema(
        ledgers=(nodes.Name("GL"),),
        accounts=(nodes.AccountDecl(key=nodes.Name("cash")),),
        dimensions=(nodes.Name("org_unit"),),
        maps=(
            nodes.MapDecl(name=nodes.Name("by_kind"), inputs=(nodes.Name("kind"),), rows=()),
            nodes.MapDecl(name=nodes.Name("by_kind"), inputs=(), rows=()),
        ),
    )

    catalog = catalog_of(schema)

    assert catalog.accounts == {"cash"}
    assert catalog.ledgers == {"GL"}
    assert catalog.dimensions == {"org_unit"}
    assert catalog.maps == {"by_kind": 1}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("total_amount", ValueKind.NUMBER),
        ("currency", ValueKind.TEXT),
        ("posting_date", ValueKind.DATE),
        ("tax_exempt", ValueKind.TRUTH),
        ("items", ValueKind.COLLECTION),
        ("items.amount", ValueKind.COLLECTION),
        ("org_unit", ValueKind.TEXT),
        ("anything", ValueKind.UNKNOWN),
        ("anything.deeper", ValueKind.UNKNOWN),
        ("total_amount.cents", ValueKind.UNKNOWN),
        ("tip", ValueKind.NUMBER),
        ("tip.half", ValueKind.UNKNOWN),
        ("later", ValueKind.UNKNOWN),
        ("item", ValueKind.RECORD),
        ("item.amount", ValueKind.NUMBER),
        ("item.kind", ValueKind.TEXT),
        ("item.org_unit", ValueKind.TEXT),
        ("item.colour", ValueKind.UNKNOWN),
        ("item.amount.cents", ValueKind.UNKNOWN),
        ("part", ValueKind.UNKNOWN),
        ("part.amount", ValueKind.UNKNOWN),
        ("payment.method", ValueKind.TEXT),
        ("payment.org_unit", ValueKind.UNKNOWN),
    ],
)
def test_a_path_has_the_kind_of_what_it_names(path: str, kind: ValueKind) -> None:
    """Known fields, lets and members have their kind, everything else is open."""
    loops = (ITEMS, PARTS, PAYMENTS)
    schema = nodes.Schema(dimensions=(nodes.Name("org_unit"),))
    rule = nodes.Rule(on=ON, lets=(let("tip"), let("later")), lines=(line(loops=loops),))
    opened = open_scope(catalog_of(schema), rule)

    scope = type(opened)(
        opened.catalog, opened.lets, visible=1, variables=opened.variables, loops=loops
    )

    assert scope.kind_of(tuple(path.split("."))) is kind


def test_a_loop_variable_hides_what_stands_outside() -> None:
    """The innermost loop decides what its variable means."""
    inner = nodes.Loop(variable=nodes.Name("item"), collection=nodes.Field(("payments",)))
    scope = open_scope(catalog_of(nodes.Schema()), nodes.Rule(on=ON))

    nested = scope.within((ITEMS, inner))

    assert nested.loop_of("item") is inner
    assert not nested.is_item("item")
    assert nested.kind_of(("item", "method")) is ValueKind.TEXT


def test_a_column_of_a_collection_has_the_kind_of_its_field() -> None:
    """What `sum` sees is the field of one member."""
    scope = open_scope(catalog_of(nodes.Schema()), nodes.Rule(on=ON)).within((ITEMS,))

    assert scope.column_kind(("payments", "amount")) is ValueKind.NUMBER
    assert scope.column_kind(("payments", "method")) is ValueKind.TEXT
    assert scope.column_kind(("parts", "amount")) is ValueKind.UNKNOWN
    assert scope.column_kind(("item", "amount")) is ValueKind.UNKNOWN


def test_an_arity_says_what_it_takes() -> None:
    """The number of arguments is told in words and in numbers."""
    assert str(FUNCTIONS["net"]) == "1 argument"
    assert str(FUNCTIONS["round"]) == "1 to 2 arguments"
    assert str(FUNCTIONS["max"]) == "at least 2 arguments"
    assert str(Arity(2, 2)) == "2 arguments"
    assert [FUNCTIONS["round"].allows(count) for count in range(4)] == [False, True, True, False]
    assert FUNCTIONS["max"].allows(99)


def test_every_part_of_an_expression_is_walked_in_order() -> None:
    """Walking goes through every kind of node, left to right."""
    given = nodes.Default(nodes.Field(("tip_amount",)), ONE)
    product = nodes.Product((nodes.Term("*", TOTAL), nodes.Term("/", ONE)))
    total = nodes.Sum((nodes.Term("+", nodes.Negative(given)), nodes.Term("-", product)))
    call = nodes.Call(nodes.Name("round"), (total,))
    compared = nodes.Comparison("<", call, ONE)
    whole = nodes.Or((nodes.And((nodes.Not(compared), nodes.Truth(True))), nodes.Truth(False)))

    kinds = [type(part).__name__ for part in walk(whole)]

    assert " ".join(kinds) == (
        "Or And Not Comparison Call Sum Negative Default Field Number Product Field Number "
        "Number Truth Truth"
    )
    assert operands(nodes.Text("x")) == ()


def test_every_expression_of_a_rule_is_found() -> None:
    """Lets, givens, loops, map arguments, amounts and conditions are all expressions."""
    fields = tuple(nodes.Field((f"f{number}",)) for number in range(8))
    loop = nodes.Loop(variable=nodes.Name("x"), collection=fields[3], when=fields[4])
    posted = nodes.Line(
        side=nodes.SideWord.CREDIT,
        target=nodes.Call(nodes.Name("by"), (fields[5],)),
        amount=fields[6],
        when=fields[7],
        loops=(loop,),
    )
    rule = nodes.Rule(
        on=ON,
        lets=(let("a", fields[0]),),
        givens=(nodes.Given(left=fields[1], right=fields[2]),),
        lines=(posted,),
    )

    assert tuple(expressions_of(rule)) == fields
