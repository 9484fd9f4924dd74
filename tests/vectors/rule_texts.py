"""The rules of the cases in words: those that count, those of ours, and those we do not have."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from tests.vectors.cases import Case

COUNTED: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = MappingProxyType(
    {
        "LINE-TAX-FIRST": (
            "`line-tax-first`, the default of `line`",
            ("LINE-TAX-FIRST", "LINE: ", "tax = round("),
        ),
        "NET-FIRST": ("`net-first`", ("NET-FIRST", "net = round(")),
        "TOTAL-MIXED (v19)": ("`total-mixed-v19`, the default of `total`", ("TOTAL-MIXED (v19)",)),
        "EN 16931": (
            "`complete_document`, `check_document`",
            ("EN 16931:", "exact evaluation, no tolerance"),
        ),
        "CUMULATIVE-CARRY": (
            "`cumulative-carry`",
            ("CUMULATIVE-CARRY", "tax on the running total"),
        ),
        "round then correct": (
            "`repartition`",
            ("round every share half-up, then correct", "REPARTITION:"),
        ),
    }
)
"""Rules whose every case must pass: our option for each, and how cases that name it begin to."""


def counted_rule(case: Case) -> str | None:
    """Return which of the rules that count a case names, if any."""
    said = named(case)
    return next((name for name, (_, texts) in COUNTED.items() if said.startswith(texts)), None)


def named(case: Case) -> str:
    """Return the rule that a case names; empty if none."""
    return str(case.verify.get("rule") or "")


OWN: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "EXACT-BALANCE": (
            "debits and credits are equal or the journal is refused; there is no tolerance",
            (
                "`balance` with a tolerance above zero; the origin's cart journal, whose payments"
                " exceed the sale by 29.40"
            ),
        ),
        "NO-WEIGHT-NO-SHARE": (
            "a share of weight zero receives nothing, whatever is left over",
            (
                "`allocate` by peers whose leftover goes to the first or last share even if its"
                " ratio is zero"
            ),
        ),
        "ALL-ZERO-WEIGHTS": (
            "an amount cannot be split by weights that are all zero: E_GUARDRAIL",
            "`allocate` by helpers that answer with zeros and lose the amount",
        ),
        "NEGATIVE-WEIGHTS": (
            "a negative weight is an error",
            (
                "`allocate` by a helper that takes weights that are all negative; its own public"
                " function refuses them"
            ),
        ),
        "NOTHING-POSTED": (
            "an event that would post nothing is refused: E_GUARDRAIL",
            "`sends` of zero, or from accounts that hold nothing, which end without a posting",
        ),
        "NEGATIVE-TURNS": (
            "a negative amount posts what the positive one does, every side turned",
            "`sends` by a peer that refuses a negative amount",
        ),
        "WEIGHTS-ARE-RATIOS": (
            "only the ratio of weights matters, so they may sum to more than one",
            "`allocate` by a peer whose ratios are fractions of the whole",
        ),
        "NO-FIXED-WIDTH": (
            "integers have no fixed width: a large sum of weights is no error",
            "`allocate` by a peer that overflows at 64 bits",
        ),
        "NAMED-LEFTOVER": (
            "leftover goes by one of five named policies",
            (
                "`allocate` by rules that are none of them: walking from the last share and"
                " rounding what is left, rounding all but the last half-even, sharing only whole"
                " blocks, and taking remainders toward minus infinity for negative amounts. Where"
                " the case says that a policy of ours agrees, it is run under that one and passes"
            ),
        ),
        "PUBLISHED-LIMIT": (
            "an amount has at most 18 digits before the point (docs/limits.md)",
            "`round` of larger values",
        ),
        "ANY-STEP": (
            "a cash step may be any positive amount",
            "`cash_round` by a peer that takes only 1, 2, 5 and their multiples of ten",
        ),
        "ROUNDING-ANSWERS": (
            "rounding always answers; who must not lose anything looks at the difference",
            "`cash_round` under a mode that refuses to round",
        ),
        "CONFLICT-WITHOUT-ID": (
            (
                "E_IDEMPOTENT is a success (200) once the first transaction is known, else a"
                " conflict (409)"
            ),
            "`error_http` of the bare code; the origin's own note says the same as we do",
        ),
        "VERSION-LETTER": (
            "`V` and `v` before the version number are alike, in strict settings too",
            "`smart_code` by a pattern that takes only the small letter",
        ),
        "NOTHING-SOLD": (
            "an event without amount, items or payments is refused",
            "`revenue_breakdown` and `tip_split` of an empty cart",
        ),
        "NET-WEIGHTS": (
            "values of a dimension are weighted by the net amounts of their items",
            "`tip_split` by gross amounts; the origin's own code weighs by net",
        ),
        "EXACT-EN16931": (
            (
                "a figure of an invoice is right to the last digit or it is wrong; lines,"
                " category taxes and totals follow from quantities, prices and rates"
            ),
            (
                "`rule_check` of figures that the reference validators let pass within 0.02 or"
                " 1.00; `invoice` documents whose printed figures do not follow from their own"
                " lines"
            ),
        ),
        "SPLIT-THE-TAX": (
            (
                "the rounded tax of a purchase is split into its deductible and its private part,"
                " so that the supplier is owed net and tax"
            ),
            (
                "`partially_deductible` by a peer that rounds both parts of the tax on their own"
                " and owes a cent more"
            ),
        ),
        "CALLERS-CHART": (
            "the library brings no chart of accounts: codes are the caller's",
            "`gl_accounts`, the origin's own chart",
        ),
        "LINES-ADD-UP": (
            "the total of a line is its net and its taxes, as settled",
            (
                "`tax_document_lines`: the peer prints the total before it moved a unit of tax,"
                " so that the line does not add up"
            ),
        ),
        "ROUNDED-TAXES": (
            (
                "each tax of a line is rounded by the rule of the line, and what rounding leaves"
                " is the net's"
            ),
            (
                "`tax_line` of an old version, which no exact model reproduces: unrounded taxes"
                " beside rounded totals, or the residue on the last tax"
            ),
        ),
        "NO-ROUND-OFF-LINE": (
            "net and taxes make the total, so that nothing is left over for an account of its own",
            "`tax_document_gl`, which rounds net and taxes each on its own",
        ),
        "SUMS-OF-FIGURES": (
            "totals are the sums of what they are totals of",
            "`invoice_totals` of an invoice whose totals its author wrote by hand",
        ),
        "NO-ZERO-LINES": (
            "a line that is worth nothing in either currency is no line",
            "`journal_two_currencies` by a peer that keeps the line of an item that costs nothing",
        ),
        "CONVERT-THE-LINE": (
            (
                "the amount of a line is converted as it is posted, so that the rate on the entry"
                " leads from one to the other"
            ),
            (
                "`journal_two_currencies` by a peer that works out the tax once more from the"
                " unrounded net in base currency"
            ),
        ),
        "COINS-ON-THE-TAX": (
            "what coins add to the largest tax is part of that tax, on its line",
            (
                "`journal_cash_rounding` by a peer that posts it on a second line of the tax's"
                " account"
            ),
        ),
        "ONE-SIDE-OF-DISCOUNTS": (
            "the base of a foreseen discount is credited, its counterpart debited, in every case",
            (
                "`journal_early_payment` by a peer that credits it in one test and debits it in"
                " another; the two lines cancel each other"
            ),
        ),
    }
)
"""Each rule of ours by which we differ: what we do, and which cases say otherwise."""

OTHER: Final[Mapping[str, str]] = MappingProxyType(
    {
        "GOBL-PRECISE": (
            "Sums keep every digit and each printed figure is rounded last, so that net and tax"
            " need not make the total. An entry of ours must balance: there is no such option."
            " The adapter adds up our exact figures (rounding `none`) and rounds what is printed"
        ),
        "GOBL-CURRENCY": (
            "As GOBL-PRECISE, from lines that are rounded first. The adapter does that as well"
        ),
        "PRECISE-SUM": (
            "The tax of a document is the rounded sum of exact taxes, which the printed rows need"
            " not add up to. The adapter adds up our exact figures"
        ),
        "LEGACY-BATCHING": (
            "Included percentages divide one price even if a tax on top stands between them; ours"
            " do only as neighbours, as in the peer's later versions. The two come out alike here"
        ),
        "ROW-CHAIN": (
            "Taxes stand in rows that may be due on other rows. Ours are due on the net and on"
            " named components; rows on the net alone are run under `jurisdiction`"
        ),
        "INDEPENDENT-ROUNDING": (
            "Net and taxes are rounded each on its own, and what is left over has an account of"
            " its own: NO-ROUND-OFF-LINE"
        ),
        "expense = deductible net": (
            "Both parts of the tax of a purchase are rounded on their own: SPLIT-THE-TAX. Where"
            " no cent is at stake the figures are the same"
        ),
        "bracket table": "A printed table of taxes by brackets of the price replaces the rate",
        "balance only": "Only the journal is recorded, not the taxes that led to it",
        "third decimal": (
            "Half up on what is cut to three decimals. There is no such mode; the adapter rounds"
            " in these two steps"
        ),
    }
)
"""Rules that are no option of ours, by how cases begin to name them: what they are, in words."""


def other_rule(case: Case) -> str | None:
    """Return which of the rules we do not have a case names, if any."""
    return next((name for name in OTHER if named(case).startswith(name)), None)
