"""What posting never does: parse, compile patterns, validate models, enter contexts, touch files.

Counts, not times: they do not flake.
"""

import decimal
import os
import re
import subprocess
import sys
from typing import Final, NoReturn

import pytest
from pydantic import BaseModel

from hera_engine import PostingEngine
from hera_engine.dsl import json_read, parse
from hera_engine.rules import load
from tests.architecture.source_tree import ROOT

EXAMPLES: Final = ROOT / "examples" / "runbook"
EVENT: Final = {
    "organization_id": "org-1", "event_smart_code": "HERA.POS.SALE.V1", "total_amount": "105.00",
    "currency": "USD", "transaction_date": "2025-03-01",
    "business_context": {
        "sale_amount": "100.00", "tip_amount": "5.00", "org_unit": "BR-01", "staff_id": "EMP-1",
        "payment_method": "card", "kind": "service", "tax_inclusive": True,
    },
}  # fmt: skip


def _event(number: int) -> dict[str, object]:
    """Return the event with a code of its own, so that no memo answers."""
    return {**EVENT, "event_smart_code": f"HERA.POS{number}.SALE.V1"}


@pytest.fixture(scope="module", name="engine")
def _engine() -> PostingEngine:
    """Return an engine compiled from text before anything is forbidden."""
    text = (EXAMPLES / "salon.hera").read_text(encoding="utf-8")
    return PostingEngine(text.replace("on HERA.POS.SALE.V1", "on HERA.*.SALE.V1", 1))


def _explode(*_arguments: object, **_named: object) -> NoReturn:
    raise AssertionError("this must not be called while an event is posted")


def _post(engine: PostingEngine) -> None:
    """Post, explain and refuse events of old and of new codes."""
    for number in range(20):
        assert engine.simulate(_event(number)).to_json()
    assert str(engine.explain(_event(0)))
    refused = {**EVENT, "total_amount": "1.00"}
    assert len(tuple(engine.simulate_many([refused, {}]))) == 2


def test_posting_parses_no_schema(engine: PostingEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the parser and the loader removed, events post as before."""
    monkeypatch.setattr(parse, "parse_schema", _explode)
    monkeypatch.setattr(json_read, "read_json_schema", _explode)
    for name in ("read_schema", "load_schema", "check_nodes", "fingerprint"):
        monkeypatch.setattr(load, name, _explode)

    _post(engine)


def test_posting_compiles_no_pattern(
    engine: PostingEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No regular expression is compiled for an event, of either engine."""
    monkeypatch.setattr(re, "compile", _explode)
    monkeypatch.setattr(re, "_compile", _explode)
    monkeypatch.setattr("pydantic_core.SchemaValidator", _explode)

    _post(engine)


def test_posting_validates_no_model(engine: PostingEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """An event sent as a mapping meets no pydantic model."""
    monkeypatch.setattr(BaseModel, "__init__", _explode)
    monkeypatch.setattr(BaseModel, "model_validate", _explode)

    _post(engine)


def test_posting_enters_no_decimal_context(
    engine: PostingEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ambient context is neither read nor replaced while events are posted."""
    before = decimal.getcontext().copy()
    for name in ("localcontext", "getcontext", "setcontext", "Context"):
        monkeypatch.setattr(decimal, name, _explode)

    _post(engine)

    monkeypatch.undo()
    after = decimal.getcontext()
    assert (after.prec, after.rounding, after.flags) == (before.prec, before.rounding, before.flags)


def _printed(program: str) -> str:
    """Return what a program in a process of its own prints."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": "src"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_the_package_imports_no_parser() -> None:
    """Lark is imported when the first text is parsed; JSON schemas never need it."""
    program = """
import json, sys
import hera_engine
print("lark" in sys.modules)
with open("examples/runbook/posting-schema.json", encoding="utf-8") as file:
    hera_engine.load_schema(json.load(file))
print("lark" in sys.modules)
hera_engine.load_schema("ledgers GL\\naccount a 1 asset\\n"
                        "on HERA.A.V1 { debit a 1 credit a 1 }")
print("lark" in sys.modules)
"""

    assert _printed(program).split() == ["False", "False", "True"]


def test_an_engine_imports_what_it_needs() -> None:
    """A text schema, dicts and plain posting need no pydantic, no explanations and no cases."""
    program = f"""
import sys
from hera_engine import PostingEngine
names = ("pydantic", "pydantic_core", "hera_engine.models", "hera_engine.ledger",
         "hera_engine.dsl.json_form", "hera_engine.rules.explanation", "hera_engine.rules.cases",
         "hera_engine.rules.coverage", "hera_engine.rules.mutants", "hera_engine.rules.trace")
def imported():
    return [name for name in names if name in sys.modules]
with open("examples/runbook/salon.hera", encoding="utf-8") as file:
    engine = PostingEngine(file.read())
event = {EVENT!r}
engine.simulate(event).to_json()
list(engine.simulate_many([{{}}, {{**event, "total_amount": "1"}}]))
print(imported())
engine.explain(event)
from hera_engine import BusinessEvent
print(engine.simulate(BusinessEvent(**event)) == engine.simulate(event))
print(len(imported()) > 3)
"""

    assert _printed(program).split() == ["[]", "True", "True"]


def test_compiling_and_posting_touch_nothing_outside() -> None:
    """Once the grammar is read, a compile and a thousand posts reach for nothing outside.

    That a rule becomes a function is the one thing that Python's audit tells of.
    """
    program = f"""
import sys
from hera_engine import PostingEngine
with open("examples/runbook/salon.hera", encoding="utf-8") as file:
    text = file.read()
event = {EVENT!r}
PostingEngine(text).explain(event)
seen, watching = set(), False
allowed = ("builtins.id", "object.__getattr__", "object.__setattr__", "object.__delattr__",
           "compile", "code.__new__", "function.__new__")
def hook(name, arguments):
    if watching and name not in allowed:
        seen.add((name, str(arguments)[:200]))
sys.addaudithook(hook)
watching = True
engine = PostingEngine(text)
for number in range(1000):
    engine.simulate({{**event, "external_reference": f"R-{{number}}"}})
list(engine.simulate_many([{{}}, {{**event, "total_amount": "1"}}]))
engine.explain(event).to_dict()
engine.simulate(event).to_json()
watching = False
print(sorted(seen))
"""

    assert _printed(program).strip() == "[]"


def test_the_audit_hook_sees_what_it_should() -> None:
    """The control: opening a file is seen."""
    program = """
import sys
seen = set()
sys.addaudithook(lambda name, arguments: seen.add(name))
open("README.md", encoding="utf-8").close()
print("open" in seen)
"""

    assert _printed(program).strip() == "True"
