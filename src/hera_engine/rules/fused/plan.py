"""A plan with its rules as functions, each written when the first event of its kind comes."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from types import MappingProxyType
from typing import Final

from hera_engine import limits
from hera_engine.errors import HeraError
from hera_engine.journal import JournalEntry
from hera_engine.money import currency_exponent
from hera_engine.periods import Period
from hera_engine.rules.fused.reading import Declined, day
from hera_engine.rules.fused.shared import Shared
from hera_engine.rules.fused.source import Post, source_of
from hera_engine.rules.fused.subset import NotCompiled
from hera_engine.rules.fused.taxed import Taxes
from hera_engine.rules.fused.turned import POSITIVE, Sent
from hera_engine.rules.fused.write_event import Currencies, Given
from hera_engine.rules.fused.write_rule import written
from hera_engine.rules.plan import PlannedRule, PostingPlan, Route, RuleVersions
from hera_engine.rules.run import Extensions
from hera_engine.smart_codes import SmartCodeError, parse_smart_code

RouteOf = Callable[[str], Route]
"""Returns where a smart code in its matching form leads."""
_Shape = tuple[object, ...]
_Currencies = str | tuple[str, str]
"""The currency of an event, with its base currency where it names one."""
_NONE: Final[Mapping[str, Post]] = MappingProxyType({})


def _declined(_event: dict[str, object], _code: str, _currency: str, _base: str) -> None:
    """Leave an event to the interpreter."""
    return


class FusedPlan:
    """The compiled rules of one engine.

    Holds bounded memos: of functions by rule, of which a smart code leads to with its
    currencies, of taxes, and of what entries share. They change what a call costs, never what it
    gives.
    """

    __slots__ = ("_extensions", "_made", "_memo", "_plan", "_route_of", "_shared", "_taxes")

    def __init__(self, plan: PostingPlan, extensions: Extensions, route_of: RouteOf) -> None:
        self._plan = plan
        self._route_of = route_of
        self._memo: dict[_Currencies, dict[str, Post]] = {}
        self._made: dict[_Shape, Post | str] = {}
        self._taxes: dict[int, Taxes] = {}
        self._extensions = extensions
        self._shared = Shared()

    def post(self, event: object) -> JournalEntry | None:
        """Return the entry of an event, or None for one that is left to the interpreter."""
        if type(event) is not dict:
            return None
        code, currency = event.get("event_smart_code"), event.get("currency")
        base = event.get("base_currency")
        if type(code) is not str or type(currency) is not str:
            return None
        currencies: _Currencies = currency
        if base is None:
            base = currency
        elif type(base) is str:
            currencies = (currency, base)
        else:
            return None
        made = self._memo.get(currencies, _NONE).get(code)
        if made is None:
            made = self._found(currencies, code, currency, base)
        return made(event, code, currency, base)

    @property
    def sources(self) -> tuple[str, ...]:
        """The source of each function that was written so far."""
        return tuple(source_of(made) for made in self._made.values() if not isinstance(made, str))

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why rules whose events came are left to the interpreter, each reason once."""
        return tuple(dict.fromkeys(made for made in self._made.values() if isinstance(made, str)))

    def _found(self, currencies: _Currencies, code: str, currency: str, base: str) -> Post:
        """Return the function for a smart code and its currencies, and keep it."""
        made = self._function(code, currency, base)
        if sum(map(len, self._memo.copy().values())) >= limits.MEMO_ENTRIES:
            self._memo.clear()
        self._memo.setdefault(currencies, {})[code] = made
        return made

    def _function(self, code: str, currency: str, base: str) -> Post:
        plan = self._plan
        try:
            matching = parse_smart_code(code, strict=plan.settings.strict_smart_codes)
            exponents = currency_exponent(currency), currency_exponent(base)
        except (SmartCodeError, HeraError):
            return _declined
        route = self._route_of(matching)
        if route.rules is None:
            return _declined
        if plan.currencies and currency not in plan.currencies:
            return _declined
        currencies = Currencies(*exponents, same=currency == base)
        posts = {rule.period: self._of_rule(route, rule, currencies) for rule in route.rules.rules}
        if len(posts) == 1:
            return next(iter(posts.values()))
        return _by_day(route.rules, posts)

    def _of_rule(
        self,
        route: Route,
        rule: PlannedRule,
        currencies: Currencies,
        sent: Sent = POSITIVE,
    ) -> Post:
        """Return the function of a rule with the splits of a route, written once."""
        key = (route.number, rule.period, currencies, sent)
        made = self._made.get(key)
        if made is None:
            turned = partial(self._of_rule, route, rule, currencies)
            try:
                made = written(
                    self._given(currencies), route, rule, currencies, sent if sent.flips else turned
                )
            except NotCompiled as reason:
                made = str(reason)
            except (RecursionError, MemoryError, SyntaxError):
                made = "a formula too deep for Python's compiler"
            if len(self._made) >= limits.RULE_FUNCTIONS:
                self._made.clear()
            self._made[key] = made
        return _declined if isinstance(made, str) else made

    def _given(self, currencies: Currencies) -> Given:
        """Return what all functions for currencies with so many decimals have in common."""
        exponent = currencies.exponent
        taxes = self._taxes.setdefault(exponent, Taxes(self._plan.tax, exponent))
        return Given(self._plan, self._extensions, taxes, self._shared)


def _by_day(versions: RuleVersions, posts: dict[Period, Post]) -> Post:
    """Return a function that posts an event by the rule in force on its accounting date."""

    def post(event: dict[str, object], code: str, currency: str, base: str) -> JournalEntry | None:
        sent = event.get("posting_date")
        sent = event.get("transaction_date") if sent is None else sent
        try:
            on: date | None = None if sent is None else day(sent)
        except Declined:
            return None
        rule = versions.on(on)
        return None if rule is None else posts[rule.period](event, code, currency, base)

    return post
