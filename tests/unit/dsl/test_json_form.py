"""The JSON form: what each key means, and what is said of each fault."""

import json
import sys
from collections.abc import Mapping
from copy import deepcopy
from datetime import date
from decimal import Decimal
from pathlib import Path
from subprocess import run

import pytest

from hera_engine import limits
from hera_engine.accounts import AccountType
from hera_engine.dsl import nodes
from hera_engine.dsl.json_form import json_schema
from hera_engine.dsl.json_read import read_json_schema
from hera_engine.dsl.json_write import to_json_dict
from hera_engine.dsl.parse import parse_schema
from hera_engine.errors import Pointer

SALON = Path(__file__).with_name("salon.hera").read_text(encoding="utf-8")
RUNBOOK = r"""{
  "ledgers": ["GL"],
  "accounts": {"revenue": "u-4100", "tax_output": "u-2200", "tips_payable": "u-2300",
               "clearing": "u-1100", "fees": "u-5500"},
  "tax": {"profile_ref": "u-tax", "inclusive_prices": true, "rounding": "line"},
  "splits": {"dimensions": ["org_unit", "staff_id"],
             "rules": [{"event_pattern": "HERA\\.POS\\..*", "split_by": "staff_id",
                        "allocation_method": "proportional"}]},
  "dimension_requirements": [{"account_pattern": "^4.*",
                              "required_dimensions": ["org_unit", "staff_id"],
                              "enforcement": "error"}],
  "payments": {"capture_type": "immediate", "open_item": false}
}"""


def document(**changes: object) -> dict[str, object]:
    """Return the runbook's document with other sections."""
    data: dict[str, object] = json.loads(RUNBOOK)
    return {**data, **changes}


def sound(**changes: object) -> nodes.Schema:
    """Return the schema of the runbook's document with other sections; it has no faults."""
    schema, found = read_json_schema(document(**changes))
    assert [str(fault) for fault in found] == []
    assert schema is not None
    return schema


def faults_of(data: object) -> list[tuple[str, str | None]]:
    """Return the name and pointer of each fault of a document."""
    assert isinstance(data, Mapping)
    _, found = read_json_schema(data)
    return [(fault.name, fault.pointer) for fault in found]


def components(*listed: dict[str, object], **more: object) -> dict[str, object]:
    """Return a change: a tax profile of components."""
    return {"tax_profiles": [{"id": "a", "components": [*listed], **more}]}


def rule(**changes: object) -> dict[str, object]:
    """Return a document whose one rule has other members."""
    line = {"debit": "clearing", "amount": "total_amount"}
    other = {"credit": "revenue", "amount": "total_amount"}
    return {"postings": [{"on": "HERA.POS.SALE.V1", "lines": [line, other], **changes}]}


# --- what is said ----------------------------------------------------------------------------


def test_the_runbooks_document_is_read_unchanged() -> None:
    """The document of the runbook gives its ledgers, accounts, tax, split and requirement."""
    data = json.loads(RUNBOOK)

    schema, found = read_json_schema(data)

    assert found == ()
    assert data == json.loads(RUNBOOK)
    assert schema == nodes.Schema(
        ledgers=(nodes.Name("GL"),),
        accounts=tuple(
            nodes.AccountDecl(key=nodes.Name(key), id=account_id)
            for key, account_id in (
                ("revenue", "u-4100"), ("tax_output", "u-2200"), ("tips_payable", "u-2300"),
                ("clearing", "u-1100"), ("fees", "u-5500"),
            )
        ),
        tax=nodes.UseTax(
            profile=nodes.Name("u-tax"), inclusive=True, rounding=nodes.Rounding.LINE
        ),
        dimensions=(nodes.Name("org_unit"), nodes.Name("staff_id")),
        splits=(
            nodes.Split(
                events=nodes.EventPattern(r"HERA\.POS\..*", regex=True),
                dimension=nodes.Name("staff_id"),
                method=nodes.Method.PROPORTIONAL,
            ),
        ),
        requirements=(
            nodes.Requirement(
                accounts=nodes.AccountPattern("^4.*", regex=True),
                dimensions=(nodes.Name("org_unit"), nodes.Name("staff_id")),
                enforcement=nodes.Enforcement.ERROR,
            ),
        ),
        payments=nodes.Payments(),
    )  # fmt: skip


def test_nodes_stand_where_the_document_says() -> None:
    """Every node has the JSON pointer of what it was read from."""
    schema = sound()

    assert schema.at == Pointer("")
    assert schema.accounts[0].at == Pointer("/accounts/revenue")
    assert schema.splits[0].dimension.at == Pointer("/splits/rules/0/split_by")
    assert schema.dimensions[1].at == Pointer("/splits/dimensions/1")
    assert schema.requirements[0].accounts.at == Pointer(
        "/dimension_requirements/0/account_pattern"
    )


def test_a_document_without_rules_never_loads_the_parser() -> None:
    """Reading the runbook's document does not import Lark."""
    code = (
        "import sys, types; package = types.ModuleType('hera_engine');"
        "package.__path__ = ['src/hera_engine']; sys.modules['hera_engine'] = package;"
        "from hera_engine.dsl.json_read import read_json_schema; import json;"
        f"read_json_schema(json.loads({RUNBOOK!r})); sys.exit('lark' in sys.modules)"
    )

    done = run([sys.executable, "-c", code], check=False)

    assert done.returncode == 0


def test_the_header_is_read() -> None:
    """Name, version and dates are read, and a dialect is accepted and forgotten."""
    header = {
        "$schema": "urn:any", "name": "Till", "version": 3,
        "effective_from": "2025-01-01", "effective_to": "2025-12-31",
    }  # fmt: skip

    schema = sound(**header)

    assert (schema.name, schema.version) == ("Till", 3)
    assert (schema.effective_from, schema.effective_to) == (date(2025, 1, 1), date(2025, 12, 31))


def test_an_account_says_its_code_name_type_and_ledgers() -> None:
    """An account's object may resolve differently in each ledger."""
    revenue = {
        "id": "a", "code": "0400", "name": "Sales", "type": "revenue",
        "ledgers": {"IFRS": {"id": "b"}},
    }  # fmt: skip

    schema = sound(accounts={"revenue": revenue, "tax_output": "t", "clearing": "c"})

    assert schema.accounts[0] == nodes.AccountDecl(
        key=nodes.Name("revenue"), id="a", code="0400", title="Sales", type=AccountType.REVENUE,
        ledgers=(nodes.LedgerAccount(ledger=nodes.Name("IFRS"), id="b"),),
    )  # fmt: skip


def test_short_rates_stand_for_three_rates() -> None:
    """Exports are zero-rated, financial services exempt, and every other category is standard."""
    rates = {"standard": "5.0", "zero": "0", "exempt": None}

    schema = sound(tax_profiles=[{"id": "u-tax", "rates": rates}])

    assert schema.tax_profiles[0].rates == (
        nodes.RateDecl(name=nodes.Name("standard"), percent=Decimal(5)),
        nodes.RateDecl(
            name=nodes.Name("zero"), percent=Decimal(0), categories=(nodes.Name("goods.export"),)
        ),
        nodes.RateDecl(
            name=nodes.Name("exempt"), percent=None, categories=(nodes.Name("services.financial"),)
        ),
    )


def test_short_rates_with_reverse_charge_have_a_fourth() -> None:
    """Imported services are charged to the customer where the profile allows it."""
    profile = {"id": "p", "reverse_charge_applicable": True, "rates": {"standard": "5"}}

    schema = sound(tax_profiles=[profile])

    assert schema.tax_profiles[0].rates[-1].reverse_charge
    assert [name.text for name in schema.tax_profiles[0].rates[-1].categories] == [
        "services.imported", "goods.imported_b2b", "reverse_charge",
    ]  # fmt: skip


def test_full_rates_are_read() -> None:
    """A rate has a code, percentage, categories, dates, price mode and account."""
    rate = {
        "code": "std", "percent": "7.50", "categories": ["food"], "effective_from": "2024-01-01",
        "effective_to": "2024-12-31", "inclusive": False, "account": "tax_output",
    }  # fmt: skip
    profile = {
        "name": "p", "jurisdiction": "AE", "tax_system": "VAT", "rounding_method": "swedish",
        "cash_step": "0.05", "default_category": "food",
        "rates": [rate, {"exempt": True}, {"reverse_charge": True}],
    }  # fmt: skip

    schema = sound(tax_profiles=[profile])

    assert schema.tax_profiles[0] == nodes.TaxProfileDecl(
        name=nodes.Name("p"), jurisdiction="AE", tax_system="VAT",
        rounding=nodes.Rounding.SWEDISH, cash_step=Decimal("0.05"), default_category="food",
        rates=(
            nodes.RateDecl(
                name=nodes.Name("std"), percent=Decimal("7.5"), categories=(nodes.Name("food"),),
                effective_from=date(2024, 1, 1), effective_to=date(2024, 12, 31),
                inclusive=False, account=nodes.Name("tax_output"),
            ),
            nodes.RateDecl(name=nodes.Name("exempt"), percent=None),
            nodes.RateDecl(name=nodes.Name("reverse_charge"), percent=None, reverse_charge=True),
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("method", "data", "shares", "allocator"),
    [
        ("fixed", None, (), None),
        ("custom", None, (), None),
        ("custom", {"allocator": "by_area"}, (), "by_area"),
        (
            "fixed", {"A": "60%", "B": "39.5%", "C": "remaining"},
            (
                nodes.Share(value="A", percent=Decimal(60)),
                nodes.Share(value="B", percent=Decimal("39.5")),
                nodes.Share(value="C"),
            ), None,
        ),
        (
            "fixed",
            [{"value": "A", "percent": 60}, {"value": "B", "amount": "10.00"},
             {"value": "C", "remaining": True}],
            (
                nodes.Share(value="A", percent=Decimal(60)),
                nodes.Share(value="B", amount=Decimal(10)),
                nodes.Share(value="C"),
            ), None,
        ),
    ],
)  # fmt: skip
def test_allocation_data_gives_shares_or_an_allocator(
    method: str, data: object, shares: tuple[nodes.Share, ...], allocator: str | None
) -> None:
    """A fixed split has shares in either of two forms, a custom one the name of an allocator."""
    split = {"event_pattern": "POS", "split_by": "staff_id", "allocation_method": method}

    schema = sound(
        splits={"dimensions": ["org_unit", "staff_id"],
                "rules": [{**split, "allocation_data": data}]}
    )  # fmt: skip

    assert (schema.splits[0].shares, schema.splits[0].allocator) == (shares, allocator)


@pytest.mark.parametrize(
    ("written", "pattern"),
    [
        ("^4.*", nodes.AccountPattern("^4.*", regex=True)),
        ({"regex": "^4"}, nodes.AccountPattern("^4", regex=True)),
        ({"glob": "4*"}, nodes.AccountPattern("4*")),
        ({"account": "revenue"}, nodes.AccountPattern("revenue")),
    ],
)
def test_an_account_pattern_has_three_readings(
    written: object, pattern: nodes.AccountPattern
) -> None:
    """A text is a regular expression; an object says glob, account or regex."""
    schema = sound(carry=[{"account_pattern": written, "dimensions": ["org_unit"]}])

    assert schema.carries[0].accounts == pattern


def test_an_event_pattern_may_be_a_glob() -> None:
    """An object says glob where a text would be a regular expression."""
    split = {
        "event_pattern": {"glob": "HERA.POS.**"}, "split_by": "staff_id",
        "allocation_method": "proportional",
    }  # fmt: skip

    schema = sound(splits={"dimensions": ["org_unit", "staff_id"], "rules": [split]})

    assert schema.splits[0].events == nodes.EventPattern("HERA.POS.**")


def test_requirements_default_to_error_and_take_default_values() -> None:
    """Enforcement is error where it is not said."""
    one = {"account_pattern": "5", "required_dimensions": ["org_unit"]}
    two = {
        "account_pattern": "6", "required_dimensions": ["org_unit"],
        "enforcement": "auto_default", "default_values": {"org_unit": "HQ"},
    }  # fmt: skip

    schema = sound(dimension_requirements=[one, two])

    assert schema.requirements[0].enforcement is nodes.Enforcement.ERROR
    assert schema.requirements[1].defaults == (("org_unit", "HQ"),)


def test_standard_dimensions_need_no_declaration() -> None:
    """Without a section for them, required standard dimensions are added to those of splits."""
    needs = {"account_pattern": "5", "required_dimensions": ["cost_center", "mood"]}

    schema = sound(dimension_requirements=[needs])

    assert [name.text for name in schema.dimensions] == ["org_unit", "staff_id", "cost_center"]


def test_a_section_of_dimensions_is_all_there_is() -> None:
    """With a section for them, no dimension is added."""
    needs = {"account_pattern": "5", "required_dimensions": ["cost_center"]}

    schema = sound(dimensions=["staff_id", "org_unit"], dimension_requirements=[needs])

    assert [name.text for name in schema.dimensions] == ["staff_id", "org_unit"]


def test_payments_and_validations_are_read() -> None:
    """Both sections have defaults, and are None where they are absent."""
    schema = sound(
        payments={"capture_type": "deferred", "open_item": True, "settlement_days": 3},
        validations={"allowed_currencies": ["USD"]},
    )
    absent = sound(payments=None)

    assert schema.payments == nodes.Payments(
        capture=nodes.Capture.DEFERRED, open_item=True, settlement_days=3
    )
    assert schema.validations == nodes.Validations(currencies=(nodes.Name("USD"),))
    assert (absent.payments, absent.validations) == (None, None)


def test_maps_are_read() -> None:
    """A star matches anything, null refuses, and `else` is a last row that matches all."""
    rows = [{"when": ["a", "*"], "then": "revenue"}, {"when": [{"text": "*"}, None], "then": None}]

    schema = sound(maps={"pick": {"inputs": ["x", "y"], "rows": rows, "else": None}})

    assert schema.maps[0] == nodes.MapDecl(
        name=nodes.Name("pick"),
        inputs=(nodes.Name("x"), nodes.Name("y")),
        rows=(
            nodes.MapRow(keys=("a", None), target=nodes.Name("revenue")),
            nodes.MapRow(keys=("*", None), target=None),
            nodes.MapRow(keys=(None, None), target=None),
        ),
    )


def test_postings_are_the_text_forms_rules() -> None:
    """Expressions, targets, loops, equations and names are those of the text form."""
    posting = {
        "on": "HERA.POS.SALE.V1",
        "let": ["tip = tip_amount default 0"],
        "given": ["total_amount = sum(gross(items)) + tip"],
        "lines": [
            {"debit": "clearing", "amount": "total_amount"},
            {"credit": "pick(item.kind)", "amount": "gross(item)", "for": "item in items",
             "by": "staff_id", "ledger": "GL"},
            {"credit": "tips_payable", "amount": "tip", "when": "tip > 0"},
        ],
        "closing": {"account": "fees", "within": "0.05"},
    }  # fmt: skip
    text = """
    on HERA.POS.SALE.V1 {
      let tip = tip_amount default 0
      given total_amount = sum(gross(items)) + tip
      debit clearing total_amount
      for item in items { in GL { credit pick(item.kind) gross(item) by staff_id } }
      credit tips_payable tip when tip > 0
      balance to fees within 0.05
    }
    on HERA.POS.REFUND.V1 reverses HERA.POS.SALE.V1
    """

    schema = sound(postings=[posting, {"on": "HERA.POS.REFUND.V1", "reverses": "HERA.POS.SALE.V1"}])

    written, _ = parse_schema(text)
    assert written is not None
    assert schema.rules == written.rules
    assert schema.rules[0].lines[1].amount.at == Pointer("/postings/0/lines/1/amount")


def test_rules_may_match_a_regular_expression_and_nest_loops() -> None:
    """An event is a code or glob, or an object with a regex; loops go from the outside in."""
    line = {
        "debit": "clearing", "amount": "part.amount", "for": ["item in items", "part in item.parts"]
    }  # fmt: skip

    schema = sound(postings=[{"on": {"regex": "SALE"}, "lines": [line]}])

    assert schema.rules[0].on == nodes.EventPattern("SALE", regex=True)
    assert [loop.variable.text for loop in schema.rules[0].lines[0].loops] == ["item", "part"]


def test_cases_are_read() -> None:
    """A case's event keeps texts as texts; marked numbers and dates are numbers and dates."""
    event = {
        "total_amount": 105, "fee": {"$number": "-3.05"}, "code": "42",
        "day": {"$date": "2025-01-31"},
        "$$x": None, "items": [{"ok": True}],
    }  # fmt: skip
    expect = [{"credit": "revenue", "amount": "5", "dimensions": {"org_unit": "A"}, "ledger": "GL"}]

    schema = sound(cases=[{"name": "one", "on": "HERA.X.V1", "event": event, "expect": expect}])

    case = schema.cases[0]
    assert [(field.name, field.value) for field in case.event] == [
        ("total_amount", Decimal(105)),
        ("fee", Decimal("-3.05")),
        ("code", "42"),
        ("day", date(2025, 1, 31)),
        ("$x", None),
        ("items", ((nodes.CaseField(name="ok", value=True),),)),
    ]
    assert case.expect[0] == nodes.ExpectedLine(
        side=nodes.SideWord.CREDIT, account=nodes.Name("revenue"), amount=Decimal(5),
        dimensions=(("org_unit", "A"),), ledger=nodes.Name("GL"),
    )  # fmt: skip


def test_comments_are_read() -> None:
    """A text stands before its node; an object says before, after and inside."""
    written = {"/tax": "one\ntwo", "": {"before": "head", "after": "x", "inside": ["end"]}}

    schema = sound(comments=written)

    assert schema.comments == {
        "/tax": nodes.Comments(before=("one", "two")),
        "": nodes.Comments(before=("head",), after="x", inside=("end",)),
    }


# --- writing ---------------------------------------------------------------------------------


def test_a_text_schema_survives_the_json_form() -> None:
    """The example of the text form is written as JSON, as text of JSON, and read as it was."""
    schema, _ = parse_schema(SALON)
    assert schema is not None

    written = json.dumps(to_json_dict(schema))

    again, found = read_json_schema(json.loads(written))
    assert again == schema
    assert found == ()
    assert again.comments == schema.comments


def test_an_id_alone_is_written_alone() -> None:
    """What the runbook's document says is written as the document says it."""
    written = to_json_dict(sound())

    assert written["accounts"] == json.loads(RUNBOOK)["accounts"]
    assert written["tax"] == json.loads(RUNBOOK)["tax"]


def test_what_is_written_is_new() -> None:
    """A change to what was written changes neither the schema nor what is written next."""
    schema = sound(comments={"/tax": {"inside": "x"}})
    first, second = to_json_dict(schema), to_json_dict(schema)

    for section in first.values():
        if isinstance(section, dict | list):
            section.clear()

    assert to_json_dict(schema) == second


# --- faults ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"acounts": 1}, ("UNKNOWN_KEY", "/acounts")),
        ({"events": {}}, ("WRONG_TYPE", "/events")),
        ({"ledgers": []}, ("WRONG_TYPE", "/ledgers")),
        ({"ledgers": "GL"}, ("WRONG_TYPE", "/ledgers")),
        ({"ledgers": ["GL", 1]}, ("WRONG_TYPE", "/ledgers/1")),
        ({"tax": None}, ("WRONG_TYPE", "/tax")),
        ({"tax": {}}, ("MISSING_KEY", "/tax/profile_ref")),
        ({"tax": {"profile_ref": " "}}, ("WRONG_TYPE", "/tax/profile_ref")),
        ({"tax": {"profile_ref": "x", "rounding": "lines"}}, ("BAD_CHOICE", "/tax/rounding")),
        ({"tax": {"profile_ref": "x", "inclusive_prices": 1}},
         ("WRONG_TYPE", "/tax/inclusive_prices")),
        ({"tax": {"profile_ref": "x", "cash_step": "0"}}, ("BAD_NUMBER", "/tax/cash_step")),
        ({"tax": {"profile_ref": "x", "cash_step": 0.05}}, ("WRONG_TYPE", "/tax/cash_step")),
        ({"tax": {"profile_ref": "x", "cash_step": "1e3"}}, ("BAD_NUMBER", "/tax/cash_step")),
        ({"splits": {"rules": []}}, ("MISSING_KEY", "/splits/dimensions")),
        ({"dimension_requirements": [1]}, ("WRONG_TYPE", "/dimension_requirements/0")),
        ({"dimensions": ["staff_id"]}, ("INVALID_DIMENSION", "/splits/dimensions/0")),
        ({"version": "3"}, ("WRONG_TYPE", "/version")),
        ({"version": True}, ("WRONG_TYPE", "/version")),
        ({"effective_from": "2025-02-30"}, ("BAD_DATE", "/effective_from")),
        ({"effective_from": "20250101"}, ("BAD_DATE", "/effective_from")),
        ({"effective_from": 20250101}, ("WRONG_TYPE", "/effective_from")),
        ({"name": "a\x00b"}, ("BAD_TEXT", "/name")),
        ({"name": "Cafe\u0301"}, ("BAD_TEXT", "/name")),
        ({"name": "\ud800"}, ("BAD_TEXT", "/name")),
        ({"payments": {"capture_type": "later"}}, ("BAD_CHOICE", "/payments/capture_type")),
        ({"payments": {"settlement_days": -1}}, ("BAD_NUMBER", "/payments/settlement_days")),
        ({"payments": []}, ("WRONG_TYPE", "/payments")),
        ({"validations": {"max_line_count": 0}}, ("BAD_NUMBER", "/validations/max_line_count")),
        ({"carry": {}}, ("WRONG_TYPE", "/carry")),
        ({"carry": [{"account_pattern": {"glob": "rev"}, "dimensions": []}]},
         ("WRONG_TYPE", "/carry/0/account_pattern/glob")),
        ({"carry": [{"account_pattern": {"account": "4"}, "dimensions": []}]},
         ("WRONG_TYPE", "/carry/0/account_pattern/account")),
        ({"carry": [{"account_pattern": {"blob": "4"}, "dimensions": []}]},
         ("UNKNOWN_KEY", "/carry/0/account_pattern/blob")),
        ({"maps": {"m": {"inputs": ["x"], "rows": [{"when": ["a"]}]}}},
         ("MISSING_KEY", "/maps/m/rows/0/then")),
        ({"maps": {"m": {"inputs": ["x"], "rows": [{"when": [1], "then": None}]}}},
         ("WRONG_TYPE", "/maps/m/rows/0/when/0")),
        ({"maps": {"a`b": {"inputs": []}}}, ("BAD_TEXT", "/maps/a`b")),
        ({"comments": {"tax": "x"}}, ("WRONG_TYPE", "/comments/tax")),
        ({"comments": {"/tax": {"befor": "x"}}}, ("UNKNOWN_KEY", "/comments/~1tax/befor")),
        ({"tax_profiles": [{"rates": []}]}, ("MISSING_KEY", "/tax_profiles/0/id")),
        ({"tax_profiles": [{"id": "a", "name": "b", "rates": []}]},
         ("WRONG_TYPE", "/tax_profiles/0/name")),
        ({"tax_profiles": [{"id": "a", "rates": {"standrad": "5", "standard": "5"}}]},
         ("UNKNOWN_KEY", "/tax_profiles/0/rates/standrad")),
        ({"tax_profiles": [{"id": "a", "rates": {"zero": "0"}}]},
         ("MISSING_KEY", "/tax_profiles/0/rates/standard")),
        ({"tax_profiles": [{"id": "a", "rates": [{"code": "x"}]}]},
         ("MISSING_KEY", "/tax_profiles/0/rates/0/percent")),
        ({"tax_profiles": [{"id": "a", "rates": [{"exempt": True, "percent": "5"}]}]},
         ("WRONG_TYPE", "/tax_profiles/0/rates/0/percent")),
        ({"tax_profiles": [{"id": "a", "rates": [{"code": "x", "percent": "-1"}]}]},
         ("BAD_NUMBER", "/tax_profiles/0/rates/0/percent")),
        ({"tax_profiles": [{"id": "a", "rates": [{"exempt": True, "compound": True}]}]},
         ("UNKNOWN_KEY", "/tax_profiles/0/rates/0/compound")),
        (rule(lines=[{"debit": "fees", "credit": "fees", "amount": "1"}]),
         ("WRONG_TYPE", "/postings/0/lines/0")),
        (rule(lines=[{"debit": "fees", "amount": "1 +"}]),
         ("SYNTAX", "/postings/0/lines/0/amount")),
        (rule(lines=[{"debit": "fees", "amount": 1}]),
         ("WRONG_TYPE", "/postings/0/lines/0/amount")),
        (rule(given=["a"]), ("SYNTAX", "/postings/0/given/0")),
        (rule(let=["a = b", "c"]), ("SYNTAX", "/postings/0/let/1")),
        (rule(closing={"account": "fees", "within": "x"}),
         ("BAD_NUMBER", "/postings/0/closing/within")),
        ({"postings": [{"on": "HERA.X.V1"}]}, ("MISSING_KEY", "/postings/0/lines")),
        ({"postings": [{"on": 7, "lines": []}]}, ("WRONG_TYPE", "/postings/0/on")),
        (components({"rate": "5"}), ("MISSING_KEY", "/tax_profiles/0/components/0/code")),
        (components({"code": "A"}), ("MISSING_KEY", "/tax_profiles/0/components/0/rate")),
        (components({"code": "A", "kind": "tiered"}),
         ("MISSING_KEY", "/tax_profiles/0/components/0/tiers")),
        (components({"code": "A", "kind": "tiered", "tiers": [{"up_to": "5"}]}),
         ("MISSING_KEY", "/tax_profiles/0/components/0/tiers/0/rate")),
        (components({"code": "A", "kind": "tiered", "tiers": [{"rate": "5"}], "rate": "5"}),
         ("WRONG_TYPE", "/tax_profiles/0/components/0/rate")),
        (components({"code": "A", "rate": "5", "tiers": []}),
         ("WRONG_TYPE", "/tax_profiles/0/components/0/tiers")),
        (components({"code": "A", "rate": "5%", "kind": "fixed"}),
         ("BAD_NUMBER", "/tax_profiles/0/components/0/rate")),
        (components({"code": "A", "rate": "5", "kind": "odd"}),
         ("BAD_CHOICE", "/tax_profiles/0/components/0/kind")),
        (components({"code": "A", "rate": "5", "onn": []}),
         ("UNKNOWN_KEY", "/tax_profiles/0/components/0/onn")),
        (components({"code": "A", "rate": "5", "repartition": ["x"]}),
         ("BAD_NUMBER", "/tax_profiles/0/components/0/repartition/0")),
        (components({"code": "A", "rate": "5"}, component_categories=[]),
         ("WRONG_TYPE", "/tax_profiles/0/component_categories")),
        (components({"code": "A", "rate": "5"}, component_categories={"x": "A"}),
         ("WRONG_TYPE", "/tax_profiles/0/component_categories/x")),
        (components({"code": "A", "rate": "5"}, rounding_rule={"mode": "odd"}),
         ("BAD_CHOICE", "/tax_profiles/0/rounding_rule/mode")),
        (components({"code": "A", "rate": "5"}, rounding="line", rounding_rule={"name": "unit"}),
         ("WRONG_TYPE", "/tax_profiles/0/rounding_rule")),
        (components({"code": "A", "rate": "5"}, cash_mode="half_even"),
         ("BAD_CHOICE", "/tax_profiles/0/cash_mode")),
        (components(), ("MISSING_KEY", "/tax_profiles/0/rates")),
        ({"tax_profiles": [{"id": "a", "rates": [{"exempt": True, "reason": "export"}]}]},
         ("WRONG_TYPE", "/tax_profiles/0/rates/0/reason")),
        ({"tax_profiles": [{"id": "a", "rates": [{"code": "a", "reason": "odd"}]}]},
         ("BAD_CHOICE", "/tax_profiles/0/rates/0/reason")),
        ({"tax_profiles": [{"id": "a", "rates": [{"code": "a"}]}]},
         ("MISSING_KEY", "/tax_profiles/0/rates/0/percent")),
        (rule(purchase="yes"), ("WRONG_TYPE", "/postings/0/purchase")),
        ({"cases": [{"name": "c", "on": "HERA.X.V1", "event": {"a": 1.5}, "expect": []}]},
         ("WRONG_TYPE", "/cases/0/event/a")),
        ({"cases": [{"name": "c", "on": "HERA.X.V1", "event": {"a": {"$date": ""}}, "expect": []}]},
         ("BAD_DATE", "/cases/0/event/a/$date")),
    ],
)  # fmt: skip
def test_a_fault_is_named_and_placed(
    changes: dict[str, object], fault: tuple[str, str | None]
) -> None:
    """One change to a sound document gives one fault, at its pointer."""
    data = document(**changes)

    assert faults_of(data) == [fault]


@pytest.mark.parametrize("key", ["ledgers", "accounts", "tax", "splits", "dimension_requirements"])
def test_five_sections_are_required(key: str) -> None:
    """A document without one of them lacks that key, and nothing else is said."""
    data = document()
    del data[key]

    assert faults_of(data) == [("MISSING_KEY", f"/{key}")]


def test_three_accounts_are_required_without_own_rules() -> None:
    """Each is missing at its place; a document with rules of its own needs none of them."""
    own = rule()

    assert faults_of(document(accounts={})) == [
        ("MISSING_ACCOUNT", "/accounts/revenue"),
        ("MISSING_ACCOUNT", "/accounts/tax_output"),
        ("MISSING_ACCOUNT", "/accounts/clearing"),
    ]
    assert faults_of(document(accounts={}, tax=None, **own)) == []


def test_split_data_has_its_own_faults() -> None:
    """What does not fit the method is refused at the place of the data."""
    split = {"event_pattern": "POS", "split_by": "staff_id"}
    rules = [
        {**split, "allocation_method": "proportional", "allocation_data": {}},
        {**split, "allocation_method": "custom", "allocation_data": {"alocator": "x"}},
        {**split, "allocation_method": "fixed", "allocation_data": {"A": "x%"}},
        {**split, "allocation_method": "fixed", "allocation_data": [{"percent": 1}]},
        {**split, "allocation_method": "fixed", "allocation_data": [{"value": "A"}]},
    ]

    data = document(splits={"dimensions": ["org_unit", "staff_id"], "rules": rules})

    assert faults_of(data) == [
        ("WRONG_TYPE", "/splits/rules/0/allocation_data"),
        ("UNKNOWN_KEY", "/splits/rules/1/allocation_data/alocator"),
        ("BAD_NUMBER", "/splits/rules/2/allocation_data/A"),
        ("MISSING_KEY", "/splits/rules/3/allocation_data/0/value"),
        ("WRONG_TYPE", "/splits/rules/4/allocation_data/0"),
    ]


def test_a_split_by_an_undeclared_dimension_is_a_fault() -> None:
    """Being required does not declare a dimension for splits."""
    split = {"event_pattern": "P", "split_by": "location", "allocation_method": "proportional"}
    needs = {"account_pattern": "5", "required_dimensions": ["location"]}

    data = document(
        splits={"dimensions": ["staff_id"], "rules": [split]}, dimension_requirements=[needs]
    )

    assert faults_of(data) == [("INVALID_DIMENSION", "/splits/rules/0/split_by")]


def test_all_faults_come_at_once_in_document_order() -> None:
    """Faults of different sections are told together, what is missing last."""
    data = document(
        accounts={"revenue": 1, "tax_output": {"typ": "asset"}, "clearing": "c"},
        dimension_requirements=[
            {"account_pattern": "5", "required_dimensions": "x", "enforcement": "ignore"}
        ],
        payments={"settlement_days": 1.5},
        postings=[{"on": "HERA.X.V1", "lines": [{"debit": "fees", "amount": ")"}]}],
    )
    del data["tax"]

    assert faults_of(data) == [
        ("WRONG_TYPE", "/accounts/revenue"),
        ("UNKNOWN_KEY", "/accounts/tax_output/typ"),
        ("WRONG_TYPE", "/dimension_requirements/0/required_dimensions"),
        ("BAD_CHOICE", "/dimension_requirements/0/enforcement"),
        ("WRONG_TYPE", "/payments/settlement_days"),
        ("SYNTAX", "/postings/0/lines/0/amount"),
        ("MISSING_KEY", "/tax"),
    ]


def test_the_sound_rest_is_kept() -> None:
    """After faults the schema still has what they do not touch."""
    data = document(payments=1, accounts={"revenue": 1, "tax_output": "t", "clearing": "c"})

    schema, found = read_json_schema(data)

    assert len(found) == 2
    assert schema is not None
    assert [decl.key.text for decl in schema.accounts] == ["revenue", "tax_output", "clearing"]
    assert schema.requirements == sound().requirements


def test_messages_are_in_our_words() -> None:
    """Unknown keys get the nearest known one, and a fault in a text says at which column."""
    data = document(
        acounts=1,
        postings=[{"on": "HERA.X.V1", "lines": [{"debit": "fees", "amount": "1 + )", "amout": 1}]}],
    )

    _, found = read_json_schema(data, file="s.json")

    assert "\n".join(map(str, found)).splitlines() == [
        "s.json:/acounts: error[HE112]: unknown key `acounts`",
        "  = hint: did you mean `accounts`?",
        "s.json:/postings/0/lines/0/amount: error[HE101]: unexpected `)`, expected an amount",
        "  = hint: see column 5 of the text",
        "s.json:/postings/0/lines/0/amout: error[HE112]: unknown key `amout`",
        "  = hint: did you mean `amount`?",
    ]


def test_long_values_are_not_repeated() -> None:
    """A message holds no more than a short word of a value."""
    data = document(effective_from="9" * 10_000, payments={"capture_type": "s" * 10_000})

    _, found = read_json_schema(data)

    assert max(len(str(fault)) for fault in found) < 200


# --- hostile mappings ------------------------------------------------------------------------


def test_a_cyclic_mapping_is_refused() -> None:
    """A mapping that holds itself is nested too deeply."""
    data = document()
    data["payments"] = data

    assert faults_of(data) == [("TOO_LARGE", "/payments/payments")]


def test_a_deep_mapping_is_refused() -> None:
    """A hundred thousand lists inside each other are one fault."""
    deep: object = "x"
    for _ in range(100_000):
        deep = [deep]

    assert faults_of(document(cases=deep)) == [("TOO_LARGE", "/cases/0")]


@pytest.mark.parametrize("depth", [limits.EXPRESSION_DEPTH - 3, limits.EXPRESSION_DEPTH - 2])
def test_nesting_is_allowed_up_to_the_limit(depth: int) -> None:
    """An event as deep as the limit is read, one level more is refused."""
    deep: object = None
    for _ in range(depth - 1):
        deep = [deep]
    case = {"name": "c", "on": "HERA.X.V1", "event": {"a": deep}, "expect": []}

    found = faults_of(document(cases=[case]))

    assert bool(found) == (depth > limits.EXPRESSION_DEPTH - 3)


@pytest.mark.parametrize(
    "huge",
    [
        ["x"] * 2_000_000,
        "x" * 2_000_000,
        {str(number): number for number in range(300_000)},
        1 << 10_000_000,
    ],
    ids=["list", "text", "object", "number"],
)
def test_a_huge_mapping_is_refused(huge: object) -> None:
    """What no document of the allowed size could hold is one fault."""
    assert faults_of(document(comments=huge)) == [("TOO_LARGE", "")]


def test_many_faults_are_cut_off() -> None:
    """A hundred faults are told, not a hundred thousand."""
    data = document(ledgers=[1] * 100_000)

    assert len(faults_of(data)) == limits.SCHEMA_FAULTS


def test_foreign_values_are_refused() -> None:
    """What is not JSON is refused where it stands, keys that are no texts included."""
    data = document(name=object(), payments={1: "x"}, version=float("nan"))

    assert faults_of(data) == [
        ("WRONG_TYPE", "/payments"),
        ("WRONG_TYPE", "/name"),
        ("WRONG_TYPE", "/version"),
    ]


@pytest.mark.parametrize("data", [None, 1, "text", [], object()])
def test_what_is_no_mapping_is_one_fault(data: object) -> None:
    """Anything but a mapping has the wrong type, at the document's root."""
    schema, found = read_json_schema(data)

    assert schema is None
    assert [(fault.name, fault.pointer) for fault in found] == [("WRONG_TYPE", "")]


def test_a_later_change_by_the_caller_changes_nothing() -> None:
    """The mapping is copied: neither kept nor changed."""
    data = document(comments={"/tax": {"inside": ["x"]}})
    before = deepcopy(data)

    schema, _ = read_json_schema(data)
    unchanged = deepcopy(schema)
    for section in data.values():
        if isinstance(section, dict | list):
            section.clear()

    assert schema == unchanged
    assert before == document(comments={"/tax": {"inside": ["x"]}})


# --- the JSON Schema -------------------------------------------------------------------------


def test_the_json_schema_names_itself_and_the_required_sections() -> None:
    """It is plain JSON with a dialect, an id, the required keys, and no other keys allowed."""
    schema = json_schema()

    assert json.loads(json.dumps(schema)) == schema
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == "urn:hera-engine:posting-schema:1"
    assert schema["additionalProperties"] is False
    assert schema["required"] == [
        "ledgers", "accounts", "tax", "splits", "dimension_requirements",
    ]  # fmt: skip
