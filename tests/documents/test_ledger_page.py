"""Every block of docs/ledger.md is run in order, in the books that the page opens."""

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final

from hera_engine import Caller, Configuration, Ledger
from hera_engine.configuration import KERNEL_TYPES
from hera_engine.json_text import loads
from hera_engine.ledger.actions import ACTIONS
from hera_engine.money import ZERO
from hera_engine.transactions import MOVES, Status

PAGE: Final = (Path(__file__).parents[2] / "docs" / "ledger.md").read_text(encoding="utf-8")
BLOCKS: Final = re.findall(r"^```json (\S+)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def opened() -> Ledger:
    """Return the ledger that the page opens, configured by its document."""
    (code,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    names: dict[str, object] = {}
    exec(code, names)  # noqa: S102 # it is the page's own
    ledger = names["ledger"]
    assert isinstance(ledger, Ledger)
    assert names["caller"] == Caller("ada", "salon")
    (document,) = (loads(text) for kind, text in BLOCKS if kind == "configuration")
    assert isinstance(document, dict)
    ledger.configure(Caller("ada", "salon"), Configuration.from_dict(document))
    return ledger


def run(ledger: Ledger) -> list[tuple[str, object, dict[str, object]]]:
    """Return each action of the page with the answer it shows and the one it gets."""
    steps = [(kind, loads(text)) for kind, text in BLOCKS if kind != "configuration"]
    found = []
    for (action, payload), (answer, shown) in zip(steps[::2], steps[1::2], strict=True):
        assert answer == "answer"
        assert isinstance(payload, dict)
        found.append((action, shown, ledger.execute(action, "ada", "salon", payload)))
    return found


def missing(shown: object, got: object, path: str = "") -> list[str]:
    """Return where an answer is not what the page shows; it may say more."""
    if isinstance(shown, Mapping) and isinstance(got, Mapping):
        return [
            each for key in shown for each in missing(shown[key], got.get(key), f"{path}.{key}")
        ]
    if isinstance(shown, list) and isinstance(got, list) and len(shown) == len(got):
        pairs = enumerate(zip(shown, got, strict=True))
        return [each for at, pair in pairs for each in missing(*pair, f"{path}[{at}]")]
    return [] if shown == got else [f"{path}: {shown} is shown, {got} is answered"]


def test_every_answer_is_the_one_shown() -> None:
    """In order, through `execute`."""
    found = run(opened())

    assert len(found) >= 10
    assert [each for _, shown, got in found for each in missing(shown, got)] == []


def test_the_figures_of_the_corrections_are_those_of_the_books() -> None:
    """Line by line and column by column, in both currencies."""
    ledger = opened()
    made = [got for action, _, got in run(ledger) if action in {"CREATE", "REVERSE"}]
    ids = [str(each["transaction_id"]) for each in made if each["success"]]
    caller = Caller("ada", "salon")
    figures: dict[str, list[tuple[Decimal, Decimal]]] = {}
    for each in ids:
        for line in ledger.read(caller, each).lines:
            sign = -1 if line.data["side"] == "CR" else 1
            pair = (sign * line.amount, sign * line.base_amount())
            figures.setdefault(str(line.account), []).append(pair)

    shown = {
        row[0]: [tuple(Decimal(part) for part in cell.split(" / ")) for cell in row[1:]]
        for row in re.findall(r"^\| (\d{4})" + r" \| (\S+ / \S+)" * 4 + r" \|$", PAGE, re.MULTILINE)
    }

    assert len(shown) == 3
    for account, cells in shown.items():
        assert cells[:3] == figures[account]
        assert cells[3] == tuple(sum(column) for column in zip(*figures[account], strict=True))
        assert cells[3] == (ZERO, ZERO)


def test_the_tables_are_complete() -> None:
    """Actions, statuses with their moves, keys of a configuration, kernel types."""
    first = re.findall(r"^\| `?([A-Za-z_]+)`? \|(.*)\|$", PAGE, re.MULTILINE)
    rows = dict(first)

    assert rows.keys() >= set(ACTIONS)
    for status in Status:
        counts, moves, _ = (cell.strip() for cell in rows[status.value].split("|"))
        assert set(filter(None, moves.split(", "))) == {each.value for each in MOVES[status]}
        assert counts.startswith("yes") == status.is_booked
    assert rows.keys() >= Configuration(organization_id="x").to_dict().keys() - {"organization_id"}
    assert all(kind in PAGE for kind in KERNEL_TYPES)
