"""Statements of which lines may merge: those that post to one account on one side of one ledger.

Enters: what such statements gathered, each under keys of its own. Leaves: source that adds it up
under one key for all, and keeps by statement the lines that it was the first to make.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from hera_engine.rules.fused.source import Block
from hera_engine.rules.fused.statements import Statement
from hera_engine.rules.fused.subset import places, targets
from hera_engine.rules.fused.writer import Writer
from hera_engine.rules.plan import MapChoice


@dataclass(frozen=True, slots=True)
class Group:
    """Statements whose lines may merge in one ledger, in their order.

    Attributes:
        members: The statements.
        keys: What may tell their lines apart beside dimensions.
        names: The dimensions that may.
    """

    members: tuple[Statement, ...]
    keys: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def unpacked(self) -> str:
        """The variables that a key of the group is unpacked into."""
        names = [*self.keys, *(f"joint_{index}" for index in range(len(self.names)))]
        return f"({', '.join(names)},)" if names else "_"

    def values(self, statement: Statement) -> list[str]:
        """Return the sources of a merged line's dimensions, of which a statement has these."""
        return [
            f"joint_{self.names.index(name)}" if name in self.names else value
            for name, value in zip(statement.names, statement.values, strict=True)
        ]


def groups_of(statements: Iterable[Statement], ledger: str) -> dict[int, Group]:
    """Return the groups of a ledger by the numbers of their statements."""
    parts: list[tuple[set[tuple[str, str]], list[Statement]]] = []
    for statement in statements:
        own, members = set(places(statement.line, ledger)), [statement]
        apart = []
        for part in parts:
            if part[0] & own:
                own |= part[0]
                members += part[1]
            else:
                apart.append(part)
        parts = [*apart, (own, members)]
    found = (_group(members) for _, members in parts if len(members) > 1)
    return {each.number: group for group in found for each in group.members}


def _group(members: list[Statement]) -> Group:
    members.sort(key=lambda each: each.number)
    keys = dict.fromkeys(key for each in members for key in each.keys)
    accounts = {key.key for each in members for key in targets(each.line)}
    if len(accounts) > 1:
        keys["account"] = None
    names = dict.fromkeys(name for each in members for name in each.names)
    return Group(
        members=tuple(members),
        keys=tuple(keys),
        names=tuple(name for name in names if not _is_shared(name, members)),
    )


def _is_shared(name: str, members: list[Statement]) -> bool:
    """Whether all lines of some statements have one and the same value of a dimension."""
    found = set()
    for each in members:
        if name not in each.names:
            return False
        at = each.names.index(name)
        if each.varying[at]:
            return False
        found.add(each.values[at])
    return len(found) == 1


def write_joined(writer: Writer, block: Block, group: Group) -> None:
    """Write the lines of a group as lists by statement, of which each line is made by the first."""
    block.add("joined = {}")
    origins = [each.line.origin for each in group.members]
    for statement in group.members:
        origin = writer.constants.name(statement.line.origin)
        alone = writer.constants.name((statement.line.origin,))
        block.add(f"first_{statement.number} = []")
        depth = block.depth
        now, taxable = write_head(block, statement)
        made = f"joined[key] = row = [{now}, {taxable}, {alone}, key]"
        kept = f"first_{statement.number}.append(row)"
        block.add(f"key = {_key(writer, group, statement)}")
        if statement is group.members[0]:
            block.add(made, kept)
            block.depth = depth
            continue
        block.add(
            "row = joined.get(key)",
            "if row is None:",
            f"    {made}",
            f"    {kept}",
            "else:",
            f"    row[0] += {now}",
        )
        if "detail" in statement.keys:
            block.add(f"    row[1] += {taxable}")
        new = f"{origin} not in row[2]"
        if len(set(origins)) == len(origins):
            new = f"row[2][-1] is not {origin}"
        block.add(f"    if {new}:", f"        row[2] += {alone}")
        block.depth = depth


def write_head(block: Block, statement: Statement) -> tuple[str, str]:
    """Write the head of what is done for each line that a statement gathered.

    Returns:
        The sources of its units and of its tax base.
    """
    if statement.is_single:
        now = f"now_{statement.number}"
        block.add(f"if {now}:")
        block.deeper()
        if statement.turns:
            block.add(f"back = {now} < 0", f"now = abs({now})")
            now = "now"
        pairs = statement.keys.items()
        block.add(*(f"{name} = {source}" for name, source in pairs if name != source))
        return now, statement.base
    own = [f"value_{index}" for index, varies in enumerate(statement.varying) if varies]
    names = [*statement.keys, *own]
    unpacked = "_" if not names else names[0] if len(names) == 1 else f"({', '.join(names)})"
    sums = "(now, taxable)" if statement.has_sums else "now"
    block.add(f"for {unpacked}, {sums} in {statement.gathered}.items():")
    block.deeper()
    return "now", "taxable" if statement.has_sums else "0"


def _key(writer: Writer, group: Group, statement: Statement) -> str:
    """Return the source of what tells a statement's line from others of the group."""
    sources = []
    for key in group.keys:
        if key == "account" and not isinstance(statement.line.target, MapChoice):
            sources.append(writer.constants.name(targets(statement.line)[0].key))
        else:
            sources.append(key if key in statement.keys else "None")
    for name in group.names:
        if name not in statement.names:
            sources.append("None")
            continue
        at = statement.names.index(name)
        sources.append(f"value_{at}" if statement.varying[at] else statement.values[at])
    return f"({', '.join(sources)},)" if sources else "()"
