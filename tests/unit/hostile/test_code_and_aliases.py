"""Reliability B5: user text is never run, errors leak nothing, engines share nothing."""

import multiprocessing
import random
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Final

import pytest

from hera_engine import HeraError, PostingEngine, SchemaError, check_schema
from hera_engine.engine import event_from_json
from hera_engine.errors import SchemaError as _SchemaError
from tests.unit.hostile.hostile import DECLARATIONS, code_of, engine_of, event_of

TEMPLATES: Final = (
    "{e.__init__.__globals__}", "{:>100000000}", "{0}", "{", "}", "%s%n", "${field}",
    "__import__('os').system('false')", '"); import os; ("', "{name}",
)  # fmt: skip


@pytest.mark.parametrize("text", TEMPLATES)
def test_user_text_is_never_a_template(text: str) -> None:
    """Braces and code in events and schemas stay the characters they are."""
    engine = engine_of()

    entry = engine.simulate(event_of({"external_reference": text}, memo=text))

    assert entry.header.external_reference == text
    assert entry.to_dict()["header"]["business_context"] == {"memo": text}  # type: ignore[index]
    for source in (f"on {text}", f'account x "{text}"', text, f"map {text}"):
        for fault in check_schema(source):
            assert len(str(fault)) < 2000


@pytest.mark.parametrize("text", TEMPLATES)
def test_user_text_in_faults_is_only_quoted(text: str) -> None:
    """A name that looks like a template is shown, not filled in, in diagnostics and errors."""
    name = text.replace("`", "").replace("\n", "")
    rule = f"on HERA.POS.SALE.V1 {{ debit `{name}` 1 credit revenue 1 }}"

    with pytest.raises(SchemaError) as caught:
        engine_of(rule)

    assert any(name in fault.message for fault in caught.value.diagnostics)


def test_names_are_compared_letter_by_letter() -> None:
    """A ligature and a look-alike hyphen are no other spelling of a name or value."""
    engine = engine_of("on HERA.POS.SALE.V1 { debit cash field credit revenue field }")

    assert code_of(event_of(field="1"), engine) == "posted"
    ligature = {"business_context": {"\ufb01eld": "1"}}
    assert code_of(event_of(ligature), engine) == "E_GUARDRAIL"
    split = "require org_unit on 4* else error\n"
    assert code_of(event_of(org_unit="BR\u201101"), engine_of(split)) == "E_GUARDRAIL"


@pytest.mark.parametrize("value", ["a\nb", "a\x1b[31m", "\x7f", "BR\u201101", "x" * 256, "", 7])
def test_references_and_codes_cannot_forge_a_log_line(value: object) -> None:
    """References, organizations and payment references are printable ASCII of bounded length."""
    payment = {"method": "cash", "amount": "10.00", "reference": value}

    assert code_of(event_of({"external_reference": value})) == "E_GUARDRAIL"
    assert code_of(event_of(payments=[payment])) == "E_GUARDRAIL"
    assert code_of(event_of({"organization_id": value})) in {"E_GUARDRAIL", "E_ORG_REQUIRED"}


def test_error_text_is_one_printable_line() -> None:
    """What an event holds cannot break the line its refusal is logged on."""
    engine = engine_of(
        'map m(x) { "a" -> cash, else refuse }\n'
        "on HERA.POS.SALE.V1 { debit m(method) 1 credit revenue 1 }"
    )
    for field in ("a\u00e9", "x" * 10_000, {"k": ["v"]}):
        with pytest.raises(HeraError) as caught:
            engine.simulate(event_of(method=field))
        assert "\n" not in caught.value.message
        assert len(caught.value.message) < 1_000


def _refuse(number: int) -> str:
    """Raise one error of each family; runs in a worker process."""
    if number == 0:
        raise _SchemaError(check_schema("on"))
    if number == 1:
        event_from_json("{")
    engine_of().simulate(event_of({"total_amount": "1"}, sale_amount="9"))
    return "unreachable"


def test_errors_cross_process_boundaries() -> None:
    """A worker that raises hands its error over; no pool hangs or breaks."""
    context = multiprocessing.get_context("spawn")

    with ProcessPoolExecutor(1, mp_context=context) as pool:
        for number, code in enumerate(("E_SCHEMA", "E_GUARDRAIL", "E_UNBALANCED")):
            with pytest.raises(HeraError) as caught:
                pool.submit(_refuse, number).result(timeout=60)
            assert caught.value.code == code


def test_engines_of_many_organizations_never_mix() -> None:
    """Fifty engines with the same codes and other accounts, in threads, keep to their own."""
    engines = tuple(
        PostingEngine(DECLARATIONS.replace("revenue 4000", f"revenue 40{number:02d}"))
        for number in range(50)
    )

    def post(seed: int) -> set[bool]:
        dice = random.Random(seed)
        found = set()
        for _ in range(100):
            number = dice.randrange(50)
            entry = engines[number].simulate(event_of({"organization_id": f"org-{number}"}))
            codes = {line.account.code for line in entry.lines if line.account.key == "revenue"}
            found.add(codes == {f"40{number:02d}"})
        return found

    with ThreadPoolExecutor(8) as pool:
        results = set().union(*pool.map(post, range(8)))

    assert results == {True}


def test_a_stage_cannot_reach_into_what_it_is_shown() -> None:
    """Facts and lines that a stage is shown are immutable; trying to change them is a breach."""

    class Meddler:
        name = "meddler"

        def contribute(self, facts: object, lines: object) -> object:
            facts.total_amount = 0  # type: ignore[attr-defined] # the point of this test
            return lines

    engine = PostingEngine(DECLARATIONS, stages=(Meddler(),))  # type: ignore[arg-type]

    with pytest.raises(HeraError, match="stage `meddler`"):
        engine.simulate(event_of())
