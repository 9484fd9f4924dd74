"""Tax profiles in both forms: what each setting says, how it is printed, what is refused."""

from datetime import date
from decimal import Decimal

import pytest

from hera_engine import check_schema, format_schema, load_schema
from hera_engine.dsl import nodes
from hera_engine.dsl.format import format_nodes
from hera_engine.dsl.json_read import read_json_schema
from hera_engine.dsl.json_write import to_json_dict
from hera_engine.dsl.parse import parse_schema
from hera_engine.tax.category import Reason
from hera_engine.tax.component import ComponentKind
from hera_engine.tax.profile import CASH_MODES
from hera_engine.tax.rounding import CashDifference, Spread
from tests.unit.dsl.schema_texts import SOUND, faults_of

INDIA = """tax profile in_gst {
  jurisdiction IN
  system GST
  source "Central Goods and Services Tax Act 2017, § 9"
  prices exclusive
  rounding rule "cumulative-carry" half_even increment 0.01 spread largest
  step 1.00 up to largest_tax
  default goods.standard
  rate export 0% for goods.export reason export source "IGST Act s 16"
  exempt fin for services.financial source "notification 12/2017"
  component CGST 9% jurisdiction "IN-KA" account tax input cash recoverable 50% expense fees group GST from 2017-07-01 source "CGST Act s 9"
  component SGST 9%
  component CESS 1% on CGST, SGST
  component DEP 0.25 per unit
  component ICMS 17% of gross
  component LUX tiers 5% up to 100.00, 10% up to 500.00, 12%
  component TDS 2% withheld
  component RCM 18% reverse charge
  component X -5% compound unaffected sequence 30 inclusive repartition 60%, -40%
  bear CGST, SGST for goods.standard, goods.other
  bear nothing for services.unlisted
}
"""  # noqa: E501 - the canonical text has no line breaks inside a setting


def profile_of(text: str) -> nodes.TaxProfileDecl:
    """Return the only profile of a text that has no syntax faults."""
    schema, found = parse_schema(text)
    assert found == ()
    assert schema is not None
    return schema.tax_profiles[0]


def syntax_faults(settings: str) -> list[str]:
    """Return name and line of each syntax fault of a profile's settings."""
    _, found = parse_schema(f"tax profile x {{\n{settings}\n}}\n")
    return [f"{fault.name} {fault.span.line if fault.span else 0}" for fault in found]


def profile_faults(settings: str) -> list[tuple[str, str, str | None]]:
    """Return the words each fault points at, its message and its hint, warnings left out."""
    text = f"{SOUND}account tax 2200 liability\ntax profile x {{\n{settings}\n}}\n"
    lines = text.split("\n")
    found = []
    for fault in check_schema(text):
        if fault.severity.value == "error":
            assert fault.span is not None
            quoted = lines[fault.span.line - 1][fault.span.column - 1 :]
            if fault.span.end_line == fault.span.line:
                quoted = quoted[: fault.span.width]
            found.append((quoted, fault.message.removeprefix("tax profile `x`: "), fault.hint))
    return found


# --- reading and printing --------------------------------------------------------------------


def test_the_canonical_text_of_a_profile_is_read_and_printed_unchanged() -> None:
    """Every setting there is, in its canonical place."""
    schema, found = parse_schema(INDIA)

    assert found == ()
    assert schema is not None
    assert format_nodes(schema) == INDIA


def test_each_part_of_a_component_is_read() -> None:
    """Each word of a component is a field of its node."""
    cgst, _, cess, dep, icms, lux, tds, rcm, odd = profile_of(INDIA).components

    assert cgst == nodes.ComponentDecl(
        name=nodes.Name("CGST"),
        rate=Decimal(9),
        jurisdiction="IN-KA",
        account=nodes.Name("tax"),
        input_account=nodes.Name("cash"),
        recoverable=Decimal(50),
        expense_account=nodes.Name("fees"),
        group="GST",
        effective_from=date(2017, 7, 1),
        source="CGST Act s 9",
    )
    assert cess.on == (nodes.Name("CGST"), nodes.Name("SGST"))
    assert (dep.kind, dep.rate) == (nodes.ComponentWord.FIXED, Decimal("0.25"))
    assert (icms.kind, icms.rate) == (nodes.ComponentWord.DIVISION, Decimal(17))
    assert [(tier.up_to, tier.percent) for tier in lux.tiers] == [
        (Decimal(100), Decimal(5)), (Decimal(500), Decimal(10)), (None, Decimal(12)),
    ]  # fmt: skip
    assert tds.retained
    assert rcm.reverse_charge
    assert odd.rate == Decimal(-5)
    assert (odd.compound, odd.base_affected, odd.sequence, odd.inclusive) == (True, False, 30, True)
    assert odd.repartition == (Decimal(60), Decimal(-40))


def test_the_settings_of_a_profile_are_read() -> None:
    """Coins, the rule of rounding, the law, and who bears what."""
    profile = profile_of(INDIA)

    assert (profile.cash_step, profile.cash_mode, profile.cash_to) == (
        Decimal(1), "up", "largest_tax",
    )  # fmt: skip
    assert profile.source == "Central Goods and Services Tax Act 2017, § 9"
    assert profile.rule == nodes.RoundingDecl(
        name="cumulative-carry", mode="half_even", increment=Decimal("0.01"), spread="largest"
    )
    assert [(decl.category.text, [name.text for name in decl.components])
            for decl in profile.bearing] == [
        ("goods.standard", ["CGST", "SGST"]), ("goods.other", ["CGST", "SGST"]),
        ("services.unlisted", []),
    ]  # fmt: skip


def test_both_forms_of_a_profile_say_the_same() -> None:
    """The JSON form of the profile is read as equal nodes, and `TaxProfile` takes it as it is."""
    text = f"{SOUND}account tax 2200 liability\n{INDIA}"
    schema = load_schema(text)

    data = to_json_dict(schema.nodes)
    again, found = read_json_schema(data)

    assert found == ()
    assert again is not None
    assert again.tax_profiles == schema.nodes.tax_profiles
    profile = schema.own_profiles["in_gst"]
    assert [each.code for each in profile.components][:3] == ["CGST", "SGST", "CESS"]
    assert profile.components[2].on == ("CGST", "SGST")
    assert profile.source == "Central Goods and Services Tax Act 2017, § 9"


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("rate a 5% recoverable 100%", "rate a 5%"),
        ("rate a 5% reason reverse_charge", "reverse charge a 5%"),
        ("rate a reason exempt", "exempt a"),
        ("rate a reason out_of_scope", "rate a reason out_of_scope"),
        ("rate a 0% reason exempt", "rate a 0% reason exempt"),
        ("exempt `source` for a", "exempt `source` for a"),
        ("reverse charge `input` 5%", "reverse charge `input` 5%"),
        ("step 1.00 half_up to line", "step 1.00"),
        ("step down", "step down"),
        ("step to largest_tax", "step to largest_tax"),
        ("rounding rule floor", "rounding rule floor"),
        ("component A 5% recoverable 100% from 2020-01-01", "component A 5% from 2020-01-01"),
        ("component A -0.10 per unit", "component A -0.10 per unit"),
        ("component A tiers -1% up to 5, 2%", "component A tiers -1% up to 5, 2%"),
        ("bear A for x bear A for y bear B for z", "bear A for x, y\n  bear B for z"),
        ("bear `nothing` for x", "bear `nothing` for x"),
    ],
)
def test_one_meaning_has_one_spelling(written: str, printed: str) -> None:
    """A setting is printed in one way, whatever it was written like."""
    schema, found = parse_schema(f"tax profile x {{\n  {written}\n}}\n")

    assert found == ()
    assert schema is not None
    assert format_nodes(schema) == f"tax profile x {{\n  {printed}\n}}\n"


def test_a_comment_between_categories_keeps_them_apart() -> None:
    """Neighbours with the same components are one setting unless a comment stands between them."""
    text = "tax profile x {\n  bear A for x\n  # for a while\n  bear A for y  # still\n}\n"

    schema, found = parse_schema(text)

    assert found == ()
    assert schema is not None
    assert format_nodes(schema) == text


def test_the_use_of_a_profile_overrides_its_coins() -> None:
    """A schema that uses a profile may say step, mode and who takes the difference."""
    text = "use tax SE prices inclusive rounding swedish step 0.50 half_up to line\n"

    schema, found = parse_schema(text)

    assert found == ()
    assert schema is not None
    assert format_nodes(schema) == text
    assert schema.tax is not None
    assert (schema.tax.cash_mode, schema.tax.cash_to) == ("half_up", "line")


NEW_WORDS = (
    "bear", "component", "compound", "expense", "gross", "group", "increment", "input", "nothing",
    "of", "per", "purchase", "reason", "recoverable", "repartition", "rule", "sequence", "source",
    "spread", "tiers", "unaffected", "unit", "up", "withheld", "largest_tax", "half_up",
)  # fmt: skip


@pytest.mark.parametrize("word", NEW_WORDS)
def test_no_word_of_tax_profiles_is_reserved(word: str) -> None:
    """An account, a field, a component, a rate and a category may have any of their names."""
    text = (
        f"{SOUND}account {word} 2100 liability\n"
        f"on HERA.X.V1 {{ debit {word} {word} credit {word} ({word} + 0) }}\n"
        f"tax profile x {{\n"
        f"  default {word}\n"
        f"  rate {word} 0% for {word}, a.{word} account {word} input {word} expense {word}\n"
        f"  component {word} 5% account {word} input {word} expense {word} group {word}\n"
        f"  component B 5% on {word}\n"
        f"  bear B, {word} for b.{word}\n"
        f"}}\n"
    )

    schema = load_schema(text)

    assert load_schema(format_schema(schema)) == schema
    assert f"debit {word} {word}" in format_schema(schema)


def test_the_words_of_the_language_are_those_of_the_tax_room() -> None:
    """Reasons, kinds, modes and spreads are listed once for both rooms to agree on."""
    assert tuple(Reason) == nodes.REASONS
    assert tuple(CASH_MODES) == nodes.CASH_MODES
    assert tuple(CashDifference) == nodes.CASH_DIFFERENCES
    assert tuple(Spread) == nodes.SPREADS
    assert [word.value for word in nodes.ComponentWord] == [kind.value for kind in ComponentKind]


# --- syntax ----------------------------------------------------------------------------------


def test_what_stands_behind_a_component_is_its_own() -> None:
    """Words that a component can end with are never settings of the profile behind it."""
    text = 'tax profile x {\n  component A 5%\n  jurisdiction IN\n  source "law"\n}\n'

    profile = profile_of(text)

    assert (profile.jurisdiction, profile.source) == (None, None)
    assert (profile.components[0].jurisdiction, profile.components[0].source) == ("IN", "law")


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ("component A", ["SYNTAX 2"]),
        ("component A 5% reverse charge\nreverse charge 5% for x", ["BAD_TAX_PROFILE 3"]),
        ("component A 5 unit", ["SYNTAX 2"]),
        ("rate a for x", ["MISSING_KEY 2"]),
        ("rate a 5% reason odd", ["SYNTAX 2"]),
        ("step", ["SYNTAX 2"]),
        ("rounding rule", ["SYNTAX 2"]),
        ('rounding total\nrounding rule "unit"', ["DUPLICATE 3"]),
        ('source "a"\nsource "b"', ["DUPLICATE 3"]),
        ("step 1 half_even", ["SYNTAX 2"]),
        ("bear for x", ["SYNTAX 2"]),
        ("bear A", ["SYNTAX 2"]),
        ("component A 5% on", ["SYNTAX 2"]),
    ],
)
def test_a_setting_that_does_not_parse_is_placed(settings: str, found: list[str]) -> None:
    """The fault of a setting is told at its line."""
    assert syntax_faults(settings) == found


def test_a_faulty_setting_spoils_no_other() -> None:
    """Settings over several lines are cut where they begin, not where they go on."""
    settings = (
        "  rate a 5 for x\n"
        "  component A 5%\n"
        "    jurisdiction IN account cash\n"
        '    source "law"\n'
        "  component B 5% revers charge\n"
        "  component C 5%\n"
        "    reverse charge account cash\n"
    )

    assert syntax_faults(settings) == ["SYNTAX 2", "SYNTAX 6"]


# --- faults of meaning -----------------------------------------------------------------------

DIVISIONS = """
component A 60% of gross inclusive
component B 60% of gross inclusive
bear A for x
bear A, B for y
"""


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ("component A 5% on GTS\ncomponent GST 5%",
         ("GTS", "component `A` is due on `GTS`, which is no component", "did you mean `GST`?")),
        ("component A 5% on B\ncomponent B 5%",
         ("B", "component `A` is due on `B`, which comes after it", "write `A` after `B`")),
        ("component A 5% on B sequence 1\ncomponent B 5% sequence 2",
         ("B", "component `A` is due on `B`, which comes after it",
          "give `A` a higher sequence than `B`")),
        ("component A 5% on A", ("A", "components are due on each other: A -> A",
          "break the circle: take one of the names out of its `on`")),
        ("component A 5% on B\ncomponent B 5% on A",
         ("B", "components are due on each other: A -> B -> A",
          "break the circle: take one of the names out of its `on`")),
        ("component C 1%\ncomponent A 5% on B, C\ncomponent B 5% on D\ncomponent D 5% on A",
         ("B", "components are due on each other: A -> B -> D -> A",
          "break the circle: take one of the names out of its `on`")),
        ("component A 5%\ncomponent B 5% on A compound",
         ("component B 5% on A compound",
          "`on` stands beside `compound`, and both say what is due on what",
          "keep one of the two")),
        ("component A 5%\ncomponent B 5% on A unaffected",
         ("component B 5% on A unaffected",
          "`on` stands beside `unaffected`, and both say what is due on what",
          "keep one of the two")),
        ("prices inclusive\ncomponent A 60% of gross\ncomponent B 40% of gross",
         ("component A 60% of gross",
          "components `A`, `B` take all of the price that includes them",
          "keep the percentages of gross below 100 together")),
        (DIVISIONS,
         ("bear A, B for y",
          "tax component `A` takes all of the price that includes it, or more",
          "keep the percentages of gross below 100 together")),
        ("component A tiers 5% up to 10, 6% up to 5, 7%",
         ("component A tiers 5% up to 10, 6% up to 5, 7%",
          "tax component `A` has tiers that do not rise, or no last one without an end",
          "let each slice end above the one before, and only the last without an end")),
        ("component A 5% recoverable 101%",
         ("component A 5% recoverable 101%",
          "`101` is not a number allowed here: it must lie between 0 and 100", None)),
        ("rate a 5% for x recoverable 101%",
         ("rate a 5% for x recoverable 101%",
          "`101` is not a number allowed here: it must lie between 0 and 100", None)),
        ("component A 5% to 2019-12-31\ncomponent A 6% from 2019-12-01",
         ("component A 6% from 2019-12-01",
          "component `A` stands twice on 2019-12-01",
          "end one before the other begins, or give it another name")),
        ("component A 5% to 2019-12-31\ncomponent A 6% from 2020-02-01",
         ("component A 6% from 2020-02-01",
          "no rate applies to A from 2020-01-01 to 2020-01-31", None)),
        ("component A 5% from 2020-01-02 to 2020-01-01",
         ("component A 5% from 2020-01-02 to 2020-01-01",
          "the period ends on 2020-01-01, before its start 2020-01-02", None)),
        ("component GST 5%\nbear GTS for x",
         ("GTS", "it has no component `GTS`", "did you mean `GST`?")),
        ("component A 5%\nbear A for x\nbear nothing for x",
         ("x", "category `x` is declared twice", None)),
        ("default y\nrate a 5% for x",
         ("tax profile x {", "no rate is for `y`", None)),
        ("rounding rule \"unit\"\nrate a 5% for x",
         ("rounding rule \"unit\"", "`rounding_rule` is for components, and there are none",
          "round rates by one of the names none, line, total and swedish")),
        ("rate a 5% for x\nbear A for x",
         ("bear A for x", "`component_categories` is for components, and there are none",
          "say the categories of a rate behind it")),
        ("rate a 5% for x\ncomponent A 5%",
         ("rate a 5% for x", "rate `a` stands beside components, where no rate charges tax",
          "say `a` as a component")),
        ("reverse charge 0% for x\ncomponent A 5%",
         ("reverse charge 0% for x",
          "rate `reverse_charge` stands beside components, where no rate charges tax",
          "say `reverse_charge` as a component")),
        ("rounding rule \"total\" increment 0\ncomponent A 5%",
         ("rounding rule \"total\" increment 0", "the increment is not above zero", None)),
        ("component A 5% account taxx", ("taxx", "unknown account `taxx`", "did you mean `tax`?")),
        ("component A 5% input taxx", ("taxx", "unknown account `taxx`", "did you mean `tax`?")),
        ("rate a 5% for x expense taxx",
         ("taxx", "unknown account `taxx`", "did you mean `tax`?")),
    ],
)  # fmt: skip
def test_a_profile_that_makes_no_sense_is_told_where(
    settings: str, found: tuple[str, str, str | None]
) -> None:
    """One fault, at the words to blame, with what to do about it."""
    assert profile_faults(settings) == [found]


def test_all_faults_of_a_profile_come_together() -> None:
    """Neither components nor rates hide the faults of the others."""
    settings = (
        "rate a 5% for x\n"
        "component A 5% on B\n"
        "component B 5% on A\n"
        "component C 5% on D\n"
        "bear E for x\n"
        "bear A for y"
    )

    assert [quoted for quoted, _, _ in profile_faults(settings)] == [
        "rate a 5% for x",
        "B",
        "D",
        "E",
    ]


def test_a_dated_series_may_be_due_on_the_series_before_it() -> None:
    """Only components of a common day are put in order."""
    settings = (
        "component GST 7% to 2005-12-31\n"
        "component QST 7.5% on GST to 2007-12-31\n"
        "component GST 6% from 2006-01-01\n"
        "component QST 7.5% on GST from 2008-01-01"
    )

    found = profile_faults(settings)

    assert found == [
        ("GST", "component `QST` is due on `GST`, which comes after it", "write `QST` after `GST`")
    ]
    assert profile_faults(settings.replace("2007-12-31", "2005-12-31")
                          .replace("2008-01-01", "2006-01-01")) == []  # fmt: skip


# --- purchases -------------------------------------------------------------------------------

PURCHASE = """
on HERA.BILL.V1 purchase {
  debit cash total_amount
  credit revenue total_amount
}
"""


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        (f"{PURCHASE}on HERA.BACK.V1 reverses HERA.BILL.V1", []),
        (f"{PURCHASE}on HERA.BACK.V1 purchase reverses HERA.BILL.V1", []),
        ("on HERA.BACK.V1 purchase reverses HERA.POS.SALE.V1", ["MISPLACED HERA.BACK.V1"]),
        ("on HERA.BACK.V1 purchase reverses HERA.NONE.V1", ["UNKNOWN_RULE HERA.NONE.V1"]),
        (
            PURCHASE.replace("HERA.BILL.V1", "HERA.BILL.**")
            + "on HERA.BACK.V1 purchase reverses HERA.BILL.X.V1",
            [],
        ),
    ],
)
def test_a_reversal_is_a_purchase_if_its_rule_is(rules: str, found: list[str]) -> None:
    """The word may stand on the reversal too, but not against the rule."""
    assert faults_of(f"{SOUND}{rules}\n") == found


def test_saying_it_again_changes_no_meaning() -> None:
    """A reversal that repeats the word means the same schema, another rule does not."""
    silent = load_schema(f"{SOUND}{PURCHASE}on HERA.BACK.V1 reverses HERA.BILL.V1")
    spoken = load_schema(f"{SOUND}{PURCHASE}on HERA.BACK.V1 purchase reverses HERA.BILL.V1")
    sale = load_schema(
        f"{SOUND}{PURCHASE.replace(' purchase', '')}on HERA.BACK.V1 reverses HERA.BILL.V1"
    )

    assert silent == spoken
    assert silent != sale
    assert silent.to_json_dict()["postings"][1] == {  # type: ignore[index] # JSON values
        "on": "HERA.BILL.V1",
        "purchase": True,
        "lines": [
            {"debit": "cash", "amount": "total_amount"},
            {"credit": "revenue", "amount": "total_amount"},
        ],
    }


def test_a_setting_behind_what_could_take_it_has_advice() -> None:
    """Where each setting is sound by itself, the order is the fault."""
    settings = "component A 5% jurisdiction IN\njurisdiction IN"
    _, found = parse_schema(f"tax profile x {{\n{settings}\n}}\n")

    assert [(fault.name, fault.span and fault.span.line) for fault in found] == [("SYNTAX", 3)]
    assert str(found[0].hint).startswith("write what the profile says of itself")
