"""The comments of a schema while its text is written, and the order its parts stand in."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from hera_engine.dsl import nodes
from hera_engine.errors import Pointer

WIDTH: Final = 100
"""Columns within which braces and lists are kept on one line."""

_NONE = nodes.Comments()


class Notes:
    """Comments by pointer, and a record of the pointers they were asked for.

    Every node that is written asks for its comments here; so one writing without comments tells
    which pointers have a place in the text, and `settled` moves the comments of all others there.
    """

    __slots__ = ("_comments", "asked")

    def __init__(self, comments: Mapping[str, nodes.Comments]) -> None:
        self._comments = comments
        self.asked: dict[str, None] = {}

    def of(self, pointer: Pointer) -> nodes.Comments:
        """Return the comments of one node."""
        self.asked.setdefault(pointer.path)
        return self._comments.get(pointer.path, _NONE)

    def silent(self, *pointers: Pointer) -> bool:
        """Whether none of these nodes has a comment."""
        # Each is asked, so that each is known to have a place.
        found = [self.of(pointer) for pointer in pointers]
        return all(notes == _NONE for notes in found)

    def simple(self, pointer: Pointer, indent: int, text: str) -> list[str]:
        """Return a node without braces of its own, with its comments."""
        found = self.of(pointer)
        margin = "  " * indent
        before = comment_lines((*found.before, *found.inside), indent)
        return [*heading_lines(found, indent), *before, f"{margin}{text}{_behind(found.after)}"]

    def opening(self, pointer: Pointer, indent: int, head: str) -> list[str]:
        """Return the line that opens a node's braces, with the comments before and behind it."""
        found = self.of(pointer)
        margin = "  " * indent
        before = [*heading_lines(found, indent), *comment_lines(found.before, indent)]
        return [*before, f"{margin}{head} {{{_behind(found.after)}"]

    def closing(self, pointer: Pointer, indent: int) -> list[str]:
        """Return the comments at the end of a node's braces and the line that closes them."""
        found = self.of(pointer)
        return [*comment_lines(found.inside, indent + 1), f"{'  ' * indent}}}"]

    def braced(self, pointer: Pointer, indent: int, head: str, inside: list[str]) -> list[str]:
        """Return a node with braces over several lines."""
        return [
            *self.opening(pointer, indent, head),
            *inside,
            *self.closing(pointer, indent),
        ]


def comment_lines(comments: Iterable[str], indent: int) -> list[str]:
    """Return comments on lines of their own."""
    lines = [line for comment in comments for line in comment.split("\n")]
    return [f"{'  ' * indent}# {line}".rstrip() for line in lines]


def heading_lines(found: nodes.Comments, indent: int) -> list[str]:
    """Return a heading with the blank line below it, which blocks have no room for."""
    lines = comment_lines(found.heading, indent)
    return [*lines, ""] if lines and indent == 0 else lines


def _behind(comment: str | None) -> str:
    """Return a comment behind a text, or nothing."""
    if comment is None:
        return ""
    return (
        f"  # {' '.join(comment.split())}".rstrip()
        if "\n" in comment
        else f"  # {comment}".rstrip()
    )


def settled(
    comments: Mapping[str, nodes.Comments], places: Mapping[str, None]
) -> Mapping[str, nodes.Comments]:
    """Return comments such that each stands at a place that is written.

    A comment on what is not written by itself goes before the first part of it that is, or else
    before what it is part of.
    """
    found = {pointer: notes for pointer, notes in comments.items() if pointer in places}
    for pointer, notes in comments.items():
        if pointer in places:
            continue
        part = next((place for place in places if place.startswith(f"{pointer}/")), None)
        target = _whole(pointer, places) if part is None else part
        there = found.get(target, _NONE)
        after = () if notes.after is None else (notes.after,)
        moved = (*notes.heading, *notes.before, *after, *notes.inside)
        found[target] = replace(there, before=(*moved, *there.before))
    return found


def _whole(pointer: str, places: Mapping[str, None]) -> str:
    """Return the smallest place that what a pointer names is part of."""
    while pointer and pointer not in places:
        pointer = pointer.rpartition("/")[0]
    return pointer


def in_order(layout: tuple[str, ...], counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return the parts of a document in the order they are written, each as kind and index.

    Args:
        layout: The kinds as they stood in the document; more or fewer than there are now.
        counts: How many parts of each kind there are, kinds in canonical order.

    Returns:
        All parts. Parts of one kind keep their order; those the layout does not know follow the
        last of their kind, or stand at the end.
    """
    last = {kind: index for index, kind in enumerate(layout)}
    used = dict.fromkeys(counts, 0)
    order: list[tuple[str, int]] = []
    for position, kind in enumerate(layout):
        if kind not in counts:
            continue
        stop = counts[kind] if position == last[kind] else min(used[kind] + 1, counts[kind])
        order += [(kind, index) for index in range(used[kind], stop)]
        used[kind] = stop
    for kind, count in counts.items():
        order += [(kind, index) for index in range(used[kind], count)]
    return order
