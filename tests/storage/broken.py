"""Repositories that are wrong on purpose, each in one way, and the sound one they come from.

Each class takes the step of a sound repository in which its mistake lies and does it wrong.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC
from decimal import Decimal
from threading import RLock

from hera_engine.configuration import Configuration
from hera_engine.frozen import FrozenMap
from hera_engine.repository import Change, Configured, Done, Duplicate, Outcome, Query, Stale
from hera_engine.stored import frozen_map
from hera_engine.transactions import Status, Transaction, TransactionHeader, TransactionLine

Key = tuple[str, str]


class Sound:
    """A repository in memory whose every step can be done otherwise."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.rows: dict[Key, Transaction] = {}
        self.configurations: dict[str, Configuration] = {}
        self.revision = 0

    def commit(self, change: Change) -> Outcome:
        """Judge a change and carry it out, both under one lock."""
        with self.lock:
            refused = self.judged(change)
            if refused is None:
                self.carry_out(change)
            return refused or Done()

    def judged(self, change: Change) -> Outcome | None:
        """Return why a change cannot be carried out."""
        first = self.first(change)
        if first is not None:
            return Duplicate(first)
        if self.configuration_moved(change) or self.transaction_moved(change):
            return Stale()
        if change.create is not None and (change.organization_id, change.create.id) in self.rows:
            raise KeyError(self.complaint(change.create))
        return None

    def first(self, change: Change) -> Transaction | None:
        """Return the transaction that has the reference of a new one."""
        wanted = None if change.create is None else change.create.header.external_reference
        if wanted is None:
            return None
        for (organization, _), row in self.rows.items():
            if self.shares_references(organization, change.organization_id):
                had = row.header.external_reference
                if had is not None and self.folded(had) == self.folded(wanted) and self.holds(row):
                    return row
        return None

    def shares_references(self, one: str, other: str) -> bool:
        """Whether the references of two organizations are the same set."""
        return one == other

    def folded(self, reference: str) -> str:
        """Return what references are compared by."""
        return reference

    def holds(self, row: Transaction) -> bool:
        """Whether a row keeps its reference from others."""
        return True

    def complaint(self, new: Transaction) -> str:
        """Return what is said of an id that is taken."""
        return "the id is taken"

    def configuration_moved(self, change: Change) -> bool:
        """Whether the configuration is another than the change says."""
        version = change.configuration_version
        now = self.configuration_version(change.organization_id) or ""
        return version is not None and version != now

    def transaction_moved(self, change: Change) -> bool:
        """Whether a stored transaction is another than the change says."""
        for header, step in ((change.replace, 1), (change.remove, 0)):
            if header is not None:
                row = self.rows.get((change.organization_id, header.id))
                if row is None or row.header.audit.version + step != header.audit.version:
                    return True
        return False

    def carry_out(self, change: Change) -> None:
        """Write what a change says."""
        organization = change.organization_id
        if change.create is not None:
            self.rows[organization, change.create.id] = self.written(change.create)
        if change.replace is not None:
            row = self.rows[organization, change.replace.id]
            self.rows[organization, row.id] = self.with_header(row, change.replace)
        if change.remove is not None:
            del self.rows[organization, change.remove.id]

    def written(self, new: Transaction) -> Transaction:
        """Return a new transaction as it is kept."""
        return new

    def with_header(self, row: Transaction, header: TransactionHeader) -> Transaction:
        """Return a row with another header."""
        return replace(row, header=header)

    def fetch(self, organization_id: str, ids: Sequence[str]) -> Sequence[Transaction]:
        """Return rows by id."""
        with self.lock:
            return [
                row for key, row in self.rows.items() if key[0] == organization_id and key[1] in ids
            ]

    def find(self, organization_id: str, query: Query) -> Sequence[TransactionHeader]:
        """Return a page of headers."""
        with self.lock:
            rows = [row.header for key, row in self.rows.items() if key[0] == organization_id]
        return self.page([each for each in rows if self.takes(query, each)], query)

    def takes(self, query: Query, header: TransactionHeader) -> bool:
        """Whether a header is asked for."""
        return query.takes(header)

    def page(self, found: list[TransactionHeader], query: Query) -> Sequence[TransactionHeader]:
        """Order what was found and cut a page of it."""
        found.sort(key=self.order, reverse=True)
        return found[query.offset :][: query.limit]

    def order(self, header: TransactionHeader) -> tuple[object, ...]:
        """Return what headers are ordered by."""
        return header.transaction_date, header.id

    def configure(self, configuration: Configuration, expected: str | None = None) -> Configured:
        """Keep a configuration under a new version, if the one of before is expected."""
        with self.lock:
            if self.unexpected(configuration.organization_id, expected):
                return Stale()
            self.revision += 1
            told = replace(configuration, version=self.version(configuration))
            self.configurations[configuration.organization_id] = told
            return Done()

    def unexpected(self, organization_id: str, expected: str | None) -> bool:
        """Whether another version is there than the one expected."""
        return expected not in {None, self.configuration_version(organization_id) or ""}

    def version(self, configuration: Configuration) -> str:
        """Return the version of a configuration."""
        return str(self.revision)

    def configuration(self, organization_id: str) -> Configuration | None:
        """Return a configuration."""
        return self.configurations.get(organization_id)

    def configuration_version(self, organization_id: str) -> str | None:
        """Return the version of a configuration."""
        found = self.configuration(organization_id)
        return None if found is None else found.version


# --- organizations --------------------------------------------------------------------------


class FetchesFromAll(Sound):
    """Looks ids up without their organization."""

    def fetch(self, organization_id: str, ids: Sequence[str]) -> Sequence[Transaction]:
        """Return rows of anyone."""
        return [row for key, row in self.rows.items() if key[1] in ids]


class FindsInAll(Sound):
    """Forgets the organization where a reference is asked for."""

    def find(self, organization_id: str, query: Query) -> Sequence[TransactionHeader]:
        """Return headers of anyone."""
        if query.external_reference is None:
            return super().find(organization_id, query)
        found = [row.header for row in self.rows.values() if query.takes(row.header)]
        return self.page(found, query)


class OneUniqueIndexForAll(Sound):
    """Has its unique index on the reference alone, and answers with anyone's transaction."""

    def shares_references(self, one: str, other: str) -> bool:
        """Always."""
        return True


class TellsAllInErrors(Sound):
    """Writes what it holds into its errors."""

    def complaint(self, new: Transaction) -> str:
        """Return far too much."""
        return f"the id is taken: {list(self.rows.values())}"


class OneVersionForAll(Sound):
    """Counts one version for all organizations together."""

    def configuration_version(self, organization_id: str) -> str | None:
        """Return the last version of anyone."""
        return str(self.revision) if organization_id in self.configurations else None

    def configuration(self, organization_id: str) -> Configuration | None:
        """Return a configuration under the last version of anyone."""
        found = self.configurations.get(organization_id)
        return None if found is None else replace(found, version=str(self.revision))


# --- references and versions ----------------------------------------------------------------


class NeverLooksForRepeats(Sound):
    """Has no unique check."""

    def first(self, change: Change) -> Transaction | None:
        """Find nothing."""
        return None


class ForgetsVoidedReferences(Sound):
    """Gives the reference of a voided transaction away again."""

    def holds(self, row: Transaction) -> bool:
        """Only while it is not voided."""
        return row.header.status is not Status.VOIDED


class FoldsReferences(Sound):
    """Compares references as some databases do by default."""

    def folded(self, reference: str) -> str:
        """Return a reference without case and blanks at its end."""
        return reference.casefold().rstrip()


class TellsStaleFirst(Sound):
    """Looks at versions before it looks for a repeat."""

    def judged(self, change: Change) -> Outcome | None:
        """Judge in the wrong order."""
        return Stale() if self.configuration_moved(change) else super().judged(change)


class ChecksThenSaves(Sound):
    """Looks for a repeat in one unit of work and stores in another."""

    def commit(self, change: Change) -> Outcome:
        """Judge, let others go first, carry out."""
        refused = self.judged(change)
        time.sleep(0.002)
        with self.lock:
            if refused is None:
                self.carry_out(change)
        return refused or Done()


class IgnoresTheConfiguration(Sound):
    """Never compares the version of the configuration."""

    def configuration_moved(self, change: Change) -> bool:
        """Say no."""
        return False


class IgnoresTheVersion(Sound):
    """Replaces and removes whatever is stored."""

    def transaction_moved(self, change: Change) -> bool:
        """Look only whether it is there."""
        named = [each for each in (change.replace, change.remove) if each is not None]
        return any((change.organization_id, each.id) not in self.rows for each in named)


class ComparesTheVersionTooEarly(Sound):
    """Reads the stored version in one unit of work and replaces in another."""

    def commit(self, change: Change) -> Outcome:
        """Compare without the lock."""
        if self.transaction_moved(change):
            return Stale()
        time.sleep(0.002)
        with self.lock:
            refused = Duplicate(first) if (first := self.first(change)) else None
            if refused is None:
                self.carry_out(change)
            return refused or Done()


# --- halves ---------------------------------------------------------------------------------


class StoresHalfAReversal(Sound):
    """Stores the new transaction before it looks whether the header can be replaced."""

    def judged(self, change: Change) -> Outcome | None:
        """Store the first half, then judge the second."""
        refused = super().judged(replace(change, replace=None))
        if refused is None:
            self.carry_out(replace(change, replace=None))
        return refused or (Stale() if self.transaction_moved(change) else None)


class WritesLinesFirst(Sound):
    """Writes the lines, then looks whether the header can be stored, and rolls nothing back."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[Key, list[TransactionLine]] = {}

    def commit(self, change: Change) -> Outcome:
        """Write lines before anything is judged."""
        with self.lock:
            if change.create is not None:
                key = change.organization_id, change.create.id
                if key not in self.rows:
                    self.lines.setdefault(key, []).extend(change.create.lines)
            return super().commit(change)

    def written(self, new: Transaction) -> Transaction:
        """Return the transaction with all lines of its id."""
        return replace(new, lines=tuple(self.lines[new.header.organization_id, new.id]))


class KeepsTheRemoved(Sound):
    """Says that it removed a transaction, and does not."""

    def carry_out(self, change: Change) -> None:
        """Write all of a change but its removal."""
        super().carry_out(replace(change, remove=None))


class ShowsHalves(Sound):
    """Lets readers look between the two writes of a change."""

    def fetch(self, organization_id: str, ids: Sequence[str]) -> Sequence[Transaction]:
        """Read without waiting for a writer."""
        rows = list(self.rows.items())
        return [row for key, row in rows if key[0] == organization_id and key[1] in ids]

    def carry_out(self, change: Change) -> None:
        """Write, wait, and write again."""
        if change.create is None or change.replace is None:
            super().carry_out(change)
            return
        super().carry_out(replace(change, replace=None))
        time.sleep(0.002)
        super().carry_out(replace(change, create=None))


class Upserts(Sound):
    """Takes a new transaction for a new state of the one that has its id."""

    def judged(self, change: Change) -> Outcome | None:
        """Judge without a look at the id."""
        if change.create is None:
            return super().judged(change)
        bare = replace(change, create=None)
        return Duplicate(first) if (first := self.first(change)) else super().judged(bare)


class KeepsTheLastLink(Sound):
    """Has one column for what may be several corrections."""

    def with_header(self, row: Transaction, header: TransactionHeader) -> Transaction:
        """Return a row with the last link alone."""
        return replace(row, header=replace(header, reversed_by=header.reversed_by[-1:]))


# --- values ---------------------------------------------------------------------------------


class _Converts(Sound):
    """Keeps something else than it was given."""

    def written(self, new: Transaction) -> Transaction:
        """Return a transaction with other values."""
        return Transaction(self.header(new.header), tuple(map(self.line, new.lines)))

    def header(self, header: TransactionHeader) -> TransactionHeader:
        """Return a header as it is kept."""
        return header

    def line(self, line: TransactionLine) -> TransactionLine:
        """Return a line as it is kept."""
        return line


class RoundsThroughFloats(_Converts):
    """Keeps amounts in a column of binary floats."""

    def line(self, line: TransactionLine) -> TransactionLine:
        """Return a line whose amount is near to what it was."""
        return replace(line, amount=Decimal(repr(float(line.amount))))


class DropsZeros(_Converts):
    """Keeps numbers, but not how they were written."""

    def header(self, header: TransactionHeader) -> TransactionHeader:
        """Return a header whose total has no zeros at its end."""
        return replace(header, total_amount=header.total_amount.normalize())


class CutsTexts(_Converts):
    """Has columns of 255 characters and cuts what is longer."""

    def line(self, line: TransactionLine) -> TransactionLine:
        """Return a line with the beginning of its description."""
        return replace(line, description=line.description and line.description[:255])


class MovesToUtc(_Converts):
    """Keeps moments, but not the offset they were told in."""

    def header(self, header: TransactionHeader) -> TransactionHeader:
        """Return a header in another time zone."""
        moment = header.transaction_at
        return replace(header, transaction_at=moment and moment.astimezone(UTC))


class ReadsNumbersAsFloats(_Converts):
    """Puts open records through JSON with a reader that knows only floats."""

    def header(self, header: TransactionHeader) -> TransactionHeader:
        """Return a header whose large integers are no longer exact."""
        said = json.loads(_plain(header.business_context), parse_int=lambda text: int(float(text)))
        return replace(header, business_context=frozen_map(said))


def _plain(value: FrozenMap) -> str:
    return json.dumps(value, default=dict)


# --- reading --------------------------------------------------------------------------------


class LosesVoided(Sound):
    """Hides voided transactions from whoever has their ids."""

    def fetch(self, organization_id: str, ids: Sequence[str]) -> Sequence[Transaction]:
        """Return rows that are not voided."""
        found = super().fetch(organization_id, ids)
        return [each for each in found if each.header.status is not Status.VOIDED]


class AlwaysShowsVoided(Sound):
    """Does not ask whether voided transactions are wanted."""

    def takes(self, query: Query, header: TransactionHeader) -> bool:
        """Take voided ones too."""
        return replace(query, include_voided=True).takes(header)


class SearchesByBeginning(Sound):
    """Compares with LIKE."""

    def takes(self, query: Query, header: TransactionHeader) -> bool:
        """Take every reference that begins alike."""
        wanted = query.external_reference
        begins = (header.external_reference or "").startswith(wanted or "")
        return begins and replace(query, external_reference=None).takes(header)


class OrdersByDayAlone(Sound):
    """Leaves the order within a day to chance."""

    def order(self, header: TransactionHeader) -> tuple[object, ...]:
        """Return the day."""
        return (header.transaction_date,)


class OrdersAsALanguageDoes(Sound):
    """Orders ids by a language's rules."""

    def order(self, header: TransactionHeader) -> tuple[object, ...]:
        """Return the day and the id without case."""
        return header.transaction_date, header.id.casefold(), header.id


class CutsBeforeItSkips(Sound):
    """Cuts the page before it leaves out what the offset says."""

    def page(self, found: list[TransactionHeader], query: Query) -> Sequence[TransactionHeader]:
        """Return too little."""
        return super().page(found, replace(query, offset=0))[query.offset :]


class GoesOnWithTheNextDay(Sound):
    """Has a cursor that knows days alone."""

    def takes(self, query: Query, header: TransactionHeader) -> bool:
        """Leave out the rest of the day."""
        behind = query.after
        return query.takes(header) and (behind is None or header.transaction_date < behind[0])


class FindsWhatItWas(Sound):
    """Keeps an index of statuses that is not written anew."""

    def __init__(self) -> None:
        super().__init__()
        self.statuses: dict[str, Status] = {}

    def written(self, new: Transaction) -> Transaction:
        """Note the first status."""
        self.statuses[new.id] = new.header.status
        return new

    def takes(self, query: Query, header: TransactionHeader) -> bool:
        """Ask for the first status."""
        return query.takes(replace(header, status=self.statuses[header.id]))


# --- configurations -------------------------------------------------------------------------


class MergesConfigurations(Sound):
    """Adds to the configuration of before what the new one says."""

    def configure(self, configuration: Configuration, expected: str | None = None) -> Configured:
        """Keep schemas of before."""
        before = self.configuration(configuration.organization_id)
        kept = FrozenMap() if before is None else before.schemas
        merged = FrozenMap({**kept, **configuration.schemas})
        return super().configure(replace(configuration, schemas=merged), expected)


class VersionsByContent(Sound):
    """Takes a digest of the content for a version, so that an old one comes back."""

    def version(self, configuration: Configuration) -> str:
        """Return what is the same for the same content."""
        return str(len(json.dumps(configuration.to_dict()))) + configuration.version


class RemembersConfigurations(Sound):
    """Keeps what it read once, and does not notice a new configuration."""

    def __init__(self) -> None:
        super().__init__()
        self.read: dict[str, Configuration] = {}

    def configuration(self, organization_id: str) -> Configuration | None:
        """Return what was there at the first reading."""
        found = super().configuration(organization_id)
        return None if found is None else self.read.setdefault(organization_id, found)


class ConfiguresInSteps(Sound):
    """Writes a configuration part by part, in sight of readers."""

    def configure(self, configuration: Configuration, expected: str | None = None) -> Configured:
        """Write the head, wait, and write the rest."""
        outcome = super().configure(replace(configuration, bindings=()), expected)
        time.sleep(0.001)
        organization = configuration.organization_id
        version = self.configuration_version(organization) or ""
        self.configurations[organization] = replace(configuration, version=version)
        return outcome


class IgnoresWhatIsExpected(Sound):
    """Stores a configuration whatever version its writer has read."""

    def unexpected(self, organization_id: str, expected: str | None) -> bool:
        """Compare nothing."""
        return False


class TakesNoneForAnything(Sound):
    """Reads an empty expectation as none, so that a second first configuration wins."""

    def unexpected(self, organization_id: str, expected: str | None) -> bool:
        """Compare what is not empty."""
        return bool(expected) and super().unexpected(organization_id, expected)


class ComparesWhatIsExpectedTooEarly(Sound):
    """Looks at the version before it locks."""

    def configure(self, configuration: Configuration, expected: str | None = None) -> Configured:
        """Compare, wait, and write."""
        if self.unexpected(configuration.organization_id, expected):
            return Stale()
        time.sleep(0.001)
        return super().configure(configuration)


BROKEN: Sequence[tuple[Callable[[], Sound], str]] = (
    (FetchesFromAll, "nothing_of_another_organization_is_shown"),
    (FindsInAll, "nothing_of_another_organization_is_shown"),
    (OneUniqueIndexForAll, "reference_is_of_one_organization"),
    (TellsAllInErrors, "errors_tell_nothing_of_another_organization"),
    (OneVersionForAll, "each_organization_is_configured_by_itself"),
    (NeverLooksForRepeats, "repeat_is_answered_with_the_first"),
    (NeverLooksForRepeats, "broken_call_is_repeated_safely"),
    (ForgetsVoidedReferences, "voided_reference_stays_taken"),
    (FoldsReferences, "references_are_compared_exactly"),
    (TellsStaleFirst, "repeat_goes_before_stale"),
    (ChecksThenSaves, "one_of_equal_references_is_done"),
    (IgnoresTheConfiguration, "stale_configuration_is_refused"),
    (IgnoresTheConfiguration, "nothing_is_done_on_an_old_configuration"),
    (IgnoresTheVersion, "stale_transaction_is_refused"),
    (ComparesTheVersionTooEarly, "one_of_equal_versions_is_done"),
    (ComparesTheVersionTooEarly, "one_of_two_corrections_is_done"),
    (StoresHalfAReversal, "create_and_replace_are_one"),
    (WritesLinesFirst, "refused_change_leaves_nothing"),
    (KeepsTheRemoved, "removed_is_gone"),
    (ShowsHalves, "reader_never_sees_half_a_change"),
    (Upserts, "id_is_given_once"),
    (KeepsTheLastLink, "books_agree_with_a_model"),
    (RoundsThroughFloats, "amounts_keep_every_digit"),
    (DropsZeros, "amounts_keep_every_digit"),
    (CutsTexts, "texts_are_kept"),
    (MovesToUtc, "what_was_written_is_read"),
    (ReadsNumbersAsFloats, "open_records_are_kept"),
    (LosesVoided, "fetch_leaves_out_what_is_not_there"),
    (AlwaysShowsVoided, "each_filter_is_obeyed"),
    (SearchesByBeginning, "each_filter_is_obeyed"),
    (OrdersByDayAlone, "pages_follow_one_another"),
    (OrdersAsALanguageDoes, "ids_are_compared_as_texts"),
    (CutsBeforeItSkips, "pages_follow_one_another"),
    (GoesOnWithTheNextDay, "cursor_goes_on_behind"),
    (FindsWhatItWas, "status_is_found_after_it_moved"),
    (MergesConfigurations, "configure_replaces_the_whole"),
    (VersionsByContent, "version_changes_with_every_call"),
    (RemembersConfigurations, "edited_configuration_is_seen"),
    (ConfiguresInSteps, "reader_never_sees_half_a_configuration"),
    (IgnoresWhatIsExpected, "expected_version_is_compared"),
    (TakesNoneForAnything, "expected_version_is_compared"),
    (ComparesWhatIsExpectedTooEarly, "one_of_equal_expectations_is_done"),
)
"""Each with the check that names its fault."""
