"""What SQLite itself keeps: amounts as texts, writers in a row, readers that wait for nobody."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from threading import Event

import pytest

from examples.ledger_sqlite import SqliteRepository
from examples.ledger_sqlite.repository import connected
from hera_engine.repository import Change, Done, Outcome, Query
from hera_engine.transactions import Status, Transaction
from tests.storage import books

LARGE = "999999999999999999.123456789012"
"""What no float and no 64-bit integer holds."""


@pytest.fixture
def kept(sqlite: Path) -> Iterator[SqliteRepository]:
    """Return a repository over the file."""
    repository = SqliteRepository(sqlite)
    yield repository
    repository.close()


def posted(kept: SqliteRepository) -> tuple[str, Transaction]:
    """Return a transaction that is stored, and its organization."""
    own = books.organization()
    header = books.header(own, status=Status.POSTED, total_amount=Decimal(LARGE))
    made = Transaction(header, (books.line(1), books.line(2, "CR")))
    assert kept.commit(Change(organization_id=own, create=made)) == Done()
    return own, made


def test_connections_are_as_the_page_says(sqlite: Path) -> None:
    """A write-ahead log that reaches the disk, keys that are looked up, tables with kinds."""
    with closing(connected(sqlite)) as connection:
        asked = ("journal_mode", "synchronous", "foreign_keys")
        found = [connection.execute(f"PRAGMA {each}").fetchone()[0] for each in asked]
        assert found == ["wal", 2, 1]
        tables = connection.execute(
            "SELECT name, strict FROM pragma_table_list"
            " WHERE type = 'table' AND (name LIKE 'core_%' OR name LIKE 'universal_%')"
        ).fetchall()
        assert len(tables) == 6
        assert {row["strict"] for row in tables} == {1}


def test_amounts_are_texts_and_keep_every_digit(kept: SqliteRepository, sqlite: Path) -> None:
    """SQLite's own numbers would make a float of them."""
    own, made = posted(kept)
    with closing(connected(sqlite)) as connection:
        row = connection.execute(
            "SELECT total_amount, typeof(total_amount) FROM universal_transactions WHERE id = ?",
            (made.id,),
        ).fetchone()
    assert tuple(row) == (LARGE, "text")
    assert kept.fetch(own, [made.id]) == (made,)


@pytest.mark.parametrize(
    "amount",
    [
        "NaN", "Infinity", "-Infinity", "1e3", "", "-", ".", "1.", ".5", "--1", "1-", "1.2.3",
        "+1", " 1", "1_0", "1" * 19, "0.0000000000001", 1e300, 0.1 + 2e17, float("inf"), b"1", None,
    ],
)  # fmt: skip
def test_what_is_no_exact_amount_is_refused(
    kept: SqliteRepository, sqlite: Path, amount: object
) -> None:
    """In whatever kind a statement sends it."""
    own, made = posted(kept)
    with closing(connected(sqlite)) as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute(
            "UPDATE universal_transactions SET total_amount = ? WHERE id = ?", (amount, made.id)
        )
    assert kept.fetch(own, [made.id]) == (made,)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE universal_transaction_lines SET line_amount = '1'", "a line is never changed"),
        ("DELETE FROM universal_transaction_lines", "a line is never deleted"),
        (
            "REPLACE INTO universal_transaction_lines SELECT * FROM universal_transaction_lines",
            "a line is never changed",
        ),
        (
            "REPLACE INTO universal_transactions SELECT * FROM universal_transactions",
            "a transaction is never replaced",
        ),
        # Which of the two triggers comes first is SQLite's affair.
        ("DELETE FROM universal_transactions", "only an empty draft|a line is never deleted"),
        ("DELETE FROM core_organizations", "FOREIGN KEY constraint failed"),
    ],
)
def test_lines_and_what_is_posted_stay(
    kept: SqliteRepository, sqlite: Path, statement: str, said: str
) -> None:
    """Whatever a statement says."""
    own, made = posted(kept)
    with (
        closing(connected(sqlite)) as connection,
        pytest.raises(sqlite3.IntegrityError, match=said),
    ):
        connection.execute(statement)
    assert kept.fetch(own, [made.id]) == (made,)


def test_no_other_header_takes_the_reference_of_one(kept: SqliteRepository, sqlite: Path) -> None:
    """Also where a connection does not look at foreign keys, as one does not by itself."""
    own = books.organization()
    header = books.header(own, status=Status.POSTED, external_reference="R-1")
    made = Transaction(header, (books.line(1), books.line(2, "CR")))
    assert kept.commit(Change(organization_id=own, create=made)) == Done()
    with closing(sqlite3.connect(sqlite)) as connection:
        names = [row[1] for row in connection.execute("PRAGMA table_info(universal_transactions)")]
        values = ", ".join("'other'" if name == "id" else name for name in names)
        connection.execute(
            f"INSERT OR REPLACE INTO universal_transactions SELECT {values}"
            " FROM universal_transactions WHERE id = ?",
            (made.id,),
        )
        connection.commit()
    assert kept.fetch(own, [made.id, "other"]) == (made,)


def test_a_draft_with_lines_is_kept_by_them(kept: SqliteRepository, sqlite: Path) -> None:
    """Also where its total is nothing."""
    own = books.organization()
    draft = Transaction(books.header(own), (books.line(1), books.line(2, "CR")))
    assert kept.commit(Change(organization_id=own, create=draft)) == Done()
    with (
        closing(connected(sqlite)) as connection,
        pytest.raises(sqlite3.IntegrityError, match="never deleted"),
    ):
        connection.execute("DELETE FROM universal_transactions WHERE id = ?", (draft.id,))
    assert kept.fetch(own, [draft.id]) == (draft,)


def test_a_writer_waits_and_a_reader_does_not(kept: SqliteRepository, sqlite: Path) -> None:
    """While another one writes; the writer has read nothing before it waits."""
    own, made = posted(kept)
    begun = Event()

    def write() -> Outcome:
        begun.set()
        draft = Transaction(books.header(own))
        return kept.commit(Change(organization_id=own, create=draft))

    with closing(connected(sqlite)) as other, ThreadPoolExecutor(1) as pool:
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE core_organizations SET name = 'x' WHERE id = ?", (own,))
        waiting = pool.submit(write)
        assert begun.wait(10)
        assert kept.fetch(own, [made.id]) == (made,)
        assert not waiting.done()
        other.execute("COMMIT")
        assert waiting.result(60) == Done()


def test_many_writers_are_never_told_that_the_file_is_locked(kept: SqliteRepository) -> None:
    """Each reads and then writes, which a deferred transaction would be refused."""
    own, _ = posted(kept)
    changes = [
        Change(organization_id=own, create=Transaction(books.header(own))) for _ in range(80)
    ]
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(kept.commit, changes)) == {Done()}
    assert len(kept.find(own, Query(limit=1_000))) == 81
