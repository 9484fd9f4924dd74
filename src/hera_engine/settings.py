"""What a caller may decide about an engine beside the schema."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Self

from hera_engine.errors import HeraError


class Strictness(StrEnum):
    """What happens when a stated tax differs from the computed one by more than rounding."""

    WARNING = "warning"
    ERROR = "error"


class Residue(StrEnum):
    """Which line takes what currency conversion leaves over in base currency."""

    LARGEST_LINE = "largest-line"
    ROUNDING = "rounding"


@dataclass(frozen=True, slots=True)
class FiscalCalendar:
    """Monthly fiscal periods of a year that begins in ``first_month`` (1 to 12).

    The fiscal year is named after the calendar year it ends in.
    """

    first_month: int = 1

    def __post_init__(self) -> None:
        """Refuse a month outside the year."""
        if type(self.first_month) is not int or not 1 <= self.first_month <= 12:
            raise HeraError("E_GUARDRAIL", "first_month is not a whole number from 1 to 12")

    def period(self, year: int, month: int) -> tuple[int, int]:
        """Return the fiscal year and the period (1 to 12) of a calendar month."""
        period = (month - self.first_month) % 12 + 1
        later = self.first_month > 1 and month >= self.first_month
        return (year + 1 if later else year), period


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How strict an engine is, and what it does where the specification leaves a choice.

    Attributes:
        require_uuid_ids: Organization and account ids must be UUIDs.
        strict_smart_codes: Smart codes have four upper-case letter segments between HERA and
            the version.
        refuse_negative_totals: A refund must be sent as a positive event of a refund code.
        standard_dimensions_only: Dimensions must come from the origin's list.
        tax_difference: What a stated tax too far from the computed one leads to.
        residue: Where the residue of currency conversion goes.
        fiscal_calendar: Fills the fiscal fields of the header; without it they are null.
    """

    require_uuid_ids: bool = False
    strict_smart_codes: bool = False
    refuse_negative_totals: bool = False
    standard_dimensions_only: bool = False
    tax_difference: Strictness = Strictness.WARNING
    residue: Residue = Residue.LARGEST_LINE
    fiscal_calendar: FiscalCalendar | None = None

    def __post_init__(self) -> None:
        """Accept the choices as their strings."""
        try:
            object.__setattr__(self, "tax_difference", Strictness(self.tax_difference))
            object.__setattr__(self, "residue", Residue(self.residue))
        except ValueError as error:
            raise HeraError("E_GUARDRAIL", f"settings: {error}") from None
        calendar: object = self.fiscal_calendar
        if calendar is not None and not isinstance(calendar, FiscalCalendar):
            raise HeraError("E_GUARDRAIL", "fiscal_calendar is not a FiscalCalendar")
        for name in ("require_uuid_ids", "strict_smart_codes", "refuse_negative_totals"):
            if not isinstance(getattr(self, name), bool):
                raise HeraError("E_GUARDRAIL", f"{name} is neither true nor false")

    @classmethod
    def strict(cls) -> Self:
        """Return settings that refuse whatever the origin system's own definition refused."""
        return cls(
            require_uuid_ids=True,
            strict_smart_codes=True,
            refuse_negative_totals=True,
            standard_dimensions_only=True,
        )

    def to_dict(self) -> dict[str, object]:
        """Return the settings as plain JSON values; they are part of the fingerprint."""
        return asdict(self)
