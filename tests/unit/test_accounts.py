"""Accounts: what a chart holds, and what is refused."""

import pickle

import pytest

from hera_engine.accounts import Account, AccountType, Chart, Side, account_from_mapping
from hera_engine.engine import PostingEngine
from hera_engine.errors import HeraError, SchemaError
from tests.unit.events.books import books, sale


def test_a_side_has_an_opposite_and_a_word() -> None:
    """Debit and credit are each other's opposite and are said as words in the wire form."""
    sides = (Side.DEBIT, Side.CREDIT)

    opposites = tuple(side.opposite for side in sides)

    assert opposites == (Side.CREDIT, Side.DEBIT)
    assert [(side.value, side.word) for side in sides] == [("DR", "debit"), ("CR", "credit")]


@pytest.mark.parametrize(
    ("kind", "side"),
    [
        ("asset", Side.DEBIT),
        ("expense", Side.DEBIT),
        ("liability", Side.CREDIT),
        ("equity", Side.CREDIT),
        ("revenue", Side.CREDIT),
    ],
)
def test_the_normal_side_follows_from_the_type(kind: str, side: Side) -> None:
    """Assets and expenses grow on the debit side, the rest on the credit side."""
    account = Account("1", type=kind)

    assert (account.type, account.normal_side) == (AccountType(kind), side)


def test_a_contra_account_states_its_normal_side() -> None:
    """A stated side beats the one of the type: accumulated depreciation is an asset on credit."""
    account = Account("1", type="asset", normal_side="CR")

    assert account.normal_side is Side.CREDIT


def test_an_account_of_unknown_type_has_no_normal_side() -> None:
    """Nothing is guessed."""
    account = Account("1", code="4100")

    assert (account.type, account.normal_side) == (None, None)


@pytest.mark.parametrize(
    "fields", [{"id": ""}, {"id": "  "}, {"id": 7}, {"id": "1", "type": "asser"},
               {"id": "1", "normal_side": "debit"}],
)  # fmt: skip
def test_an_account_that_is_none_is_refused(fields: dict[str, object]) -> None:
    """An empty id, an unknown type or side: E_GUARDRAIL."""
    with pytest.raises(HeraError) as caught:
        Account(**fields)  # type: ignore[arg-type]

    assert caught.value.code == "E_GUARDRAIL"


def test_the_origins_names_are_read() -> None:
    """entity_code and entity_name are code and name."""
    account = account_from_mapping({"id": "1", "entity_code": "4100", "entity_name": "Revenue"})

    assert account == Account("1", code="4100", name="Revenue")


@pytest.mark.parametrize(
    ("data", "word"),
    [
        ({"id": "1", "cod": "4100"}, "did you mean `code`?"),
        ({"id": "1", "code": 4100}, "`code`"),
        ({"id": "1", "postable": "yes"}, "`postable`"),
        ({"code": "4100"}, "id"),
        ({}, "id"),
        ({"id": None}, "id"),
        ({7: "4100"}, "`7`"),
    ],
)
def test_a_chart_entry_that_does_not_fit_is_refused(data: dict[str, object], word: str) -> None:
    """An unknown key, a value of another type or no id: E_GUARDRAIL that says so."""
    with pytest.raises(HeraError) as caught:
        account_from_mapping(data)

    assert caught.value.code == "E_GUARDRAIL"
    assert word in str(caught.value)


def test_a_chart_finds_by_id_before_code() -> None:
    """An id decides where one is given; else the code does."""
    first, second = Account("a", code="1"), Account("b", code="2")
    chart = Chart([first, second])

    assert chart.find("a", "2") is first
    assert chart.find(None, "2") is second
    assert chart.find("c", "2") is None
    assert chart.find(None, None) is None
    assert (len(chart), chart.codes()) == (2, ("1", "2"))


CHART = (
    Account("id-1000", "1000", "Cash", "asset"),
    Account("id-1100", "1100", "Clearing", "asset"),
    Account("id-2200", "2200", "VAT", "liability"),
    Account("id-4100", "4100", "Revenue", "revenue"),
)


def test_a_chart_gives_lines_their_ids_and_names() -> None:
    """A schema that names codes posts to the ids of the chart."""
    posting = PostingEngine(books(), chart=CHART)

    entry = posting.simulate(sale("105.00"))

    assert [line.account.id for line in entry.lines] == ["id-1100", "id-4100", "id-2200"]
    assert entry.lines[0].account.name == "Clearing"


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        (None, "NOT_IN_CHART"),
        (Account("id-4100", "4100", postable=False), "NOT_POSTABLE"),
        (Account("id-4100", "4100", active=False), "NOT_POSTABLE"),
    ],
)
def test_an_account_the_chart_does_not_allow_does_not_compile(
    entry: Account | None, name: str
) -> None:
    """Missing, not postable, inactive: E_SCHEMA with a diagnostic for the account."""
    chart = (*CHART[:3], entry) if entry is not None else CHART[:3]

    with pytest.raises(SchemaError) as caught:
        PostingEngine(books(), chart=chart)

    assert name in {fault.name for fault in caught.value.diagnostics}


def test_accounts_survive_pickling() -> None:
    """An account is a value."""
    account = Account("1", "4100", "Revenue", "revenue")

    assert pickle.loads(pickle.dumps(account)) == account
