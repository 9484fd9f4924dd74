"""Resolves account keys: through the chart, per ledger, with what their lines must carry."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hera_engine.accounts import Account, AccountType, Chart, PostedAccount
from hera_engine.dsl import nodes
from hera_engine.dsl.nodes import Capture
from hera_engine.errors import Diagnostic, Place, diagnose, did_you_mean
from hera_engine.faults import CHART_CONFLICT, NOT_IN_CHART, NOT_POSTABLE, UNCHECKABLE
from hera_engine.frozen import FrozenMap
from hera_engine.patterns import AccountGlob, Regex, compile_account_glob, compile_regex
from hera_engine.rules.plan import OpenItemKind, PlannedAccount, PlannedKey, RequiredDimensions
from hera_engine.smart_codes import line_smart_code

RECEIVABLE = "receivable"
CLEARING = "clearing"


@dataclass(frozen=True, slots=True)
class AccountMatcher:
    """An account pattern ready to match: by key, or by code through a glob or regex."""

    pattern: nodes.AccountPattern
    key: str | None
    code: AccountGlob | Regex | None

    @property
    def every(self) -> bool:
        """Whether the pattern matches every account, known code or not."""
        return self.pattern.text in ("*", ".*", "^.*", "^.*$", ".*$") and self.key is None

    def matches(self, account: PostedAccount) -> bool | None:
        """Return whether the pattern takes an account; None if its code must be known for that."""
        if self.key is not None:
            return account.key == self.key
        if self.every:
            return True
        if account.code is None or self.code is None:
            return None
        return self.code.matches(account.code)


def matcher(pattern: nodes.AccountPattern) -> AccountMatcher:
    """Return the matcher of a pattern that passed the checks."""
    if pattern.regex:
        return AccountMatcher(pattern, None, compile_regex(pattern.text))
    if pattern.text == "*" or pattern.text[:1].isdigit():
        return AccountMatcher(pattern, None, compile_account_glob(pattern.text))
    return AccountMatcher(pattern, pattern.text, None)


class AccountCompiler:
    """Resolves the accounts of one schema and collects what cannot be resolved."""

    def __init__(self, schema: nodes.Schema, chart: Chart) -> None:
        self._schema = schema
        self._chart = chart
        self._requirements = tuple((matcher(r.accounts), r) for r in schema.requirements)
        self._carries = tuple((matcher(c.accounts), c) for c in schema.carries)
        self.found: list[Diagnostic] = []

    def compile(self) -> Mapping[str, PlannedKey]:
        """Return every account key with what it is in each ledger."""
        return {decl.key.text: self._key(decl) for decl in self._schema.accounts}

    def _key(self, decl: nodes.AccountDecl) -> PlannedKey:
        by_ledger = {
            ledger.text: self._account(decl, ledger.text) for ledger in self._schema.ledgers
        }
        return PlannedKey(decl.key.text, by_ledger)

    def _account(self, decl: nodes.AccountDecl, ledger: str) -> PlannedAccount:
        own = next((entry for entry in decl.ledgers if entry.ledger.text == ledger), None)
        posted = self._posted(decl, own)
        return PlannedAccount(
            posted=posted,
            smart_code=line_smart_code(posted.key),
            carried=self._carried(posted, decl.at),
            required=self._required(posted, decl.at),
            open_item=self._open_item(posted.key),
        )

    def _posted(self, decl: nodes.AccountDecl, own: nodes.LedgerAccount | None) -> PostedAccount:
        """Return what a key resolves to: what the schema says, completed by the chart."""
        said = decl if own is None else own
        key, place = decl.key.text, said.at or decl.at
        entry = self._chart.find(said.id, said.code)
        if len(self._chart) and entry is None:
            shown = said.id or said.code or "without id or code"
            hint = did_you_mean(said.code or "", self._chart.codes())
            self.found.append(diagnose(NOT_IN_CHART, place, suggestion=hint, name=key, id=shown))
        if entry is not None:
            self.found.extend(_conflicts(key, place, said.code, entry))
        code = said.code or (entry.code if entry else None)
        kind = said.type or (_type_of(entry) if entry else None)
        return PostedAccount(
            key=key,
            id=(entry.id if entry else None) or said.id or code or key,
            code=code,
            name=said.title or (entry.name if entry else None),
            type=kind,
        )

    def _required(self, posted: PostedAccount, place: Place | None) -> RequiredDimensions | None:
        """Return the first requirement, in document order, that matches an account."""
        for match, requirement in self._requirements:
            verdict = match.matches(posted)
            if verdict is None:
                self._uncheckable(match, posted, place)
            elif verdict:
                names = tuple(name.text for name in requirement.dimensions)
                return RequiredDimensions(
                    names, requirement.enforcement, FrozenMap(requirement.defaults)
                )
        return None

    def _carried(self, posted: PostedAccount, place: Place | None) -> tuple[str, ...]:
        """Return the dimensions that any carry statement asks an account's lines to carry."""
        names: list[str] = []
        for match, carry in self._carries:
            verdict = match.matches(posted)
            if verdict is None:
                self._uncheckable(match, posted, place)
            elif verdict:
                names.extend(name.text for name in carry.dimensions)
        return tuple(dict.fromkeys(names))

    def _uncheckable(
        self, match: AccountMatcher, posted: PostedAccount, place: Place | None
    ) -> None:
        fault = diagnose(UNCHECKABLE, place, pattern=match.pattern.text, name=posted.key)
        if fault not in self.found:
            self.found.append(fault)

    def _open_item(self, key: str) -> OpenItemKind | None:
        payments = self._schema.payments
        if payments is None:
            return None
        if key == RECEIVABLE and payments.capture is not Capture.IMMEDIATE:
            deferred = payments.capture is Capture.DEFERRED
            return OpenItemKind.DUE if deferred else OpenItemKind.UNDATED
        if key == CLEARING and payments.open_item:
            return OpenItemKind.DUE if payments.settlement_days else OpenItemKind.UNDATED
        return None


def _conflicts(
    key: str, place: Place | None, code: str | None, entry: Account
) -> Iterator[Diagnostic]:
    """Yield what the chart forbids about an account: another code, not postable, inactive."""
    if code is not None and entry.code is not None and code != entry.code:
        yield diagnose(CHART_CONFLICT, place, name=key, said=code, found=entry.code)
    for allowed, reason in ((entry.postable, "is not postable"), (entry.active, "is not active")):
        if not allowed:
            yield diagnose(
                NOT_POSTABLE, place, name=key, code=entry.code or entry.id, reason=reason
            )


def _type_of(entry: Account) -> AccountType | None:
    return entry.type if isinstance(entry.type, AccountType) else None
