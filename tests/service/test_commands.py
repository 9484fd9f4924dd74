"""The commands beside the service: what they refuse, and that a refusal changes nothing."""

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from examples.ledger_service import __main__ as service
from examples.ledger_service import call, keys, migrate, seed, sql
from examples.ledger_service.databases import opened
from hera_engine import Configuration
from hera_engine.configuration import PeriodStatus
from tests.service.till import ORGANIZATION, RUNBOOK


@pytest.fixture
def database(tmp_path: Path) -> str:
    """Return the address of a migrated file."""
    address = f"sqlite:///{tmp_path / 'ledger.db'}"
    assert migrate.main(["--database", address]) == 0
    return address


@pytest.fixture
def seeds(database: str) -> Callable[..., int]:
    """Return the seed command for the runbook's organization."""
    return lambda *words: seed.main(
        ["--database", database, "--organization", ORGANIZATION, *map(str, words)]
    )


def stored(database: str) -> Configuration | None:
    """Return what the organization has."""
    with opened(database) as repository:
        return repository.configuration(ORGANIZATION)


def everything() -> list[str]:
    """Return the arguments that seed the runbook in one go."""
    return [
        "--chart", str(RUNBOOK / "chart.json"),
        "--schema", f"pos={RUNBOOK / 'posting-schema.json'}",
        "--tax-profile", f"standard={RUNBOOK / 'tax-profile.json'}",
        "--bindings", str(RUNBOOK / "bindings.json"),
        "--periods", str(RUNBOOK / "periods.json"),
    ]  # fmt: skip


def test_seeding_in_one_go_is_seeding_day_by_day(database: str, seeds: Callable[..., int]) -> None:
    """What is not named again stays as it was."""
    assert seeds(*everything()) == 0
    at_once = stored(database)
    assert seeds("--base-currency", "USD", "--close", "FROM-2025", "--open", "TO-2024") == 0
    later = stored(database)

    assert at_once is not None
    assert later is not None
    assert later.to_dict() == {
        **at_once.to_dict(),
        "base_currency": "USD",
        "periods": [
            {"code": "TO-2024", "start": None, "end": "2024-12-31", "status": "open",
             "fiscal_year": None, "fiscal_period": None},
            {"code": "FROM-2025", "start": "2025-01-01", "end": None, "status": "closed",
             "fiscal_year": None, "fiscal_period": None},
        ],
    }  # fmt: skip


def test_a_period_of_the_same_code_takes_the_earlier_ones_place(
    database: str, seeds: Callable[..., int], tmp_path: Path
) -> None:
    """The others stay."""
    seeds(*everything())
    path = tmp_path / "periods.json"
    path.write_text('[{"code": "FROM-2025", "start": "2025-01-01", "end": "2025-12-31"}]')

    assert seeds("--periods", path) == 0

    configuration = stored(database)
    assert configuration is not None
    assert [each.code for each in configuration.periods] == ["TO-2024", "FROM-2025"]


WRONG = 'schema "Till" version 1\nledgers GL\non HERA.POS.SALE.V1 { debit cash total_amount }\n'


@pytest.mark.parametrize("bound", [True, False])
def test_a_schema_that_does_not_compile_is_not_stored(
    bound: bool,
    database: str,
    seeds: Callable[..., int],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Its faults are printed, and what was there stays."""
    if bound:
        seeds(*everything())
    before = stored(database)
    path = tmp_path / "wrong.hera"
    path.write_text(WRONG)

    assert seeds("--schema", f"pos={path}") == 1

    assert "error[HE202]: unknown account `cash`" in capsys.readouterr().out
    assert stored(database) == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--chart", "nowhere.json"], "nowhere.json"),
        (["--schema", "pos"], "write KEY=FILE"),
        (["--schema", "=x.json"], "write KEY=FILE"),
        (["--bindings", "{list}"], "there is no schema `nothing`"),
        (["--chart", "{broken}"], "is not JSON"),
        (["--close", "2025-01"], "there is no period `2025-01`"),
    ],
)
def test_what_cannot_be_seeded_is_told_in_a_line(
    words: list[str],
    told: str,
    seeds: Callable[..., int],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Which file, and what is wrong with it."""
    (tmp_path / "list").write_text('[{"event": "HERA.**", "schema": "nothing"}]')
    (tmp_path / "broken").write_text("[")

    code = seeds(
        *(each.format(list=tmp_path / "list", broken=tmp_path / "broken") for each in words)
    )

    assert code == 1
    assert told in capsys.readouterr().out


def test_a_key_is_kept_as_its_digest_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two keys are two callers; the file holds neither, and is the owner's to read."""
    path = tmp_path / "keys.json"
    for actor in ("cashier", "owner"):
        assert keys.main([str(path), "--organization", ORGANIZATION, "--actor", actor]) == 0
    made = capsys.readouterr().out.split()

    read = keys.ApiKeys.read(path)

    found = [read.caller({"x-api-key": each}) for each in made]
    assert [each.actor_user_id for each in found if each is not None] == ["cashier", "owner"]
    assert not any(each in path.read_text() for each in made)
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "text", ["", "{}", "[5]", '[{"sha256": "x"}]',
             '[{"sha256": "x", "organization_id": "", "actor_user_id": "u"}]',
             '[{"sha256": "x", "organization_id": 5, "actor_user_id": "u"}]'],
)  # fmt: skip
def test_a_file_of_something_else_is_no_file_of_keys(text: str, tmp_path: Path) -> None:
    """The service does not start with it."""
    path = tmp_path / "keys.json"
    path.write_text(text)

    with pytest.raises(keys.KeyFileError):
        keys.ApiKeys.read(path)
    with pytest.raises(SystemExit):
        service.main(["--database", "sqlite:///x.db", "--keys", str(path)])


def test_the_service_does_not_start_without_its_tables(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It says what to look at, and ends."""
    keys.added(tmp_path / "keys.json", ORGANIZATION, "cashier")
    (tmp_path / "empty.db").touch()
    database = f"sqlite:///{tmp_path / 'empty.db'}"

    code = service.main(["--database", database, "--keys", str(tmp_path / "keys.json")])

    assert code == 1
    assert "is not migrated: sqlite3.OperationalError (SQLITE_ERROR)" in caplog.text


def test_a_file_that_is_not_there_is_not_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong path is told, by the service and by the commands, and nothing is left behind."""
    keys.added(tmp_path / "keys.json", ORGANIZATION, "cashier")
    database = f"sqlite:///{tmp_path / 'ledgre.db'}"

    with pytest.raises(SystemExit):
        service.main(["--database", database, "--keys", str(tmp_path / "keys.json")])
    assert seed.main(["--database", database, "--organization", ORGANIZATION]) == 1

    said = capsys.readouterr()
    assert "ledgre.db: migrate first" in said.err
    assert "ledgre.db: migrate first" in said.out
    assert not (tmp_path / "ledgre.db").exists()


def test_seeding_without_tables_is_told_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No traceback."""
    (tmp_path / "empty.db").touch()
    database = f"sqlite:///{tmp_path / 'empty.db'}"

    assert seed.main(["--database", database, "--organization", ORGANIZATION]) == 1
    assert "is not migrated: no such table" in capsys.readouterr().out


def test_two_who_seed_at_once_do_not_overwrite_one_another(
    database: str,
    seeds: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The later one is told, and what the other stored stays."""
    seeds(*everything())
    check = seed.refuse_faults

    def meddle(configuration: Configuration) -> None:
        monkeypatch.setattr(seed, "refuse_faults", check)
        assert seeds("--base-currency", "USD") == 0

    monkeypatch.setattr(seed, "refuse_faults", meddle)

    assert seeds("--close", "FROM-2025") == 1

    assert "seed again" in capsys.readouterr().out
    kept = stored(database)
    assert kept is not None
    assert kept.base_currency == "USD"
    assert kept.periods[1].status is PeriodStatus.OPEN


def test_sql_only_reads(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A statement that writes is refused."""
    words = ["--database", database, "--organization", ORGANIZATION]

    assert sql.main([*words, "DELETE FROM core_organizations"]) == 1
    assert "readonly" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("url", "body", "told"),
    [("http://x", "nowhere.json", "nowhere.json: No such file"), ("", "-", "set LEDGER_URL")],
)
def test_what_cannot_be_sent_is_told_in_a_line(
    url: str,
    body: str,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """And nothing is called."""
    monkeypatch.setenv("LEDGER_URL", url)

    with pytest.raises(SystemExit):
        call.main(["POST", "/ledger/post", body])

    assert told in capsys.readouterr().err


@pytest.fixture
def failing_twice() -> Iterator[tuple[str, list[str]]]:
    """Return the address of a service that asks to try again twice, and the keys it was sent."""
    sent: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # http.server names it so
            sent.append(self.headers["X-API-Key"])
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200 if len(sent) > 2 else 502)
            if len(sent) <= 2:
                self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(json.dumps({"sent": len(sent)}).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", sent
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("attempts", "code"), [(1, 1), (2, 1), (3, 0), (9, 0)])
def test_a_call_is_repeated_as_long_as_it_may_succeed(
    attempts: int,
    code: int,
    failing_twice: tuple[str, list[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Attempts are counted, and nothing is sent after one that succeeded."""
    url, sent = failing_twice
    monkeypatch.setenv("LEDGER_URL", url)
    monkeypatch.setenv("LEDGER_API_KEY", "key")
    (tmp_path / "body.json").write_text("{}")
    words = ["POST", "/x", str(tmp_path / "body.json"), "--attempts", str(attempts)]

    assert call.main(words) == code
    assert sent == ["key"] * min(attempts, 3)
