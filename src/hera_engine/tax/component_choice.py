"""Which components an item bears: by its own list, else by its category, on a date."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from hera_engine import limits
from hera_engine.errors import HeraError, PostingRejected, did_you_mean
from hera_engine.tax.component import Component, component_fault
from hera_engine.tax.component_base import base_faults
from hera_engine.tax.mapping import shown

Lists = Sequence[tuple[str, tuple[str, ...]]]
"""For a category the codes of its components."""

_SHOWN: Final = 40
NAME_GROUP: Final = "give the group another name, or put the component of its name into it"
"""What to do about a group that is called like a component outside of it."""


def given_components(value: object) -> tuple[Component, ...]:
    """Return the components that a caller lists.

    Raises:
        HeraError: E_TAX_PROFILE for what is no list, or for a member that is no component.
    """
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        hint = "pass a list of Component, or read a mapping with TaxProfile.from_mapping"
        raise HeraError("E_TAX_PROFILE", "the tax components are no list", hint=hint)
    found = []
    for index, each in enumerate(value):
        if not isinstance(each, Component):
            message = f"the tax component at index {index} is no Component"
            hint = "make it a Component, or read mappings with TaxProfile.from_mapping"
            raise HeraError("E_TAX_PROFILE", message, hint=hint)
        found.append(each)
    return tuple(found)


def given_lists(value: object) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the codes of components that a caller lists for each category.

    Raises:
        HeraError: E_TAX_PROFILE for what is no such mapping.
    """
    if value is None:
        return ()
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        message = "the categories are no mapping from a category to codes"
        raise HeraError("E_TAX_PROFILE", message, hint=_SAY_LISTS)
    return tuple((name, _given_codes(name, codes)) for name, codes in value.items())


def given_flag(name: str, value: object) -> bool | None:
    """Return what a caller says of the whole profile, None where nothing.

    Raises:
        HeraError: E_TAX_PROFILE for what is neither true nor false.
    """
    if value is None or isinstance(value, bool):
        return value
    message = f"`{name}` is neither true nor false"
    raise HeraError("E_TAX_PROFILE", message, hint="pass True, False or None")


_SAY_LISTS: Final = 'pass a mapping such as {"goods.books": ["GST"]}'


def _given_codes(category: str, value: object) -> tuple[str, ...]:
    if isinstance(value, Iterable) and not isinstance(value, str):
        listed = tuple(value)
        if all(isinstance(code, str) for code in listed):
            return listed
    message = f"category `{shown(category)}` has no list of codes"
    raise HeraError("E_TAX_PROFILE", message, hint=_SAY_LISTS)


def check_components(components: Sequence[Component], lists: Lists) -> None:
    """Refuse components that one code stands for on one day, and codes that none has.

    So are components refused that are due on one that is not known when their turn comes, and
    groups that are called like a component outside of them.

    Raises:
        HeraError: E_TAX_PROFILE.
    """
    if len(components) > limits.PROFILE_COMPONENTS:
        allowed, seen = str(limits.PROFILE_COMPONENTS), str(len(components))
        details = {"limit": "PROFILE_COMPONENTS", "allowed": allowed, "seen": seen}
        raise HeraError(
            "E_TAX_PROFILE", f"there are more than {allowed} components", details=details
        )
    for index, one in enumerate(components):
        for other in components[:index]:
            if one.code == other.code and one.overlaps(other):
                raise component_fault(one.code, "is there twice on one day")
    codes = tuple(dict.fromkeys(component.code for component in components))
    for fault in base_faults(components, codes):
        raise _refused(components[fault.component], fault.reason, fault.hint)
    for index, reason in group_faults(components):
        raise _refused(components[index], reason, NAME_GROUP)
    known = frozenset(component.code for component in components)
    for category, codes in lists:
        for code in codes:
            if code not in known:
                message = f"category `{category[:_SHOWN]}` lists an unknown component"
                raise HeraError(
                    "E_TAX_PROFILE", message, details={"component": code[:_SHOWN]},
                    hint=did_you_mean(code[:_SHOWN], known),
                )  # fmt: skip


def _refused(component: Component, reason: str, hint: str | None) -> HeraError:
    details = {"component": component.code[:_SHOWN]}
    return HeraError("E_TAX_PROFILE", reason, details=details, hint=hint)


def group_faults(components: Sequence[Component]) -> Iterator[tuple[int, str]]:
    """Yield the components in a group that is called like one outside: the index, and why not.

    A rule asks for either by the name alone. A component within the group that has its name is
    asked for together with the others.
    """
    outside = frozenset(each.code for each in components if each.group != each.code)
    for index, component in enumerate(components):
        if component.group in outside:
            code, name = shown(component.code), shown(component.group)
            reason = f"component `{code}` is in group `{name}`, and component `{name}` is not"
            yield index, reason


def choose_components(
    components: Sequence[Component], codes: Sequence[str], on: date | None
) -> tuple[Component, ...]:
    """Return the components of some codes that apply on a day, in the profile's order.

    Raises:
        PostingRejected: E_RATE_RESOLUTION for a code that none has, that none has on that day,
            or that several have where there is no day to choose by.
    """
    wanted = frozenset(codes)
    found = tuple(each for each in components if each.code in wanted and each.applies_on(on))
    for code in codes:
        count = sum(each.code == code for each in found)
        if count != 1:
            raise _unresolved(code, count, components, on)
    return found


def codes_of_category(
    components: Sequence[Component],
    lists: Lists,
    category: str | None,
    default: str | None = None,
) -> tuple[str, ...]:
    """Return the codes of the components that a category bears.

    One that is not listed bears all, unless the default category is listed: then a profile says
    category by category what is borne, and all of them together are no one's taxes.

    Raises:
        PostingRejected: E_RATE_RESOLUTION for a category that is not listed where the default is.
    """
    listed = dict(lists)
    if category in listed:
        return listed[category]
    if category is not None and default in listed:
        name = shown(category)
        raise PostingRejected(
            "E_RATE_RESOLUTION", f"no components are for category `{name}`",
            details={"category": name}, hint=did_you_mean(name, listed),
        )  # fmt: skip
    return tuple(dict.fromkeys(component.code for component in components))


def _unresolved(
    code: str, count: int, components: Sequence[Component], on: date | None
) -> PostingRejected:
    """Return the error for a code that leaves no component, or a choice of several."""
    known = frozenset(component.code for component in components)
    name = code[:_SHOWN]
    details = {"component": name, "date": None if on is None else on.isoformat()}
    if count:
        message = f"component `{name}` has {count} rates to choose from"
        return PostingRejected("E_RATE_RESOLUTION", message, details=details, hint="send a date")
    if code in known:
        message = f"no rate of component `{name}` applies on {on}"
        return PostingRejected("E_RATE_RESOLUTION", message, details=details)
    hint = did_you_mean(name, known)
    message = f"the profile has no component `{name}`"
    return PostingRejected("E_RATE_RESOLUTION", message, details=details, hint=hint)
