"""The runbook: every block of the page, in order, against the running service."""

from collections.abc import Mapping
from pathlib import Path

import psycopg
import pytest

from tests.service.runbook_page import agrees, blocks, free_port, printed
from tests.storage.servers import Server


@pytest.fixture(params=["sqlite", "postgres"])
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> Mapping[str, str]:
    """Return what the page is run with: SQLite as it stands, PostgreSQL by two addresses."""
    common = {"FOLDER": str(tmp_path), "PORT": str(free_port())}
    if request.param == "sqlite":
        return common
    server: Server = request.getfixturevalue("server")
    with psycopg.connect(server.superuser, autocommit=True) as connection:
        connection.execute("CREATE DATABASE runbook")
    owner = server.superuser.replace("/postgres?", "/runbook?")
    return {**common, "OWNER": owner, "DATABASE": owner.replace("postgres:@", "hera_service:@")}


def test_the_page_prints_what_it_shows(environment: Mapping[str, str]) -> None:
    """Each block prints what stands under it; one with nothing under it prints nothing."""
    differing = [
        f"{block.code}\nshown:\n{block.shown}\nprinted:\n{output}"
        for block, output in printed(environment).items()
        if not agrees(block.shown or "", output)
    ]

    assert differing == [], "\n\n".join(differing)


def test_the_page_has_its_seven_days() -> None:
    """The page is read whole, and a mask takes one word and no more."""
    kinds = [block.kind for block in blocks()]

    assert kinds.count("sh") >= 20
    assert kinds.count("sql") == 1
    assert agrees("id  <id>\n", "id  7\n")
    assert not agrees("id  <id>\n", "id  7 8\n")
    assert not agrees("id  <id>\n", "other  7\n")
