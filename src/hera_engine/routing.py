"""The table that finds the pattern which takes an event's smart code.

Its cost does not grow with the number of globs: they share a tree of segments.
"""

from collections.abc import Callable, Iterable, Iterator

from hera_engine.patterns import Glob, Pattern, Regex
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

    def meeting(self, segment: str) -> Iterator["_Node"]:
        """Yield the nodes that one more segment may lead to which this one of a glob matches."""
        if self.repeats:
            yield self
        if segment == "*":
            yield from (node for node in self.next.values() if not node.repeats)
        else:
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

        As certain, and at the same cost, as `first_holding`.
        """
        exact = isinstance(pattern, Glob) and pattern.text in self._exact
        return exact or self.first_holding(pattern) is not None

    def first_holding(self, pattern: Pattern) -> int | None:
        """Return the first pattern with wildcards that matches every code of another one.

        One that is found is certain. None is not: several patterns may match all codes together,
        and regular expressions are compared by their text. The cost is that of `find`.
        """
        if isinstance(pattern, Regex):
            return next((index for index, regex in self._regexes if regex == pattern), None)
        places = _with_skips((self._root,))
        for segment in pattern.segments:
            places = _with_skips(node for place in places for node in place.holding(segment))
        return min((place.index for place in places if place.index is not None), default=None)

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


class SharedCodes:
    """Finds the patterns that may match a code which another one matches too.

    Globs share a tree, so that all of them are compared at once; a regular expression counts as
    one that may match anything. Of globs that say the same the first is found.
    """

    __slots__ = ("_regexes", "_root")

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._root = _Node()
        self._regexes: list[int] = []
        for index, pattern in enumerate(patterns):
            if isinstance(pattern, Regex):
                self._regexes.append(index)
            else:
                node = self._root.follow(pattern.segments)
                node.index = index if node.index is None else node.index

    def sharing(self, pattern: Glob) -> tuple[tuple[int, ...], int]:
        """Return the positions of all patterns that share a code with a glob, in their order.

        Beside them stands how many segments of the tree were met, which is what it cost: those
        of the glob times those of all patterns, at most.

        Law: those that share one pair by pair (tests/laws/test_patterns).
        """
        places = _with_skips((self._root,))
        met = 0
        for segment in pattern.segments:
            met += len(places)
            if segment == "**":
                places = _below(places)
            else:
                places = _with_skips(node for place in places for node in place.meeting(segment))
        found = [place.index for place in places if place.index is not None]
        return tuple(sorted((*found, *self._regexes))), met


def _below(nodes: Iterable[_Node]) -> tuple[_Node, ...]:
    """Return nodes and all that any number of segments leads to, each once."""
    found: dict[_Node, None] = {}
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if node not in found:
            found[node] = None
            waiting.extend(node.next.values())
    return tuple(found)


def _route_table(patterns: tuple[Pattern, ...], exact_first: bool) -> RouteTable:
    """Build a table again from what was pickled."""
    return RouteTable(patterns, exact_first=exact_first)
