"""Stages of one's own drawn at random: lawful ones mostly, and some that break a promise.

A stage that tells puts all it was shown into its warnings, so that entries are equal only if
both executors show the same facts and the same lines.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from hera_engine import Side
from hera_engine.errors import Problem
from hera_engine.facts import Facts
from hera_engine.rules.drafts import DraftLine
from hera_engine.rules.stage import AddedLine, Contribution, Phase
from tests.executors.dice import Dice

Does = Callable[[Facts, Sequence[DraftLine]], Contribution]
NOTHING: Final = Contribution()
FOUND: Final[Mapping[str, tuple[object, ...]]] = MappingProxyType(
    {
        "extra": ("3.50", Decimal("12.00"), 7, "-1.00", "none"),
        "ratio": ("0.5", "1.000000000001"),
        "kind": ("product", "service", "", 5),
        "note": ("found", "x" * 200),
        "flag": (True, False, "yes"),
        "staff_id": ("ann", "", "é"),
        "org_unit": ("BR-01", 7),
        "channel": ("web", None),
        "unheard_of": ({"a": ["b"]}, 1.5),
    }
)
"""Facts that a stage may find out, among them some that rules cannot read so."""


@dataclass(frozen=True)
class DrawnStage:
    """A stage that does what was drawn for it."""

    name: str
    phase: Phase
    does: Does
    provides: tuple[str, ...] = ()

    def contribute(self, facts: Facts, lines: Sequence[DraftLine]) -> Contribution:
        """Return what it adds."""
        return self.does(facts, lines)


def drawn_stages(dice: Dice) -> tuple[DrawnStage, ...]:
    """Return one to three stages."""
    return tuple(_stage(f"stage-{number}", dice) for number in range(dice.one(1, 1, 2, 3)))


def _stage(name: str, dice: Dice) -> DrawnStage:
    if dice.happens(3):
        found = {key: dice.among(FOUND[key][:2] if dice.happens(2) else FOUND[key])
                 for key in dice.some(tuple(FOUND)[:-1])}  # fmt: skip
        provides = tuple(found) if dice.happens(2) else ()
        return DrawnStage(name, Phase.FACTS, _finding(found), provides)
    does = dice.one(
        _idle, _idle, _telling, _telling, _posting, _posting, _posting, _refusing, _breaking
    )
    return DrawnStage(name, Phase.LINES, does(dice))


def _finding(found: Mapping[str, Any]) -> Does:
    """Return what finds out facts that were not sent."""

    def does(facts: Facts, _lines: Sequence[DraftLine]) -> Contribution:
        return Contribution(
            facts={key: value for key, value in found.items() if key not in facts.context},
            warnings=["found"] if facts.tip_amount else (),
        )

    return does


def _idle(_dice: Dice) -> Does:
    return lambda _facts, _lines: NOTHING


def _telling(dice: Dice) -> Does:
    """Return what tells all that it is shown, or one field of it."""
    names = tuple(each.name for each in fields(Facts))
    one = dice.among(names)
    what = dice.one("facts", "field", "lines", "both")

    def does(facts: Facts, lines: Sequence[DraftLine]) -> Contribution:
        told = {"facts": facts, "field": getattr(facts, one), "lines": tuple(lines)}
        shown = [repr(value) for key, value in told.items() if what in ("both", key)]
        return Contribution(warnings=tuple(shown))

    return does


def _posting(dice: Dice) -> Does:
    """Return what posts a part of the total between two accounts, once or twice."""
    part = dice.one(1, 3, 10)
    keys = dice.one(("fees", "products"), ("receivable", "payable"), ("cash", "revenue"))
    ledger = dice.one(None, None, "GL", "STAT")
    said = {"staff_id": dice.one("ann", "bob")} if dice.happens(3) else {}
    odd = dice.one(0, 0, 0, 0, 0, 0, 1)
    again = dice.happens(3)

    def does(facts: Facts, _lines: Sequence[DraftLine]) -> Contribution:
        unit = Decimal((0, (1,), -facts.exponent))
        units = int(facts.total_amount / unit) // part
        if not units:
            return NOTHING
        pair = (
            AddedLine(side=Side.DEBIT, account=keys[0], amount=(units + odd) * unit,
                      ledger=ledger, dimensions=said),
            AddedLine(side=Side.CREDIT, account=keys[1], amount=units * unit, ledger=ledger),
        )  # fmt: skip
        return Contribution(lines=pair * 2 if again else list(pair))

    return does


def _refusing(dice: Dice) -> Does:
    """Return what refuses events by their first digit."""
    digit = dice.whole(1, 9)

    def does(facts: Facts, _lines: Sequence[DraftLine]) -> Contribution:
        if facts.total_amount.as_tuple().digits[0] == digit:
            return Contribution(problems=(Problem("total_amount", f"begins with {digit}"),))
        return NOTHING

    return does


def _breaking(dice: Dice) -> Does:
    """Return what breaks a promise by some events."""
    broken: Any = dice.one(
        lambda: 1 // 0, lambda: None, lambda: Contribution(facts={"total_amount": 1}),
        lambda: Contribution(lines=[1]),  # type: ignore[list-item] # wrong on purpose
        lambda: Contribution(taxes=()), lambda: Contribution(warnings=None),  # type: ignore[arg-type]
    )  # fmt: skip

    def does(facts: Facts, _lines: Sequence[DraftLine]) -> Contribution:
        found: Contribution = broken() if facts.external_reference else NOTHING
        return found

    return does
