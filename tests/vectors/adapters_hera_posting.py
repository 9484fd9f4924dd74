"""Adapters for the origin system's journals: whole scenarios, cart, tips and requirements."""

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from hera_engine import HeraError, JournalEntry, JournalLine, PostingEngine
from tests.vectors.cases import Case, Json, Unordered, Whole
from tests.vectors.hera_setup import EVENT, engine_for, event_of, schema_named

# --- scenarios -----------------------------------------------------------------------------


def scenario(case: Case) -> object:
    """Answer with the journal of an event under a schema of the file."""
    schema = schema_named(case, case.inputs["schema"])
    engine = engine_for(schema, standard_rate=case.inputs["tax_profile"]["standard_rate"])
    entry = engine.simulate(case.inputs["event"])
    header = entry.to_dict()["header"]
    assert isinstance(header, dict)
    return {
        "journal": [_scenario_line(line) for line in entry.lines],
        "header": {
            **header,
            "transaction_currency": header["transaction_currency_code"],
            "base_currency": header["base_currency_code"],
        },
        "header_rows": 1,
        "line_rows": len(entry.lines),
    }


def _scenario_line(line: JournalLine) -> Mapping[str, object]:
    return {
        "account": line.account.key,
        "side": line.side.word,
        "amount": line.amount,
        "dimensions": Whole(dict(line.dimensions)),
        "smart_code": line.smart_code,
    }


# --- requirements and splits ---------------------------------------------------------------


def required_dimensions(case: Case) -> object:
    """Answer with what a line on an account must carry, and what happens if it does not."""
    requirements = case.inputs["dimension_requirements"]
    names = tuple(dict.fromkeys(n for each in requirements for n in each["required_dimensions"]))
    engine = PostingEngine(
        {
            "ledgers": ["GL"],
            "accounts": {
                "revenue": {"id": "revenue", "code": case.inputs["account_code"]},
                "tax_output": {"id": "tax_output", "code": "none-tax"},
                "clearing": {"id": "clearing", "code": "none-clearing"},
            },
            "tax": {"profile_ref": "vat", "inclusive_prices": True, "rounding": "line"},
            "splits": {"dimensions": list(names), "rules": []},
            "dimension_requirements": requirements,
        },
        tax_profiles=({"id": "vat", "rates": {"standard": "5"}},),
    )
    valued = engine.simulate(event_of("1.00", {name: name for name in names}))
    carried = [dict(line.dimensions) for line in valued.lines if line.account.key == "revenue"]
    if not carried[0]:
        return {"result": None}
    return {"result": {"dimensions": list(carried[0]), "enforcement": _enforcement(engine)}}


def _enforcement(engine: PostingEngine) -> str:
    """Return how an engine takes an event without any dimension."""
    try:
        entry = engine.simulate(event_of("1.00", {}))
    except HeraError as error:
        if error.code != "E_DIM_MISSING":
            raise
        return "error"
    return "warning" if entry.warnings else "auto_default"


def split_rule_match(case: Case) -> object:
    """Answer with the dimension that revenue of an event is split by."""
    rules, code = case.inputs["rules"], case.inputs["event_smart_code"]
    names = tuple(dict.fromkeys(rule["split_by"] for rule in rules))
    engine = PostingEngine(
        {
            "ledgers": ["GL"],
            "accounts": {"revenue": "revenue", "tax_output": "tax", "clearing": "clearing"},
            "tax": {"profile_ref": "vat", "inclusive_prices": True, "rounding": "line"},
            "splits": {"dimensions": list(names), "rules": rules},
            "dimension_requirements": [],
            "postings": [
                {
                    "on": code,
                    "lines": [
                        {"debit": "clearing", "amount": "total_amount"},
                        {"credit": "revenue", "amount": "total_amount"},
                    ],
                }
            ],
        },
        tax_profiles=({"id": "vat", "rates": {"standard": "5"}},),
    )
    items = [{"amount": "1.00", **dict.fromkeys(names, value)} for value in ("A", "B")]
    entry = engine.simulate(event_of("2.00", {"items": items}, code=code))
    split = [
        name for line in entry.lines for name in line.dimensions if line.account.key == "revenue"
    ]
    return {"split_by": split[0] if split else None}


REQUIRING: Final = """\
schema "Requirements"
ledgers GL
account clearing 1100 asset
{accounts}
dimensions {names}
require {names} on 4* else error
map account_of(kind) {{ {rows} }}
on {event} {{
  given total_amount = sum(items.amount)
  for item in items {{ credit account_of(item.kind) item.amount }}
  debit clearing total_amount
}}
"""
"""One revenue account per line of a case, so that no two of its lines merge."""


def require_dimensions(case: Case) -> object:
    """Answer with what lines on accounts with a requirement lack."""
    lines = case.inputs["lines"]
    text = REQUIRING.format(
        accounts="\n".join(f"account line_{at} {4000 + at} revenue" for at in range(len(lines))),
        names=", ".join(case.inputs["required"]),
        rows=", ".join(f'"{at}" -> line_{at}' for at in range(len(lines))),
        event=EVENT,
    )
    items = [
        {"amount": "1.00", "kind": str(at), **(line.get("dimensions") or {})}
        for at, line in enumerate(lines)
    ]
    try:
        PostingEngine(text).simulate(event_of(str(len(lines)), {"items": items}))
    except HeraError as error:
        if error.code != "E_DIM_MISSING":
            raise
        missing = error.details["missingByLine"]
        assert isinstance(missing, list)
        return {
            "error": error.code,
            "missing_by_line": [
                {"line_index": each["lineIndex"], "missing": each["missing"]} for each in missing
            ],
        }
    return {"ok": True}


# --- the cart ------------------------------------------------------------------------------

CART: Final = """\
schema "Cart"
ledgers GL
account cash                  110000 asset
account card                  110200 asset
account vat_service           230000 liability
account vat_product           230001 liability
account tips                  240000 liability
account service_revenue       410000 revenue
account product_revenue       420000 revenue
account service_cart_discount 550000 expense
account product_cart_discount 550001 expense
account service_line_discount 551000 expense
account product_line_discount 552000 expense
account service_discount      553000 expense
account product_discount      554000 expense
tax profile vat {{
  prices exclusive
  rounding line
  rate standard {rate}%
}}
use tax "vat"
dimensions staff_id
map revenue_of(kind)  {{ "service" -> service_revenue, "product" -> product_revenue }}
map line_of(kind)     {{ "service" -> service_line_discount, "product" -> product_line_discount }}
map cart_of(kind)     {{ "service" -> service_cart_discount, "product" -> product_cart_discount }}
map discount_of(kind) {{ "service" -> service_discount, "product" -> product_discount }}
map vat_of(kind)      {{ "service" -> vat_service, "product" -> vat_product }}
map tender_of(method) {{ "cash" -> cash, "card" -> card }}
on HERA.POS.CART.V1 {{
  let tip = tip_amount default 0
  debit card (sum(gross(items)) + tip)
  for item in items {{
    debit  line_of(item.kind)    item.discount
    debit  cart_of(item.kind)    (item.discount_net - item.discount)
    credit revenue_of(item.kind) (net(item) + item.discount_net)
    credit vat_of(item.kind)     tax(item)
  }}
  credit tips tip by staff_id when tip > 0
}}
on HERA.POS.SALE.V1 {{
  let tip = tip_amount default 0
  given total_amount = sum(payments.amount)
  given total_amount = sum(gross(items)) + tip
  for payment in payments {{ debit tender_of(payment.method) payment.amount }}
  for item in items {{
    debit  discount_of(item.kind) item.discount_net
    credit revenue_of(item.kind)  (net(item) + item.discount_net)
    credit vat_of(item.kind)      tax(item)
  }}
  credit tips tip
}}
"""
"""A cart taken apart, and a cart paid with several tenders."""


def revenue_breakdown(case: Case) -> object:
    """Answer with what a cart posts for services and for products."""
    entry = _cart_engine(case).simulate(_cart_event(case, code="HERA.POS.CART.V1"))
    return {kind: _breakdown(entry, kind) for kind in ("service", "product")}


def _breakdown(entry: JournalEntry, kind: str) -> Mapping[str, object]:
    roles = ("revenue", "line_discount", "cart_discount")
    gross, line, cart = (_posted(entry, f"{kind}_{role}") for role in roles)
    return {
        "gross": gross,
        "line_discount": line,
        "cart_discount": cart,
        "net": gross - line - cart,
        "vat": _posted(entry, f"vat_{kind}"),
    }


def tip_split(case: Case) -> object:
    """Answer with the tips of each member of staff; nobody's are unallocated."""
    event = _cart_event(case, code="HERA.POS.CART.V1", tips=case.inputs["tips"])
    entry = _cart_engine(case).simulate(event)
    by_staff = {
        str(line.dimensions.get("staff_id", "UNALLOCATED")): line.amount
        for line in entry.lines
        if line.account.key == "tips"
    }
    return {
        "by_staff": Whole(by_staff),
        "staff": Unordered(tuple(by_staff), exact=True),
        "all_positive": all(amount > 0 for amount in by_staff.values()),
    }


def cart_journal(case: Case) -> object:
    """Answer with the journal of a cart that was paid as the case says."""
    payments = case.inputs["payments"]
    event = _cart_event(
        case,
        code="HERA.POS.SALE.V1",
        tips=str(sum(map(Fraction, case.inputs["tips"].values()))),
        total=str(sum(Fraction(payment["amount"]) for payment in payments)),
        payments=payments,
    )
    entry = _cart_engine(case).simulate(event)
    return {
        "lines": [
            {"side": line.side.value, "role": line.account.key, "amount": line.amount}
            for line in entry.lines
        ]
    }


def _cart_engine(case: Case) -> PostingEngine:
    return PostingEngine(CART.format(rate=case.inputs.get("tax_rate", "0")))


def _cart_event(
    case: Case, *, code: str, tips: str = "0", total: str = "0", payments: Json = None
) -> Mapping[str, object]:
    """Return a cart as an event; staff earn tips for services alone."""
    context = {
        "items": [_cart_item(item) for item in case.inputs["items"]],
        "discount_amount": case.inputs.get("cart_discount", "0"),
        "tip_amount": tips,
        "tax_inclusive": False,
    }
    if payments is not None:
        context["payments"] = payments
    return event_of(total, context, code=code)


def _cart_item(item: Mapping[str, Json]) -> Mapping[str, object]:
    fields = {name: item[name] for name in ("quantity", "unit_price", "discount")}
    staff = item.get("staff") if item["type"] == "service" else None
    return {**fields, "kind": item["type"], **({"staff_id": staff} if staff else {})}


def _posted(entry: JournalEntry, key: str) -> Fraction:
    """Return what an entry posts to an account key, on whichever side."""
    return sum(
        (Fraction(line.amount) for line in entry.lines if line.account.key == key), Fraction()
    )


HERA_POSTING_ADAPTERS: Final = MappingProxyType(
    {
        "posting_scenario": scenario,
        "posting_scenario_error": scenario,
        "required_dimensions": required_dimensions,
        "split_rule_match": split_rule_match,
        "require_dimensions": require_dimensions,
        "revenue_breakdown": revenue_breakdown,
        "tip_split": tip_split,
        "gl_v2_journal": cart_journal,
    }
)
