"""Other packages on the work of the sale and the cart, as far as they do it.

Each module says what its package does not do and gives variants that were held to the reference.
A package that is not installed is a line in the table, never a crash.
"""

import importlib
from collections.abc import Sequence
from typing import Final

from benchmarks.events import Event
from benchmarks.harness import Variant

MODULES: Final = {
    "beancount_books": ("sale/beancount load", "cart/beancount load", "sale/beancount book"),
    "rule_engine_three": ("sale/rule-engine",),
    "cel_three": ("sale/cel-python",),
    "zen_three": ("sale/zen-engine",),
    "moneyed_sale": ("sale/py-moneyed",),
}
"""The modules of this package and the variants that each gives."""


def peer_variants(
    sales: Sequence[Event], carts: Sequence[Event]
) -> tuple[list[Variant], dict[str, str]]:
    """Return the variants of all peers that are installed, and why others are missing."""
    variants: list[Variant] = []
    missing: dict[str, str] = {}
    for module, names in MODULES.items():
        try:
            peer = importlib.import_module(f"benchmarks.peers.{module}")
        except ImportError as error:
            missing |= dict.fromkeys(names, f"not installed: {error}")
            continue
        found: list[Variant] = peer.variants(sales, carts)
        assert tuple(variant.name for variant in found) == names, found
        variants += found
    return variants, missing
