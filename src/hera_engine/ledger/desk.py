"""What every rule of the ledger has at hand: the clock, ids, settings and compiled plans."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from hera_engine import limits
from hera_engine.accounts import is_uuid
from hera_engine.errors import HeraError
from hera_engine.frozen import why_not_clean
from hera_engine.ledger.answers import class_name
from hera_engine.ledger.plans import Plans
from hera_engine.settings import Settings
from hera_engine.transactions import Audit


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and in whose books.

    Raises:
        HeraError: E_GUARDRAIL (ACTOR_REQUIRED) or E_ORG_REQUIRED (ORG_REQUIRED) if one is
            missing or no clean text.
    """

    actor_user_id: str
    organization_id: str

    def __post_init__(self) -> None:
        """Refuse a missing actor or organization."""
        _required(self.actor_user_id, "E_GUARDRAIL", "ACTOR_REQUIRED", "actor_user_id")
        _required(self.organization_id, "E_ORG_REQUIRED", "ORG_REQUIRED", "organization_id")


def _required(value: object, code: str, word: str, name: str) -> None:
    if (
        isinstance(value, str)
        and value.strip()
        and len(value) <= limits.REFERENCE_CHARACTERS
        and why_not_clean(value) is None
    ):
        return
    raise HeraError(
        code,
        f"{word}: {name} is not a text that names someone",
        details={"kernel_code": word},
        hint=f"pass {name}",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Clock, ids, settings and plans of one ledger."""

    clock: Callable[[], datetime]
    ids: Callable[[], str]
    settings: Settings
    plans: Plans

    def now(self) -> datetime:
        """Return the moment the clock tells.

        Raises:
            HeraError: E_INTERNAL if it fails or tells no moment with a time zone.
        """
        hint = "let the clock return datetime.now(timezone.utc)"
        try:
            moment: object = self.clock()
            told = isinstance(moment, datetime) and moment.utcoffset() is not None
        except Exception as error:
            message = f"the clock failed: {class_name(error)}"
            raise HeraError("E_INTERNAL", message, hint=hint) from error
        if not isinstance(moment, datetime) or not told:
            raise HeraError("E_INTERNAL", "the clock tells no time zone", hint=hint)
        return moment

    def new_id(self) -> str:
        """Return an id that nothing has yet.

        Raises:
            HeraError: E_INTERNAL if the id source fails or gives no clean text.
        """
        hint = "let the id source return str(uuid.uuid4())"
        try:
            made: object = self.ids()
        except Exception as error:
            message = f"the id source failed: {class_name(error)}"
            raise HeraError("E_INTERNAL", message, hint=hint) from error
        if not isinstance(made, str) or not made or why_not_clean(made) is not None:
            raise HeraError("E_INTERNAL", "the id source gives no text", hint=hint)
        return made

    def stamped(self, caller: Caller) -> Audit:
        """Return the stamps of what a caller makes now."""
        now = self.now()
        by = caller.actor_user_id
        return Audit(created_at=now, created_by=by, updated_at=now, updated_by=by)

    def refuse_odd_ids(self, caller: Caller) -> None:
        """Refuse ids that are no UUIDs, where the settings insist on them."""
        for name, value in (
            ("actor_user_id", caller.actor_user_id),
            ("organization_id", caller.organization_id),
        ):
            if self.settings.require_uuid_ids and not is_uuid(value):
                raise HeraError("E_GUARDRAIL", f"{name} is not a UUID")
