"""The dimensions a JSON document declares, with a section of their own or without."""

from collections.abc import Iterator

from hera_engine import faults
from hera_engine.dsl import nodes
from hera_engine.dsl.json_values import Flaw, flaw
from hera_engine.errors import did_you_mean

Names = tuple[nodes.Name, ...]


def declared_dimensions(
    split: Names, requirements: tuple[nodes.Requirement, ...], carries: tuple[nodes.Carry, ...]
) -> Names:
    """Return the dimensions of a document without a section for them.

    These are the ones amounts may be split by, and those of the standard ones that are required
    or carried, in the order of their first mention.
    """
    known = {name.text for name in split}
    added: dict[str, nodes.Name] = {}
    wanted = [*(part.dimensions for part in requirements), *(part.dimensions for part in carries)]
    for name in (name for names in wanted for name in names):
        if name.text in nodes.STANDARD_DIMENSIONS and name.text not in known:
            added.setdefault(name.text, name)
    return (*split, *added.values())


def undeclared_dimensions(
    schema: nodes.Schema, section: Names | None, split: Names
) -> tuple[Flaw, ...]:
    """Return the dimensions of ``splits`` that the document does not declare for it.

    Those that are not declared at all are left to the checks of the nodes.

    Args:
        schema: The node of the document.
        section: The names in its ``dimensions``, None where it has no such section.
        split: The names in its ``splits.dimensions``.
    """
    return tuple(_undeclared(schema, split if section is None else section, split))


def _undeclared(schema: nodes.Schema, declared: Names, split: Names) -> Iterator[Flaw]:
    texts = {name.text for name in declared}
    implied = {name.text for name in schema.dimensions} - texts
    for index, name in enumerate(split):
        if name.text not in texts:
            yield _invalid(name, texts, "splits", "dimensions", index)
    for index, rule in enumerate(schema.splits):
        if rule.dimension.text in implied:
            yield _invalid(rule.dimension, texts, "splits", "rules", index, "split_by")


def _invalid(name: nodes.Name, known: set[str], *path: str | int) -> Flaw:
    hint = did_you_mean(name.text, known)
    return flaw(faults.INVALID_DIMENSION, *path, hint=hint, name=name.text)
