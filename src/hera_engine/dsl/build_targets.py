"""Phrases of what posting lines stand on: the loops around them and the accounts they name."""

from hera_engine.dsl import nodes
from hera_engine.dsl.build_expressions import Reading, call, expression, name, path
from hera_engine.dsl.phrases import Phrase


def iteration(reading: Reading, phrase: Phrase) -> nodes.Loop:
    """Return the node of ``name in collection [when condition]``."""
    when = phrase.phrase("when")
    return nodes.Loop(
        variable=name(phrase.needed("NAME")),
        collection=path(phrase.inner("path")),
        when=None if when is None else expression(reading, when.parts[1]),
        at=phrase.at,
    )


def target(reading: Reading, phrase: Phrase) -> nodes.Name | nodes.Call:
    """Return the node of an account position: a key or a map call."""
    word = phrase.word("NAME")
    return call(reading, phrase.inner("call")) if word is None else name(word)
