"""Source that holds a record of an event to what its declaration says of it.

As `hera_engine.event_shape` does: fields that must be there, kinds, choices, defaults, and
declared numbers as exact Decimals in the frozen record.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from hera_engine import limits
from hera_engine.event_shape import EventShape, Shape, ShapedField, ShapeKind
from hera_engine.frozen import Frozen
from hera_engine.money import AmountError, from_minor, parse_amount, to_minor
from hera_engine.rules.fused.places import CONTEXT, ITEM, check_name
from hera_engine.rules.fused.reading import is_plain
from hera_engine.rules.fused.source import Block, Constants
from hera_engine.rules.fused.subset import NotCompiled
from hera_engine.rules.fused.turned import Sent

MONEY = (ShapeKind.MONEY, ShapeKind.SIGNED_MONEY)
NUMBERS = (*MONEY, ShapeKind.NUMBER)
RARE_OF_ITEM = ("tax_exempt", "tax_inclusive", "discount", "quantity", "unit_price")
"""Known fields that most items do not have."""
MOST_MEMBER_FIELDS = limits.MEMBER_NODES // 2
"""Fields of a closed member that is copied without being counted."""
MEMBER_LISTS = ("items", "payments")


@dataclass(slots=True)
class RecordWriter:
    """Writes what is asked of one record.

    Attributes:
        record: What the source calls its mapping.
        constants: What the source refers to.
        exponent: Decimals of the transaction currency.
        cent: The constant that makes minor units an amount.
        sent: How the amounts of the events are sent.
        read: The variables of fields that are read as texts, and checked there.
        otherwise: What to do with a text that only a thorough look can tell to be sound.
        prices_are_plain: Whether a member without an amount is declined where that is read.
        conversions: For the frozen record, the names of declared numbers and their sources.
        held: For the frozen record, the names of lists and records of one's own and their shapes.
        later: Conditions of fields that are absent, for after they are read.
    """

    record: str
    constants: Constants
    exponent: int
    cent: str
    sent: Sent
    read: Mapping[str, str]
    otherwise: str
    prices_are_plain: bool = False
    conversions: list[tuple[str, str, str]] = field(default_factory=list)
    held: list[tuple[str, str]] = field(default_factory=list)
    later: list[str] = field(default_factory=list)

    def write(self, block: Block, shape: Shape) -> None:
        """Write the checks of a record whose defaults were filled in."""
        for name in shape.fields:
            check_name(name)
        self.prices_are_plain = (
            self.record != CONTEXT
            and not shape.open
            and shape.fields.keys().isdisjoint(RARE_OF_ITEM)
        )
        if not shape.open and self.record == CONTEXT:
            allowed = self.constants.name(frozenset(shape.fields))
            block.add(f"if not {self.record}.keys() <= {allowed}:", "    return None")
        for name, wanted in shape.fields.items():
            self._field(block, self.constants.name(name), wanted, name)

    def fill(self, block: Block, shape: Shape) -> None:
        """Write that defaults are filled into a copy of the record.

        Declined is an event that needs one with more decimals than its currency has.
        """
        if any(wanted.preset is not None for wanted in shape.fields.values()):
            block.add(f"{self.record} = {self.record}.copy()")
        for word, wanted in shape.fields.items():
            if wanted.preset is None:
                continue
            name = self.constants.name(word)
            block.add(f"if {self.record}.get({name}) is None:")
            try:
                preset = self._exact(wanted.preset, wanted.shape.kind)
            except AmountError:
                block.add("    return None")
                continue
            if preset and self._is_turned(wanted.shape.kind):
                # A default is what the field is in a positive event, and what is read is turned.
                block.add("    return None")
            else:
                block.add(f"    {self.record}[{name}] = {self.constants.name(preset)}")

    def _field(self, block: Block, name: str, wanted: ShapedField, word: str) -> None:
        absent = f"{self.record}.get({name}) is None"
        variable = self.read.get(word)
        if wanted.preset is not None:
            pass
        elif not wanted.optional and variable is not None:
            # Its variable is None as well where the text is empty, which it may be.
            self.later.append(f"if {variable} is None and {absent}:")
        elif wanted.shape.kind is ShapeKind.CHOICE and not wanted.optional:
            self._choice(block, name, wanted.shape)
            return
        elif not (wanted.optional or (word == "amount" and self.prices_are_plain)):
            block.add(f"if {absent}:", "    return None")
        kind = wanted.shape.kind
        if kind in (ShapeKind.LIST, ShapeKind.RECORD):
            if word not in MEMBER_LISTS or not wanted.shape.known:
                if self.sent.flips:
                    raise NotCompiled("lists and records of one's own under a negative total")
                self.held.append((name, self.constants.name(wanted.shape)))
        elif kind is ShapeKind.CHOICE or not (wanted.shape.known or self._is_read(word, kind)):
            self._value(block, name, wanted.shape)

    def _is_read(self, word: str, kind: ShapeKind) -> bool:
        return kind is ShapeKind.TEXT and word in self.read

    def _choice(self, block: Block, name: str, shape: Shape) -> None:
        """Write the check of a choice that must be there."""
        chosen = self.constants.name(frozenset(filter(is_plain, shape.choices)))
        block.add(
            f"value = {self.record}.get({name})",
            f"if type(value) is not str or value not in {chosen}:",
            "    return None",
        )

    def _value(self, block: Block, name: str, shape: Shape) -> None:
        """Write the check of a value that is there."""
        variable = f"declared_{self.record}_{name}"
        block.add(f"{variable} = {self.record}.get({name})", f"if {variable} is not None:")
        match shape.kind:
            case ShapeKind.CHOICE:
                sound = filter(is_plain, shape.choices)
                choices = self.constants.name(frozenset(sound))
                wrong = f"type({variable}) is not str or {variable} not in {choices}"
                block.add(f"    if {wrong}:", "        return None")
            case ShapeKind.TEXT:
                block.add(
                    f"    if type({variable}) is not str:",
                    "        return None",
                    f"    if not is_plain({variable}):",
                    f"        {self.otherwise}",
                )
            case ShapeKind.TRUTH:
                block.add(f"    if type({variable}) is not bool:", "        return None")
            case ShapeKind.DATE:
                wrong = f"type({variable}) is not str"
                block.add(f"    if {wrong}:", "        return None", f"    day({variable})")
            case ShapeKind.MONEY | ShapeKind.SIGNED_MONEY:
                reader, minus = self._money(shape.kind)
                block.add(f"    {variable} = {reader}({variable}, {self.exponent})")
                source = f"multiply({minus}{variable}, {self.cent})"
                self.conversions.append((name, variable, source))
            case ShapeKind.NUMBER:
                reader = "signed_exact" if self.sent.flips else "exact"
                block.add(f"    {variable} = {reader}({variable})")
                self.conversions.append((name, variable, variable))
            case _:
                raise NotCompiled("a list or a record of one's own")

    def _money(self, kind: ShapeKind) -> tuple[str, str]:
        """Return the reader of declared money, and what makes of its result what was sent."""
        if not self.sent.flips:
            return "units", ""
        if kind is ShapeKind.SIGNED_MONEY or self.record == ITEM:
            return "signed_units", ""
        return ("units_below", "-") if self.sent.own else ("units", "")

    def _is_turned(self, kind: ShapeKind) -> bool:
        """Whether a number of the record may be read with its sign turned."""
        return kind in MONEY and (self.sent.components or self.sent.own or self.sent.signed)

    def _exact(self, preset: Frozen, kind: ShapeKind) -> Frozen:
        """Return a default as it stands in a record of these currencies."""
        if not isinstance(preset, Decimal):
            return preset
        number = parse_amount(preset)
        if kind not in MONEY:
            return number
        return from_minor(to_minor(number, self.exponent), self.exponent)

    def hold(self, block: Block, frozen: str, path: str) -> None:
        """Write that lists and records in a frozen dict are held to their declaration."""
        for name, shape in self.held:
            asked = f"{shape}, {self.exponent}, {self.constants.name(path)}"
            block.add(
                f"value = {frozen}.get({name})",
                "if value is not None:",
                f"    {frozen}[{name}] = held(value, {asked})",
            )

    def finish(self, block: Block) -> None:
        """Write what can be told only once the record's fields are read."""
        for condition in self.later:
            block.add(condition, "    return None")

    def convert(self, block: Block, frozen: str) -> None:
        """Write declared numbers into the dict that will be frozen."""
        for name, variable, source in self.conversions:
            block.add(f"if {variable} is not None:", f"    {frozen}[{name}] = {source}")


def write_header_shape(block: Block, shape: EventShape, constants: Constants) -> None:
    """Write what a declaration asks of the header."""
    for name, wanted in shape.header.items():
        key = constants.name(name)
        if not wanted.optional and wanted.preset is None:
            block.add(f"if event.get({key}) is None:", "    return None")
        if wanted.shape.kind is ShapeKind.CHOICE:
            choices = constants.name((None, *wanted.shape.choices))
            block.add(f"if event.get({key}) not in {choices}:", "    return None")


def member_shape(shape: EventShape | None, name: str) -> Shape | None:
    """Return what a declaration asks of the items or payments, if it says anything of them."""
    found = None if shape is None else shape.context.fields.get(name)
    return None if found is None else found.shape.member
