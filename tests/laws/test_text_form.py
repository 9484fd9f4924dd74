"""Laws of the text form: writing and reading agree, comments stay, no text breaks the reader."""

from collections import Counter
from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from hera_engine.dsl import nodes
from hera_engine.dsl.format import format_expression, format_nodes
from hera_engine.dsl.parse import Fragment, parse_fragment, parse_schema
from hera_engine.dsl.scan import scan
from hera_engine.testing.strategies import expressions, schemas

_WORDS = (
    'schema "S" version', "ledgers GL", "account cash 1000 asset", "tax profile vat", "use tax",
    "dimensions a, b", "split HERA.POS.** by", "require a on 4* else error", "carry a on *",
    "payments immediate", "validations", "map f(kind)", "derive a = f(kind)",
    "on HERA.POS.SALE.V1", "case", "debit",
    "credit", "let x =", "given", "for item in items", "in IFRS", "balance to", "when", "by",
    "cash", "5", "5%", "2025-01-01", "2025-13-40", '"text"', '"open', "`quoted name`", "`open",
    "{", "}", "(", ")", "[", "]", ",", ".", "=", "->", "+", "-", "*", "<", "not", "and", "or",
    "default", "# comment", "\n", "\r\n", "\t", "\x00", "\u202e", "e\u0301", "é", ";", "\\",
    "reverses", "event", "expect", "1.5.2", "00", "\ufeff", "sum(",
)  # fmt: skip

_texts = st.text(max_size=60) | st.lists(st.sampled_from(_WORDS), max_size=25).map(" ".join)


@settings(max_examples=80)
@given(schema=schemas())
def test_reading_what_was_written_gives_the_schema_again(schema: nodes.Schema) -> None:
    """A schema written as text reads as an equal schema without a fault, and writes the same."""
    text = format_nodes(schema)

    again, found = parse_schema(text)

    assert found == ()
    assert again == schema
    assert again is not None
    assert format_nodes(again) == text


@settings(max_examples=200)
@given(expression=expressions())
@example(expression=nodes.Negative(nodes.Negative(nodes.Field(("x",)))))
@example(expression=nodes.Not(nodes.Or((nodes.Field(("not",)), nodes.Field(("a", "or"))))))
def test_reading_a_written_expression_gives_it_again(expression: nodes.Expression) -> None:
    """An expression written with the fewest brackets reads as the same expression."""
    again, found = parse_fragment(Fragment.EXPRESSION, format_expression(expression))

    assert found == ()
    assert again == expression


@settings(max_examples=60)
@given(schema=schemas(), data=st.data())
def test_no_comment_is_lost_wherever_it_stands(schema: nodes.Schema, data: st.DataObject) -> None:
    """Comments put anywhere between words survive formatting, which then changes nothing more."""
    lines = format_nodes(schema).split("\n")
    for number in range(5):
        index = data.draw(st.integers(0, len(lines) - 1))
        alone = data.draw(st.booleans())
        lines[index] += f"\n# c{number}" if alone else f"  # c{number}"
    text = "\n".join(lines)
    before, _ = parse_schema(text)
    assert before is not None

    once = format_nodes(before)
    after, found = parse_schema(once)

    assert found == ()
    assert after == before == schema
    assert format_nodes(after) == once
    assert _comments(once) == _comments(text)


def _comments(text: str) -> Counter[str]:
    """Return the marks of all comments of a text, however they share lines."""
    said = " ".join(comment.text for comment in scan(text).comments)
    return Counter(word for word in said.split() if word.startswith("c"))


@settings(max_examples=60)
@given(
    schema=schemas(),
    pointers=st.lists(
        st.sampled_from(
            ("", "/accounts", "/accounts/cash", "/accounts/cash/code", "/gone/1", "/cases/0/event",
             "/postings/0", "/postings/0/lines/1/for/0", "/maps/tender_of/rows/0", "odd")
        ),
        unique=True,
    ),
    layout=st.lists(st.sampled_from(("/ledgers", "/maps/x", "/accounts/q", "/postings/7"))),
)  # fmt: skip
def test_comments_and_layout_of_any_origin_are_written(
    schema: nodes.Schema, pointers: list[str], layout: list[str]
) -> None:
    """Comments on nodes without a place of their own and a stale layout change no meaning."""
    comments = {
        pointer: nodes.Comments((f"b{index}",), f"a{index}", (f"i{index}",), (f"h{index}",))
        for index, pointer in enumerate(pointers)
    }
    commented = replace(schema, comments=comments, layout=tuple(layout))

    text = format_nodes(commented)
    again, found = parse_schema(text)

    assert found == ()
    assert again == schema
    words = {word for comment in scan(text).comments for word in comment.text.split()}
    assert words == {f"{part}{index}" for index in range(len(pointers)) for part in "baih"}
    assert format_nodes(again) == text


@settings(max_examples=300)
@given(text=_texts)
@example(text="")
@example(text="\ufeff")
@example(text="on X {")
@example(text='"')
@example(text="account a\n}")
def test_any_text_gives_a_schema_or_a_fault_inside_the_text(text: str) -> None:
    """Whatever the text, there is a sound schema or a fault whose place lies in the text."""
    schema, found = parse_schema(text)

    assert schema is not None or found
    clean = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines = clean.split("\n")
    for fault in found:
        span = fault.span
        assert span is not None
        assert 1 <= span.line <= span.end_line <= len(lines)
        assert 1 <= span.column <= len(lines[span.line - 1]) + 1
        assert str(fault)


@settings(max_examples=150)
@given(kind=st.sampled_from(Fragment), text=_texts)
def test_any_fragment_gives_a_node_or_a_fault(kind: Fragment, text: str) -> None:
    """Whatever the string of the JSON form, there is a node or a fault with a place."""
    node, found = parse_fragment(kind, text)

    assert node is not None or found
    assert all(fault.span is not None for fault in found)


@settings(max_examples=40)
@given(schema=schemas(), data=st.data())
def test_what_is_cut_out_of_a_text_is_the_only_damage(
    schema: nodes.Schema, data: st.DataObject
) -> None:
    """A text with a stretch removed never raises and still gives a schema or a fault."""
    text = format_nodes(schema)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(start + 20, len(text))))

    found_schema, found = parse_schema(text[:start] + text[end:])

    assert found_schema is not None or found
