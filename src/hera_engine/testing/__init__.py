"""Tools for tests of your own: what a stage must keep, and Hypothesis strategies.

Stands above the engine and is never imported by it. Needs the extra ``testing`` (Hypothesis).
`strategies` makes schemas and expressions, `event_strategies` events that fit them;
`hera_engine.testing.conformance` holds anyone's storage to what a ledger asks of it.
"""

from hera_engine.testing import event_strategies, strategies
from hera_engine.testing.lawful import assert_stage_lawful

__all__ = ["assert_stage_lawful", "event_strategies", "strategies"]
