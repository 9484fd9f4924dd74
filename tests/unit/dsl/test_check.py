"""The document checks: every fault kind they give, at its word, with its hint."""

import pytest

from hera_engine import limits
from hera_engine.dsl import nodes
from hera_engine.dsl.check import check_nodes, check_strict
from hera_engine.errors import Pointer
from tests.unit.dsl.schema_texts import (
    ACCOUNTS,
    RULE,
    SECTIONS,
    SOUND,
    TAXED,
    diagnostics_of,
    faults_of,
    rule_with,
)

# --- the whole document --------------------------------------------------------------------


def test_a_sound_schema_has_no_faults() -> None:
    """The schema that the other tests change is without any fault or warning."""
    assert faults_of(SOUND) == []
    assert faults_of(TAXED) == []
    assert faults_of(rule_with("")) == []


def test_a_schema_that_ends_before_it_begins_is_a_fault() -> None:
    """The last day of validity lies behind the first."""
    text = f'schema "S" effective 2025-02-01 until 2025-01-31\n{SOUND}'

    (fault,) = diagnostics_of(text)

    assert fault.name == "RATE_DATES"
    assert fault.message == "the period ends on 2025-01-31, before its start 2025-02-01"


def test_a_schema_of_one_day_is_sound() -> None:
    """Both ends of the validity are included."""
    assert faults_of(f'schema "S" effective 2025-02-01 until 2025-02-01\n{SOUND}') == []


def test_faults_come_in_document_order_and_whole_document_ones_last() -> None:
    """A reader goes through the text once, from top to bottom."""
    text = "\n".join(
        (
            "ledgers GL, XX",
            ACCOUNTS,
            "on HERA.POS.SALE.V1 {\n  debit cashh 1\n  credit revenue total_amount / 2\n}",
            "dimensions a, a",
        )
    )

    assert faults_of(text) == [
        "UNKNOWN_LEDGER XX",
        "UNKNOWN_ACCOUNT cashh",
        "NOT_WHOLE total_amount / 2",
        "DUPLICATE a",
        "NO_PAYMENTS",
        "NO_VALIDATIONS",
    ]


def test_what_is_missing_is_not_reported_for_a_document_read_in_part() -> None:
    """After a syntax fault, what seems to be absent may stand in the lost part."""
    rule = nodes.Rule(on=nodes.EventPattern("HERA.POS.SALE.V1"))

    whole = check_nodes(nodes.Schema(rules=(rule,)))
    part = check_nodes(nodes.Schema(rules=(rule,)), complete=False)

    assert {fault.name for fault in whole} >= {"MISSING_SECTION", "EMPTY_RULE", "NO_PAYMENTS"}
    assert part == ()


def test_sections_that_a_text_needs_are_asked_for() -> None:
    """Ledgers, accounts and, for the standard rules, a tax profile must be there."""
    found = diagnostics_of(SECTIONS)

    missing = [dict(fault.fields)["what"] for fault in found if fault.name == "MISSING_SECTION"]
    assert missing == ["ledgers", "accounts", "tax profile in use"]


def test_the_required_keys_of_a_json_document_are_left_to_its_reader() -> None:
    """A JSON document's missing keys are reported once, at the place of the key."""
    schema = nodes.Schema(at=Pointer(""))

    names = {fault.name for fault in check_nodes(schema)}

    assert names == {
        "NO_PAYMENTS", "NO_VALIDATIONS", "NO_FEES_ACCOUNT", "NO_DISCOUNT_ACCOUNT",
        "NO_ROUNDING_ACCOUNT",
    }  # fmt: skip


def test_standard_rules_need_their_accounts() -> None:
    """Without rules of its own, a schema must have revenue, tax_output and clearing."""
    text = f'ledgers GL\n{ACCOUNTS}account clearng 1100 asset\nuse tax "uae"\n{SECTIONS}'

    missing = [fault for fault in diagnostics_of(text) if fault.name == "MISSING_ACCOUNT"]

    assert [dict(fault.fields)["name"] for fault in missing] == ["tax_output", "clearing"]
    assert [fault.hint for fault in missing] == [None, "did you mean `clearng`?"]


def test_a_rule_that_asks_for_tax_needs_a_profile() -> None:
    """The first use of tax is shown when no profile is in use."""
    body = "  for item in items { credit fees net(item) debit fees gross(item) }"
    text = rule_with(body).replace('use tax "uae"\n', "")

    (fault,) = diagnostics_of(text)

    assert fault.name == "MISSING_SECTION"
    assert faults_of(text) == ["MISSING_SECTION net(item)"]
    assert fault.hint == "add a `tax profile` or `use tax`"


def test_one_of_several_profiles_must_be_named() -> None:
    """With two profiles and no `use tax`, the hint says so."""
    profile = "tax profile {} {{ rate standard 5% for goods.standard }}\n"
    text = f"{rule_with('  debit fees sum(tax(items))  credit fees 1')}"
    text = text.replace('use tax "uae"\n', profile.format("one") + profile.format("two"))

    (fault,) = diagnostics_of(text)

    assert fault.hint == "say which one with `use tax`"


@pytest.mark.parametrize(
    ("removed", "fault"),
    [
        ("payments immediate\n", "NO_PAYMENTS"),
        ("validations { max_line_count 100 }\n", "NO_VALIDATIONS"),
    ],
)
def test_a_section_that_changes_the_books_by_its_absence_is_a_warning(
    removed: str, fault: str
) -> None:
    """Each section that may be left out is named when it is."""
    assert faults_of(SOUND.replace(removed, "")) == [fault]


@pytest.mark.parametrize(
    ("removed", "fault"),
    [
        ("account fees 5500 expense\n", "NO_FEES_ACCOUNT"),
        ("account discount 4900 revenue\n", "NO_DISCOUNT_ACCOUNT"),
        ("account rounding 5900 expense\n", "NO_ROUNDING_ACCOUNT"),
    ],
)
def test_an_account_that_the_standard_rules_would_use_is_a_warning(
    removed: str, fault: str
) -> None:
    """Each account that may be left out is named when it is; rules of one's own name theirs."""
    declared = TAXED.replace(RULE, "").replace("account cash 1000", "account clearing 1100")
    standard = f"{declared}account tax_output 2200 liability\n"

    assert faults_of(standard) == []
    assert faults_of(standard.replace(removed, "")) == [fault]
    assert faults_of(SOUND.replace(removed, "")) == []


def test_hostile_numbers_of_unknown_names_are_answered_quickly() -> None:
    """Only the first faults get a nearest name, so that thousands of them cost little."""
    lines = tuple(
        nodes.Line(side=side, target=nodes.Name(f"cashh{number}"), amount=nodes.Field(("x",)))
        for number in range(5_000)
        for side in nodes.SideWord
    )
    accounts = tuple(nodes.AccountDecl(key=nodes.Name(f"cash{number}")) for number in range(900))
    rule = nodes.Rule(on=nodes.EventPattern("HERA.POS.SALE.V1"), lines=lines)

    found = check_nodes(nodes.Schema(accounts=accounts, rules=(rule,)))

    unknown = [fault for fault in found if fault.name == "UNKNOWN_ACCOUNT"]
    assert len(unknown) == 5_000
    assert sum(fault.suggestion is not None for fault in unknown) == 100


# --- ledgers and accounts ------------------------------------------------------------------


def test_ledgers_are_known_and_declared_once() -> None:
    """A ledger has one of five names and stands once."""
    text = SOUND.replace("ledgers GL", "ledgers GL, IFSR, GL, ACME")

    assert faults_of(text) == ["UNKNOWN_LEDGER IFSR", "DUPLICATE GL", "UNKNOWN_LEDGER ACME"]
    hints = [fault.hint for fault in diagnostics_of(text)]
    assert hints[0] == "did you mean `IFRS`?"
    assert hints[2] == "use one of GL, STAT, MGMT, IFRS, LOCAL_GAAP"


def test_a_line_stands_in_a_ledger_that_the_schema_keeps() -> None:
    """A known ledger that is not declared is told apart from an unknown one."""
    text = rule_with("  in IFRS { debit cash 1 credit cash 1 }\n  in GLX { debit cash 1 }")

    assert faults_of(text) == ["UNKNOWN_LEDGER IFRS", "UNKNOWN_LEDGER GLX"]
    hints = [fault.hint for fault in diagnostics_of(text)]
    assert hints == ["add it to `ledgers`", "did you mean `GL`?"]


def test_an_account_is_declared_once() -> None:
    """The second declaration of a key is the fault."""
    assert faults_of(f"{SOUND}account cash 1001 asset\n") == ["DUPLICATE cash"]


def test_an_account_differs_only_in_ledgers_that_are_kept() -> None:
    """What a key resolves to in a ledger needs that ledger."""
    assert faults_of(f"{SOUND}account cash in IFRS 1001\n") == ["UNKNOWN_LEDGER IFRS"]


def test_an_account_resolves_once_in_each_ledger() -> None:
    """A key has one account in a ledger."""
    twice = nodes.LedgerAccount(ledger=nodes.Name("GL"), code="1001")
    decl = nodes.AccountDecl(key=nodes.Name("cash"), ledgers=(twice, twice))

    found = check_nodes(nodes.Schema(ledgers=(nodes.Name("GL"),), accounts=(decl,)))

    assert "account `cash` in `GL` is declared twice" in [fault.message for fault in found]


def test_an_account_that_no_rule_uses_is_a_warning() -> None:
    """A key counts as used in a line, a map row, a closing line or a tax rate."""
    extra = (
        "account a 1 asset\naccount b 2 asset\naccount c 3 asset\naccount d 4 asset\n"
        "tax profile p { rate standard 5% for goods.standard account b }\n"
    )
    body = "  debit by_kind(kind) 1\n  balance to c within 0.05"
    text = rule_with(body).replace(
        "dimensions", f"{extra}map by_kind(k) {{ else -> a }}\ndimensions"
    )

    assert faults_of(text) == ["UNUSED_ACCOUNT d"]


def test_a_misspelt_name_is_told_once() -> None:
    """What was probably meant is not reported as unused beside it."""
    text = SOUND.replace("debit cash", "debit cahs")

    assert faults_of(text) == ["UNKNOWN_ACCOUNT cahs"]


def test_standard_rules_use_the_standard_accounts() -> None:
    """Without rules of its own, only keys the standard rules do not know are unused."""
    standard = ("tax_output", "tax_input", "tips_payable", "clearing", "bank", "receivable")
    declared = "".join(f"account {key} 9 asset\n" for key in standard)
    text = f'ledgers GL\n{ACCOUNTS}{declared}use tax "uae"\n{SECTIONS}'

    assert faults_of(text) == ["UNUSED_ACCOUNT cash"]


def test_deferred_payments_use_the_receivable_account() -> None:
    """An account that the engine debits by itself is not unused."""
    text = f"{SOUND}account receivable 1300 asset\n"

    assert faults_of(text) == ["UNUSED_ACCOUNT receivable"]
    assert faults_of(text.replace("immediate", "deferred")) == []


# --- tax -----------------------------------------------------------------------------------


def test_a_tax_profile_is_declared_once_and_its_accounts_are_known() -> None:
    """Two profiles differ in name; a rate posts to a declared account."""
    profile = "tax profile p {{ rate standard 5% for goods.standard account {} }}\n"
    text = f"{TAXED}{profile.format('cash')}{profile.format('cahs')}"

    assert faults_of(text) == ["DUPLICATE p", "UNKNOWN_ACCOUNT cahs"]


@pytest.mark.parametrize(
    ("use", "currencies", "faults"),
    [
        ('use tax "uae" rounding swedish', "currencies AED", 1),
        ('use tax "uae" rounding swedish', "currencies SEK, CHF", 0),
        ('use tax "uae" rounding swedish step 0.25', "currencies AED", 0),
        ('use tax "uae" rounding swedish', "", 0),
        ('use tax "uae" rounding line', "currencies AED", 0),
        ("tax profile p { rounding swedish }", "currencies AED", 1),
        ("tax profile p { rounding swedish step 0.25 }", "currencies AED", 0),
        ("tax profile p { rounding swedish }\nuse tax p rounding line", "currencies AED", 0),
    ],
)
def test_swedish_rounding_needs_a_step(use: str, currencies: str, faults: int) -> None:
    """A currency allowed by name, without a customary step, needs one stated."""
    text = f"{SOUND}{use}\n".replace("max_line_count 100", f"max_line_count 100 {currencies}")

    assert [fault.name for fault in diagnostics_of(text)] == ["MISSING_CASH_STEP"] * faults


# --- dimensions, splits, requirements ------------------------------------------------------


def test_dimensions_are_declared_before_they_are_used() -> None:
    """Splits, requirements, defaults, carried dimensions, lines and cases need a declaration."""
    text = rule_with("  debit cash 1 by org_unti") + (
        "split HERA.POS.** by staff_id proportional\n"
        "require org_unit, project on 4* else error\n"
        'require org_unit on 5* else auto_default default channel "web"\n'
        "carry location on *\n"
        'case "c" on HERA.POS.OTHER.V1 { event { } expect { debit cash 1 { dept "x" } } }\n'
    )

    found = [fault for fault in diagnostics_of(text) if fault.name == "INVALID_DIMENSION"]

    names = ["org_unti", "staff_id", "project", "channel", "location", "dept"]
    assert [dict(fault.fields)["name"] for fault in found] == names
    assert found[0].hint == "did you mean `org_unit`?"
    assert found[1].hint == "add it to `dimensions`"


def test_a_dimension_is_declared_once() -> None:
    """The second of two equal names is the fault."""
    assert faults_of(f"{SOUND}dimensions org_unit, staff_id, org_unit\n") == ["DUPLICATE org_unit"]


@pytest.mark.parametrize(
    ("shares", "faults"),
    [
        ('"a" 60%, "b" 40%', []),
        ('"a" 60%, "b" remaining', []),
        ('"a" 60%, "b" 10.00', []),
        ('"a" 100%, "b" remaining', []),
        ('"a" 60%, "b" 40.01%', ["SHARES_OVER org_unit"]),
        ('"a" 60%, "b" 39.99%', ["SHARES_UNDER org_unit"]),
        ('"a" remaining, "b" 1%, "c" remaining', ['SHARES_REST "c" remaining']),
        ('"a" 60%, "a" 40%', ['DUPLICATE "a" 40%']),
    ],
)
def test_fixed_shares_add_up(shares: str, faults: list[str]) -> None:
    """Percentages reach 100 %, or a remainder takes the rest; each value stands once."""
    text = f"{SOUND}dimensions org_unit\nsplit HERA.POS.** by org_unit fixed {{ {shares} }}\n"

    assert faults_of(text) == faults


def test_shares_are_added_exactly() -> None:
    """The total is told with the digits that were written."""
    text = f'{SOUND}dimensions d\nsplit HERA.** by d fixed {{ "a" 33.333%, "b" 66.668% }}\n'

    (fault,) = diagnostics_of(text)

    assert fault.message == "shares add up to 100.001 %, more than 100 %"


@pytest.mark.parametrize(
    ("first", "second", "shadowed"),
    [
        ("HERA.POS.SALE.V1", "HERA.POS.SALE.v1", True),
        ("HERA.POS.**", "HERA.POS.SALE.V1", True),
        ("HERA.POS.**", "HERA.POS.*.V1", True),
        ("HERA.**", "HERA.POS.**", True),
        ("HERA.POS.SALE.V1", "HERA.POS.**", False),
        ("HERA.POS.*.V1", "HERA.POS.SALE.V1", False),
        ("HERA.POS.**", "HERA.PAYROLL.RUN.V1", False),
        ("HERA.POS.**", 'matching "^HERA\\\\.POS"', False),
        ('matching "^HERA\\\\.POS"', 'matching "^HERA\\\\.POS"', True),
    ],
)
def test_a_split_behind_one_that_covers_it_is_never_reached(
    first: str, second: str, shadowed: bool
) -> None:
    """The first matching split wins, for each dimension by itself."""
    text = f"{SOUND}dimensions a, b\nsplit {first} by a proportional\nsplit {second} by"

    same = diagnostics_of(f"{text} a proportional\n")
    other = diagnostics_of(f"{text} b proportional\n")

    assert [fault.name for fault in same] == ["SHADOWED"] * shadowed
    assert other == ()


def test_requirements_are_reached_and_stand_once() -> None:
    """The first matching requirement wins; an equal pattern or a covered one is told."""
    text = (
        f"{SOUND}dimensions a\n"
        "require a on 4* else error\n"
        "require a on 4* else warning\n"
        "require a on 41* else error\n"
        "require a on 4100 else error\n"
        "require a on 5* else error\n"
        "require a on * else warning\n"
        "require a on revenue else error\n"
    )

    assert faults_of(text) == [
        "DUPLICATE_PATTERN 4*",
        "SHADOWED 41*",
        "SHADOWED 4100",
        "WILDCARD_REQUIREMENT *",
        "SHADOWED revenue",
    ]


@pytest.mark.parametrize("regex", [".*", "^.*$", "^", ".+"])
def test_a_regex_may_be_a_wildcard(regex: str) -> None:
    """A regular expression that every code matches is told as one."""
    text = f'{SOUND}dimensions a\nrequire a on matching "{regex}" else error\n'

    assert [fault.name for fault in diagnostics_of(text)] == ["WILDCARD_REQUIREMENT"]


def test_auto_default_without_a_value_is_a_warning_for_each_dimension() -> None:
    """Only dimensions that lack a default are named."""
    text = f'{SOUND}dimensions a, b, c\nrequire a, b, c on 4* else auto_default default b "x"\n'

    assert faults_of(text) == ["NO_DEFAULTS a", "NO_DEFAULTS c"]


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        ('matching "[invalid"', "INVALID_REGEX"),
        ('matching "(?=4)"', "UNSAFE_REGEX"),
        ("revenu", "UNKNOWN_ACCOUNT"),
    ],
)
def test_an_account_pattern_must_be_one(pattern: str, fault: str) -> None:
    """Bad and unsafe regular expressions and unknown keys are told apart."""
    text = f"{SOUND}dimensions a\ncarry a on {pattern}\n"

    assert [found.name for found in diagnostics_of(text)] == [fault]


def test_an_escaped_backslash_never_matches_a_smart_code() -> None:
    """A pattern that was escaped twice is named as what it is."""
    text = f'{SOUND}dimensions a\nsplit matching "HERA\\\\\\\\.POS" by a proportional\n'

    (fault,) = diagnostics_of(text)

    assert fault.name == "NEVER_MATCHES"
    assert "backslash" in fault.message


@pytest.mark.parametrize(
    "pattern",
    ["HERA.POS.SALE", "HERA.POS.sale.V1", "HERA.V1", "HERA.**.SALE", "HERA.POS.**.SALE"],
)
def test_a_glob_that_no_smart_code_can_match_is_a_fault(pattern: str) -> None:
    """A pattern must leave room for a smart code, version included."""
    text = SOUND.replace("on HERA.POS.SALE.V1", f"on {pattern}")

    assert faults_of(text) == [f"BAD_SMART_CODE {pattern}"]


@pytest.mark.parametrize(
    "pattern", ["HERA.**", "HERA.*.V1", "HERA.POS.*", "HERA.**.V1", "HERA.**.SALE.**", "HERA.A.v2"]
)
def test_a_glob_that_some_smart_code_matches_is_sound(pattern: str) -> None:
    """Wildcards may stand for segments and for the version."""
    assert faults_of(SOUND.replace("on HERA.POS.SALE.V1", f"on {pattern}")) == []


def test_patterns_and_rules_are_limited_in_number() -> None:
    """One more than the limit is one fault; at the limit there is none."""
    name = nodes.Name("a")
    carry = nodes.Carry(accounts=nodes.AccountPattern("4*"), dimensions=(name,))
    rule = nodes.Rule(on=nodes.EventPattern("HERA.POS.SALE.V1"))

    below = check_nodes(nodes.Schema(dimensions=(name,), carries=(carry,) * 10_000))
    above = check_nodes(nodes.Schema(dimensions=(name,), carries=(carry,) * 10_001))
    rules = check_nodes(nodes.Schema(rules=(rule,) * 10_001))

    assert not [fault for fault in below if fault.name == "TOO_LARGE"]
    (fault,) = [fault for fault in above if fault.name == "TOO_LARGE"]
    assert fault.message == "PATTERNS: at most 10000 allowed, found 10001"
    (fault,) = [fault for fault in rules if fault.name == "TOO_LARGE"]
    assert fault.message == "SCHEMA_RULES: at most 10000 allowed, found 10001"


# --- maps ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declaration", "faults"),
    [
        ('map m(a) { "x" -> cash, "x" -> cash, else refuse }', ['SHADOWED "x" -> cash']),
        ('map m(a) { "x" -> cash, "x" -> fees, else refuse }', ['MAP_TIE "x" -> fees']),
        ('map m(a) { "x" -> cash, "x" -> refuse, else refuse }', ['MAP_TIE "x" -> refuse']),
        ('map m(a) { * -> cash, "x" -> fees }', []),
        ('map m(a, b) { "x", * -> cash, "x", "y" -> fees, else refuse }', []),
        (
            'map m(a, b) { "x", * -> cash, *, "y" -> fees, else refuse }',
            ['MAP_TIE *, "y" -> fees'],
        ),
        ('map m(a, b) { "x", * -> cash, *, "y" -> cash, else refuse }', []),
        ('map m(a, b) { "x", * -> cash, *, "y" -> fees, "x", "y" -> fees, else refuse }', []),
        ('map m(a, b) { "x", "z" -> cash, "x", "y" -> fees, else refuse }', []),
        (
            'map m(a, b) { "x" -> cash, else refuse }',
            ["IDLE_INPUT b", 'WRONG_ARGUMENTS "x" -> cash'],
        ),
        ('map m(a) { "x" -> cahs, else refuse }', ["UNKNOWN_ACCOUNT cahs"]),
        ('map m(a, a) { "x", "y" -> cash, else refuse }', ["DUPLICATE a"]),
        ('map m(a) { "x" -> cash, else refuse }', []),
        ('map m(a) { "x" -> cash }', ["NO_ELSE m"]),
        ('map m(a) { "x" -> cash, else -> fees to 2025-12-31 }', ["NO_ELSE m"]),
        ('map m(a) { "x" -> cash, * -> fees to 2025-12-31, else refuse from 2026-01-01 }', []),
        ('map m(a, b) { "x", * -> cash, else refuse }', ["IDLE_INPUT b"]),
        ('map m(a) { "x" -> cash to 2025-12-31, "x" -> fees from 2026-01-01, else refuse }', []),
        (
            'map m(a) { "x" -> cash to 2025-12-31, "x" -> fees from 2025-12-31, else refuse }',
            ['MAP_TIE "x" -> fees from 2025-12-31'],
        ),
        (
            (
                'map m(a) { "x" -> cash, "x" -> fees from 2025-01-01 to 2025-01-31, '
                '"x" -> cash from 2026-01-01, else refuse }'
            ),
            [
                'MAP_TIE "x" -> fees from 2025-01-01 to 2025-01-31',
                'SHADOWED "x" -> cash from 2026-01-01',
            ],
        ),
        (
            (
                'map m(a, b) { "x", * -> cash, *, "y" -> fees, "x", "y" -> fees to 2025-12-31, '
                "else refuse }"
            ),
            ['MAP_TIE *, "y" -> fees'],
        ),
        (
            'map m(a) { "x" -> cash from 2026-01-01 to 2025-01-01, else refuse }',
            ['RATE_DATES "x" -> cash from 2026-01-01 to 2025-01-01'],
        ),
    ],
)
def test_map_rows_are_reached_and_fit(declaration: str, faults: list[str]) -> None:
    """A row has a key for each input, a known target, and events left to match."""
    text = f"{rule_with('  debit m(payment_method) 1')}{declaration}\n"

    found = [fault for fault in faults_of(text) if fault != "WRONG_ARGUMENTS m(payment_method)"]

    assert found == faults


def test_a_tie_names_an_input_that_shows_it() -> None:
    """The witness is the narrowest input that both rows match, on days when neither is decided."""
    text = (
        'map m(a, b, c) { "x", *, * -> cash, *, "y", * -> fees, '
        '"x", "y", * -> fees to 2025-12-31, else refuse }'
    )

    found = diagnostics_of(f"{rule_with('  debit m(payment_method, currency, currency) 1')}{text}")

    assert [fault.message for fault in found if fault.name == "MAP_TIE"] == [
        (
            'rows `"x", *, *` and `*, "y", *` of `m` both match "x", "y", any value '
            "from 2026-01-01, and give other targets"
        )
    ]


def test_looking_for_ties_is_bounded() -> None:
    """A map made to be compared for ever is refused."""
    inputs = tuple(nodes.Name(f"i{number}") for number in range(2))
    cash, fees = nodes.Name("cash"), nodes.Name("fees")
    lines = tuple(nodes.MapRow(keys=(f"{n}", None), target=cash) for n in range(1_000))
    columns = tuple(nodes.MapRow(keys=(None, f"{n}"), target=cash) for n in range(1_000))
    apart = tuple(nodes.MapRow(keys=(None, f"{n}"), target=fees) for n in range(1_000))

    alike = check_nodes(
        nodes.Schema(maps=(nodes.MapDecl(name=cash, inputs=inputs, rows=(*lines, *columns)),))
    )
    tied = check_nodes(
        nodes.Schema(maps=(nodes.MapDecl(name=cash, inputs=inputs, rows=(*lines, *apart)),))
    )

    assert [fault.name for fault in alike if fault.name in {"TOO_LARGE", "MAP_TIE"}] == [
        "TOO_LARGE"
    ]
    assert sum(fault.name == "MAP_TIE" for fault in tied) == limits.SCHEMA_FAULTS


def test_a_map_is_declared_once_used_and_no_function() -> None:
    """A second map of a name, an unused one, and one named like a function are told."""
    text = (
        f"{rule_with('')}map spare(a) {{ else -> cash }}\n"
        "map tender_of(a) { else -> cash }\nmap net(a) { else -> cash }\n"
    )

    assert faults_of(text) == [
        "UNUSED_NAME spare", "DUPLICATE tender_of", "SHADOWS net", "UNUSED_NAME net",
    ]  # fmt: skip


# --- rules ---------------------------------------------------------------------------------


def test_two_rules_for_one_code_are_a_fault() -> None:
    """The version letter's case does not tell two rules apart."""
    text = f"{SOUND}{RULE.replace('V1', 'v1')}"

    assert faults_of(text) == ["DUPLICATE HERA.POS.SALE.v1"]


def test_a_pattern_behind_one_that_covers_it_is_never_reached() -> None:
    """An exact code beats every pattern, so it is reached all the same."""
    rules = "".join(
        RULE.replace("HERA.POS.SALE.V1", pattern)
        for pattern in ("HERA.POS.**", "HERA.POS.*.V1", "HERA.POS.VOID.V1")
    )

    assert faults_of(f"{SOUND}{rules}") == ["SHADOWED HERA.POS.*.V1"]


@pytest.mark.parametrize(
    ("reverses", "fault"),
    [
        ("HERA.POS.SALE.v1", None),
        ("HERA.SHOP.SALE.V1", None),
        ("HERA.SHOP.SALE.V2", None),
        ("HERA.POS.SALES.V1", "UNKNOWN_RULE"),
        ("HERA.POS.*.V1", "UNKNOWN_RULE"),
        ("HERA.POS.UNDO.V1", "REVERSES_ITSELF"),
        ("HERA.POS.REFUND.V1", "REVERSES_ITSELF"),
    ],
)
def test_a_reversal_names_a_rule_that_posts(reverses: str, fault: str | None) -> None:
    """`reverses` names a rule by its text, or a code that a rule matches; no reversal."""
    text = (
        f"{SOUND}{RULE.replace('POS.SALE.V1', 'SHOP.**')}"
        f"on HERA.POS.REFUND.V1 reverses {reverses}\n"
        "on HERA.POS.UNDO.V1 reverses HERA.POS.SALE.V1\n"
    )

    assert faults_of(text) == ([] if fault is None else [f"{fault} {reverses}"])


def test_an_unknown_reversal_gets_the_nearest_rule() -> None:
    """The hint names the rule that was meant."""
    (fault,) = diagnostics_of(f"{SOUND}on HERA.POS.REFUND.V1 reverses HERA.POS.SALES.V1\n")

    assert fault.hint == "did you mean `HERA.POS.SALE.V1`?"


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("", "EMPTY_RULE"),
        ("debit cash 1", "ONE_SIDED"),
        ("credit cash 1 credit fees 2", "ONE_SIDED"),
        ("debit cash 1 balance to rounding within 0.05", None),
        ("debit cash total_amount debit fees -total_amount", None),
        ("debit cash total_amount debit fees (1 - total_amount)", None),
    ],
)
def test_a_rule_posts_on_both_sides(body: str, fault: str | None) -> None:
    """A rule has lines, and one side alone only where an amount may turn it."""
    text = f"{SOUND}on HERA.POS.OTHER.V1 {{ {body} }}\n"

    assert faults_of(text) == ([] if fault is None else [f"{fault} HERA.POS.OTHER.V1"])


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ("debit cahs 1", ["UNKNOWN_ACCOUNT cahs"]),
        ("debit tender(payment_method) 1", ["UNKNOWN_MAP tender"]),
        ("debit net(payment_method) 1", ["UNKNOWN_MAP net"]),
        ("debit tender_of(1, 2) 1", ["WRONG_ARGUMENTS tender_of(1, 2)"]),
        ("debit tender_of(items) 1", ["WRONG_KIND items"]),
        ("balance to roundin within 0.05", ["UNKNOWN_ACCOUNT roundin"]),
        ("debit cash 1 when tip_amount", ["WRONG_KIND tip_amount"]),
        ("debit cash 1 when tax_exempt", []),
        ("debit cash 1 when loyal", []),
    ],
)
def test_a_line_names_what_there_is(body: str, faults: list[str]) -> None:
    """The account position takes a key or a map call; a condition is true or false."""
    assert faults_of(rule_with(f"  {body}")) == faults


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ("let tip = tip_amount default 0\n debit cash tip", []),
        ("let tip = 1", ["UNUSED_NAME tip"]),
        ("let a = b\n let b = 1\n debit cash a", ["UNKNOWN_FIELD b"]),
        ("let a = a\n debit cash a", ["UNKNOWN_FIELD a"]),
        ("let a = 1\n let a = 2\n debit cash a", ["DUPLICATE a"]),
        ("let currency = 1\n debit cash currency", ["SHADOWS currency"]),
        ("let items = 1\n debit cash items", ["SHADOWS items"]),
        ("let org_unit = 1\n debit cash org_unit", ["SHADOWS org_unit"]),
        ("let tender_of = 1\n debit cash tender_of", ["SHADOWS tender_of"]),
        ('let a = "x"\n debit cash a', ['WRONG_KIND "x"']),
        ("let a = 1\n debit cash a.b", ["UNKNOWN_FIELD a.b"]),
        ("given total_amount = payment_method", ["WRONG_KIND payment_method"]),
        ("let a = 1\n for a in items { debit cash a.amount }", ["SHADOWS a"]),
        ("for items in items { debit cash items.amount }", ["SHADOWS items"]),
        ("for x in items { for x in x.parts { debit cash x.amount } }", ["SHADOWS x"]),
        ("for x in total_amount { debit cash 1 }", ["WRONG_KIND total_amount"]),
        ("for x in items.amount { debit cash 1 }", ["WRONG_KIND items.amount"]),
        ("for x in parts when x.amount { debit cash 1 }", []),
        ("for x in items when x.amount { debit cash 1 }", ["WRONG_KIND x.amount"]),
        ("for x in items { debit cash x.amount debit cash 1 when x.kind }", ["WRONG_KIND x.kind"]),
    ],
)
def test_lets_and_loops_give_names_a_meaning(body: str, faults: list[str]) -> None:
    """A name is known behind its `let` and inside its `for`, and means one thing."""
    found = faults_of(rule_with(f" {body}"))

    assert [fault for fault in found if not fault.startswith("UNUSED_NAME a")] == faults


def test_a_fault_of_a_loop_is_told_once_for_all_its_lines() -> None:
    """Lines that share a `for` share its faults."""
    body = "  for x in currency { debit cash 1 credit cash 1 }"

    assert faults_of(rule_with(body)) == ["WRONG_KIND currency"]


# --- expressions ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "faults"),
    [
        ("rond(total_amount)", ["UNKNOWN_FUNCTION rond"]),
        ("tender_of(total_amount)", ["WRONG_KIND tender_of"]),
        ("max(1)", ["WRONG_ARGUMENTS max(1)"]),
        ("abs(1, 2)", ["WRONG_ARGUMENTS abs(1, 2)"]),
        ("round(total_amount / 3, 0.05)", []),
        ("round(total_amount / 3, tip_amount)", ["WRONG_KIND tip_amount"]),
        ("round(total_amount / 3, 0)", ["WRONG_KIND 0"]),
        ('min(1, "x")', ['WRONG_KIND "x"']),
        ("max(tip_amount, 0)", []),
        ("-currency", ["WRONG_KIND currency"]),
        ("1 + 2025-01-01", ["WRONG_KIND 2025-01-01"]),
        ("items", ["WRONG_KIND items"]),
        ("items.amount", ["WRONG_KIND items.amount"]),
        ("item", ["WRONG_KIND item"]),
        ("item.kind", ["WRONG_KIND item.kind"]),
        ("item.amount.cents", ["UNKNOWN_FIELD item.amount.cents"]),
        ("total_amount.cents", ["UNKNOWN_FIELD total_amount.cents"]),
        ("org_unit.name", ["UNKNOWN_FIELD org_unit.name"]),
        ("other.amount", []),
        ("other", []),
        ('tip_amount default "none"', ['WRONG_KIND "none"']),
        ("tip_amount default 0", []),
        ("sum(items.amount)", []),
        ("sum(payments.amount)", []),
        ("sum(item.parts.amount)", []),
        ("sum(parts.amount)", []),
        ("sum(items.kind)", ["WRONG_KIND items.kind"]),
        ("sum(items)", ["WRONG_KIND items"]),
        ("sum(parts)", ["WRONG_KIND parts"]),
        ("sum(item.amount)", ["WRONG_KIND item.amount"]),
        ("sum(1 + 2)", ["WRONG_KIND 1 + 2"]),
        ("sum(total_amount.x)", ["UNKNOWN_FIELD total_amount.x"]),
        ("sum(net(items))", []),
        ("sum(net(item))", ["WRONG_KIND net(item)"]),
        ("net(item)", []),
        ("net(items)", ["WRONG_KIND items"]),
        ("tax(total_amount)", ["WRONG_KIND total_amount"]),
        ("gross(1)", ["WRONG_KIND 1"]),
    ],
)
def test_an_amount_is_a_number_made_of_known_parts(amount: str, faults: list[str]) -> None:
    """Each part of an amount has the kind its place asks for."""
    body = f"  for item in items {{ debit cash {amount} }}"

    assert faults_of(rule_with(body)) == faults


@pytest.mark.parametrize(
    ("amount", "hint"),
    [
        ("net(items)", "write sum(net(items))"),
        ("items", "write sum(items.amount)"),
        ("items.discount", "write sum(items.discount)"),
        ("item", "name one of its fields, such as item.amount"),
        ("tender_of(1)", "call it where an account stands, or give its rows texts in quotes"),
        ("rond(1)", "did you mean `round`?"),
        ("total_amount.x", "`total_amount` is a single value without fields"),
        ("total_amount / 2", "put it inside round(…)"),
    ],
)
def test_a_fault_in_an_amount_says_what_to_write(amount: str, hint: str) -> None:
    """The hint is what the reader may type."""
    (fault,) = diagnostics_of(rule_with(f"  for item in items {{ debit cash {amount} }}"))

    assert fault.hint == hint


@pytest.mark.parametrize("amount", ["sum(xs)", "xs"])
def test_a_list_of_single_values_is_not_summed(amount: str) -> None:
    """Its members have no field that `sum` could take: the hint does not name one."""
    event = "event HERA.POS.OTHER.V1 { total_amount: money  xs: list of money }\n"

    found = diagnostics_of(rule_with(f"  debit cash {amount}") + event)

    assert [fault.hint for fault in found if fault.name == "WRONG_KIND"] == [
        "sum a field: declare `xs` as a list of records with an amount"
    ]


def test_a_loop_variable_is_known_only_inside_its_loop() -> None:
    """Behind the loop its variable is a fault, also as an item."""
    body = "  for item in items { debit cash item.amount }\n  debit cash item.amount"
    taxed = "  for item in items { debit cash item.amount }\n  debit cash tax(item)"

    assert faults_of(rule_with(body)) == ["UNKNOWN_FIELD item.amount"]
    assert faults_of(rule_with(taxed)) == ["UNKNOWN_FIELD item"]
    assert diagnostics_of(rule_with(body))[0].hint == "`item` is known only inside its `for`"


@pytest.mark.parametrize(
    ("condition", "faults"),
    [
        ("tip_amount > 0", []),
        ("transaction_date >= 2025-01-01", []),
        ('payment_method = "cash" and not tax_exempt', []),
        ("tax_exempt = true or loyal", []),
        ('loyal = "x"', []),
        ('payment_method < "cash"', ["WRONG_KIND payment_method"]),
        ("tax_exempt < true", ["WRONG_KIND tax_exempt"]),
        ('tip_amount = "cash"', ['WRONG_KIND "cash"']),
        ("items = 1", ["WRONG_KIND items"]),
        ("not tip_amount", ["WRONG_KIND tip_amount"]),
        ("tip_amount or true", ["WRONG_KIND tip_amount"]),
        ("tip_amount", ["WRONG_KIND tip_amount"]),
    ],
)
def test_a_condition_compares_like_with_like(condition: str, faults: list[str]) -> None:
    """Both sides have one kind; only numbers and dates have an order."""
    assert faults_of(rule_with(f"  debit cash 1 when {condition}")) == faults


@pytest.mark.parametrize(
    ("amount", "part"),
    [
        ("total_amount", None),
        ("10.00", None),
        ("0.12345", "0.12345"),
        ("0.1200000", None),
        ("-tip_amount", None),
        ("total_amount - tip_amount + 1", None),
        ("min(total_amount, abs(tip_amount))", None),
        ("sum(items.amount) + sum(net(items))", None),
        ("net(item) + tax(item) - gross(item)", None),
        ("2 * tip_amount", None),
        ("tip_amount * 3 * -1", None),
        ("2 * 3", None),
        ("whole", None),
        ("round(5% * total_amount)", None),
        ("5%", "5%"),
        ("tip_amount default 5%", "5%"),
        ("5% * total_amount", "5% * total_amount"),
        ("0.5 * total_amount", "0.5 * total_amount"),
        ("total_amount / 2", "total_amount / 2"),
        ("total_amount * tip_amount", "total_amount * tip_amount"),
        ("total_amount + 1 / 2", "1 / 2"),
        ("2 * item.quantity", "item.quantity"),
        ("max(1, item.unit_price)", "item.unit_price"),
        ("sum(items.quantity)", "items.quantity"),
        ("exchange_rate", "exchange_rate"),
        ("share", "share"),
        ("more", "more"),
        ("-share", "share"),
        ("round(share * total_amount)", None),
    ],
)
def test_an_amount_is_whole_by_its_form(amount: str, part: str | None) -> None:
    """A fraction, a percentage, a division or a product of fields stands inside `round`."""
    body = (
        "  let whole = total_amount + 2 * tip_amount\n  let share = 5%\n"
        "  let more = share + 1\n  debit cash whole\n  debit cash round(share + more)\n"
        f"  for item in items {{ debit cash {amount} }}"
    )

    assert faults_of(rule_with(body)) == ([] if part is None else [f"NOT_WHOLE {part}"])


# --- cases ---------------------------------------------------------------------------------


def test_a_case_names_what_there_is() -> None:
    """A case has a smart code, and expects known accounts in kept ledgers."""
    text = (
        f'{SOUND}case "c" on HERA.POS.SALE {{ event {{ }}\n'
        "  expect { debit cahs 1.00  credit revenue 1.00 in IFRS } }\n"
    )

    names = [fault.name for fault in diagnostics_of(text)]

    assert names == ["BAD_SMART_CODE", "UNKNOWN_ACCOUNT", "UNKNOWN_LEDGER"]


# --- strict settings -----------------------------------------------------------------------


def test_strict_settings_ask_for_uuids() -> None:
    """Every account id is a UUID, also those of single ledgers."""
    good = "550e8400-e29b-41d4-a716-446655440001"
    entry = nodes.LedgerAccount(
        ledger=nodes.Name("GL"), id="4000", at=Pointer("/accounts/b/ledgers")
    )
    schema = nodes.Schema(
        accounts=(
            nodes.AccountDecl(key=nodes.Name("a"), id=good, at=Pointer("/accounts/a")),
            nodes.AccountDecl(key=nodes.Name("b"), ledgers=(entry,), at=Pointer("/accounts/b")),
            nodes.AccountDecl(key=nodes.Name("c"), id=good + "\n", at=Pointer("/accounts/c")),
        )
    )

    found = check_strict(schema, require_uuid_ids=True, standard_dimensions_only=False)

    assert [(fault.name, fault.pointer) for fault in found] == [
        ("BAD_ID", "/accounts/b/ledgers"),
        ("BAD_ID", "/accounts/c"),
    ]


def test_strict_settings_ask_for_standard_dimensions() -> None:
    """A dimension of one's own is refused at its place."""
    names = (
        nodes.Name("location", at=Pointer("/splits/dimensions/0")),
        nodes.Name("staff_id", at=Pointer("/splits/dimensions/1")),
    )
    schema = nodes.Schema(dimensions=names)

    found = check_strict(schema, require_uuid_ids=False, standard_dimensions_only=True)

    assert [(fault.name, fault.pointer) for fault in found] == [
        ("NONSTANDARD_DIMENSION", "/splits/dimensions/1")
    ]
    assert check_strict(schema, require_uuid_ids=True, standard_dimensions_only=False) == ()


def test_the_accounts_of_reversed_charges_are_used() -> None:
    """The tax stage posts to tax_input and tax_output in a purchase that names neither."""
    text = (
        "ledgers GL\naccount payable 2100\naccount tax_input 1400\naccount tax_output 2200\n"
        "account goods 6100\non HERA.PURCHASE.** purchase "
        "{ debit goods total_amount  credit payable total_amount }\n"
    )

    assert "HE410" not in [fault.code for fault in diagnostics_of(text)]


# --- figures of single taxes -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('for item in items { debit cash tax(item, "GST") }', []),
        ('for item in items { debit cash withheld(item) + withheld(item, "TDS") }', []),
        ('debit cash sum(tax(items, "GST"))', []),
        ('debit cash sum(withheld(items)) + sum(withheld(items, "TDS"))', []),
        ("debit cash cash_rounding", []),
        ("for item in items { debit cash tax(item, kind) }", ["WRONG_KIND kind"]),
        ("for item in items { debit cash tax(item, item.kind) }", ["WRONG_KIND item.kind"]),
        ("debit cash sum(withheld(items, 5))", ["WRONG_KIND 5"]),
        ('debit cash sum(net(items, "GST"))', ['WRONG_ARGUMENTS net(items, "GST")']),
        ('for item in items { debit cash gross(item, "GST") }',
         ['WRONG_ARGUMENTS gross(item, "GST")']),
        ('for item in items { debit cash tax(item, "A", "B") }',
         ['WRONG_ARGUMENTS tax(item, "A", "B")']),
        ('debit cash withheld(items, "TDS")', ["WRONG_KIND items"]),
        ('debit cash sum(tax(payments, "GST"))', ['WRONG_KIND tax(payments, "GST")']),
    ],
)  # fmt: skip
def test_a_figure_may_be_that_of_one_tax(line: str, found: list[str]) -> None:
    """`tax` and `withheld` take the code of a tax, written out, beside the item or the items."""
    assert faults_of(rule_with(line)) == found


def test_the_difference_of_coins_is_no_name_for_a_let() -> None:
    """The engine makes `cash_rounding`, so a rule cannot give it another meaning."""
    assert faults_of(rule_with("let cash_rounding = 1\ndebit cash cash_rounding")) == [
        "SHADOWS cash_rounding"
    ]
