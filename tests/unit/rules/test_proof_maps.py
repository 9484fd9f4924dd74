"""What the balance proof knows of maps of texts in conditions, and the events that it shows."""

from typing import Final

import pytest

from hera_engine import RuleProof, Verdict, prove_schema

HEAD: Final = """\
ledgers GL
account cash    1000 asset
account revenue 4100 revenue
account other   4200 revenue
map kind_of(code) { "a" -> "x", "b" -> "y", else refuse }
map group_of(kind) { "book" -> "goods", "pen" -> "goods", "cut" -> "service", else -> "other" }
map part_of(group, channel) { "goods", "web" -> "A", "goods", * -> "B", else -> "C" }
map only_of(code) { else -> "x" }
"""


def proof_of(*lines: str) -> RuleProof:
    """Return the proof of a rule that debits cash with the total."""
    body = "\n".join(("debit cash total_amount", *lines))
    (proof,) = prove_schema(f"{HEAD}on HERA.POS.SALE.V1 {{\n{body}\n}}")
    return proof


@pytest.mark.parametrize(
    "conditions",
    [
        ('kind_of(code) = "x"', 'kind_of(code) = "y"'),
        ('kind_of(code) = "x"', 'kind_of(code) != "x"'),
        ('kind_of(code) = "x"', 'not "x" = kind_of(code)'),
        ('group_of(kind) = "goods"', 'group_of(kind) = "service" or group_of(kind) = "other"'),
        ('part_of(group_of(kind), channel) = "C"', 'part_of(group_of(kind), channel) != "C"'),
        ('only_of(code) = "x"', 'only_of(code) = "y"'),
        ("kind_of(code) = label", "kind_of(code) != label"),
        ("kind_of(code) = only_of(channel)", "kind_of(code) != only_of(channel)"),
        ('group_of(kind = "a") = "other"', 'group_of(kind = "a") != "other"'),
        # What a row says of its keys: such a code is always of this kind.
        ('code = "a"', 'kind_of(code) = "y"'),
        ('group_of(kind) = "service"', 'kind != "cut"'),
    ],
)
def test_the_texts_of_a_map_exclude_each_other_and_are_all_there_are(
    conditions: tuple[str, str],
) -> None:
    """The same map with the same inputs gives one text, of those in its rows."""
    credited = (f"credit revenue total_amount when {each}" for each in conditions)

    assert proof_of(*credited).verdict is Verdict.PROVEN


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        (
            ('credit revenue total_amount when group_of(kind) = "goods"',),
            {"kind": '"cut"'},
        ),
        (
            (
                'credit revenue total_amount when group_of(kind) = "goods"',
                'credit other total_amount when group_of(kind) = "service"',
            ),
            {"kind": '"other"'},
        ),
        (
            (
                "credit revenue total_amount",
                'credit other 5.00 when part_of(group_of(kind), channel) = "A"',
            ),
            {"kind": '"book"', "channel": '"web"'},
        ),
        (
            # Other inputs, another text.
            (
                'credit revenue total_amount when kind_of(code) = "x"',
                'credit other total_amount when kind_of(channel) = "y"',
            ),
            {"code": '"a"', "channel": '"b"'},
        ),
    ],
)
def test_an_event_shows_where_texts_leave_something_over(
    lines: tuple[str, ...], shown: dict[str, str]
) -> None:
    """Its fields hold what the maps must be asked by."""
    proof = proof_of(*lines)
    (found,) = (each.counter_example for each in proof.ledgers)

    assert proof.verdict is Verdict.REFUTED
    assert found is not None
    assert shown.items() <= dict(found.fields).items()


def test_of_members_each_is_asked_by_itself() -> None:
    """Conditions on items cut their sum in parts that add up."""
    proven = proof_of(
        "given total_amount = sum(items.amount)",
        'for item in items { credit revenue item.amount when kind_of(item.code) = "x" }',
        'for item in items { credit other item.amount when kind_of(item.code) = "y" }',
    )
    refuted = proof_of(
        "given total_amount = sum(items.amount)",
        'for item in items { credit revenue item.amount when group_of(item.kind) != "service" }',
    )

    assert proven.verdict is Verdict.GIVEN
    assert refuted.verdict is Verdict.REFUTED
    assert 'items[0].kind "cut"' in str(refuted)


def test_a_map_that_no_condition_reaches_says_nothing_of_its_inputs() -> None:
    """Such an event is posted, although the map would refuse it: it is no impossible case."""
    proof = proof_of(
        'credit revenue total_amount when code = "z" or kind_of(code) = "x"',
        'credit other total_amount when code != "z" and kind_of(code) = "y"',
        'credit other 5.00 when code = "z"',
    )

    assert proof.verdict is Verdict.REFUTED
    assert 'code "z"' in str(proof)
