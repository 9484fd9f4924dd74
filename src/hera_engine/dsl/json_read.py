"""The JSON form of a posting schema to syntax nodes, every fault in one run.

The mapping is copied, the copy validated by the models of `json_form`, and the models become nodes
whose places are JSON pointers.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from hera_engine import faults, limits
from hera_engine.dsl import nodes
from hera_engine.dsl.json_faults import absences, in_order, sound_part
from hera_engine.dsl.json_form import (
    AccountForm,
    CarryForm,
    CaseForm,
    ExpectedForm,
    LineForm,
    MapForm,
    PaymentsForm,
    PostingForm,
    ProfileForm,
    RateForm,
    RequirementForm,
    SchemaForm,
    SplitForm,
    TaxForm,
    ValidationsForm,
    validate_form,
)
from hera_engine.dsl.json_fragments import placed
from hera_engine.dsl.json_parts import allocation
from hera_engine.dsl.json_snapshot import take_snapshot
from hera_engine.dsl.json_values import Flaw, flaw, pointer_of, wrong_type
from hera_engine.errors import Diagnostic, Pointer, did_you_mean


def read_json_schema(
    data: object, *, file: str = "<schema>"
) -> tuple[nodes.Schema | None, tuple[Diagnostic, ...]]:
    """Return the schema that a document describes and every fault its shape decides.

    After a fault the schema holds what is sound without it, so that later checks can speak of
    the rest; it is None where nothing is. Nodes and diagnostics have JSON pointers for places.

    Args:
        data: The document; it is copied first, and neither kept nor changed.
        file: What diagnostics call it.

    Law: what `to_json_dict` writes is read as the same schema (tests/laws/test_json_form).
    """
    if not isinstance(data, Mapping):
        return None, (wrong_type("an object", data).diagnostic(file),)
    snapshot, flaws = take_snapshot(data)
    if snapshot is None:
        return None, tuple(bad.diagnostic(file) for bad in flaws)
    form, found = validate_form(snapshot)
    flaws += (*found, *absences(snapshot))
    if form is None:
        form, _ = validate_form(sound_part(snapshot, found))
    if form is not None:
        flaws += tuple(_undeclared(form))
    ordered = in_order(snapshot, flaws)[: limits.SCHEMA_FAULTS]
    schema = None if form is None else _schema(form)
    return schema, tuple(bad.diagnostic(file) for bad in ordered)


# --- the document ------------------------------------------------------------------------------

ROOT = Pointer("")


def _schema(form: SchemaForm) -> nodes.Schema:
    """Return the node of a whole document."""
    return nodes.Schema(
        name=form.name,
        version=form.version,
        effective_from=form.effective_from,
        effective_to=form.effective_to,
        ledgers=_names(form.ledgers, ROOT.child("ledgers")),
        accounts=tuple(_account(key, account) for key, account in form.accounts.items()),
        tax_profiles=_listed(form.tax_profiles, _profile, "tax_profiles"),
        tax=None if form.tax is None else _tax(form.tax),
        dimensions=_dimensions(form),
        splits=_listed(form.splits.rules, _split, "splits", "rules"),
        requirements=_listed(form.dimension_requirements, _requirement, "dimension_requirements"),
        carries=_listed(form.carry, _carry, "carry"),
        payments=None if form.payments is None else _payments(form.payments),
        validations=None if form.validations is None else _validations(form.validations),
        maps=tuple(_map(name, each) for name, each in form.maps.items()),
        rules=_listed(form.postings, _rule, "postings"),
        cases=_listed(form.cases, _case, "cases"),
        comments=form.comments,
        at=ROOT,
    )


Form = TypeVar("Form")


NodeType = TypeVar("NodeType")


def _members(forms: tuple[Form, ...], at: Pointer) -> Iterator[tuple[Form, Pointer]]:
    """Yield the members of a list with their places."""
    return ((form, at.child(index)) for index, form in enumerate(forms))


def _listed(
    forms: tuple[Form, ...], make: Callable[[Form, Pointer], NodeType], *keys: str
) -> tuple[NodeType, ...]:
    """Return the nodes of a list that stands under ``keys`` of the document."""
    return tuple(make(form, at) for form, at in _members(forms, pointer_of(keys)))


def _names(names: tuple[nodes.Name, ...], at: Pointer) -> tuple[nodes.Name, ...]:
    """Return the names of a list with their places."""
    return tuple(replace(name, at=at.child(index)) for index, name in enumerate(names))


def _name(name: nodes.Name | None, at: Pointer) -> nodes.Name | None:
    return None if name is None else replace(name, at=at)


# --- dimensions --------------------------------------------------------------------------------


def _dimensions(form: SchemaForm) -> tuple[nodes.Name, ...]:
    """Return the dimensions that a document declares, in its order.

    Without a section of their own these are the ones amounts may be split by, and those of the
    standard ones that are required or carried.
    """
    if form.dimensions is not None:
        return _names(form.dimensions, ROOT.child("dimensions"))
    declared = _names(form.splits.dimensions, pointer_of(("splits", "dimensions")))
    wanted = (
        *_listed(form.dimension_requirements, _required, "dimension_requirements"),
        *_listed(form.carry, _carried, "carry"),
    )
    known = {name.text for name in declared}
    added: dict[str, nodes.Name] = {}
    for name in (name for names in wanted for name in names):
        if name.text in nodes.STANDARD_DIMENSIONS and name.text not in known:
            added.setdefault(name.text, name)
    return (*declared, *added.values())


def _required(form: RequirementForm, at: Pointer) -> tuple[nodes.Name, ...]:
    return _names(form.required_dimensions, at.child("required_dimensions"))


def _carried(form: CarryForm, at: Pointer) -> tuple[nodes.Name, ...]:
    return _names(form.dimensions, at.child("dimensions"))


def _undeclared(form: SchemaForm) -> Iterator[Flaw]:
    """Yield the dimensions of splits that are only declared by being required or carried.

    Dimensions that are not declared at all are found by the checks of the nodes.
    """
    declared = {name.text for name in form.dimensions or form.splits.dimensions}
    known = {name.text for name in _dimensions(form)}
    for index, name in enumerate(form.splits.dimensions):
        if name.text not in known:
            yield _invalid(name, declared, "splits", "dimensions", index)
    for index, split in enumerate(form.splits.rules):
        if split.split_by.text in known - declared:
            yield _invalid(split.split_by, declared, "splits", "rules", index, "split_by")


def _invalid(name: nodes.Name, declared: set[str], *path: str | int) -> Flaw:
    hint = did_you_mean(name.text, declared)
    return flaw(faults.INVALID_DIMENSION, *path, hint=hint, name=name.text)


def _split(form: SplitForm, at: Pointer) -> nodes.Split:
    shares, allocator = allocation(form.allocation_method, form.allocation_data)
    data = at.child("allocation_data")
    listed = isinstance(form.allocation_data, list)
    return nodes.Split(
        events=replace(form.event_pattern, at=at.child("event_pattern")),
        dimension=replace(form.split_by, at=at.child("split_by")),
        method=form.allocation_method,
        shares=tuple(
            replace(share, at=data.child(index if listed else share.value))
            for index, share in enumerate(shares)
        ),
        allocator=allocator,
        at=at,
    )


def _requirement(form: RequirementForm, at: Pointer) -> nodes.Requirement:
    return nodes.Requirement(
        accounts=replace(form.account_pattern, at=at.child("account_pattern")),
        dimensions=_required(form, at),
        enforcement=form.enforcement,
        defaults=form.default_values,
        at=at,
    )


def _carry(form: CarryForm, at: Pointer) -> nodes.Carry:
    return nodes.Carry(
        accounts=replace(form.account_pattern, at=at.child("account_pattern")),
        dimensions=_carried(form, at),
        at=at,
    )


# --- accounts and tax --------------------------------------------------------------------------


def _account(key: str, form: AccountForm) -> nodes.AccountDecl:
    at = ROOT.child("accounts").child(key)
    ledgers = tuple(
        nodes.LedgerAccount(
            ledger=nodes.Name(ledger, at=at.child("ledgers").child(ledger)),
            id=there.id,
            code=there.code,
            title=there.title,
            type=there.type,
            at=at.child("ledgers").child(ledger),
        )
        for ledger, there in form.ledgers.items()
    )
    return nodes.AccountDecl(
        key=nodes.Name(key, at=at),
        id=form.id,
        code=form.code,
        title=form.title,
        type=form.type,
        ledgers=ledgers,
        at=at,
    )


def _tax(form: TaxForm) -> nodes.UseTax:
    at = ROOT.child("tax")
    return nodes.UseTax(
        profile=replace(form.profile_ref, at=at.child("profile_ref")),
        inclusive=form.inclusive_prices,
        rounding=form.rounding,
        cash_step=form.cash_step,
        at=at,
    )


def _profile(form: ProfileForm, at: Pointer) -> nodes.TaxProfileDecl:
    key, name = ("name", form.name) if form.id is None else ("id", form.id)
    assert name is not None, "a profile without either is refused"
    return nodes.TaxProfileDecl(
        name=replace(name, at=at.child(key)),
        jurisdiction=form.jurisdiction,
        tax_system=form.tax_system,
        inclusive=form.inclusive_prices,
        rounding=form.rounding or form.rounding_method,
        cash_step=form.cash_step,
        default_category=form.default_category,
        rates=tuple(_rate(each, place) for each, place in _members(form.rates, at.child("rates"))),
        at=at,
    )


def _rate(form: RateForm, at: Pointer) -> nodes.RateDecl:
    """Return the node of a rate; without a code it is named for what it is."""
    name = form.code or nodes.Name("exempt" if form.exempt else "reverse_charge")
    return nodes.RateDecl(
        name=replace(name, at=at.child("code")),
        percent=form.percent,
        categories=_names(form.categories, at.child("categories")),
        effective_from=form.effective_from,
        effective_to=form.effective_to,
        inclusive=form.inclusive,
        account=_name(form.account, at.child("account")),
        reverse_charge=form.reverse_charge,
        at=at,
    )


# --- payments, validations, maps ---------------------------------------------------------------


def _payments(form: PaymentsForm) -> nodes.Payments:
    return nodes.Payments(
        capture=form.capture_type,
        open_item=form.open_item,
        settlement_days=form.settlement_days,
        at=ROOT.child("payments"),
    )


def _validations(form: ValidationsForm) -> nodes.Validations:
    at = ROOT.child("validations")
    return nodes.Validations(
        max_line_count=form.max_line_count,
        require_external_ref=form.require_external_ref,
        currencies=_names(form.allowed_currencies, at.child("allowed_currencies")),
        at=at,
    )


def _map(name: str, form: MapForm) -> nodes.MapDecl:
    at = ROOT.child("maps").child(name)
    rows = [
        nodes.MapRow(keys=row.when, target=_name(row.then, place.child("then")), at=place)
        for row, place in _members(form.rows, at.child("rows"))
    ]
    if "otherwise" in form.model_fields_set:
        place = at.child("else")
        keys = (None,) * len(form.inputs)
        rows.append(nodes.MapRow(keys=keys, target=_name(form.otherwise, place), at=place))
    return nodes.MapDecl(
        name=nodes.Name(name, at=at),
        inputs=_names(form.inputs, at.child("inputs")),
        rows=tuple(rows),
        at=at,
    )


# --- posting rules and cases -------------------------------------------------------------------


def _rule(form: PostingForm, at: Pointer) -> nodes.Rule:
    closing = form.closing
    place = at.child("closing")
    return nodes.Rule(
        on=replace(form.on, at=at.child("on")),
        reverses=None if form.reverses is None else replace(form.reverses, at=at.child("reverses")),
        lets=tuple(placed(each, there) for each, there in _members(form.lets, at.child("let"))),
        givens=tuple(
            placed(each, there) for each, there in _members(form.givens, at.child("given"))
        ),
        lines=tuple(_line(each, there) for each, there in _members(form.lines, at.child("lines"))),
        closing=None
        if closing is None
        else nodes.Closing(
            account=replace(closing.account, at=place.child("account")),
            within=closing.within,
            at=place,
        ),
        at=at,
    )


def _line(form: LineForm, at: Pointer) -> nodes.Line:
    side = nodes.SideWord.CREDIT if form.debit is None else nodes.SideWord.DEBIT
    target = form.debit or form.credit
    assert target is not None, "a line without a side is refused"
    return nodes.Line(
        side=side,
        target=placed(target, at.child(side.value)),
        amount=placed(form.amount, at.child("amount")),
        by=_name(form.by, at.child("by")),
        when=None if form.when is None else placed(form.when, at.child("when")),
        loops=tuple(placed(loop, at.child("for")) for loop in form.loops),
        ledger=_name(form.ledger, at.child("ledger")),
        at=at,
    )


def _case(form: CaseForm, at: Pointer) -> nodes.Case:
    return nodes.Case(
        title=form.title,
        on=form.on,
        event=tuple(placed(each, at.child("event").child(each.name)) for each in form.event),
        expect=tuple(
            _expected(each, there) for each, there in _members(form.expect, at.child("expect"))
        ),
        at=at,
    )


def _expected(form: ExpectedForm, at: Pointer) -> nodes.ExpectedLine:
    side = nodes.SideWord.CREDIT if form.debit is None else nodes.SideWord.DEBIT
    account = form.debit or form.credit
    assert account is not None, "a line without a side is refused"
    return nodes.ExpectedLine(
        side=side,
        account=replace(account, at=at.child(side.value)),
        amount=form.amount,
        dimensions=form.dimensions,
        ledger=_name(form.ledger, at.child("ledger")),
        at=at,
    )
