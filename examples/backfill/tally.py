"""What is counted, summed and hashed of journals, so that two runs can be compared in one line.

All of it adds up: the tally of two shards is the sum of their tallies, in any order.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Self

from hera_engine import JournalEntry, Side
from hera_engine.money import ZERO, exact_add, format_amount, parse_amount

Leg = tuple[str, str, Side, Decimal]
"""Ledger, currency, side, amount."""


@dataclass(slots=True)
class Digest:
    """A digest of a set of texts that does not depend on their order.

    The SHA-256 of each text is added up modulo 2**256. A text that comes twice counts twice, where
    an exclusive or would cancel it; and a sum needs no memory, where sorted hashes do. It finds
    accidents, not a forger who may choose the texts.
    """

    count: int = 0
    total: int = 0

    def add(self, text: bytes) -> None:
        """Count one text in."""
        self.count += 1
        self.total += int.from_bytes(hashlib.sha256(text).digest(), "big")

    def merge(self, other: Self) -> None:
        """Count in all the texts of another digest."""
        self.count += other.count
        self.total += other.total

    def __str__(self) -> str:
        return f"{self.count}:{self.total % 2**256:064x}"

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the digest that str() wrote."""
        count, total = text.split(":")
        return cls(int(count), int(total, 16))


@dataclass(slots=True)
class Sums:
    """Debits and credits by ledger and currency, exact."""

    sides: dict[tuple[str, str], list[Decimal]] = field(default_factory=dict)

    def add(self, legs: Iterable[Leg]) -> None:
        """Add amounts to their sides."""
        for ledger, currency, side, amount in legs:
            pair = self.sides.setdefault((ledger, currency), [ZERO, ZERO])
            index = 0 if side is Side.DEBIT else 1
            pair[index] = exact_add(pair[index], amount)

    def merge(self, other: Self) -> None:
        """Add the sides of other sums."""
        for (ledger, currency), (debits, credits) in other.sides.items():
            self.add(
                ((ledger, currency, Side.DEBIT, debits), (ledger, currency, Side.CREDIT, credits))
            )

    def imbalances(self) -> tuple[str, ...]:
        """Return a line for each ledger and currency whose debits and credits differ."""
        return tuple(
            f"{ledger} {currency}: debits {debits}, credits {credits}"
            for (ledger, currency), (debits, credits) in sorted(self.sides.items())
            if debits != credits
        )

    def to_list(self) -> list[list[str]]:
        """Return ledger, currency, debits and credits of each pair, sorted, as texts."""
        return [
            [ledger, currency, format_amount(debits), format_amount(credits)]
            for (ledger, currency), (debits, credits) in sorted(self.sides.items())
        ]

    @classmethod
    def read(cls, rows: Iterable[Iterable[str]]) -> Self:
        """Return the sums that `to_list` wrote."""
        return cls(
            {
                (ledger, currency): [Decimal(debits), Decimal(credits)]
                for ledger, currency, debits, credits in rows
            }
        )


@dataclass(slots=True)
class Tally:
    """What a run leaves behind, in few figures.

    Attributes:
        posted: Digest of the journals, each as its JSON text.
        refused: Digest of the events that were refused, each as its code and its bytes.
        lines: Journal lines.
        sums: In the transaction currencies, and in base currencies as `AED (base)`.
    """

    posted: Digest = field(default_factory=Digest)
    refused: Digest = field(default_factory=Digest)
    lines: int = 0
    sums: Sums = field(default_factory=Sums)

    def add_entry(self, entry: JournalEntry, text: bytes) -> None:
        """Count a journal in, and the text that it is written as."""
        base = f"{entry.header.base_currency} (base)"
        self.posted.add(text)
        self.lines += len(entry.lines)
        for line in entry.lines:
            self.sums.add(
                (
                    (line.ledger, line.currency, line.side, line.amount),
                    (line.ledger, base, line.side, line.base_amount),
                )
            )

    def add_written(self, journal: Mapping[str, Any], text: bytes) -> None:
        """Count in a journal that was read from its text: what an audit does."""
        base = f"{journal['header']['base_currency_code']} (base)"
        self.posted.add(text)
        self.lines += len(journal["lines"])
        for line in journal["lines"]:
            ledger, side = line["ledger"], Side(line["line_data"]["side"])
            self.sums.add(
                (
                    (ledger, line["currency"], side, parse_amount(line["line_amount"])),
                    (ledger, base, side, parse_amount(line["base_amount"])),
                )
            )

    def add_refused(self, code: str, event: bytes) -> None:
        """Count in an event that was refused with a code."""
        self.refused.add(code.encode() + b" " + event)

    def merge(self, other: Self) -> None:
        """Add what another tally counted."""
        self.posted.merge(other.posted)
        self.refused.merge(other.refused)
        self.lines += other.lines
        self.sums.merge(other.sums)

    def to_dict(self) -> dict[str, Any]:
        """Return the tally as plain JSON values, the same for the same journals."""
        return {
            "posted": str(self.posted),
            "refused": str(self.refused),
            "lines": self.lines,
            "sums": self.sums.to_list(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return the tally that `to_dict` wrote."""
        return cls(
            Digest.read(data["posted"]),
            Digest.read(data["refused"]),
            data["lines"],
            Sums.read(data["sums"]),
        )
