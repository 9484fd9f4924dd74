"""The table that finds the pattern which takes an event's smart code.

Its cost does not grow with the number of globs: they share a tree of segments.
"""

from collections.abc import Callable, Iterable, Iterator

from hera_engine.patterns import Pattern, Regex
from hera_engine.smart_codes import canonical_code


class _Node:
    """One place in the tree of globs: what may follow, and the first glob that ends here."""

    __slots__ = ("index", "next", "repeats")

    def __init__(self, *, repeats: bool = False) -> None:
        self.next: dict[str, _Node] = {}
        self.index: int | None = None
        self.repeats = repeats

    def follow(self, segments: Iterable[str]) -> "_Node":
        """Return the node that segments lead to, made where it is missing."""
        node = self
        for segment in segments:
            if segment not in node.next:
                node.next[segment] = _Node(repeats=segment == "**")
            node = node.next[segment]
        return node

    def after(self, segment: str) -> Iterator["_Node"]:
        """Yield the nodes that one more segment of a code leads to."""
        if self.repeats:
            yield self
        for key in (segment, "*"):
            if key in self.next:
                yield self.next[key]

    def holding(self, segment: str) -> Iterator["_Node"]:
        """Yield the nodes that match all that one more segment of a glob does."""
        if self.repeats:
            yield self
        if segment != "**":
            yield from (self.next[key] for key in (segment, "*") if key in self.next)


def _with_skips(nodes: Iterable[_Node]) -> tuple[_Node, ...]:
    """Return nodes with those that a ``**`` standing for no segment leads to, each once."""
    found: dict[_Node, None] = {}
    for start in nodes:
        node: _Node | None = start
        while node is not None and node not in found:
            found[node] = None
            node = node.next.get("**")
    return tuple(found)


class RouteTable:
    """Finds the first pattern that matches a smart code.

    With ``exact_first`` an exact code beats every pattern; otherwise, and among the others, the
    first in document order wins. The
    cost of a look-up depends on the code's segments, and on regular expressions that come
    before the first matching glob, but not on how many globs there are.
    """

    __slots__ = ("_exact", "_exact_first", "_patterns", "_regexes", "_root")

    def __init__(self, patterns: Iterable[Pattern] = (), *, exact_first: bool = True) -> None:
        self._patterns = tuple(patterns)
        self._exact_first = exact_first
        self._exact: dict[str, int] = {}
        self._root = _Node()
        regexes: list[tuple[int, Regex]] = []
        for index, pattern in enumerate(self._patterns):
            if isinstance(pattern, Regex):
                regexes.append((index, pattern))
            elif pattern.is_exact:
                self._exact.setdefault(pattern.text, index)
            else:
                node = self._root.follow(pattern.segments)
                node.index = index if node.index is None else node.index
        self._regexes = tuple(regexes)

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        """The patterns in document order."""
        return self._patterns

    def find(self, code: str) -> int | None:
        """Return the position of the pattern that wins for a code, or None if none matches."""
        canonical = canonical_code(code)
        exact = self._exact.get(canonical)
        if exact is not None and self._exact_first:
            return exact
        best = self._first_glob(canonical.split("."))
        if exact is not None:
            best = exact if best is None else min(best, exact)
        for index, regex in self._regexes:
            if best is not None and index > best:
                break
            if regex.matches(canonical):
                return index
        return best

    def holds(self, pattern: Pattern) -> bool:
        """Whether one pattern of the table matches every code that another one does.

        Yes is certain. No is not: several patterns may match all codes together, and regular
        expressions are compared by their text. The cost is that of `find`.
        """
        if isinstance(pattern, Regex):
            return pattern in self._patterns
        if pattern.text in self._exact:
            return True
        places = _with_skips((self._root,))
        for segment in pattern.segments:
            places = _with_skips(node for place in places for node in place.holding(segment))
        return any(place.index is not None for place in places)

    def _first_glob(self, segments: list[str]) -> int | None:
        """Return the first glob in document order that the whole code fits."""
        places = _with_skips((self._root,))
        for segment in segments:
            places = _with_skips(node for place in places for node in place.after(segment))
        return min((place.index for place in places if place.index is not None), default=None)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RouteTable):
            return NotImplemented
        same_order = self._exact_first == other._exact_first
        return same_order and self._patterns == other._patterns

    def __hash__(self) -> int:
        return self._patterns.__hash__()

    def __repr__(self) -> str:
        return f"RouteTable({list(self._patterns)!r})"

    def __reduce__(self) -> tuple[Callable[..., "RouteTable"], tuple[object, ...]]:
        return _route_table, (self._patterns, self._exact_first)


def _route_table(patterns: tuple[Pattern, ...], exact_first: bool) -> RouteTable:
    """Build a table again from what was pickled."""
    return RouteTable(patterns, exact_first=exact_first)
