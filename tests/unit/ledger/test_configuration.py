"""Configurations: the plain form and back, what is refused, what lives in memory."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

import pytest

from hera_engine import Configuration, InMemoryRepository, limits
from hera_engine.configuration import (
    AccountingPeriod,
    Binding,
    PeriodStatus,
    ReversalStyle,
)
from hera_engine.frozen import FrozenMap
from hera_engine.json_text import dumps, loads
from hera_engine.periods import Period
from tests.unit.ledger.books import CHART, FEBRUARY, JANUARY, ORG, OTHER, configuration, refusal

DAY: Final = date(2025, 1, 31)
FULL: Final = replace(
    configuration(
        periods=[JANUARY, replace(FEBRUARY, status=PeriodStatus.CLOSED)],
        style=ReversalStyle.STORNO,
        chart=CHART,
        base_currency="GBP",
    ),
    tax_profiles=FrozenMap({"vat": FrozenMap({"id": "vat"})}),
    bindings=(
        Binding(
            event="HERA.POS.**", schema="till", tax_profile="vat", priority=3,
            days=Period(date(2025, 1, 1), None),
        ),
    ),
    exchange_rates=FrozenMap({"EUR": FrozenMap({"2025-01-01": "1.1"})}),
    types=FrozenMap({"BARTER": "ADJUSTMENT"}),
)  # fmt: skip


def test_the_plain_form_is_read_back() -> None:
    """Through JSON text, without the version, which is the repository's."""
    text = dumps(FULL.to_dict())

    found = loads(text)
    assert isinstance(found, dict)
    assert Configuration.from_dict(found) == FULL
    assert "version" not in found


def test_only_the_organization_is_required() -> None:
    """The rest is empty."""
    assert Configuration.from_dict({"organization_id": ORG}) == Configuration(organization_id=ORG)


def nested(levels: int) -> object:
    """Return objects in objects."""
    value: object = "1"
    for _ in range(levels):
        value = {"a": value}
    return value


BAD: Final[list[dict[Any, Any]]] = [
    {"organization_id": None},
    {"organization_id": 5},
    {"colour": "red"},
    {"x" * 100_000: 1},
    {5: 1},
    {10**5_000: 1},
    {"chart": {}},
    {"chart": [5]},
    {"chart": [{"id": 5}]},
    {"schemas": []},
    {"schemas": {"a": 1.5}},
    {"schemas": {"a": nested(10 * limits.EXPRESSION_DEPTH)}},
    {"schemas": {"a": nested(50_000)}},
    {"bindings": [{"event": "HERA.**", "schema": "none"}]},
    {"bindings": [{"event": "*" * 1_000, "schema": "till"}]},
    {"bindings": [{"event": "x(", "schema": "till"}]},
    {"bindings": [{"event": "HERA.**", "schema": "till", "tax_profile": "none"}]},
    {"bindings": [{"event": "HERA.**", "schema": "till", "priority": "1"}]},
    {"bindings": [{"event": "HERA.**", "schema": "till", "effective_from": "soon"}]},
    {"periods": [{"code": "a", "start": "2025-02-01", "end": "2025-01-01"}]},
    {"periods": [{"code": "a", "status": "ajar"}]},
    {"periods": [{"code": "a", "start": "2025-01-01"}, {"code": "b", "end": "2025-01-01"}]},
    {"periods": [{"code": "a", "fiscal_year": -5}]},
    {"periods": [{"code": "a", "fiscal_year": 0}]},
    {"periods": [{"code": "a", "fiscal_year": 10_000}]},
    {"periods": [{"code": "a", "fiscal_year": 10**5_000}]},
    {"periods": [{"code": "a", "fiscal_period": 0}]},
    {"periods": [{"code": "a", "fiscal_period": 367}]},
    {"bindings": [{"event": "HERA.**", "schema": "till", "priority": 10**9 + 1}]},
    {"bindings": [{"event": "HERA.**", "schema": "till", "priority": -(10**9) - 1}]},
    {"bindings": [{"event": "HERA.**", "schema": "till", "priority": 10**5_000}]},
    {"types": {"A": "B"}},
    {"types": {"A": 5}},
    {"reversal_style": "both"},
    {"base_currency": 5},
    {"base_currency": "gbp"},
    {"base_currency": "XAU"},
    {"periods": [{"code": "a", "staus": "closed"}]},
    {"periods": [{"code": "a", "strat": "2025-01-01"}]},
    {"periods": [{"code": "a", "end": "2025-01-31"}, {"code": "a", "start": "2025-02-01"}]},
    {"periods": [{"code": "a\x00"}]},
    {"bindings": [{"event": "HERA.**", "schema": "till", "prioritty": 1}]},
    {"chart": [{"id": "1", "code": "1", "name": "a"}, {"id": "2", "code": "1", "name": "b"}]},
    {"chart": [{"id": "1", "code": "1", "name": "a"}, {"id": "1", "code": "2", "name": "b"}]},
    {"chart": [{"id": "1", "code": "1", "name": "a\x00"}]},
    {"schemas": {"a\ud800": "x"}},
    {"schemas": {"a\x00": "x"}},
    {"schemas": {"a": "x\x00"}},
    {"schemas": {"a": {"b": ["\ud800"]}}},
    {"tax_profiles": {"a\u202e": {}}},
    {"types": {"A\x00": "JOURNAL"}},
]


@pytest.mark.parametrize("wrong", BAD, ids=range(len(BAD)))
def test_what_leads_nowhere_is_refused(wrong: dict[str, object]) -> None:
    """With E_GUARDRAIL, in a bounded message."""
    error = refusal(
        lambda: Configuration.from_dict({"organization_id": ORG, "schemas": {"till": ""}, **wrong})
    )

    assert error.code == "E_GUARDRAIL"
    assert len(str(error)) < 1_000


def test_whole_numbers_at_their_bounds_are_taken() -> None:
    """And read back; one beyond is refused where the value is made, also without a record."""
    first = AccountingPeriod(code="a", days=Period(None, DAY), fiscal_year=1, fiscal_period=1)
    last = AccountingPeriod(
        code="b", days=Period(DAY + timedelta(1), None), fiscal_year=9_999, fiscal_period=366
    )
    bindings = [
        Binding(event="HERA.**", schema="till", priority=each) for each in (10**9, -(10**9))
    ]
    made = replace(configuration(periods=[first, last]), bindings=tuple(bindings))

    assert Configuration.from_dict(made.to_dict()) == made
    for wrong in (
        lambda: replace(first, fiscal_year=0),
        lambda: replace(last, fiscal_period=367),
        lambda: replace(first, fiscal_year=True),
        lambda: replace(first, fiscal_year="2025"),  # type: ignore[arg-type] # the point
        lambda: replace(bindings[0], priority=10**9 + 1),
    ):
        assert "is not a whole number from" in refusal(wrong).message


def test_records_are_as_deep_as_a_schema() -> None:
    """At the limit they are read."""
    depth = limits.EXPRESSION_DEPTH - 1

    found = Configuration.from_dict({"organization_id": ORG, "schemas": nested(depth)})

    assert set(found.schemas) == {"a"}


def test_a_period_is_opened_and_closed_by_its_code() -> None:
    """One that is not there is told, with the nearest name."""
    closed = FULL.with_period("2025-01", PeriodStatus.CLOSED)

    assert [each.status for each in closed.periods] == [PeriodStatus.CLOSED, PeriodStatus.CLOSED]
    error = refusal(lambda: FULL.with_period("2025-1", PeriodStatus.CLOSED))
    assert error.hint == "did you mean `2025-01`?"


def test_the_period_of_a_day() -> None:
    """Both ends are in it."""
    assert FULL.period_of(date(2025, 1, 31)) == JANUARY
    assert FULL.period_of(date(2025, 3, 1)) is None
    assert AccountingPeriod.from_dict(JANUARY.to_dict()) == JANUARY


def test_a_repository_versions_each_organization_by_itself() -> None:
    """Each change has another version; who has none has none."""
    repository = InMemoryRepository()
    assert repository.configuration_version(ORG) is None

    versions = []
    for _ in range(2):
        repository.configure(FULL)
        versions.append(repository.configuration_version(ORG))

    assert len(set(versions)) == 2
    assert repository.configuration(ORG) == replace(FULL, version=str(versions[-1]))
    assert repository.configuration(OTHER) is None
