"""Source of the lines that close a ledger: what is left over, on an account that takes it.

That is `balance to`, in the event's currency; and in base currency an exchange difference, or the
residue of conversion where the settings have it on a line of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from hera_engine.accounts import Side
from hera_engine.journal import Origin
from hera_engine.rules.conversion import RESIDUE, ROUNDING
from hera_engine.rules.fused.line_parts import (
    Standing,
    known_dimensions,
    open_item,
    write_worth,
)
from hera_engine.rules.fused.places import CONTEXT
from hera_engine.rules.fused.source import Block
from hera_engine.rules.fused.statements import Recipe, or_default
from hera_engine.rules.fused.write_splits import write_asked
from hera_engine.rules.fused.writer import Writer
from hera_engine.rules.plan import PlannedAccount, PlannedKey
from hera_engine.settings import Residue


@dataclass(frozen=True, slots=True)
class Closer:
    """An account of one ledger that takes what is left over.

    Attributes:
        account: The account.
        recipe: The dimensions of a line on it.
        values: Their sources.
        origin: Who says that it takes it.
    """

    account: PlannedAccount
    recipe: Recipe
    values: list[str]
    origin: Origin


_ByLedger = Mapping[str, Closer]


@dataclass(frozen=True, slots=True)
class Closers:
    """The accounts that take what is left over, by ledger.

    Attributes:
        balance: Of the event's currency; none without `balance to`.
        credited: Of base currency where credits miss; none where a line of the rule takes it.
        debited: The same where debits miss.
    """

    balance: _ByLedger = field(default_factory=dict)
    credited: _ByLedger = field(default_factory=dict)
    debited: _ByLedger = field(default_factory=dict)


def closers_of(writer: Writer) -> Closers:
    """Return who takes what is left over; their dimensions are read from here on."""
    shape = writer.shape
    rule, plan = shape.rule, shape.plan
    closing, exchange = rule.closing, rule.exchange
    balance = {} if closing is None else _closers(writer, closing.account, closing.origin)
    if shape.converts and exchange is not None:
        # A mirrored entry takes its difference back from the account that the other posted it to.
        credited, debited = exchange.gain, exchange.loss
        if shape.mirrored:
            credited, debited = debited, credited
        origin = exchange.origin
        return Closers(
            balance, _closers(writer, credited, origin), _closers(writer, debited, origin)
        )
    if shape.converts and plan.settings.residue is Residue.ROUNDING:
        takes_it = _closers(writer, plan.accounts[ROUNDING], RESIDUE)
        return Closers(balance, takes_it, takes_it)
    return Closers(balance)


def _closers(writer: Writer, key: PlannedKey, origin: Origin) -> dict[str, Closer]:
    """Return what an account key is in each ledger."""
    found = {}
    for ledger, account in key.by_ledger.items():
        required = () if account.required is None else account.required.names
        names = tuple(dict.fromkeys((*required, *account.carried)))
        recipe = Recipe(names, account.required, (), (), ())
        values = [
            or_default(writer, recipe, name, writer.fields.dimension(name, CONTEXT))
            for name in names
        ]
        found[ledger] = Closer(account, recipe, values, origin)
    return found


def write_balance(writer: Writer, block: Block, closers: Closers, ledger: str) -> None:
    """Write what becomes of what a ledger has left over in the event's currency."""
    closing = writer.shape.rule.closing
    if writer.shape.has_worths:
        block.add(
            "left += lefts.pop(currency, 0)",
            "if any(lefts.values()):",
            "    return None",
        )
    if closing is None:
        block.add("if left:", "    return None")
        return
    most = writer.constants.name(int(Fraction(closing.within) * writer.fields.unit))
    block.add("if left:")
    block.deeper()
    block.add(f"if abs(left) > {most}:", "    return None")
    for side, condition, now in (
        (Side.CREDIT, "if left > 0:", "left"),
        (Side.DEBIT, "else:", "-left"),
    ):
        block.add(condition)
        block.deeper()
        block.add(f"now = {now}", f"amount = multiply(now, {writer.cent})")
        worth = write_worth(writer, block, "now", Standing.of(side), is_tax=False)
        _write_line(writer, block, closers.balance[ledger], (ledger, side, "amount", worth))
        block.deeper(-1)
    block.deeper(-1)


def write_difference(writer: Writer, block: Block, closers: Closers, ledger: str) -> None:
    """Write what becomes of what a ledger has left over in base currency."""
    cent = writer.base_cent
    if writer.shape.has_worths and writer.shape.rule.exchange is None:
        # Beyond half a unit for each line that is converted no rounding leaves so much over.
        block.add("if 2 * abs(worth) > len(worths):", "    return None")
    if not closers.credited:
        block.add("if worth:", f"    place_residue(lines, worths, worth, {cent})")
        return
    nothing = f"amount = multiply(0, {writer.cent})"
    for side, condition, worth, taking in (
        (Side.CREDIT, "if worth > 0:", "worth", closers.credited),
        (Side.DEBIT, "elif worth:", "-worth", closers.debited),
    ):
        block.add(condition)
        block.deeper()
        block.add(nothing)
        _write_line(
            writer, block, taking[ledger], (ledger, side, "amount", f"multiply({worth}, {cent})")
        )
        block.deeper(-1)


def _write_line(
    writer: Writer, block: Block, closer: Closer, what: tuple[str, Side, str, str]
) -> None:
    """Write one line: its ledger and side, and the sources of its amount and base amount."""
    constants = writer.constants
    ledger, side, amount, worth = what
    account = closer.account
    names = closer.recipe.names
    write_asked(closer.recipe, block, dict(zip(names, closer.values, strict=True)))
    opened = open_item(writer, account.open_item, "None")
    dimensions = known_dimensions(writer, names, closer.values)
    stands = f"{constants.name(ledger)}, {side.name.lower()}, {constants.name(account.posted)}"
    code, origins = constants.name(account.smart_code), constants.name((closer.origin,))
    marks = f"{code}, {dimensions}, None, {opened}, None, {origins}"
    block.add(
        f"lines.append(new(JournalLine, (len(lines) + 1, {stands}, {amount}, currency, {worth}, "
        f"{marks})))"
    )
