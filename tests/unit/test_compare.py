"""What a new version of a schema drops, narrows or changes, told before it is in force."""

import json
from pathlib import Path

import pytest
from hypothesis import given

from hera_engine import PostingSchema, SchemaError, compare_schemas
from hera_engine.__main__ import FAULTS, OK, USAGE, main
from hera_engine.testing.strategies import schemas

BASE = """\
schema "Shop" version 1
ledgers GL, IFRS
account cash 1000 asset
account revenue 4000 revenue
account services 4100 revenue
account services in IFRS 4199
dimensions org_unit, staff_id
require org_unit on 4* else error
validations { max_line_count 100  currencies USD, EUR }
map revenue_of(kind, channel) { "goods", * -> revenue, "service", "web" -> services, else refuse }
on HERA.POS.SALE.V1 {
  let tip = own_tip default 0
  given total_amount = net_amount + tip
  given net_amount = sum(parts.amount)
  debit cash total_amount
  for part in parts { credit revenue_of(part.kind, channel) part.amount }
  credit services tip when tip > 0
}
on HERA.POS.REFUND.** reverses HERA.POS.SALE.V1
on HERA.WEB.** { debit cash total_amount  credit revenue total_amount }
"""


def told(old: str, new: str) -> list[str]:
    """Return what is said of a new version: severity, name, and the words that are quoted."""
    return [f"{fault.severity} {fault.message}" for fault in compare_schemas(old, new)]


def changed(*pairs: tuple[str, str], base: str = BASE) -> list[str]:
    """Return what is said when each text of ``base`` is replaced by its neighbour."""
    text = base
    for before, after in pairs:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return told(base, text)


def instead(where: str, before: str, after: str) -> str:
    """Return the note that something is there in place of something else."""
    return f"note {where}: `{after}` in place of `{before}`"


def test_a_version_that_changes_nothing_is_silent() -> None:
    """Spelling, comments and the number of the version are no changes."""
    assert told(BASE, "# as before\n" + BASE.replace("version 1", "version 2")) == []


@given(schemas())
def test_no_schema_differs_from_itself(document: object) -> None:
    """Law: whatever a schema says, the same schema says it too."""
    schema = PostingSchema(document)  # type: ignore[arg-type] # the strategy makes nodes

    assert [fault for fault in compare_schemas(schema, schema) if fault.severity != "note"] == []


# --- dropped rules ---------------------------------------------------------------------------


def test_a_rule_that_is_gone_is_dropped() -> None:
    """The fault stands in the old version, at its pattern."""
    rule = "on HERA.WEB.** { debit cash total_amount  credit revenue total_amount }\n"

    (fault,) = compare_schemas(BASE, BASE.replace(rule, ""), old_file="old.hera")

    assert (fault.name, fault.file, fault.excerpt) == ("DROPPED_RULE", "old.hera", rule.strip())


def test_a_pattern_may_be_replaced_by_a_wider_one() -> None:
    """What counts is that the events have a rule."""
    assert changed(("on HERA.WEB.**", "on HERA.*.**")) == []


def test_a_pattern_that_has_grown_narrower_drops_events() -> None:
    """The fault shows a code that had a rule and has none."""
    assert changed(("on HERA.WEB.**", "on HERA.WEB.SALE.**")) == [
        (
            "error rule `HERA.WEB.**` is dropped: "
            "events such as `HERA.WEB.V1` have no rule in the new version"
        )
    ]


def test_several_patterns_that_match_what_is_tried_are_a_note() -> None:
    """The patterns do not tell, and the codes tried have rules: a reader decides."""
    lines = "{ debit cash total_amount  credit revenue total_amount }"
    rules = "\n".join(f"on HERA.WEB.{stars} {lines}" for stars in ("*", "*.*", "*.*.*"))

    (note,) = changed((f"on HERA.WEB.** {lines}", rules))

    assert note.startswith("note the patterns do not tell")


def test_a_case_decides_for_a_regular_expression() -> None:
    """A code of a case that the new version has no rule for shows that one is dropped."""
    body = "{ debit cash total_amount  credit revenue total_amount }"
    case = (
        'case "shop" on HERA.SHOP.SALE.V1 {\n'
        "  event { total_amount: 1.00 }\n"
        "  expect { debit cash 1.00  credit revenue 1.00 }\n"
        "}\n"
    )
    old = f'{BASE}on matching "^HERA.SHOP" {body}\n{case}'
    other = f'{BASE}on matching "^HERA.SHOP.RETURN" {body}\n'

    assert told(old, other) == [
        (
            'error rule `matching "^HERA.SHOP"` is dropped: '
            "events such as `HERA.SHOP.SALE.V1` have no rule in the new version"
        )
    ]
    assert [fault.name for fault in compare_schemas(old, f"{BASE}on HERA.SHOP.** {body}\n")] == [
        "UNDECIDED_RULE"
    ]


def test_a_table_of_cases_decides_too() -> None:
    """Its rows have the code of the table."""
    body = "{ debit cash total_amount  credit revenue total_amount }"
    table = (
        'cases "shops" on HERA.SHOP.SALE.V1 { event { kind: "goods" }\n'
        'table total_amount -> debit cash, credit revenue "one": 1.00 -> 1.00, 1.00 }\n'
    )
    old = f'{BASE}on matching "^HERA.SHOP" {body}\n{table}'

    (dropped,) = compare_schemas(old, f'{BASE}on matching "^HERA.SHOP.RETURN" {body}\n')

    assert dropped.name == "DROPPED_RULE"
    assert "`HERA.SHOP.SALE.V1` have no rule" in dropped.message


def test_days_that_a_dated_rule_does_not_hold_any_more_are_dropped() -> None:
    """The fault says from when to when."""
    base = BASE.replace("on HERA.WEB.**", "on HERA.WEB.** from 2025-01-01 to 2026-12-31")

    (fault,) = changed(("to 2026-12-31 {", "to 2026-06-30 {"), base=base)

    assert fault.endswith("have no rule in the new version from 2026-07-01 to 2026-12-31")


def test_an_old_rule_that_ends_before_the_new_version_begins_may_go() -> None:
    """A version is asked only for the days on which it is in force."""
    line = "{ debit cash total_amount  credit revenue total_amount }\n"
    old = f"{BASE}on HERA.OLD.V1 to 2025-12-31 {line}"
    new = BASE.replace("version 1", "version 2 effective 2026-01-01")

    assert told(old, new) == []


def test_the_standard_rules_are_compared_too() -> None:
    """A schema that begins to have rules of its own loses the standard ones."""
    standard = (
        "ledgers GL\naccount clearing 1100 asset\naccount tax_output 2200 liability\n"
        'account revenue 4100 revenue\nuse tax "GB"\n'
    )
    own = "on HERA.**.SALE.** { debit clearing total_amount  credit revenue total_amount }\n"

    names = [fault.name for fault in compare_schemas(standard, standard + own)]

    assert names.count("DROPPED_RULE") == 2


# --- narrowed inputs -------------------------------------------------------------------------


def test_a_new_equation_is_told() -> None:
    """Also for the reversal of its rule."""
    found = changed(
        ("  debit cash total_amount\n  for", "  given tip = 0\n  debit cash total_amount\n  for")
    )

    assert [each.split(",")[0] for each in found] == [
        "error rule `HERA.POS.SALE.V1` asks for `tip = 0`",
        "error rule `HERA.POS.REFUND.**` asks for `tip = 0`",
    ]


def test_an_equation_turned_round_is_the_same() -> None:
    """Which side is left says nothing, in rules and in declarations."""
    turned = ("given total_amount = net_amount + tip", "given net_amount + tip = total_amount")
    declared = DECLARED.replace("carrier: text }", "carrier: text } given weight = tip")

    assert changed(turned) == []
    assert changed(("given weight = tip", "given tip = weight"), base=declared) == []


def test_an_equation_that_is_gone_is_no_fault() -> None:
    """What a version asks for less, no event runs into."""
    assert changed(("  given total_amount = net_amount + tip\n", "")) == []


def test_a_default_that_is_gone_is_told() -> None:
    """Events that left the field out are refused now."""
    faults = compare_schemas(BASE, BASE.replace("own_tip default 0", "own_tip"))

    assert {(fault.name, fault.hint) for fault in faults if fault.severity == "error"} == {
        ("REQUIRED_FIELD", "keep its default: `own_tip default …`")
    }


def test_a_field_that_a_rule_begins_to_read_is_told() -> None:
    """Also a field of the members of a list; what every event has is not asked for anew."""
    found = changed(("part.amount", 'part.amount when part.weight > 0 and currency = "USD"'))

    assert [each for each in found if "needs" in each] == [
        f"error rule `{rule}` needs `parts.weight`, which it did not: events without it are refused"
        for rule in ("HERA.POS.SALE.V1", "HERA.POS.REFUND.**")
    ]


def test_a_list_that_a_rule_begins_to_read_has_no_default() -> None:
    """The hint does not ask for what the language does not have."""
    loop = "for leg in legs { debit cash leg.amount  credit revenue leg.amount }"
    line = "on HERA.WEB.** { debit cash total_amount "

    faults = compare_schemas(BASE, BASE.replace(line, f"{line} {loop}"))

    (hint,) = (fault.hint for fault in faults if "needs `legs`," in fault.message)
    assert hint == "lists have no default: loop in a rule for events that send it"


@pytest.mark.parametrize(
    ("row", "inputs"),
    [
        ('"goods", * -> revenue, ', '"goods", others'),
        ('"service", "web" -> services, ', '"service", "web"'),
    ],
)
def test_a_map_that_lost_a_row_is_told(row: str, inputs: str) -> None:
    """The fault names inputs that were taken and are refused."""
    assert f"error map `revenue_of` took {inputs} and refuses it now" in changed((row, ""))


def test_a_map_that_lost_its_else_is_told() -> None:
    """Whatever no row names was taken."""
    base = BASE.replace("else refuse", "else -> revenue")

    assert changed(("else -> revenue", "else refuse"), base=base) == [
        "error map `revenue_of` took others, others and refuses it now"
    ]


def test_a_row_that_leads_elsewhere_is_a_note() -> None:
    """Such a change is often what a version is for."""
    assert changed(('"goods", * -> revenue', '"goods", * -> services')) == [
        'note map `revenue_of` for "goods", others: `services` in place of `revenue`'
    ]


MAPPED = """\
schema "Shop" version 1
ledgers GL
account cash 1000 asset
account other 4200 revenue
account third 4300 revenue
map acc(kind, channel, country) { "gift", *, * -> third, else -> other }
on HERA.POS.SALE.V1 { debit cash total_amount  credit acc(kind, channel, country) total_amount }
"""


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("other", instead('map `acc` for "gift", "web", "AT"', "third", "other")),
        ("refuse", 'error map `acc` took "gift", "web", "AT" and refuses it now'),
    ],
)
def test_a_row_laid_over_another_is_tried(target: str, message: str) -> None:
    """A row with fewer wildcards takes inputs from a row that neither version names."""
    row = f'*, "web", "AT" -> {target}, '

    assert message in changed(("else ->", f"{row}else ->"), base=MAPPED)


def test_a_row_that_goes_is_laid_over_those_that_stay() -> None:
    """What the row took falls to others again."""
    row = '*, "web", "AT" -> other, '
    old = MAPPED.replace("else ->", f"{row}else ->")

    assert changed((row, ""), base=old) == [
        instead('map `acc` for "gift", "web", "AT"', "other", "third")
    ]


def test_rows_of_disjoint_days_are_laid_over_each_other_on_both() -> None:
    """The day that shows the difference is told."""
    row = '*, "web", "AT" -> other from 2026-01-01, '

    assert changed(("else ->", f"{row}else ->"), base=MAPPED) == [
        instead('map `acc` for "gift", "web", "AT" on 2026-01-01', "third", "other")
    ]


def test_rows_are_laid_over_each_other_within_a_bound() -> None:
    """Beyond it a note leaves the rest to the reader."""
    rows = "".join(f'"k{n}", *, * -> third, ' for n in range(400))
    more = "".join(f'*, "c{n}", "AT" -> third, ' for n in range(400))
    old = MAPPED.replace("else ->", f"{rows}else ->")
    new = MAPPED.replace("else ->", f"{more}else ->")

    assert told(old, new)[-1] == instead(
        "map `acc`, whose rows are too many to tell all that they do", "402 rows", "402 rows"
    )


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("USD, EUR }", "USD }", "currency `EUR` is not allowed any more"),
        ("max_line_count 100", "max_line_count 99", "at most 99 lines are allowed, and 100 were"),
        (
            "max_line_count 100",
            "max_line_count 100  require_external_ref",
            "every event must have an external reference now",
        ),
        ("ledgers GL, IFRS", "ledgers IFRS", "ledger `GL` is not kept any more"),
    ],
)
def test_narrower_validations_are_told(before: str, after: str, message: str) -> None:
    """Each is an error of its own."""
    assert changed((before, after)) == [f"error {message}"]


def test_wider_validations_are_no_fault() -> None:
    """More currencies, more lines, another ledger."""
    assert changed(("currencies USD, EUR", ""), ("max_line_count 100", "max_line_count 200")) == []


@pytest.mark.parametrize(
    ("requirement", "dimensions"),
    [
        ("require org_unit, staff_id on 4* else error", ["revenue` must carry `staff_id"]),
        ("require org_unit on * else error", ["cash` must carry `org_unit"]),
        ("require org_unit, staff_id on 4* else warning", []),
        ('require org_unit, staff_id on 4* default "none"', []),
        ("require staff_id on cash else warning", []),
    ],
)
def test_newly_required_dimensions_are_told(requirement: str, dimensions: list[str]) -> None:
    """A warning and a default refuse nothing."""
    found = changed(("require org_unit on 4* else error", requirement))

    errors = [each for each in found if each.startswith("error")]
    assert [each.split(" account `")[1].split("`,")[0] for each in errors] == dimensions


# --- event declarations ----------------------------------------------------------------------

DECLARED = """\
schema "Shop" version 1
ledgers GL
account cash 1000 asset
account revenue 4000 revenue
event HERA.POS.SALE.** {
  total_amount: money
  tip: money = 0
  voucher: optional text
  kind: one of "service", "product"
  weight: money
  parts: list of { amount: money  note: optional text }
  shipping: open { carrier: text }
}
on HERA.POS.SALE.V1 { debit cash total_amount + tip  credit revenue total_amount + tip }
on HERA.WEB.V1 { debit cash total_amount  credit revenue total_amount }
"""
SUCH = "events such as `HERA.POS.SALE.V1`"


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("voucher: optional text", "voucher: text", "must have `voucher` now"),
        ("tip: money = 0", "tip: money", "must have `tip` now"),
        ("  weight: money", "  weight: money\n  day: date", "must have `day` now"),
        (
            'one of "service", "product"',
            'one of "product", "other"',
            'must not have "service" for `kind` any more',
        ),
        (
            "optional text\n",
            "optional date\n",
            "must have `date` for `voucher` now, and had `text`",
        ),
        ("note: optional text", "note: text", "must have `parts.note` now"),
        ("  note: optional text", "", "must not have `parts.note` any more"),
        (
            "shipping: open",
            "shipping:",
            "may have no fields in `shipping` but those declared now",
        ),
        ("  voucher: optional text\n", "", "must not have `voucher` any more"),
        (
            "carrier: text }",
            "carrier: text } given weight = tip",
            "must satisfy `weight = tip` now",
        ),
        (
            "carrier: text",
            "carrier: text  zone: optional number",
            "must have `number` for `shipping.zone` now, and could have anything",
        ),
    ],
)
def test_what_a_declaration_asks_for_is_told(before: str, after: str, message: str) -> None:
    """A field newly required, a type that is narrower, a field or a text that is gone."""
    assert changed((before, after), base=DECLARED) == [f"error {SUCH} {message}"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("voucher: optional text", "voucher: optional text  more: optional number"),
        ('one of "service", "product"', 'one of "service", "product", "other"'),
        ('one of "service", "product"', "text"),
        ("weight: money", "weight: optional money"),
        ("HERA.POS.SALE.** {", "HERA.POS.SALE.** open {"),
        ("shipping: open { carrier: text }", "shipping: optional open { carrier: optional text }"),
    ],
)
def test_a_declaration_that_asks_for_less_is_no_fault(before: str, after: str) -> None:
    """What every old event is or has may be asked for."""
    assert changed((before, after), base=DECLARED) == []


def test_another_default_or_sign_is_a_note() -> None:
    """Nothing is refused, and something posts otherwise."""
    preset = f"note default of `tip` in {SUCH}"
    kind = f"note type of `weight` in {SUCH}"

    assert changed(("tip: money = 0", "tip: money = 1"), base=DECLARED) == [
        f"{preset}: `1` in place of `0`"
    ]
    assert changed(("weight: money", "weight: number"), base=DECLARED) == [
        f"{kind}: `number` in place of `money`"
    ]


def test_a_declaration_that_comes_or_goes_is_told() -> None:
    """Without one an event is open: known fields are what they are, others could be anything."""
    event = "event HERA.WEB.V1 { total_amount: money  tip_amount: money = 0  own: optional text }\n"
    such = "events such as `HERA.WEB.V1`"

    assert changed(("on HERA.WEB", f"{event}on HERA.WEB"), base=DECLARED) == [
        f"error {such} may have no fields but those that are declared now",
        f"note default of `tip_amount` in {such}: `0` in place of `nothing`",
        f"error {such} must have `text` for `own` now, and could have anything",
    ]
    gone = DECLARED[: DECLARED.index("event ")] + DECLARED[DECLARED.index("on HERA.POS") :]
    assert told(DECLARED, gone) == [f"error {SUCH} must have `tip` now, which had a default"]


def test_each_rule_of_a_declaration_is_asked() -> None:
    """A field that one rule needs already is newly required for the events of another."""
    base = """\
schema "Shop" version 1
ledgers GL
account cash 1000 asset
account revenue 4000 revenue
on HERA.POS.SALE.V1 { debit cash fee credit revenue fee }
on HERA.POS.SALE.V2 { debit cash total_amount credit revenue total_amount }
on HERA.POS.SALE.V3 { debit cash total_amount credit revenue total_amount }
"""

    assert told(base, f"{base}event HERA.POS.SALE.* open {{ fee: money }}\n") == [
        f"error {SUCH} must have `money` for `fee` now, and could have anything",
        "error events such as `HERA.POS.SALE.V2` must have `fee` now",
    ]


def test_declarations_speak_for_rules() -> None:
    """A field that events have, or get by default, may be read; what held in them may be asked."""
    read = ("debit cash total_amount + tip", "debit cash total_amount + weight + tip - weight")
    asked = ("on HERA.POS.SALE.V1 {", "on HERA.POS.SALE.V1 { given weight = tip")
    base = DECLARED.replace("carrier: text }", "carrier: text } given weight = tip")

    assert [each for each in changed(read, base=DECLARED) if each.startswith("error")] == []
    assert changed(asked, base=base) == []
    (fault,) = changed(asked, base=DECLARED)
    assert fault.startswith("error rule `HERA.POS.SALE.V1` asks for `weight = tip`")


# --- taxes -----------------------------------------------------------------------------------

TAXED = """\
schema "Shop" version 1
ledgers GL
account cash 1000 asset
account revenue 4000 revenue
account vat 2200 liability
tax profile vat {
  prices inclusive
  default goods
  rate full 20% for goods, services to 2025-12-31
  rate full 21% for goods, services from 2026-01-01
  rate books 5% for books
  reverse charge 20% for imports
}
use tax vat
on HERA.POS.SALE.V1 {
  for item in items { debit cash gross(item) credit revenue net(item) credit vat tax(item) }
}
"""


@pytest.mark.parametrize(
    ("before", "after", "messages"),
    [
        (
            "rate books 5%",
            "rate books 6%",
            ["note tax of `books` on 0001-01-01: `rate books 6%` in place of `rate books 5%`"],
        ),
        (
            "5% for books",
            "5% for books account vat",
            [instead("tax of `books` on 0001-01-01", "rate books 5%", "rate books 5% account vat")],
        ),
        (
            "  rate books 5% for books\n",
            "",
            ["error tax of `books` on 0001-01-01 was `rate books 5%`, and there is no rate"],
        ),
        (
            "21% for goods, services from",
            "22% for goods, services from",
            [
                instead(
                    "tax of items without a category, `full`, `goods`, `services` on 2026-01-01",
                    "rate full 21%",
                    "rate full 22%",
                )
            ],
        ),
        (
            "default goods",
            "default services",
            ["note category of items that name none: `services`"],
        ),
        (
            "prices inclusive",
            "prices exclusive",
            ["note prices: `exclusive` in place of `inclusive`"],
        ),
        (
            "use tax vat",
            "use tax vat rounding total",
            ["note rounding of taxes: `total` in place of `nothing`"],
        ),
        ("use tax vat", 'use tax "GB"', ["note tax profile: `GB` in place of `vat`"]),
    ],
)
def test_other_taxes_are_told(before: str, after: str, messages: list[str]) -> None:
    """A rate that is gone refuses events, another one taxes them otherwise."""
    found = changed((before, after), base=TAXED)

    assert len(found) == len(messages)
    assert all(each.startswith(words) for each, words in zip(found, messages, strict=True))


def test_components_are_compared_by_category() -> None:
    """What a category bears is told; dates are tried on both sides."""
    rates = TAXED[TAXED.index("  default goods") : TAXED.index("}\nuse tax")]
    parts = (
        "  component GST 5%\n  component PST 7% to 2026-06-30\n  component PST 8% from 2026-07-01\n"
    )
    base = TAXED.replace(rates, parts)

    assert changed(("PST 8%", "PST 9%"), base=base) == [
        instead(
            "tax of items without a category on 2026-07-01",
            "component GST 5%; component PST 8%",
            "component GST 5%; component PST 9%",
        )
    ]
    assert changed(("component GST 5%\n", "component GST 5%\n  exempt for books\n"), base=base) == [
        instead(
            f"tax of `books`, `exempt` on {day}",
            f"component GST 5%; component PST {rate}%",
            "exempt",
        )
        for day, rate in (("0001-01-01", 7), ("2026-07-01", 8))
    ]


# --- dimensions and payments -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "messages"),
    [
        (
            "else error",
            "else error\ncarry org_unit on 1*\nsplit HERA.POS.** by staff_id proportional",
            [
                instead("what lines on account `cash` carry", "nothing", "org_unit"),
                instead(f"split by `staff_id` of {SUCH}", "nothing", "proportional"),
            ],
        ),
        (
            "else error",
            "else error\npayments deferred open item settle 30 days",
            [
                instead("payments", "immediate", "deferred"),
                instead("open items of payments", "no", "yes"),
                instead("days until settlement", "0", "30"),
            ],
        ),
    ],
)
def test_other_splits_and_payments_are_notes(before: str, after: str, messages: list[str]) -> None:
    """They post otherwise and refuse nothing."""
    assert changed((before, after)) == messages


def test_another_share_or_default_is_a_note() -> None:
    """Each is told once, with the first event or account that shows it."""
    text = (
        'require staff_id on 1* default "none"\n'
        'split HERA.** by staff_id fixed { "A" 60%, "B" remaining }\n'
    )
    base = BASE.replace("validations", f"{text}validations")

    assert changed(('"none"', '"nobody"'), ("60%", "70%"), base=base) == [
        instead("default of `staff_id` on account `cash`", '"none"', '"nobody"'),
        instead(
            f"split by `staff_id` of {SUCH}",
            'fixed { "A" 60%, "B" remaining }',
            'fixed { "A" 70%, "B" remaining }',
        ),
    ]


DERIVED = """\
schema "Shop" version 1
ledgers GL
account cash 1000 asset
account revenue 4100 revenue
dimensions org_unit
require org_unit on revenue else error
map unit_of(channel) { "web" -> "WEB", else -> "SHOP" }
map branch_of(channel) { "web" -> "WEB", else -> "MAIN" }
derive org_unit on HERA.POS.** = unit_of(channel)
on HERA.POS.SALE.V1 { debit cash total_amount  credit revenue total_amount }
"""


def test_a_wider_derivation_still_derives() -> None:
    """It is told as one that comes, and by what it gives the events of the other."""
    wide, other = "derive org_unit = unit_of(channel)", "derive org_unit = branch_of(channel)"
    narrow = "derive org_unit on HERA.POS.** = unit_of(channel)"
    comes = "derive org_unit"

    assert changed((narrow, wide), base=DERIVED) == [instead(comes, "nothing", "unit_of(channel)")]
    assert changed((narrow, other), base=DERIVED) == [
        instead(comes, "unit_of(channel)", "branch_of(channel)"),
        instead(comes, "nothing", "branch_of(channel)"),
    ]


def test_a_narrower_derivation_is_an_error() -> None:
    """Lines of the events that it leaves out are refused."""
    found = changed(("HERA.POS.** =", "HERA.POS.SALE.V2 ="), base=DERIVED)

    assert sorted(each.split(" ")[0] for each in found) == ["error", "note"]


# --- accounts --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (
            "revenue 4000 revenue",
            "revenue 4001 revenue",
            "account `revenue` was code 4000 type revenue and is code 4001 type revenue",
        ),
        (
            "revenue 4000 revenue",
            "revenue 4000 liability",
            "account `revenue` was code 4000 type revenue and is code 4000 type liability",
        ),
        (
            "services in IFRS 4199",
            "services in IFRS 4198",
            "account `services` in IFRS was code 4199 type revenue and is code 4198 type revenue",
        ),
        (
            "revenue 4000 revenue",
            'revenue revenue id "x"',
            "account `revenue` was code 4000 type revenue and is id x type revenue",
        ),
    ],
)
def test_an_account_that_resolves_to_another_is_told(before: str, after: str, message: str) -> None:
    """By code, type or id, in each ledger; and where the two have nothing in common."""
    assert changed((f"account {before}\n", f"account {after}\n")) == [f"error {message}"]


def test_more_words_about_an_account_are_no_change() -> None:
    """An id beside the same code, another title."""
    assert changed(("revenue 4000 revenue", 'revenue 4000 revenue "Sales" id "x"')) == []


def test_an_account_that_is_gone_is_told() -> None:
    """Its fault stands in the old version."""
    old = BASE + "account fees 5000 expense\n"

    (fault,) = compare_schemas(old, BASE, old_file="old.hera")

    assert (fault.name, fault.file) == ("CHANGED_ACCOUNT", "old.hera")


# --- statements ------------------------------------------------------------------------------


def test_changed_statements_are_notes() -> None:
    """Side, amount and condition; the reversal changes with its rule."""
    found = changed(("credit services tip when tip > 0", "credit services tip when tip > 1"))

    assert found == [
        (
            "note rule `HERA.POS.SALE.V1`: `credit services tip when tip > 1` in place of "
            "`credit services tip when tip > 0`"
        ),
        (
            "note rule `HERA.POS.REFUND.**`: `mirrored: credit services tip when tip > 1` "
            "in place of `mirrored: credit services tip when tip > 0`"
        ),
    ]


def test_statements_that_come_and_go_are_notes() -> None:
    """Nothing stands in the place of a dropped one."""
    found = changed(
        (
            "on HERA.WEB.** { debit cash total_amount  credit",
            "on HERA.WEB.** { debit cash total_amount  debit cash 1  credit",
        )
    )

    assert found == ["note rule `HERA.WEB.**`: `debit cash 1` in place of `nothing`"]


def test_statements_are_counted() -> None:
    """A statement that stands twice and then once has lost one of its lines, and so back."""
    line = "debit cash total_amount  credit revenue total_amount"
    twice = BASE.replace(f"on HERA.WEB.** {{ {line}", f"on HERA.WEB.** {{ {line} {line}")
    posted = ("debit cash total_amount", "credit revenue total_amount")

    assert told(twice, BASE) == [instead("rule `HERA.WEB.**`", each, "nothing") for each in posted]
    assert told(BASE, twice) == [instead("rule `HERA.WEB.**`", "nothing", each) for each in posted]


CLOSED = BASE.replace(
    "on HERA.WEB.** { debit cash total_amount  credit revenue total_amount }",
    "on HERA.WEB.** { debit cash total_amount  credit revenue round(total_amount / 3)\n"
    "credit revenue round(total_amount * 2 / 3)  balance to services within 0.05 }",
)


@pytest.mark.parametrize(
    ("after", "message"),
    [
        (
            "balance to services within 0.01",
            (
                "error rule `HERA.WEB.**` closes a rest of at most 0.01, "
                "and closed one of up to 0.05"
            ),
        ),
        ("", "error rule `HERA.WEB.**` closes no rest any more, and closed one of up to 0.05"),
        (
            "balance to services within 0.06",
            instead(
                "rule `HERA.WEB.**`",
                "balance to services within 0.05",
                "balance to services within 0.06",
            ),
        ),
        (
            "balance to revenue within 0.05",
            instead(
                "rule `HERA.WEB.**`",
                "balance to services within 0.05",
                "balance to revenue within 0.05",
            ),
        ),
    ],
)
def test_a_closing_line_that_takes_less_is_an_error(after: str, message: str) -> None:
    """Events that leave more are refused; that it takes more or goes elsewhere is a note."""
    assert changed(("balance to services within 0.05", after), base=CLOSED) == [message]


def test_a_closing_line_that_comes_is_a_note() -> None:
    """It refuses nothing."""
    line = "balance to services within 0.05"

    assert told(CLOSED.replace(line, ""), CLOSED) == [
        instead("rule `HERA.WEB.**`", "nothing", line)
    ]


# --- the documents ---------------------------------------------------------------------------


def test_a_faulty_document_is_refused() -> None:
    """Only sound schemas are compared."""
    with pytest.raises(SchemaError):
        compare_schemas("ledgers", BASE)
    with pytest.raises(SchemaError):
        compare_schemas(BASE, "ledgers")


def test_many_rules_are_compared_in_one_go() -> None:
    """The cost grows with the rules, not with their pairs."""
    line = "{ debit cash total_amount  credit revenue total_amount }"
    heads = [f"on HERA.A.X{number}.** {line}" for number in range(1_500)]
    old = "\n".join((BASE, *heads))
    new = "\n".join((BASE, *(head.replace("X", "Y") for head in heads)))

    assert sum(fault.name == "DROPPED_RULE" for fault in compare_schemas(old, new)) == 1_500


# --- the command line ------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str, str]:
    """Return an old version, one that drops a rule, and one that is faulty."""
    texts = (BASE, BASE.split("on HERA.WEB", maxsplit=1)[0], "ledgers")
    for name, text in zip(("old", "new", "bad"), texts, strict=True):
        (tmp_path / f"{name}.hera").write_text(text, encoding="utf-8")
    old, new, bad = (str(tmp_path / f"{name}.hera") for name in ("old", "new", "bad"))
    return old, new, bad


def test_check_against_reports_and_fails(
    files: tuple[str, str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The place is in the old file, and the exit code says that there are errors."""
    old, new, _ = files

    code = main(["check", new, "--against", old])

    out = capsys.readouterr().out
    assert code == FAULTS
    assert f"{old}:20:4: error[HE511]" in out
    assert "1 error, " in out
    assert out.rstrip().endswith("0 notes")


def test_check_against_the_same_passes(
    files: tuple[str, str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is dropped, narrowed or changed."""
    old, *_ = files

    assert main(["check", old, "--against", old]) == OK
    assert "0 errors" in capsys.readouterr().out


def test_check_against_prints_json(
    files: tuple[str, str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Each diagnostic says which file it is about."""
    old, new, _ = files

    main(["check", new, "--against", old, "--json"])

    found = json.loads(capsys.readouterr().out)
    assert [(each["code"], each["file"]) for each in found if each["severity"] == "error"] == [
        ("HE511", old)
    ]


def test_check_against_a_faulty_version_shows_its_faults(
    files: tuple[str, str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The old version must be sound to be compared with."""
    old, _, bad = files

    assert main(["check", old, "--against", bad]) == FAULTS
    assert f"{bad}:" in capsys.readouterr().err


def test_a_faulty_schema_is_not_compared(
    files: tuple[str, str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Its own faults come first, and the reader is told so."""
    old, _, bad = files

    assert main(["check", bad, "--against", old]) == FAULTS
    assert f"not compared with {old}: the schema has errors" in capsys.readouterr().out


def test_both_versions_cannot_be_standard_input(capsys: pytest.CaptureFixture[str]) -> None:
    """It can be read once only."""
    assert main(["check", "-", "--against", "-"]) == USAGE
    assert "both versions" in capsys.readouterr().err
