"""Documents and manual journals: what CREATE takes, what it makes of it, what it refuses."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Final

import pytest

from hera_engine import Account, Caller, HeraError, Settings, limits
from hera_engine.configuration import DEFAULT_TYPES, KERNEL_TYPES, ReversalStyle
from hera_engine.frozen import FrozenMap
from tests.unit.ledger.books import (
    ACTOR,
    CALLER,
    CHART,
    GL_LINE,
    OTHER,
    configuration,
    header,
    leg,
    numbered,
    opened,
    pair,
    paths,
    refusal,
    replaced,
    sale,
    sides,
    total_of,
)


@pytest.mark.parametrize("absent", [None, "", "  ", 5, "a\nb", "x" * 256])
def test_an_actor_is_required(absent: object) -> None:
    """A caller without a name is none."""
    error = refusal(lambda: Caller(absent, "org"))  # type: ignore[arg-type] # that is the point

    assert (error.code, error.details["kernel_code"]) == ("E_GUARDRAIL", "ACTOR_REQUIRED")
    assert error.message.startswith("ACTOR_REQUIRED: ")


@pytest.mark.parametrize("absent", [None, "", "  ", 5, "\ud800", "x" * 256])
def test_an_organization_is_required(absent: object) -> None:
    """A caller is always in somebody's books."""
    error = refusal(lambda: Caller(ACTOR, absent))  # type: ignore[arg-type] # that is the point

    assert (error.code, error.details["kernel_code"]) == ("E_ORG_REQUIRED", "ORG_REQUIRED")


def test_an_organization_of_null_is_that_of_the_call() -> None:
    """In a header, an event and a flat journal; a repeat may leave it out."""
    ledger = opened()
    flat = {"transaction_type": "JOURNAL", "lines": pair(), "external_reference": "F"}
    sent = header(external_reference="C")
    event = sale(reference="P")
    for more in ({"organization_id": None}, {}, {"organization_id": CALLER.organization_id}):
        for stored in (
            ledger.create(CALLER, {**sent, **more}, pair()),
            ledger.post(CALLER, {**event, **more}),
        ):
            assert stored.transaction.header.organization_id == CALLER.organization_id
            assert stored.idempotent is (more != {"organization_id": None})
        answer = ledger.execute("CREATE", ACTOR, CALLER.organization_id, {**flat, **more})
        assert answer["success"] is True
        assert ledger.simulate(CALLER, {**event, **more}).header.total_amount == 100
    odd: tuple[object, ...] = ([], {}, 5, "")
    for wrong in odd:
        error = refusal(partial(ledger.create, CALLER, header(organization_id=wrong), pair()))
        assert error.details["kernel_code"] == "ORG_MISMATCH"


def test_the_header_of_another_organization_is_refused() -> None:
    """And nothing is stored in either."""
    ledger = opened()

    error = refusal(lambda: ledger.create(CALLER, header(organization_id=OTHER), pair()))

    assert error.details["kernel_code"] == "ORG_MISMATCH"
    assert OTHER not in str(error.to_dict())
    assert ledger.query(CALLER) == ()


def test_who_made_it_and_when_is_stamped() -> None:
    """By the caller's name, the clock's moment, and as version 1."""
    audit = opened().create(CALLER, header(), pair()).transaction.header.audit

    assert (audit.created_by, audit.updated_by, audit.version) == (ACTOR, ACTOR, 1)
    assert audit.created_at == audit.updated_at
    assert audit.created_at.isoformat() == "2025-01-31T12:00:00+00:00"


# --- lines of a journal -----------------------------------------------------------------------


@pytest.mark.parametrize("side", ["DR", "dr", "Dr"])
def test_a_side_is_stored_in_upper_case(side: str) -> None:
    """However it was sent."""
    stored = opened().create(CALLER, header(), [leg(side, "5.00"), leg("cr", "5.00", "4100")])

    lines = stored.transaction.lines
    assert [line.data["side"] for line in lines] == ["DR", "CR"]
    assert [line.debit_amount for line in lines] == [Decimal("5.00"), 0]
    assert [line.credit_amount for line in lines] == [0, Decimal("5.00")]


def test_debit_and_credit_are_not_stored() -> None:
    """They are derived from side and amount."""
    wire = opened().create(CALLER, header(), pair()).transaction.to_dict()

    assert "debit" not in str(wire)


@pytest.mark.parametrize("side", [None, "", "D", "debit", 1, True, ["DR"]])
def test_a_line_of_a_journal_needs_a_side(side: object) -> None:
    """Nothing else names one."""
    line = {**leg("DR", 5), "line_data": {"side": side, "account": "1000"}}

    error = refusal(lambda: opened().create(CALLER, header(), [line, leg("CR", 5)]))

    assert error.details["kernel_code"] == "GL_LINE_SIDE_REQUIRED"
    assert error.message.endswith("line 1 needs line_data.side = DR|CR")


def test_a_line_of_no_journal_needs_none() -> None:
    """Its smart code decides, in any case of letters."""
    lines = [{"line_number": 1, "line_type": "service", "line_amount": "50"}]
    stored = opened().create(CALLER, header(transaction_type="SALE"), lines)

    assert stored.transaction.journal == ()
    assert stored.transaction.lines[0].side is None


def test_debits_and_credits_must_be_the_same() -> None:
    """To the last cent, without slack."""
    error = refusal(
        lambda: opened().create(CALLER, header(), [leg("DR", "10.00"), leg("CR", "10.01")])
    )

    assert (error.code, error.details["kernel_code"]) == ("E_UNBALANCED", "GL_IMBALANCE")
    assert error.details["imbalances"] == [
        {
            "ledger": "GL", "currency": "USD", "debits": "10.00", "credits": "10.01",
            "difference": "-0.01",
        }
    ]  # fmt: skip


def test_each_ledger_balances_by_itself() -> None:
    """Two that cancel out do not."""
    lines = [leg("DR", 5, ledger="GL"), leg("CR", 5, ledger="IFRS")]

    error = refusal(lambda: opened().create(CALLER, header(), lines))

    found = error.details["imbalances"]
    assert isinstance(found, list)
    assert [each["ledger"] for each in found] == ["GL", "IFRS"]


def test_each_currency_balances_by_itself() -> None:
    """A line may say a currency of its own, with what it is worth."""
    euros = {"currency": "EUR", "base_amount": "11.00"}
    lines = [*pair("5.00"), leg("DR", "10.00", **euros), leg("CR", "10.00", **euros)]
    stored = opened().create(CALLER, header(), lines)

    error = refusal(lambda: opened().create(CALLER, header(), [*lines[:3], leg("CR", "10.00")]))

    assert len(stored.transaction.journal) == 4
    assert error.code == "E_UNBALANCED"


def test_an_amount_has_the_decimals_of_its_currency() -> None:
    """The yen has none."""
    lines = [leg("DR", "5.5"), leg("CR", "5.5")]

    error = refusal(lambda: opened().create(CALLER, header(transaction_currency_code="JPY"), lines))

    assert set(paths(error)) == {"lines[0].line_amount", "lines[1].line_amount"}


def test_an_amount_below_zero_stands_on_the_other_side() -> None:
    """Unless the books are in storno style."""
    lines = [leg("DR", "-5.00"), leg("CR", "-5.00")]

    mirrored = opened().create(CALLER, header(), lines).transaction
    storno = opened(configuration(style=ReversalStyle.STORNO)).create(CALLER, header(), lines)

    assert sides(mirrored) == ["CR 5.00", "DR 5.00"]
    assert sides(storno.transaction) == ["DR -5.00", "CR -5.00"]


# --- journals in columns ----------------------------------------------------------------------


def test_a_journal_in_columns_says_the_same() -> None:
    """Code, debit and credit in place of smart code, side and amount."""
    columns = [
        {"gl_account_code": "1000", "debit": "7.00", "memo": "till"},
        {"gl_account_code": "4100", "credit": "7.00"},
    ]

    stored = opened().create(CALLER, header(), columns).transaction

    assert [line.smart_code for line in stored.lines] == [GL_LINE, GL_LINE]
    assert [line.account for line in stored.lines] == ["1000", "4100"]
    assert stored.lines[0].description == "till"
    assert sides(stored) == ["DR 7.00", "CR 7.00"]


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ({"debit": 5, "credit": 5}, "lines[0]"),
        ({"debit": 5, "side": "CR"}, "lines[0]"),
        ({"debit": 5, "line_amount": 6}, "lines[0]"),
        ({"debit": 5, "line_data": {"side": "CR"}}, "lines[0]"),
        ({"debit": 5, "smart_code": "HERA.SALON.SERVICE.LINE.X.V1"}, "lines[0].debit"),
        ({"debit": 5, "gl_account_code": "\ud800"}, "lines[0].gl_account_code"),
        ({"debit": 5, "gl_account_code": 1000}, "lines[0].gl_account_code"),
        ({"debit": 5, "gl_account_code": None}, "lines[0]"),
        ({"debit": 5, "amount": 5}, "lines[0].amount"),
    ],
)
def test_columns_that_contradict_are_refused(line: dict[str, object], path: str) -> None:
    """No figure is dropped in silence."""
    lines = [{"gl_account_code": "1000", **line}, {"gl_account_code": "4100", "credit": 5}]

    error = refusal(lambda: opened().create(CALLER, header(), lines))

    assert path in paths(error)


def test_a_flat_journal_has_the_total_of_its_debits() -> None:
    """Of its first ledger, in its own currency; a stated total stays."""
    ledger = opened()
    lines = [
        {"gl_account_code": "1000", "debit": "60.00"},
        {"gl_account_code": "1100", "debit": "40.00"},
        {"gl_account_code": "4100", "credit": "100.00"},
        {"gl_account_code": "1000", "debit": "90.00", "ledger": "IFRS"},
        {"gl_account_code": "4100", "credit": "90.00", "ledger": "IFRS"},
    ]
    flat = {"transaction_type": "GL_JOURNAL", "currency": "USD", "lines": lines}

    made = ledger.execute("CREATE", ACTOR, CALLER.organization_id, flat)
    stated = ledger.execute("CREATE", ACTOR, CALLER.organization_id, {**flat, "total_amount": 1})

    totals = [
        ledger.read(CALLER, str(each["transaction_id"])).header.total_amount
        for each in (made, stated)
    ]
    assert totals == [Decimal("100.00"), 1]


# --- accounts -----------------------------------------------------------------------------------


def test_with_a_chart_an_account_must_be_there() -> None:
    """By code or by id; both are stored."""
    ledger = opened(configuration(chart=CHART))
    by_id = {**leg("CR", 5), "line_data": {"side": "CR"}, "entity_id": "id-4100"}

    stored = ledger.create(CALLER, header(), [leg("DR", 5), by_id]).transaction
    error = refusal(lambda: ledger.create(CALLER, header(), [leg("DR", 5, "9999"), by_id]))

    assert [(line.entity_id, line.data["account_code"]) for line in stored.lines] == [
        ("id-1000", "1000"), ("id-4100", "4100")
    ]  # fmt: skip
    assert error.code == "E_NOT_FOUND"


@pytest.mark.parametrize("change", [{"postable": False}, {"active": False}])
def test_an_account_must_take_entries(change: dict[str, bool]) -> None:
    """One that is closed or a heading does not."""
    chart = [replaced_account(change), *CHART[1:]]

    error = refusal(lambda: opened(configuration(chart=chart)).create(CALLER, header(), pair()))

    assert error.code == "E_GUARDRAIL"
    assert "lines[0]" in paths(error)


def replaced_account(change: dict[str, bool]) -> Account:
    """Return the first account of the chart with a change."""
    return replace(CHART[0], **change)  # type: ignore[arg-type] # two Booleans


# --- types, codes, fields -----------------------------------------------------------------------


def test_every_default_type_is_a_kernel_type() -> None:
    """And the kernel's own are mapped onto themselves."""
    assert set(DEFAULT_TYPES.values()) == set(KERNEL_TYPES)
    for kind, kernel in DEFAULT_TYPES.items():
        made = opened().create(CALLER, header(transaction_type=kind)).transaction.header
        assert (made.transaction_type, made.kernel_type) == (kind, kernel)


def test_a_configuration_maps_types_of_its_own() -> None:
    """What is not mapped is refused."""
    books = replaced(configuration(), types=FrozenMap({"BARTER": "ADJUSTMENT"}))

    made = opened(books).create(CALLER, header(transaction_type="BARTER")).transaction.header
    error = refusal(lambda: opened().create(CALLER, header(transaction_type="BARTER")))

    assert made.kernel_type == "ADJUSTMENT"
    assert error.details["kernel_code"] == "TRANSACTION_TYPE_INVALID"


STRICT: Final = [
    ("HERA.SALON.SALE.TXN.RETAIL.V1", True),
    ("HERA.SALON.SALE.TXN.RETAIL.v12", True),
    ("HERA.FIN.GL.TXN.JOURNAL.V1", True),
    ("HERA.SALON.SALE.V1", False),
    ("HERA.SA.SALE.TXN.RETAIL.V1", False),
    ("HERA.SALON.SALE.TXN.R.V1", False),
]


@pytest.mark.parametrize(("code", "is_strict"), STRICT)
def test_strict_smart_codes_are_the_orchestrators(code: str, is_strict: bool) -> None:
    """The lenient ones are all of these."""
    strict = opened(settings=Settings(strict_smart_codes=True))

    assert opened().create(CALLER, header(smart_code=code)).transaction.header.smart_code
    if is_strict:
        strict.create(CALLER, header(smart_code=code))
    else:
        error = refusal(lambda: strict.create(CALLER, header(smart_code=code)))
        assert error.code == "E_SMART_CODE_REQUIRED"
        assert error.details["kernel_code"] == "SMART_CODE_INVALID"


@pytest.mark.parametrize("code", [None, "", "SALE", "HERA.V1", "HERA.x.V1", "HERA.A.V1\n", 5])
def test_a_smart_code_is_required(code: object) -> None:
    """And must be one."""
    error = refusal(lambda: opened().create(CALLER, header(smart_code=code)))

    assert error.message.startswith("SMART_CODE_INVALID: header.smart_code")


def test_a_smart_code_is_stored_with_an_upper_case_version() -> None:
    """So that a query finds both spellings."""
    made = opened().create(CALLER, header(smart_code="HERA.FIN.GL.X.v1")).transaction.header

    assert made.smart_code == "HERA.FIN.GL.X.V1"


def test_all_problems_come_at_once() -> None:
    """Of the header and of every line."""
    sent = header(smart_code="x", total_amount="1.001", colour="red", transaction_type=None)

    error = refusal(lambda: opened().create(CALLER, sent, [{"debit": 1}, 5, leg("DR", "NaN")]))

    assert set(paths(error)) >= {
        "header.smart_code", "header.total_amount", "header.colour", "header.transaction_type",
        "lines[0]", "lines[1]", "lines[2].line_amount",
    }  # fmt: skip


def test_line_numbers_are_sorted_and_not_twice() -> None:
    """Lines come back in the order of their numbers."""
    two = {**leg("DR", 5), "line_number": 2}
    one = {**leg("CR", 5), "line_number": 1}

    stored = opened().create(CALLER, header(), [two, one]).transaction
    error = refusal(lambda: opened().create(CALLER, header(), [two, two]))

    assert [(line.number, line.data["side"]) for line in stored.lines] == [(1, "CR"), (2, "DR")]
    assert paths(error)["lines"] == "have a line_number twice"


@pytest.mark.parametrize("more", [0, 1, 9 * limits.JOURNAL_LINES])
def test_a_journal_has_a_bounded_number_of_lines(more: int) -> None:
    """At the limit it is stored; above, no line is looked at."""
    lines: list[object] = [leg("DR", 0)] * (limits.JOURNAL_LINES + more)
    if not more:
        assert len(opened().create(CALLER, header(), lines).transaction.lines) == len(lines)
        return

    error = refusal(lambda: opened().create(CALLER, header(), lines))

    assert error.details["limit"] == "JOURNAL_LINES"


# --- base amounts -------------------------------------------------------------------------------


def test_a_journal_in_another_currency_balances_in_base() -> None:
    """Converted at the header's rate, half up; what is left over goes to the largest line."""
    ledger = opened(configuration(base_currency="GBP"))
    lines = [leg("DR", "0.01"), leg("DR", "0.01"), leg("DR", "9.98"), leg("CR", "10.00")]
    said = header(transaction_currency_code="EUR", exchange_rate="0.855")

    stored = ledger.create(CALLER, said, lines).transaction

    # 0.00855 and 0.00855 round to 0.01 each, 8.5329 to 8.53, 10.00 to 8.55: debits come to 8.55.
    assert [str(line.base_amount()) for line in stored.lines] == ["0.01", "0.01", "8.53", "8.55"]


def test_what_conversion_leaves_over_goes_to_the_largest_line() -> None:
    """The first of equals."""
    ledger = opened(configuration(base_currency="GBP"))
    lines = [leg("DR", "0.05"), leg("DR", "0.05"), leg("CR", "0.10")]
    said = header(transaction_currency_code="EUR", exchange_rate="0.5")

    stored = ledger.create(CALLER, said, lines).transaction

    # 0.025 rounds to 0.03 twice, 0.05 stays: the credit is largest and takes the cent.
    assert [str(line.base_amount()) for line in stored.lines] == ["0.03", "0.03", "0.06"]


def test_stated_base_amounts_are_taken_and_must_balance() -> None:
    """A ledger that does not balance in base currency is refused."""
    ledger = opened(configuration(base_currency="GBP"))
    said = header(transaction_currency_code="EUR", exchange_rate="0.5")
    good = [leg("DR", "10.00", base_amount="5.10"), leg("CR", "10.00", base_amount="5.10")]
    bad = [leg("DR", "10.00", base_amount="5.10"), leg("CR", "10.00", base_amount="5.00")]

    stored = ledger.create(CALLER, said, good).transaction
    error = refusal(lambda: ledger.create(CALLER, said, bad))

    assert [str(line.base_amount()) for line in stored.lines] == ["5.10", "5.10"]
    assert "GBP (base)" in error.message


def test_another_currency_needs_a_rate() -> None:
    """And the same currency has none but 1."""
    ledger = opened(configuration(base_currency="GBP"))

    missing = refusal(lambda: ledger.create(CALLER, header(), pair()))
    odd = refusal(
        lambda: ledger.create(
            CALLER, header(transaction_currency_code="GBP", exchange_rate="1.1"), pair()
        )
    )

    assert paths(missing) == {"header.exchange_rate": "is missing"}
    assert paths(odd) == {"header.exchange_rate": "is not 1, and the currencies are the same"}


def test_a_line_in_a_third_currency_says_its_worth() -> None:
    """No rate of the header is for it."""
    error = refusal(lambda: opened().create(CALLER, header(), pair("5.00", currency="EUR")))

    assert paths(error) == {"lines[0]": "is in EUR and says no base amount"}


# --- ids and clocks -----------------------------------------------------------------------------


def test_an_id_source_that_repeats_is_told_and_nothing_is_stored() -> None:
    """Within a transaction, and from one to the next."""
    stuck = opened(ids=lambda: "same")
    rewound = opened(ids=iter([*numbers(3), *numbers(3)]).__next__)

    error = refusal(lambda: stuck.create(CALLER, header(), pair()))
    rewound.create(CALLER, header(), pair())
    second = refusal(lambda: rewound.create(CALLER, header(), pair()))

    assert (error.code, error.message) == ("E_INTERNAL", "the id source gave one id twice")
    assert second.code == "E_UPSTREAM"
    assert (stuck.query(CALLER), len(rewound.query(CALLER))) == ((), 1)


def numbers(count: int) -> list[str]:
    """Return the first ids of a new source."""
    source = numbered()
    return [source() for _ in range(count)]


def test_a_clock_without_a_time_zone_is_told() -> None:
    """A moment of nowhere stamps nothing."""
    ledger = opened(clock=lambda: datetime(2025, 1, 31))  # noqa: DTZ001 # that is the point

    error = refusal(lambda: ledger.create(CALLER, header(), pair()))

    assert (error.code, error.message) == ("E_INTERNAL", "the clock tells no time zone")


def test_strict_settings_want_uuids() -> None:
    """Of actor and organization."""
    ledger = opened(settings=Settings(require_uuid_ids=True))

    with pytest.raises(HeraError, match="actor_user_id is not a UUID"):
        ledger.create(CALLER, header(), pair())


def test_balances_show_what_was_entered() -> None:
    """Debits less credits of each account."""
    ledger = opened()
    ledger.create(CALLER, header(), pair("10.00"))
    ledger.create(CALLER, header(transaction_status="draft"), pair("5.00"))

    assert total_of(ledger) == {("GL", "1000"): "10.00", ("GL", "4100"): "-10.00"}
