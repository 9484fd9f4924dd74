"""More repositories that are wrong on purpose: in what is seldom thought of."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from hera_engine.configuration import Configuration
from hera_engine.repository import Change, Configured, Done, Duplicate, Outcome, Query, Stale
from hera_engine.transactions import Transaction, TransactionHeader
from tests.storage.broken import ComparesTheVersionTooEarly, Sound


class TakesNoneForAVersion(Sound):
    """Compares a version that was not asked for."""

    def configuration_moved(self, change: Change) -> bool:
        """Compare with None too."""
        now = self.configuration_version(change.organization_id)
        return change.configuration_version != now


class OverlooksNone(Sound):
    """Takes an empty version for none asked for."""

    def configuration_moved(self, change: Change) -> bool:
        """Compare only a version that is not empty."""
        return bool(change.configuration_version) and super().configuration_moved(change)


class JoinsItsKeys(Sound):
    """Has one key of organization and reference."""

    def first(self, change: Change) -> Transaction | None:
        """Compare two texts in one."""
        if change.create is None or change.create.header.external_reference is None:
            return None
        wanted = f"{change.organization_id}:{change.create.header.external_reference}"
        for (organization, _), row in self.rows.items():
            if f"{organization}:{row.header.external_reference}" == wanted:
                return row
        return None


class ReplacesAnyones(Sound):
    """Finds the header to replace by its id alone."""

    def commit(self, change: Change) -> Outcome:
        """Go on in the books of whoever has the id."""
        if change.replace is not None:
            for organization, name in self.rows:
                if name == change.replace.id:
                    change = replace(change, organization_id=organization)
        return super().commit(change)


class InventsConfigurations(Sound):
    """Answers with an empty configuration where there is none."""

    def configuration(self, organization_id: str) -> Configuration | None:
        """Return something always."""
        empty = Configuration(organization_id=organization_id, version="0")
        return super().configuration(organization_id) or empty


class OrdersLinesAsTexts(Sound):
    """Orders lines by number, but as texts."""

    def written(self, new: Transaction) -> Transaction:
        """Return a transaction in which 10 comes before 2."""
        return replace(new, lines=tuple(sorted(new.lines, key=lambda line: str(line.number))))


class BeginsIn1970(Sound):
    """Counts days from an epoch and finds none before it."""

    def takes(self, query: Query, header: TransactionHeader) -> bool:
        """Leave out what is older."""
        return header.transaction_date.year >= 1970 and query.takes(header)


class TakesTheVersionOfBefore(Sound):
    """Learns of a new configuration one call too late."""

    def configuration_moved(self, change: Change) -> bool:
        """Take the last two versions."""
        said = change.configuration_version
        return super().configuration_moved(change) and said != str(self.revision - 1)


class ReplacesBesideARepeat(Sound):
    """Answers a repeat, and replaces the header nevertheless."""

    def commit(self, change: Change) -> Outcome:
        """Carry out the second half of a repeat."""
        outcome = super().commit(change)
        if isinstance(outcome, Duplicate) and change.replace is not None:
            self.carry_out(replace(change, create=None))
        return outcome


class RemovesUnasked(Sound):
    """Compares the configuration for what it writes, not for what it removes."""

    def configuration_moved(self, change: Change) -> bool:
        """Say no to a removal."""
        return change.remove is None and super().configuration_moved(change)


class SortsTheChart(Sound):
    """Returns accounts in an order of its own."""

    def configure(self, configuration: Configuration, expected: str | None = None) -> Configured:
        """Keep the chart by code."""
        chart = tuple(sorted(configuration.chart, key=lambda account: account.code or ""))
        return super().configure(replace(configuration, chart=chart), expected)


class CountsReadings(Sound):
    """Gives a new version with each look at transactions."""

    def find(self, organization_id: str, query: Query) -> Sequence[TransactionHeader]:
        """Return headers, and move the version."""
        found = self.configuration(organization_id)
        if found is not None:
            self.configure(found)
        return super().find(organization_id, query)


class RemovesWhatMoved(ComparesTheVersionTooEarly):
    """Looks too early whether what it removes, or replaces, is still what it was."""

    def carry_out(self, change: Change) -> None:
        """Write what there still is."""
        for header in (change.replace, change.remove):
            if header is not None and (change.organization_id, header.id) not in self.rows:
                return
        super().carry_out(change)


class GivesUpWhenBusy(Sound):
    """Calls a change stale because another is under way."""

    def commit(self, change: Change) -> Outcome:
        """Wait for nobody."""
        if not self.lock.acquire(blocking=False):
            return Stale()
        try:
            time.sleep(0.001)
            refused = self.judged(change)
            if refused is None:
                self.carry_out(change)
            return refused or Done()
        finally:
            self.lock.release()


BROKEN_DETAILS: Sequence[tuple[Callable[[], Sound], str]] = (
    (TakesNoneForAVersion, "change_without_a_version_asks_nothing"),
    (OverlooksNone, "none_is_a_version_too"),
    (JoinsItsKeys, "joined_keys_are_not_confused"),
    (ReplacesAnyones, "foreign_header_is_not_replaced"),
    (InventsConfigurations, "unknown_organization_has_no_configuration"),
    (OrdersLinesAsTexts, "lines_come_in_their_order"),
    (BeginsIn1970, "days_reach_from_end_to_end"),
    (TakesTheVersionOfBefore, "old_version_is_stale_from_now_on"),
    (ReplacesBesideARepeat, "repeat_replaces_nothing"),
    (RemovesUnasked, "stale_configuration_removes_nothing"),
    (SortsTheChart, "configuration_is_read_as_written"),
    (CountsReadings, "reading_changes_nothing"),
    (RemovesWhatMoved, "removed_or_replaced_but_not_both"),
    (GivesUpWhenBusy, "different_changes_do_not_hinder_one_another"),
)
"""Each with the check that names its fault."""
