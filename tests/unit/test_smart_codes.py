"""Smart codes: what is one, and the form used for matching."""

import pickle

import pytest

from hera_engine.smart_codes import SmartCodeError, line_smart_code, parse_smart_code


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("HERA.POS.SALE.V1", "HERA.POS.SALE.V1"),
        ("HERA.POS.SALE.v1", "HERA.POS.SALE.V1"),
        ("HERA.GL.LINE.TAX_OUT.v12", "HERA.GL.LINE.TAX_OUT.V12"),
        ("HERA.X9.V1", "HERA.X9.V1"),
        ("HERA.3PL.FEE.V007", "HERA.3PL.FEE.V007"),
    ],
)
def test_smart_codes_have_one_form_for_matching(text: str, canonical: str) -> None:
    """The version letter may be small or capital; matching sees it capital."""
    assert parse_smart_code(text) == canonical


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("hera.pos.sale.v1", "does not begin with `HERA.`"),
        ("HERA", "does not end in a version such as `.V1`"),
        ("HERA.POS.SALE", "does not end in a version such as `.V1`"),
        ("HERA.POS.SALE.V", "does not end in a version such as `.V1`"),
        ("HERA.POS.SALE.V1\n", "does not end in a version such as `.V1`"),
        ("HERA.POS.SALE.V１", "does not end in a version such as `.V1`"),
        ("HERA.V1", "has no segment between `HERA` and the version"),
        (" HERA.POS.V1", "does not begin with `HERA.`"),
        ("HERA..V1", "has a segment that is not made of upper-case letters, digits and"),
        ("HERA.pos.V1", "has a segment that is not made of upper-case letters, digits and"),
        ("HERA.PО\u0421.V1", "has a segment that is not made of upper-case letters, digits"),
        (None, "is not a string"),
        (b"HERA.POS.V1", "is not a string"),
    ],
)
def test_other_texts_are_refused(text: object, reason: str) -> None:
    """What is no smart code is refused with the first thing that is wrong."""
    with pytest.raises(SmartCodeError) as caught:
        parse_smart_code(text)

    assert caught.value.reason.startswith(reason)


@pytest.mark.parametrize("segments", [10, 11, 120])
def test_a_code_has_at_most_twelve_segments(segments: int) -> None:
    """Ten segments between HERA and the version are taken, one more is not."""
    code = "HERA" + ".A" * segments + ".V1"

    try:
        taken = parse_smart_code(code) == code
    except SmartCodeError:
        taken = False

    assert taken is (segments == 10)


@pytest.mark.parametrize("length", [128, 129, 1280])
def test_a_code_has_at_most_128_characters(length: int) -> None:
    """The longest code is taken, one character more is not."""
    code = "HERA." + "A" * (length - 8) + ".V1"

    try:
        taken = parse_smart_code(code) == code
    except SmartCodeError:
        taken = False

    assert taken is (length == 128)


@pytest.mark.parametrize("version", ["v1", "V1"])
def test_the_strict_form_has_four_segments_of_letters(version: str) -> None:
    """The orchestrator's pattern takes both spellings of the version letter."""
    code = parse_smart_code(f"HERA.POS.SALE.ORDER.COMPLETE.{version}", strict=True)

    assert code == "HERA.POS.SALE.ORDER.COMPLETE.V1"


@pytest.mark.parametrize(
    "code",
    [
        "HERA.POS.SALE.V1",
        "HERA.GL.LINE.REVENUE.v1",
        "HERA.POS.SALE.ORDER.COMPLETE",
        "HERA.POS.SALE.ORDER.COMPLETE.v",
        "HERA.POS.SALE.ORDER2.COMPLETE.v1",
        "HERA.A.B.C.D.E.V1",
        "HERA.POS.SALE.ORDER.COMPLETE.v1x",
    ],
)
def test_the_strict_form_refuses_other_codes(code: str) -> None:
    """Fewer or more segments, digits in them, or text around the code are refused."""
    with pytest.raises(SmartCodeError):
        parse_smart_code(code, strict=True)


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("revenue", "HERA.GL.LINE.REVENUE.v1"),
        ("tax_output", "HERA.GL.LINE.TAX.v1"),
        ("tax_input", "HERA.GL.LINE.TAX.v1"),
        ("tips_payable", "HERA.GL.LINE.TIPS.v1"),
    ],
)
def test_lines_are_named_for_their_account_key(key: str, code: str) -> None:
    """Taxes and tips have words of their own, every other key its own name."""
    assert line_smart_code(key) == code


def test_smart_code_errors_survive_pickling() -> None:
    """A worker process can hand back the error whole."""
    again = pickle.loads(pickle.dumps(SmartCodeError("is bad")))

    assert again.reason == "is bad"
