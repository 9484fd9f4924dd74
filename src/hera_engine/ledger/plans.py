"""Which schema posts an event, and a bounded store of compiled ones.

What is compiled is kept by organization and by all that it was compiled from. An edited document
or binding is another key and seen at once; another organization's is never reached, because no
key is shared. The store changes what a call costs, never what it gives.
"""

from collections import OrderedDict
from collections.abc import Hashable, Iterable, Mapping
from datetime import date
from hashlib import sha256
from threading import Lock
from typing import Generic, TypeVar

from hera_engine import limits
from hera_engine.configuration import Binding, Configuration
from hera_engine.engine import PostingEngine, listed
from hera_engine.errors import HeraError, PostingRejected
from hera_engine.frozen import FrozenMap, to_plain
from hera_engine.json_text import dumps
from hera_engine.rules.dimensions import Allocator
from hera_engine.rules.load import PostingSchema, load_schema
from hera_engine.rules.stage import Stage
from hera_engine.settings import Settings

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")


class Bounded(Generic[_Key, _Value]):
    """Remembers the values last used, a fixed number of them; thread-safe."""

    __slots__ = ("_kept", "_lock", "_most")

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[_Key, _Value] = OrderedDict()
        self._lock = Lock()

    def get(self, key: _Key) -> _Value | None:
        """Return a value and count it as used, or None."""
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key]

    def keep(self, key: _Key, value: _Value) -> None:
        """Remember a value; the one not used for longest goes if there are too many."""
        with self._lock:
            self._kept[key] = value
            self._kept.move_to_end(key)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def __len__(self) -> int:
        """How many values are remembered."""
        with self._lock:
            return len(self._kept)


class Plans:
    """Engines by organization and by what they were compiled from."""

    __slots__ = ("_allocators", "_configurations", "_engines", "_named", "_settings", "_stages")

    def __init__(
        self,
        settings: Settings | None = None,
        stages: Iterable[Stage] = (),
        allocators: Mapping[str, Allocator] | None = None,
    ) -> None:
        self._settings = settings
        self._stages = tuple(listed(stages, "stages"))
        self._allocators = allocators
        self._configurations: Bounded[str, Configuration] = Bounded(limits.CACHED_CONFIGURATIONS)
        self._named: Bounded[tuple[str, str, str, str | None], str] = Bounded(limits.CACHED_PLANS)
        self._engines: Bounded[tuple[str, str], PostingEngine | HeraError] = Bounded(
            limits.CACHED_PLANS
        )

    def known(self, organization_id: str, version: str) -> Configuration | None:
        """Return the configuration of this version, if it is remembered."""
        kept = self._configurations.get(organization_id)
        return kept if kept is not None and kept.version == version else None

    def remember(self, configuration: Configuration) -> None:
        """Remember the configuration of an organization."""
        self._configurations.keep(configuration.organization_id, configuration)

    def engine(self, configuration: Configuration, binding: Binding) -> PostingEngine:
        """Return the engine of a binding, compiled now if it is not remembered.

        Raises:
            HeraError: E_SCHEMA with its diagnostics for a schema that does not compile.
        """
        digest = self._digest(configuration, binding)
        key = (configuration.organization_id, digest)
        found = self._engines.get(key)
        if found is None:
            found = self._compiled(configuration, binding)
            self._engines.keep(key, found)
        if isinstance(found, HeraError):
            raise found.with_traceback(None)
        return found

    def document(self, configuration: Configuration, key: str) -> str | FrozenMap:
        """Return the document of a schema: its text, or the JSON form.

        Raises:
            HeraError: E_SCHEMA for anything else.
        """
        document = configuration.schemas[key]
        if isinstance(document, str | FrozenMap):
            return document
        raise HeraError("E_SCHEMA", "the document of a posting schema is no text and no object")

    def _digest(self, configuration: Configuration, binding: Binding) -> str:
        """Return the digest of all that a binding's engine is compiled from."""
        name = (
            configuration.organization_id, configuration.version,
            binding.schema, binding.tax_profile,
        )  # fmt: skip
        digest = self._named.get(name)
        if digest is None:
            said = configuration.to_dict()
            schema = to_plain(configuration.schemas[binding.schema])
            profiles = to_plain(configuration.tax_profiles)
            parts = [said["chart"], said["exchange_rates"], schema, profiles, binding.tax_profile]
            digest = sha256(dumps(parts).encode()).hexdigest()
            self._named.keep(name, digest)
        return digest

    def _compiled(
        self, configuration: Configuration, binding: Binding
    ) -> PostingEngine | HeraError:
        try:
            schema = load_schema(self.document(configuration, binding.schema))
            return PostingEngine(
                schema,
                chart=configuration.chart,
                tax_profiles=_profiles(configuration, binding, schema),
                stages=self._stages,
                allocators=self._allocators,
                settings=self._settings,
                exchange_rates=configuration.exchange_rates or (),
            )
        except HeraError as error:
            return error


def _profiles(
    configuration: Configuration, binding: Binding, schema: PostingSchema
) -> tuple[FrozenMap, ...]:
    """Return the tax profiles a schema may name.

    The profile of a binding is the one that the schema uses, whatever name it uses it by.
    """
    every = configuration.tax_profiles
    if binding.tax_profile is None:
        return tuple(each for each in every.values() if isinstance(each, FrozenMap))
    own, used = every[binding.tax_profile], schema.nodes.tax
    if not isinstance(own, FrozenMap):
        raise HeraError("E_TAX_PROFILE", "the document of a tax profile is no object")
    return (own if used is None else FrozenMap({**own, "id": used.profile.text}),)


def binding_for(configuration: Configuration, code: str, day: date) -> Binding:
    """Return the binding that governs an event of a smart code on a day.

    Raises:
        PostingRejected: E_SCHEMA if there is none.
    """
    found = configuration.routes.matching(code)
    for each in found:
        if each.days.holds(day):
            return each
    raise PostingRejected(
        "E_SCHEMA",
        f"no posting schema is bound to {code!a} on {day.isoformat()}",
        hint="bind one that is in force on the day" if found else "bind a schema to the event",
    )
