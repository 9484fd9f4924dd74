"""Comments to the nodes they speak of, so that no comment is lost when a text is formatted.

A comment on a line of its own belongs to what follows it in the same braces, or to the end of
those braces; a comment behind something belongs to what ends, or opens its braces, on that line.
Comments above an item with a blank line below them are its heading.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from hera_engine.dsl import nodes
from hera_engine.dsl.build_expressions import Anchor
from hera_engine.dsl.scan import Comment

Position = tuple[int, int]


@dataclass(slots=True)
class _Slots:
    """The comments of one node while they are collected.

    ``lines`` are those of the comments that stand above an item, ``below`` is the item's own.
    """

    before: list[str] = field(default_factory=list)
    after: str | None = None
    inside: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    below: int = 0

    def comments(self) -> nodes.Comments:
        """Return the comments: what stands above the last blank line is the heading."""
        steps = enumerate(pairwise((*self.lines, self.below)), start=1)
        cut = max((count for count, (line, end) in steps if end - line > 1), default=0)
        before, heading = tuple(self.before[cut:]), tuple(self.before[:cut])
        return nodes.Comments(before, self.after, tuple(self.inside), heading)


def attach(
    comments: Sequence[Comment], anchors: Sequence[Anchor]
) -> tuple[Mapping[str, nodes.Comments], tuple[str, ...]]:
    """Return the comments by pointer, and the pointers in document order.

    Cost: linear in comments and anchors, after sorting.
    """
    ordered = sorted(anchors, key=lambda anchor: (_start(anchor), -anchor.at.end_line))
    slots: dict[str, _Slots] = {}
    walk = _Walk(ordered)
    for comment in comments:
        walk.go_to((comment.at.line, comment.at.column))
        _place(comment, walk, slots)
    found = {pointer: slot.comments() for pointer, slot in slots.items()}
    return found, tuple(dict.fromkeys(anchor.pointer for anchor in ordered))


def _start(anchor: Anchor) -> Position:
    return (anchor.at.line, anchor.at.column)


def _end(anchor: Anchor) -> Position:
    return (anchor.at.end_line, anchor.at.end_column)


class _Walk:
    """A walk along the anchors of a text, from comment to comment."""

    __slots__ = ("_anchors", "_next", "around", "ended")

    def __init__(self, anchors: Sequence[Anchor]) -> None:
        self._anchors = anchors
        self._next = 0
        self.around: list[Anchor] = []
        self.ended: Anchor | None = None

    def go_to(self, position: Position) -> None:
        """Go on to a place: know what is open there and what ended last."""
        while self._next < len(self._anchors) and _start(self._anchors[self._next]) < position:
            self._close(_start(self._anchors[self._next]))
            self.around.append(self._anchors[self._next])
            self._next += 1
        self._close(position)

    def _close(self, position: Position) -> None:
        while self.around and _end(self.around[-1]) <= position:
            self.ended = self.around.pop()

    @property
    def following(self) -> Anchor | None:
        """The next anchor in the same braces, or None."""
        if self._next == len(self._anchors):
            return None
        found = self._anchors[self._next]
        inside = not self.around or _start(found) < _end(self.around[-1])
        return found if inside else None


def _place(comment: Comment, walk: _Walk, slots: dict[str, _Slots]) -> None:
    """Put one comment into its slot."""
    holder = walk.around[-1] if walk.around else None
    line = comment.at.line
    if holder is not None and not holder.braces:
        _slot(slots, holder).before.append(comment.text)
        return
    behind = None
    if not comment.alone:
        if walk.ended is not None and walk.ended.at.end_line == line:
            behind = walk.ended
        elif holder is not None and holder.at.line == line:
            behind = holder
    if behind is not None:
        slot = _slot(slots, behind)
        if behind is walk.ended and behind.braces and behind.at.line != line:
            slot.inside.append(comment.text)
        elif slot.after is None:
            slot.after = comment.text
        else:
            slot.before.append(comment.text)
    elif walk.following is not None:
        slot = _slot(slots, walk.following)
        slot.before.append(comment.text)
        item = walk.following.at.line
        if not walk.around and slot.below in {0, item}:
            slot.lines.append(line)
            slot.below = item
    else:
        _slot(slots, holder).inside.append(comment.text)


def _slot(slots: dict[str, _Slots], anchor: Anchor | None) -> _Slots:
    return slots.setdefault("" if anchor is None else anchor.pointer, _Slots())
