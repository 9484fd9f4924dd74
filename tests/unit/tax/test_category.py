"""Reasons and the codes an electronic invoice carries for them."""

from hera_engine.tax.category import EN16931_CODES, Reason


def test_each_reason_has_a_code_of_its_own() -> None:
    """Zero, exempt, out of scope and the others stay apart in an invoice's category codes."""
    codes = {reason.value: reason.code for reason in Reason}

    assert codes == {
        "standard": "S",
        "zero": "Z",
        "exempt": "E",
        "reverse_charge": "AE",
        "intra_community": "K",
        "export": "G",
        "out_of_scope": "O",
    }
    assert len(set(EN16931_CODES.values())) == len(Reason)


def test_only_the_standard_reason_charges_tax() -> None:
    """Every other reason leaves the customer without an amount of tax to pay."""
    charging = [reason for reason in Reason if reason.charges_tax]

    assert charging == [Reason.STANDARD]
