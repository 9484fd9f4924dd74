"""A draft that is entered is looked at as a new entry is, and VALIDATE says so beforehand."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pytest

from hera_engine import Account, Configuration, Ledger
from hera_engine.frozen import FrozenMap
from tests.unit.ledger.books import (
    ACTOR,
    CALLER,
    CHART,
    FEBRUARY,
    JANUARY,
    ORG,
    closed,
    configuration,
    header,
    leg,
    opened,
    pair,
    paths,
    refusal,
    sale,
)

BOOKS: Final = configuration(chart=CHART, periods=[JANUARY], base_currency="USD")
CODE: Final = "the chart has no account '1000'"
MIXED: Final = "account '1000' is another one than when the line was written"


def with_cash(**changes: object) -> Configuration:
    """Return the books with another account 1000."""
    cash = replace(CHART[0], **changes)  # type: ignore[arg-type] # the tests name what there is
    return replace(BOOKS, chart=(cash, *CHART[1:]))


CHANGED: Final[dict[str, tuple[Configuration, str, str, str]]] = {
    "closed account": (with_cash(active=False), "E_GUARDRAIL", "accounts",
                       "account '1000' is closed"),
    "account of headings": (with_cash(postable=False), "E_GUARDRAIL", "accounts",
                            "account '1000' is not postable"),
    "account that is gone": (replace(BOOKS, chart=CHART[1:]), "E_NOT_FOUND", "accounts", CODE),
    "account with a new code": (with_cash(code="1001"), "E_NOT_FOUND", "accounts", CODE),
    "code given away": (
        replace(BOOKS, chart=(replace(CHART[0], code="1001"), Account("new", "1000"), *CHART[1:])),
        "E_GUARDRAIL", "accounts", MIXED,
    ),
    "code of one that is gone": (
        replace(BOOKS, chart=(Account("new", "1000"), *CHART[1:])),
        "E_NOT_FOUND", "accounts", "the chart has no account 'id-1000'",
    ),
    "closed period": (closed(BOOKS, "2025-01"), "E_PERIOD_CLOSED", "open period",
                      "the accounting period 2025-01 is closed"),
    "no period": (replace(BOOKS, periods=(FEBRUARY,)), "E_GUARDRAIL", "open period",
                  "no accounting period holds 2025-01-20"),
    "base currency": (replace(BOOKS, base_currency="GBP"), "E_GUARDRAIL", "base currency",
                      "USD is not the base currency of the books, GBP"),
}  # fmt: skip
GIVEN_AWAY: Final = {"code given away", "code of one that is gone"}
BOOKED: Final = ["completed", "posted"]
OPEN: Final = ["draft", "pending", "confirmed", "approved"]


def drafted(status: str = "draft", kind: str = "JOURNAL") -> tuple[Ledger, str]:
    """Return books with a journal that is not entered."""
    ledger = opened(replace(BOOKS, types=FrozenMap({"BARTER": "ADJUSTMENT"})))
    said = header(transaction_status=status, transaction_type=kind)
    return ledger, ledger.create(CALLER, said, pair("10.00")).transaction.id


def entering(ledger: Ledger, own: str, status: str = "posted") -> Callable[[], object]:
    """Return the call that enters a draft."""
    return lambda: ledger.update(CALLER, own, {"transaction_status": status})


@pytest.mark.parametrize("status", OPEN)
@pytest.mark.parametrize("to", BOOKED)
@pytest.mark.parametrize("what", CHANGED)
def test_what_a_new_entry_would_not_pass_no_draft_does(what: str, to: str, status: str) -> None:
    """From each status to each; nothing is changed, and VALIDATE names it."""
    ledger, own = drafted(status)
    books, code, name, message = CHANGED[what]
    assert ledger.validate(CALLER, own).is_valid
    ledger.configure(CALLER, books)
    before = ledger.read(CALLER, own)

    error = refusal(entering(ledger, own, to))

    assert error.code == code
    assert message in error.message
    assert ledger.read(CALLER, own) == before
    assert ledger.balances(CALLER) == ()
    result = ledger.validate(CALLER, own)
    assert not result.is_valid
    found = {check.name: check.message for check in result.checks if not check.passed}
    assert found == {name: message}


@pytest.mark.parametrize("what", sorted(set(CHANGED) - GIVEN_AWAY))
def test_a_new_entry_is_told_the_same(what: str) -> None:
    """The same code and the same words; a new line by a code means whoever has the code now."""
    ledger, own = drafted()
    ledger.configure(CALLER, CHANGED[what][0])
    new = header(base_currency_code="USD")

    error = refusal(lambda: ledger.create(CALLER, new, pair("10.00")))

    said = refusal(entering(ledger, own))
    assert (said.code, said.message, said.details) == (error.code, error.message, error.details)


def test_a_type_that_is_mapped_no_more() -> None:
    """Is refused with the orchestrator's word."""
    ledger, own = drafted(kind="BARTER")
    ledger.configure(CALLER, BOOKS)

    error = refusal(entering(ledger, own))

    assert error.details["kernel_code"] == "TRANSACTION_TYPE_INVALID"
    assert not ledger.validate(CALLER, own).is_valid


def test_all_problems_come_at_once() -> None:
    """As those of a new entry do."""
    ledger, own = drafted()
    ledger.configure(CALLER, replace(with_cash(active=False), base_currency="GBP"))

    answer = ledger.execute(
        "UPDATE", ACTOR, ORG, {"transaction_id": own, "patch": {"transaction_status": "posted"}}
    )

    assert answer["error_code"] == "E_GUARDRAIL"
    for path in ("header.base_currency_code", "lines[0]"):
        assert path in str(answer["error_detail"])


@pytest.mark.parametrize("what", CHANGED)
def test_what_changed_since_makes_an_entry_no_less_valid(what: str) -> None:
    """It is told, and not held against what was entered; a lost account is."""
    ledger, own = drafted()
    ledger.update(CALLER, own, {"transaction_status": "posted"})
    books, _, name, message = CHANGED[what]
    ledger.configure(CALLER, books)

    result = ledger.validate(CALLER, own)

    assert result.is_valid == (what != "account that is gone")
    found = {check.name: check.message for check in result.checks if not check.passed}
    assert found == {name: message}


def test_a_draft_that_stays_one_is_not_looked_at() -> None:
    """It may be confirmed, patched and voided meanwhile."""
    ledger, own = drafted()
    ledger.configure(CALLER, with_cash(active=False))

    ledger.update(CALLER, own, {"transaction_status": "confirmed", "metadata": {"a": 1}})

    assert ledger.void(CALLER, own).header.status == "voided"


def test_a_draft_of_books_without_a_chart_is_looked_up_when_it_is_entered() -> None:
    """By the code that it says."""
    ledger = opened(configuration())
    own = ledger.create(CALLER, header(transaction_status="draft"), pair("1")).transaction.id
    ledger.configure(CALLER, configuration(chart=CHART))

    entered = ledger.update(CALLER, own, {"transaction_status": "posted"})

    assert ledger.validate(CALLER, own).is_valid
    assert entered.header.status == "posted"


def by(**names: str) -> list[dict[str, object]]:
    """Return a journal whose debit names its account by these places."""
    first = leg("DR", "1")
    entity = names.pop("entity_id", None)
    first |= {"entity_id": entity, "line_data": {"side": "DR", **names}}
    return [first, leg("CR", "1", "4100")]


def test_a_successor_on_the_code_is_no_account_of_a_draft_by_id() -> None:
    """The id that the draft names is gone: refused as a new one is."""
    ledger = opened(BOOKS)
    said = header(transaction_status="draft")
    own = ledger.create(CALLER, said, by(entity_id="id-1000")).transaction.id
    ledger.configure(CALLER, CHANGED["code of one that is gone"][0])

    told = refusal(entering(ledger, own))

    new = refusal(lambda: ledger.create(CALLER, header(), by(entity_id="id-1000")))
    assert told.to_dict() == new.to_dict()


@pytest.mark.parametrize(
    ("names", "account"),
    [
        ({"account": "1000", "entity_id": "e1"}, "1000"),
        ({"account_code": "1000", "entity_id": "e1"}, "1000"),
        ({"account_code": "1000", "account": "e1", "entity_id": "e1"}, "1000"),
        ({"account": "e1", "entity_id": "e1"}, "e1"),
        ({"entity_id": "e1"}, "e1"),
    ],
)
def test_without_a_chart_an_id_stands_beside_the_code(names: dict[str, str], account: str) -> None:
    """Whichever place says the code."""
    ledger = opened(configuration())

    stored = ledger.create(CALLER, header(), by(**names)).transaction

    assert stored.lines[0].entity_id == "e1"
    assert [each.account for each in ledger.balances(CALLER)] == sorted([account, "4100"])


@pytest.mark.parametrize(
    "names",
    [{"account": "1100", "entity_id": "id-1000"}, {"account_code": "1000", "entity_id": "x"}],
)
def test_a_contradiction_that_a_chart_brings_to_light_is_refused(names: dict[str, str]) -> None:
    """The draft named two accounts, and nobody could tell before."""
    ledger = opened(configuration())
    draft = ledger.create(CALLER, header(transaction_status="draft"), by(**names))
    ledger.configure(CALLER, configuration(chart=CHART))

    error = refusal(entering(ledger, draft.transaction.id))

    assert "lines[0]" in paths(error)
    assert refusal(lambda: ledger.create(CALLER, header(), by(**names))).code == "E_GUARDRAIL"
    assert not ledger.validate(CALLER, draft.transaction.id).is_valid


@pytest.mark.parametrize("names", [{"account": "id-1000"}, {"entity_id": "id-1000"}])
def test_one_account_never_goes_by_two_names(names: dict[str, str]) -> None:
    """A draft by an id that the chart has a code for by now would stand apart in balances."""
    ledger = opened(configuration())
    draft = ledger.create(CALLER, header(transaction_status="draft"), by(**names))
    ledger.configure(CALLER, configuration(chart=CHART))

    error = refusal(entering(ledger, draft.transaction.id))

    assert paths(error) == {"lines[0]": "account 'id-1000' goes by '1000' by now"}
    ledger.create(CALLER, header(), by(**names))
    assert [each.account for each in ledger.balances(CALLER)] == ["1000", "4100"]


def test_the_key_of_a_schema_is_no_name_of_an_account() -> None:
    """What a schema posted is valid, whatever account has its key as a code."""
    books = configuration(chart=CHART)
    ledger = opened(books)
    own = ledger.post(CALLER, sale()).transaction.id
    ledger.configure(CALLER, replace(books, chart=(*CHART, Account("odd", "cash", active=False))))

    assert all(check.passed for check in ledger.validate(CALLER, own).checks)
