"""Adapters for programs that send amounts from accounts to accounts, said as posting rules.

A send is one event whose amount is allocated twice: debited to its sources, credited to its
destinations. What an account holds is a figure of the case and stands in the rule as an amount, so
a source gives no more than that. Nothing is kept between events: a program whose balances change
while it runs has no rule.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from hera_engine import HeraError, PostingEngine
from tests.vectors.cases import Case, Json, NotSupported
from tests.vectors.hera_setup import ORGANIZATION

_EVENT: Final = "HERA.FUNDS.SEND.V1"
_CURRENCIES: Final = MappingProxyType({0: "JPY", 2: "EUR", 3: "KWD"})
"""A currency for each number of decimals that an asset of the cases can have."""
_LARGEST: Final = 10**18

Posting = dict[str, object]


def sends(case: Case) -> object:
    """Answer with what goes from where to where, send by send."""
    _refuse_changing_balances(case.inputs)
    holdings = _holdings(case.inputs)
    postings: list[Posting] = []
    for send in case.inputs["sends"]:
        program = _Program(send["asset"], holdings)
        debits = program.source(send["source"])
        amount = program.amount(send)
        credits = program.destination(send["destination"])
        try:
            given = program.run(amount, debits, credits)
        except HeraError as error:
            return _refusal(error, amount)
        postings += _paired(program, given)
    return {"postings": postings}


def portion_parse(case: Case) -> object:
    """Answer with whether a text is a share, and which part of a whole it takes."""
    program = _Program("COIN", {})
    whole = 10**6
    taken = program.destination({"account": "taken"})
    rest = program.destination({"account": "rest"})
    credits = f"{case.inputs['text']} to {{ {taken} }}  remaining to {{ {rest} }}"
    try:
        given = program.run(whole, program.source({"account": "world"}), credits)
    except HeraError as error:
        return {"valid": False, "error": error.code}
    return {"valid": True, "portion": Fraction(given.get("d0", 0), whole)}


# --- balances ------------------------------------------------------------------------------


def _holdings(inputs: Mapping[str, Json]) -> Mapping[tuple[str, str], tuple[int, ...]]:
    """Return what each account has of each asset: its balance, less what is saved."""
    found: dict[tuple[str, str], tuple[int, ...]] = {
        (each["account"], each["asset"]): (int(each["amount"]),) for each in inputs["balances"]
    }
    for saved in inputs.get("saves", ()):
        key = (saved["account"], saved["asset"])
        found[key] = (*found[key], -int(saved["amount"]))
    return found


def _refuse_changing_balances(inputs: Mapping[str, Json]) -> None:
    """Refuse a program that draws on an account whose balance it has changed before."""
    touched: set[tuple[str, str]] = set()
    for send in inputs["sends"]:
        if isinstance(send["amount"], Mapping):
            raise NotSupported("takes an amount from a balance that a ledger keeps")
        for name, bounded in _sources(send["source"]):
            key = (name, send["asset"])
            if bounded and key in touched:
                raise NotSupported("draws twice on an account whose balance changes in between")
            touched.add(key)
        touched |= {(name, send["asset"]) for name in _receivers(send["destination"])}


def _sources(tree: Json) -> Iterator[tuple[str, bool]]:
    """Yield the accounts of a tree of sources, and whether what each gives is bounded."""
    if "account" in tree:
        yield tree["account"], _is_bounded(tree)
    elif "in_order" in tree:
        for each in tree["in_order"]:
            yield from _sources(each)
    elif "allot" in tree:
        for each in tree["allot"]:
            yield from _sources(each["source"])
    else:
        yield from _sources(tree["source"])


def _is_bounded(tree: Json) -> bool:
    """Whether an account gives no more than it holds; the world gives anything."""
    unbounded: bool = tree.get("overdraft") == "unbounded" or tree["account"] == "world"
    return not unbounded


def _receivers(tree: Json) -> Iterator[str]:
    """Yield the accounts of a tree of destinations."""
    if tree == "kept":
        return
    if "account" in tree:
        yield tree["account"]
    for each in (*tree.get("in_order", ()), *tree.get("allot", ())):
        yield from _receivers(each["to"])
    if "remaining" in tree:
        yield from _receivers(tree["remaining"])


# --- rules ---------------------------------------------------------------------------------


@dataclass(slots=True)
class _Program:
    """One send as a rule: an account key for each place in its trees, in order."""

    asset: str
    holdings: Mapping[tuple[str, str], tuple[int, ...]]
    seats: dict[str, str | None] = field(default_factory=dict)

    @property
    def exponent(self) -> int:
        """How many decimals the asset has."""
        return int(self.asset.partition("/")[2] or "0")

    def source(self, tree: Json) -> str:
        """Return the shares of a tree of sources."""
        if "account" in tree:
            key = self._seat("s", tree["account"])
            limit = self._limit(tree)
            return f"{'remaining' if limit is None else limit} to debit {key}"
        if "max" in tree:
            inner = self._limit(tree["source"])
            most = self._at_most(tree["max"], inner)
            return f"{most} to {{ {self.source(tree['source'])} }}"
        if "allot" in tree:
            return "  ".join(
                f"{each['portion']} to {{ {self.source(each['source'])} }}"
                for each in tree["allot"]
            )
        shares = []
        for each in tree["in_order"]:
            limit = self._limit(each)
            inside = self.source(each)
            shares.append(f"{'remaining' if limit is None else limit} to {{ {inside} }}")
            if limit is None:
                break
        return "  ".join(shares)

    def destination(self, tree: Json) -> str:
        """Return the shares of a tree of destinations; what is kept has a seat of its own."""
        if tree == "kept":
            return f"remaining to credit {self._seat('d', None)}"
        if "account" in tree:
            return f"remaining to credit {self._seat('d', tree['account'])}"
        if "allot" in tree:
            return "  ".join(
                f"{_portion(each['portion'])} to {{ {self.destination(each['to'])} }}"
                for each in tree["allot"]
            )
        shares = [
            f"{self._at_most(each['max'], None)} to {{ {self.destination(each['to'])} }}"
            for each in tree["in_order"]
        ]
        return "  ".join([*shares, f"remaining to {{ {self.destination(tree['remaining'])} }}"])

    def amount(self, send: Mapping[str, Json]) -> int:
        """Return what is sent, in minor units; all is what the sources can give."""
        if send["amount"] != "all":
            return int(send["amount"])
        most = self._capacity(send["source"])
        if most is None:
            raise NotSupported("sends all of what has no bound")
        return most

    def run(self, units: int, debits: str, credits: str) -> Mapping[str, int]:
        """Return what each seat gives or gets, in minor units."""
        if abs(units) >= _LARGEST or self.exponent not in _CURRENCIES:
            raise NotSupported("amounts of 10^18 and more, and of currencies with many decimals")
        schema = [
            "ledgers GL",
            *(f'account {key} {index} asset "{key}"' for index, key in enumerate(self.seats, 1)),
            f"on {_EVENT} {{",
            f"allocate total_amount {{ {debits} }} leftover first",
            f"allocate total_amount {{ {credits} }} leftover first",
            "}",
        ]
        event = {
            "organization_id": ORGANIZATION, "event_smart_code": _EVENT,
            "total_amount": self._digits(units), "currency": _CURRENCIES[self.exponent],
        }  # fmt: skip
        entry = PostingEngine("\n".join(schema)).simulate(event)
        scale = 10**self.exponent
        return {line.account.key: int(Fraction(line.amount) * scale) for line in entry.lines}

    def _seat(self, letter: str, account: str | None) -> str:
        key = f"{letter}{sum(seat.startswith(letter) for seat in self.seats)}"
        self.seats[key] = account
        return key

    def _digits(self, units: int) -> str:
        sign, digits = "-" if units < 0 else "", str(abs(units)).rjust(self.exponent + 1, "0")
        if not self.exponent:
            return sign + digits
        return f"{sign}{digits[: -self.exponent]}.{digits[-self.exponent :]}"

    def _at_most(self, limit: str, inner: str | None) -> str:
        """Return an amount that is not below zero, in words of the language."""
        bounds = self._digits(int(limit)) if inner is None else (
            f"min({self._digits(int(limit))}, {inner})"
        )  # fmt: skip
        return f"max({bounds}, 0)"

    def _limit(self, tree: Json) -> str | None:
        """Return the most that a source can give, as an amount of a rule; None if unbounded."""
        if "account" in tree:
            parts = self._parts(tree)
            if parts is None:
                return None
            return f"max({' + '.join(map(self._digits, parts))}, 0)"
        if "max" in tree:
            return self._at_most(tree["max"], self._limit(tree["source"]))
        if "allot" in tree:
            return None
        limits = [self._limit(each) for each in tree["in_order"]]
        known = [limit for limit in limits if limit is not None]
        return None if len(known) < len(limits) else f"({' + '.join(known)})"

    def _parts(self, tree: Json) -> tuple[int, ...] | None:
        """Return what the capacity of an account is the sum of; None if it is unbounded."""
        if not _is_bounded(tree):
            return None
        held = self.holdings.get((tree["account"], self.asset), (0,))
        overdraft = max(int(tree.get("overdraft", 0)), 0)
        return (*held, overdraft) if overdraft else held

    def _capacity(self, tree: Json) -> int | None:
        """Return the most that a source can give, in minor units."""
        if "account" in tree:
            parts = self._parts(tree)
            return None if parts is None else max(sum(parts), 0)
        if "max" in tree:
            inner = self._capacity(tree["source"])
            most = max(int(tree["max"]), 0)
            return most if inner is None else min(most, inner)
        if "allot" in tree:
            return None
        found = [self._capacity(each) for each in tree["in_order"]]
        return None if None in found else sum(each for each in found if each is not None)


def _portion(portion: str) -> str:
    """Return a portion as the language writes it; the cases write the whole as 1."""
    return f"{portion}/1" if portion.isdecimal() else portion


# --- answers -------------------------------------------------------------------------------


def _paired(program: _Program, given: Mapping[str, int]) -> list[Posting]:
    """Return who gives to whom: sources in order fill destinations in order.

    Pulls from one account in a row are one; what is kept stays where it is.
    """
    pulls: list[tuple[str | None, int]] = []
    for key, account in program.seats.items():
        if key.startswith("s") and given.get(key, 0):
            before = pulls.pop()[1] if pulls and pulls[-1][0] == account else 0
            pulls.append((account, before + given[key]))
    found: list[Posting] = []
    for key, account in program.seats.items():
        wanted = given.get(key, 0) if key.startswith("d") else 0
        while wanted:
            source, held = pulls.pop(0)
            part = min(wanted, held)
            wanted -= part
            if held > part:
                pulls.insert(0, (source, held - part))
            if account is not None:
                found.append(
                    {"source": source, "destination": account, "amount": part,
                     "asset": program.asset}
                )  # fmt: skip
    return found


def _refusal(error: HeraError, amount: int) -> dict[str, object]:
    """Return a refusal, with the figures of shares that do not make up the whole."""
    answer: dict[str, object] = {"error": error.code, "message": error.message}
    problems = error.details.get("problems")
    for problem in problems if isinstance(problems, list | tuple) else ():
        details = problem["details"]
        if "shares" in details:
            whole, shares = Fraction(details["amount"]), Fraction(details["shares"])
            answer |= {"actual_sum": shares / whole, "needed": amount}
            answer["available"] = shares / whole * amount
    return answer


NUMSCRIPT_ADAPTERS: Final = MappingProxyType({"sends": sends, "portion_parse": portion_parse})
