"""The two ways of carrying out a plan, and the choice between them."""

from enum import StrEnum

from hera_engine.errors import HeraError, did_you_mean


class Executor(StrEnum):
    """What carries out the rules of an engine; both give the same entries and errors."""

    COMPILED = "compiled"
    """Each rule as one Python function; what such a function declines is interpreted."""
    INTERPRETED = "interpreted"
    """The plan, step by step: the reference, and the source of explanations and errors."""

    @classmethod
    def of(cls, name: object) -> "Executor":
        """Return the executor of a name.

        Raises:
            HeraError: E_GUARDRAIL if there is none.
        """
        try:
            return cls(name)  # type: ignore[arg-type] # anything that is no name is refused
        except ValueError:
            shown = name[:20] if isinstance(name, str) else ""
            hint = did_you_mean(shown, cls) or f"use one of {', '.join(cls)}"
            raise HeraError("E_GUARDRAIL", "the executor is not known", hint=hint) from None
