"""Made-up events as a reader sees them, and as plain values that can be posted."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from hera_engine.money import ZERO, from_minor
from hera_engine.rules.proof.fields import Texts
from hera_engine.rules.proof.signs import ITEMS
from hera_engine.rules.proof.worlds import ITEM_FIGURES, Member, Value, World


def shown_fields(world: World, texts: Texts) -> tuple[tuple[str, str], ...]:
    """Return the fields of a made-up event that the rule reads, in words.

    Of an item that is net and tax, whichever of its figures the rule names.
    """
    return tuple(_shown(world, texts))


def _shown(world: World, texts: Texts) -> Iterator[tuple[str, str]]:
    event = {read.name for domain, read in texts.fields if not domain}
    of_items = {read.rest for domain, read in texts.fields if domain == ITEMS}
    for name, value in world.known.items():
        if name in event:
            yield name, _word(value)
    for path, value in world.own.items():
        yield ".".join(path), _word(value)
    for index, item in enumerate(world.items):
        for name in ("net", "tax", *ITEM_FIGURES[:4]):
            if name in {"net", "tax"} or (name,) in of_items:
                amount = item.figures.get(name, from_minor(0, texts.exponent))
                yield f"items[{index}].{name}", _word(amount)
        yield from _shown_member(item, f"items[{index}]", skip=ITEM_FIGURES)
    for index, payment in enumerate(world.payments):
        yield from _shown_member(payment, f"payments[{index}]")
    for path, members in world.lists.items():
        for index, member in enumerate(members):
            yield from _shown_member(member, f"{'.'.join(path)}[{index}]")


def _shown_member(
    member: Member, where: str, *, skip: Sequence[str] = ()
) -> Iterator[tuple[str, str]]:
    for path, value in member.fields.items():
        if ".".join(path) not in skip:
            yield f"{where}.{'.'.join(path)}", _word(value)
    for path, members in member.lists.items():
        for index, inner in enumerate(members):
            yield from _shown_member(inner, f"{where}.{'.'.join(path)}[{index}]")


def _word(value: Value) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            return str(value)
        case str():
            return f'"{value}"'
        case _:
            return value.isoformat()


# --- as an event ---------------------------------------------------------------------------


def as_event(world: World) -> tuple[tuple[str, object], ...]:
    """Return a made-up event as plain values: fields of the context, total and currency.

    Items state their ``net`` and ``tax``, which no event does, and ``tax_inclusive``.
    A total of nothing is only accepted of an event with items, so it has one.
    """
    found: dict[str, object] = dict(world.known)
    found.update(_plain(world.own))
    if world.items:
        found["items"] = [_plain_member(item) for item in world.items]
    elif found.get("total_amount") == ZERO:
        found["items"] = [{"amount": found.get("sale_amount", ZERO)}]
    if world.payments:
        found["payments"] = [_plain_member(payment) for payment in world.payments]
    for path, members in world.lists.items():
        found.update(_plain({path: [_plain_member(each) for each in members]}))
    return tuple(found.items())


def _plain_member(member: Member) -> dict[str, object]:
    lists = {path: [_plain_member(each) for each in inner] for path, inner in member.lists.items()}
    return {**_plain({**member.fields, **lists}), **member.figures}


def _plain(flat: Mapping[tuple[str, ...], object]) -> dict[str, object]:
    """Return a record whose fields are given by their paths."""
    found: dict[str, object] = {}
    for path, value in flat.items():
        holder = found
        for name in path[:-1]:
            inner = holder.setdefault(name, {})
            assert isinstance(inner, dict), "a field is a value or a record, not both"
            holder = inner
        holder[path[-1]] = value
    return found
