"""What `configure` promises: the whole configuration in place of the old, under a new version."""

from dataclasses import replace
from datetime import date
from typing import Final

from hera_engine.configuration import Binding, Configuration, PeriodStatus
from hera_engine.frozen import FrozenMap
from hera_engine.periods import Period
from hera_engine.repository import Change, Repository
from hera_engine.testing.conformance.samples import (
    ONE,
    SAMPLE_SCHEMA,
    TWO,
    configuration,
    expect,
    expect_alike,
    expect_done,
    expect_kept,
    kept,
    nested,
    transaction,
)


def _stored(repository: Repository, organization: str) -> Configuration:
    """Return the configuration of an organization, which must have one, and its version."""
    found = repository.configuration(organization)
    version = repository.configuration_version(organization)
    if found is None or version is None:
        raise AssertionError("a configuration that was stored is not there")
    expect(found.organization_id == organization, "a configuration names another organization")
    expect(bool(version), "the version of a configuration is empty")
    expect(found.version == version, "`configuration` and `configuration_version` differ")
    return found


def unknown_organization_has_no_configuration(repository: Repository) -> None:
    """Where nothing was configured there is None, also once there are transactions."""
    for step in ("at first", "after a transaction"):
        expect(repository.configuration(ONE) is None, f"there is a configuration {step}")
        expect(repository.configuration_version(ONE) is None, f"there is a version {step}")
        kept(repository, transaction(1 if step == "at first" else 2))
    repository.configure(configuration())
    expect_kept(repository, ONE, [transaction(1), transaction(2)], "after configuring")


def configuration_is_read_as_written(repository: Repository) -> None:
    """Each part of a configuration comes back as it was given, and in its order."""
    first = configuration()
    repository.configure(first)
    expect_alike(_stored(repository, ONE), first, "a configuration changed in the store")
    bare = Configuration(organization_id=TWO)
    repository.configure(bare)
    expect_alike(_stored(repository, TWO), bare, "an empty configuration changed in the store")
    bindings = tuple(
        Binding(event="HERA.KIT.**", schema="kit", priority=number % 3) for number in range(30)
    )
    rich = replace(
        first,
        schemas=FrozenMap(
            {
                "kit": f"{SAMPLE_SCHEMA}\n# \u0642\u064a\u062f 'quoted' \"twice\" \\ %s {{}}\n",
                "json": nested(10, "inside"),
                "A key of any kind, so long as it is ASCII": "",
            }
        ),
        bindings=bindings,
        chart=tuple(reversed(first.chart)),
        periods=tuple(reversed(first.periods)),
    )
    repository.configure(rich)
    expect_alike(_stored(repository, ONE), rich, "a rich configuration changed in the store")
    expect_alike(_stored(repository, TWO), bare, "another organization's configuration changed")


def configure_replaces_the_whole(repository: Repository) -> None:
    """Nothing of the configuration of before is left, be the new one smaller or empty."""
    repository.configure(configuration(name="before"))
    for later in (
        configuration(name="later"),
        replace(configuration(name="later"), bindings=(), periods=()),
        Configuration(organization_id=ONE, base_currency="EUR"),
        configuration(name="before"),
    ):
        repository.configure(later)
        expect_alike(_stored(repository, ONE), later, "the configuration of before is left in part")


def edited_configuration_is_seen(repository: Repository) -> None:
    """A period closed, a date moved or a text edited is there with the next reading."""
    now = configuration()
    repository.configure(now)
    for edited in (
        now.with_period("kit-1", PeriodStatus.CLOSED),
        replace(
            now,
            bindings=(
                Binding(event="HERA.KIT.**", schema="kit", days=Period(None, date(2025, 1, 1))),
            ),
        ),
        replace(now, schemas=FrozenMap({"kit": SAMPLE_SCHEMA + "\n"})),
    ):
        repository.configure(edited)
        expect_alike(_stored(repository, ONE), edited, "an edited configuration is not seen")


def version_changes_with_every_call(repository: Repository) -> None:
    """Each call gives a version that there never was, also for the same content again."""
    one, other = configuration(), configuration(name="other")
    seen: list[str] = []
    for each in (one, one, other, one, replace(other, version="1"), one, one):
        repository.configure(each)
        seen.append(_stored(repository, ONE).version)
    expect(len(set(seen)) == len(seen), f"a version came twice: {seen}")
    kept(repository, transaction(1))
    expect(_stored(repository, ONE).version == seen[-1], "a transaction changed the version")


def old_version_is_stale_from_now_on(repository: Repository) -> None:
    """After `configure` no change is carried out that names a version of before."""
    versions: list[str] = []
    for number in range(4):
        repository.configure(configuration(name=f"state-{number % 2}"))
        versions.append(_stored(repository, ONE).version)
        for place, version in enumerate(versions):
            new = transaction(10 * number + place)
            change = Change(organization_id=ONE, configuration_version=version, create=new)
            outcome = type(repository.commit(change)).__name__
            wanted = "Done" if place == number else "Stale"
            expect(outcome == wanted, f"version {place} of {number + 1} is answered {outcome}")
    present = [transaction(11 * number) for number in range(4)]
    expect_kept(repository, ONE, present, "after changes on old configurations")


def none_is_a_version_too(repository: Repository) -> None:
    """A change that names an empty version is carried out until there is a configuration."""
    without = Change(organization_id=ONE, configuration_version="", create=transaction(1))
    expect_done(repository.commit(without), "there is no configuration, as the change says")
    repository.configure(configuration(TWO, "other"))
    without = replace(without, create=transaction(2))
    expect_done(repository.commit(without), "another's configuration is taken for mine")
    repository.configure(configuration())
    outcome = type(repository.commit(replace(without, create=transaction(3)))).__name__
    expect(outcome == "Stale", f"a change that knows of no configuration is answered {outcome}")
    present = [transaction(1), transaction(2)]
    expect_kept(repository, ONE, present, "after changes that know of no configuration")


def expected_version_is_compared(repository: Repository) -> None:
    """A configuration is stored if the one of before has the version that is expected."""
    versions: list[str] = [""]
    states = [configuration(name=f"state-{number}") for number in range(4)]
    now = None
    for state in states:
        for expected in (*versions[:-1], "a version that there never was"):
            outcome = type(repository.configure(configuration(name="late"), expected)).__name__
            where = f"version {expected!a} is expected and {versions[-1]!a} is there"
            expect(outcome == "Stale", f"{where}: the answer is {outcome}")
            found = repository.configuration(ONE)
            kept_as_it_was = now is None if found is None else found == now
            expect(kept_as_it_was, f"{where}: the configuration changed")
        outcome = type(repository.configure(state, versions[-1])).__name__
        expect(outcome == "Done", f"the version that is there is expected: {outcome}")
        now = _stored(repository, ONE)
        expect_alike(now, state, "a configuration changed in the store")
        versions.append(now.version)
    outcome = type(repository.configure(configuration(TWO), "")).__name__
    expect(outcome == "Done", f"another's configuration is taken for mine: {outcome}")
    outcome = type(repository.configure(states[0])).__name__
    expect(outcome == "Done", f"nothing is expected: the answer is {outcome}")


def each_organization_is_configured_by_itself(repository: Repository) -> None:
    """Configuring one organization changes neither content nor version of another."""
    one, two = configuration(name="one"), configuration(TWO, "two")
    repository.configure(one)
    version = _stored(repository, ONE).version
    repository.configure(two)
    repository.configure(configuration(TWO, "later"))
    expect_alike(_stored(repository, ONE), one, "another organization's configuration is mine")
    expect(_stored(repository, ONE).version == version, "another's configuration moved my version")
    change = Change(organization_id=ONE, configuration_version=version, create=transaction(1))
    expect_done(repository.commit(change), "another's configuration made mine stale")


def reading_changes_nothing(repository: Repository) -> None:
    """Verbs that read leave versions and transactions as they were."""
    repository.configure(configuration())
    kept(repository, transaction(1))
    first = _stored(repository, ONE)
    for _ in range(3):
        expect_kept(repository, ONE, [transaction(1)], "after reading")
        expect(_stored(repository, ONE) == first, "reading changed the configuration")


CHECKS: Final = (
    unknown_organization_has_no_configuration,
    configuration_is_read_as_written,
    configure_replaces_the_whole,
    edited_configuration_is_seen,
    version_changes_with_every_call,
    old_version_is_stale_from_now_on,
    none_is_a_version_too,
    expected_version_is_compared,
    each_organization_is_configured_by_itself,
    reading_changes_nothing,
)
"""Each takes a repository over an empty store."""
