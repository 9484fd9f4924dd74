"""Nothing that a schema says in words reaches the source of its compiled rules.

The sources of a schema whose every word is an attack are those of the same schema with harmless
words, to the letter; what they are made of is a closed list of words of ours.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import FunctionType
from typing import Final

import pytest

from hera_engine import JournalEntry, PostingEngine, SchemaError
from hera_engine.facts import EVENT_FIELDS
from hera_engine.rules.fused.source import source_of
from hera_engine.rules.taxation import COUNTERPARTIES
from tests.executors.dice import Dice
from tests.executors.draw_events import drawn_event
from tests.executors.draw_schemas import compiled
from tests.executors.twins import Twins, outcome
from tests.laws.posting import DECLARATIONS

ATTACKS: Final = (
    "'", '"', "'''", '"""', "\\", "\\'", '\\"', "{x}", "}{", "{0!r}", "%s%(x)s", "$x", "#", ";",
    ":", "()", "\\N{DIGIT ONE}", "\\x0a", "\\n", "' + __import__('os').name + '",
    '"+event.clear()+"', "\\\\\"", "\\\\'", "'); raise SystemExit('", "import os", "lambda: 0",
    "return None", "None", "True", "f'{event}'", "  x = 1", "def post(event):", "__class__",
    "event", "context", "total", "lines", "Declined", "if x:", "\t", "\n", "\n    return 1\n", "é",
    "\uff41", "x = 1  # noqa", "\\u0027", "__debug__", "c1",
)  # fmt: skip
"""What each word of a schema ends in, as far as the language lets it."""
TEMPLATE: Final = """\
schema "«title»" version 1
ledgers GL, IFRS
account `«till»` code "«1000»" asset "«what we have»" id "«id of the till»"
account clearing code "«1100»" asset
account `«earned»` code "4100" revenue "«Sales»"
account `«earned»` in IFRS code "4109"
account `«other»` 4200 revenue
account tax_output 2200 liability
account `«given away»` 5500 expense
tax profile "«profile»" {
  jurisdiction "«XX»"
  source "«a law»"
  prices inclusive
  default `«usual»`
  rate `«rate»` 5% for `«usual»` source "«article»"
  rate `«nothing»` 0% for `«rare»` reason export
  exempt `«free»` for `«unbound»`
}
dimensions `«shop»`, `«person»`
split HERA.POS.** by `«person»` proportional
require `«shop»` on 4* default "«main»"
carry `«shop»` on *
payments immediate
map `«earned as»`(kind) { "«service»" -> `«earned»`, "«refused»" -> refuse, else -> `«other»` }
map `«named»`(`«inner»`) { "«a»" -> "«b»", else -> "«c»" }
on HERA.POS.SALE.V1 {
  let `«part»` = round(`«own amount»` * 12.5%)
  given total_amount = sum(gross(items))
  for `«payment»` in payments { debit clearing `«payment»`.amount }
  for `«member»` in items {
    credit `«earned as»`(`«member»`.`«kind»` default "«service»") net(`«member»`) by `«person»`
    credit tax_output tax(`«member»`)
  }
  debit `«till»` `«part»` when `«text»` = "«said»" and not (`«flag»` default false)
  credit `«given away»` `«part»` when `«text»` = "«said»" and not (`«flag»` default false)
  in IFRS {
    debit `«given away»` 1 when `«named»`(`«text»`) != "«b»"
    credit `«till»` 1 when `«named»`(`«text»`) != "«b»"
  }
}
on matching "^HERA[.]«rule»" { debit `«till»` total_amount credit `«other»` total_amount }
"""
WORDS: Final = re.compile('("?[^"\n`]*)«([^»]*)»')
LABELS: Final = frozenset(("title", "1000", "what we have", "id of the till", "1100", "Sales"))
"""Words that are only shown, and may be any text."""
SENT: Final = frozenset((
    "own amount", "kind", "person", "shop", "text", "service", "said", "a", "b", "c", "refused",
    "main",
))  # fmt: skip
"""Words that events hold too: keys, and values that are compared or looked up."""


@dataclass(frozen=True, slots=True)
class Attack:
    """Words that end in an attack: all of them, or those that the language lets."""

    ending: str
    spared: frozenset[str] = frozenset()
    only: frozenset[str] | None = None

    def word(self, word: str) -> str:
        """Return what stands for a word of the template."""
        hit = word not in self.spared and (self.only is None or word in self.only)
        return f"q{word.replace(' ', '_')}{self.ending if hit else ''}"

    def schema(self) -> str:
        """Return the template with these words, written as the text form has it."""
        return WORDS.sub(self._written, TEMPLATE)

    def _written(self, found: re.Match[str]) -> str:
        word = self.word(found[2])
        if found[2] == "rule":
            word = re.escape(word)
        if found[1].startswith('"'):
            for char, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t")):
                word = word.replace(char, escaped)
        return found[1] + word

    def event(self) -> dict[str, object]:
        """Return a sale of the schema."""
        word = self.word
        item = {"amount": "21.00", word("kind"): word("service"), word("person"): "p"}
        return {
            "organization_id": "org-1", "event_smart_code": "HERA.POS.SALE.V1",
            "total_amount": "21.00", "currency": "USD", "business_context": {
                "items": [item], word("own amount"): "8.00", word("text"): word("said"),
                word("shop"): "s", "payments": [{"amount": "21.00"}],
            },
        }  # fmt: skip


HARMLESS: Final = Attack("")


def sources_of(engine: PostingEngine) -> tuple[str, ...]:
    """Return the sources that an engine wrote so far."""
    fused = engine._fused
    return () if fused is None else fused.sources


def _functions(engine: PostingEngine) -> Iterator[FunctionType]:
    """Yield the functions that an engine wrote so far."""
    fused = engine._fused
    for post in () if fused is None else fused._made.values():
        if isinstance(post, FunctionType):
            yield post


def _written_under(attack: Attack) -> tuple[str, ...]:
    """Return the sources of the template under an attack, once its sale is posted by both.

    Raises:
        SchemaError: If the language does not let such words stand there.
    """
    twins = Twins.of(attack.schema())
    for code in ("HERA.POS.SALE.V1", "HERA.qrule.V1"):
        event = {**attack.event(), "event_smart_code": code}
        assert isinstance(twins.assert_alike(event), JournalEntry) == (code == "HERA.POS.SALE.V1")
    assert twins.posts_itself(attack.event())
    return sources_of(twins.compiled)


@cache
def _harmless() -> tuple[str, ...]:
    return _written_under(HARMLESS)


@pytest.mark.parametrize("ending", ATTACKS, ids=ascii)
def test_no_word_of_a_schema_changes_a_source(ending: str) -> None:
    """The sources of a schema full of attacks are those of the harmless one, to the letter."""
    ways = (Attack(ending), Attack(ending, spared=SENT), Attack(ending, only=LABELS))
    found = []
    for attack in ways:
        try:
            found.append(_written_under(attack))
            break
        except SchemaError:
            continue

    assert found == [_harmless()]


# --- what sources are made of ------------------------------------------------------------------

LOCAL: Final = re.compile("_|[a-z]+(_[a-z]+)*_?[0-9]*|declared_(context|item|payment)_c[0-9]+")
"""What a source calls its own variables."""
BUILTINS: Final = frozenset((
    "abs", "any", "bool", "dict", "divmod", "int", "len", "list", "max", "min", "str", "sum",
    "tuple", "type", "zip",
))  # fmt: skip
"""What a source uses of Python that is neither its own variable nor handed to it."""
ATTRIBUTES: Final = frozenset((
    "account", "added", "append", "by_ledger", "copy", "days", "detail", "exempt", "find", "get",
    "head", "includes", "inside",
    "isascii", "isdecimal", "isdisjoint", "isprintable", "items", "keys", "known", "of",
    "of_line", "on", "outside", "part", "pop", "tail", "twice_inside", "twice_outside",
    "twice_part", "untaxed", "values", "warned",
))  # fmt: skip
TEXTS: Final = frozenset((
    *EVENT_FIELDS, *COUNTERPARTIES, ".", "-", "0", "1", "", "amount", "discount", "fee_amount",
    "discount_amount", "items", "method", "payment_method", "payments", "reference", "sale_amount",
    "tax_amount", "tax_category", "tax_exempt", "tax_inclusive", "tax_point_date", "tip_amount",
    "quantity", "unit_price",
))  # fmt: skip
"""Texts that stand in a source: fields that the engine knows by itself, and digits."""
STATEMENTS: Final = (
    ast.FunctionDef, ast.Try, ast.If, ast.For, ast.Assign, ast.AugAssign, ast.Expr, ast.Return,
    ast.Break, ast.Continue, ast.Pass,
)  # fmt: skip


def _foreign(source: str, handed: frozenset[str]) -> Iterator[str]:
    """Yield what a source holds and should not, by the names of what it was handed."""
    module = ast.parse(source)
    if len(module.body) != 1 or not isinstance(module.body[0], ast.FunctionDef):
        yield "more than one function"
    known = handed | BUILTINS | set(_own_names(module))
    for node in ast.walk(module):
        match node:
            case ast.Name(id=name):
                yield from (() if name in known else (name,))
            case ast.Attribute(attr=name):
                yield from (() if name in ATTRIBUTES else (f".{name}",))
            case ast.Constant(value=int() | None):
                pass
            case ast.Constant(value=value):
                yield from (() if value in TEXTS else (repr(value),))
            case ast.Lambda() | ast.JoinedStr() | ast.Await() | ast.Yield():
                yield type(node).__name__
            case ast.stmt() if not isinstance(node, STATEMENTS):
                yield type(node).__name__
            case _:
                pass


def _own_names(module: ast.Module) -> Iterator[str]:
    """Yield the variables of a source, if they are called as ours are."""
    for node in ast.walk(module):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name) if LOCAL.fullmatch(name):
                yield name


@pytest.mark.parametrize("seed", range(10))
def test_sources_are_made_of_words_of_ours(seed: int) -> None:
    """Names, attributes and texts of all sources are on a closed list."""
    drawn, twins, _ = compiled(seed)
    for number in range(30):
        outcome(twins.compiled, drawn_event(drawn, Dice(seed * 100_003 + number)))

    found: set[str] = set()
    for post in _functions(twins.compiled):
        found.update(_foreign(source_of(post), frozenset(post.__globals__)))
    assert found == set()


def test_words_of_a_schema_would_be_seen() -> None:
    """The control: a name, an attribute, a text and a statement that are not ours are all noted."""
    source = "def post(event):\n    import os\n    return event.till(cash, 'cash', c1, len)\n"

    assert set(_foreign(source, frozenset({"c1"}))) == {"Import", ".till", "cash", "'cash'"}


def test_rules_of_one_shape_share_their_code() -> None:
    """Rules that differ in words alone are compiled to one code object."""
    rules = "".join(
        f'on HERA.POS.N{n}.V1 {{ debit cash total_amount when kind = "k{n}" '
        f'credit clearing total_amount when kind = "k{n}" }}\n'
        for n in range(200)
    )
    engine = PostingEngine(DECLARATIONS + rules)
    for n in range(200):
        engine.simulate({
            "organization_id": "o", "event_smart_code": f"HERA.POS.N{n}.V1", "total_amount": "5.00",
            "currency": "USD", "business_context": {"kind": f"k{n}"},
        })  # fmt: skip

    sources = sources_of(engine)
    made = list(_functions(engine))

    assert len(sources) == len(made) == 200
    assert len(set(sources)) == 1
    assert len({id(post.__code__) for post in made}) == 1
    assert len({id(post.__globals__) for post in made}) == 1


def test_what_functions_share_is_no_rules_own() -> None:
    """Functions of all rules call the same objects; what a schema says is each function's own."""
    found: dict[str, set[int]] = {}
    globals_of = []
    for seed in range(10):
        drawn, twins, _ = compiled(seed)
        for number in range(10):
            outcome(twins.compiled, drawn_event(drawn, Dice(seed * 100_003 + number)))
        globals_of += [post.__globals__ for post in _functions(twins.compiled)]
    for each in globals_of:
        for name in each.keys() - {"__name__", "__loader__"}:
            found.setdefault(name, set()).add(id(each[name]))

    assert len({each["__name__"] for each in globals_of}) > 1
    assert [name for name, seen in found.items() if len(seen) > 1] == []
