"""Maps of texts in conditions: what the proof accepts balances for every input there is."""

from itertools import product
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from hera_engine.engine import PostingEngine, prove_schema
from hera_engine.errors import HeraError, SchemaError
from hera_engine.rules.verdict import Verdict

HEAD: Final = """\
ledgers GL
account cash    1000 asset
account revenue 4100 revenue
account other   4200 revenue
map kind_of(code) {{ {kinds} }}
map group_of(kind, channel) {{ {groups} }}
on HERA.POS.SALE.V1 {{
  debit cash total_amount
{lines}
}}
"""
CODES: Final = ("a", "b", "c", "other")
ATOMS: Final = (
    'code = "a"', 'code = "b"', 'channel = "web"', 'kind_of(code) = "x"', 'kind_of(code) = "y"',
    'kind_of(code) != "x"', 'group_of(code, channel) = "g"', 'group_of(code, "web") = "h"',
    'group_of(kind_of(code), channel) = "g"', 'group_of(kind_of(code), channel) = "h"',
    "kind_of(code) = group_of(code, channel)",
)  # fmt: skip


def _rows(size: int, texts: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Return rows of a map without ties: full keys, and perhaps one for all other inputs."""
    keys = st.tuples(*[st.sampled_from((*CODES[:3], "x", "web"))] * size)
    targets = st.sampled_from((*(f'-> "{text}"' for text in texts), "-> refuse"))
    rows = st.dictionaries(keys, targets, min_size=1, max_size=4)
    last = st.sampled_from((None, *(f'else -> "{text}"' for text in texts), "else refuse"))
    return st.builds(_written, rows, last).filter(lambda text: '-> "' in text)


def _written(rows: dict[tuple[str, ...], str], last: str | None) -> str:
    listed = []
    for keys, target in rows.items():
        quoted = ", ".join(f'"{key}"' for key in keys)
        listed.append(f"{quoted} {target}")
    return ", ".join(listed + ([] if last is None else [last]))


_atoms = st.sampled_from(ATOMS)
_negated = _atoms | _atoms.map(lambda text: f"not ({text})")
_both = st.builds("{} and {}".format, _negated, _negated)
_either = st.builds("{} or {}".format, _negated, _negated)
_conditions = _negated | _both | _either


@st.composite
def _schemas(draw: st.DrawFn) -> str:
    """Return a schema whose sale is credited under conditions that may or may not add up."""
    first, second = draw(_conditions), draw(_conditions)
    last = draw(st.sampled_from((f"not ({first})", f"not ({first}) and not ({second})", second)))
    conditions = [first, last] + ([second] if draw(st.booleans()) else [])
    lines = "\n".join(
        f"  credit {'revenue' if index else 'other'} total_amount when {each}"
        for index, each in enumerate(conditions)
    )
    kinds, groups = draw(_rows(1, ("x", "y"))), draw(_rows(2, ("g", "h", "x")))
    return HEAD.format(kinds=kinds, groups=groups, lines=lines)


def _answers(engine: PostingEngine) -> list[str | None]:
    """Return how each event ends, of all that tell the conditions apart."""
    events = [
        {
            "organization_id": "o", "event_smart_code": "HERA.POS.SALE.V1",
            "total_amount": "1.00", "currency": "USD",
            "business_context": {"code": code, "channel": channel},
        }
        for code, channel in product((*CODES, "x"), ("web", "shop", "a", "x"))
    ]  # fmt: skip
    found = engine.simulate_many(events)
    return [each.code if isinstance(each, HeraError) else None for each in found]


@settings(max_examples=300)
@given(_schemas())
def test_what_is_proven_balances_for_every_input(text: str) -> None:
    """An event of an accepted rule posts, or a map refuses it; none is left out of balance."""
    (proof,) = prove_schema(text)
    try:
        engine = PostingEngine(text)
    except SchemaError:
        assert proof.verdict in {Verdict.REFUTED, Verdict.UNDECIDED}
        return

    assert set(_answers(engine)) <= {None, "E_GUARDRAIL"}
