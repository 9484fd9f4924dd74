"""Syntax nodes to the JSON form: plain values that `json.dumps` takes, numbers as texts."""

from datetime import date
from decimal import Decimal

from hera_engine.dsl import nodes
from hera_engine.dsl.format_expressions import (
    format_arithmetic,
    format_expression,
    format_name,
)
from hera_engine.dsl.format_targets import format_loop
from hera_engine.dsl.json_allocations import seat, write_allocation
from hera_engine.dsl.json_maps import write_derivation, write_map
from hera_engine.dsl.json_parts import is_by_code
from hera_engine.dsl.statements import outer_loops, statements
from hera_engine.event_shape import ShapeKind
from hera_engine.money import format_amount

Object = dict[str, object]


def to_json_dict(schema: nodes.Schema) -> dict[str, object]:
    """Return the JSON form of a schema: new dicts and lists, nothing shared with it.

    What equals its default is left out, but for the sections that every document has.

    Law: `read_json_schema` reads it as the same schema (tests/laws/test_json_form).
    """
    dimensions = _texts(schema.dimensions)
    return {
        **_given(
            name=schema.name,
            version=schema.version,
            effective_from=_day(schema.effective_from),
            effective_to=_day(schema.effective_to),
        ),
        "ledgers": _texts(schema.ledgers),
        "accounts": {decl.key.text: _account(decl) for decl in schema.accounts},
        "tax": None if schema.tax is None else _tax(schema.tax),
        **_given(tax_profiles=[_profile(profile) for profile in schema.tax_profiles]),
        "dimensions": dimensions,
        "splits": {"dimensions": [*dimensions], "rules": [_split(each) for each in schema.splits]},
        "dimension_requirements": [_requirement(each) for each in schema.requirements],
        **_given(
            carry=[_carry(each) for each in schema.carries],
            payments=None if schema.payments is None else _payments(schema.payments),
            validations=None if schema.validations is None else _validations(schema.validations),
            events=[_event(decl) for decl in schema.events],
            maps={decl.name.text: write_map(decl) for decl in schema.maps},
            derive=[write_derivation(each) for each in schema.derivations],
            postings=[_rule(rule) for rule in schema.rules],
            cases=[_case(case) for case in schema.cases],
            case_tables=[_case_table(table) for table in schema.case_tables],
            comments={key: _comment(schema.comments[key]) for key in sorted(schema.comments)},
        ),
    }


def _given(**members: object) -> Object:
    """Return the members that say something: neither None nor empty lists and objects."""
    return {
        key: value for key, value in members.items() if value is not None and value not in ([], {})
    }


def _texts(names: tuple[nodes.Name, ...]) -> list[str]:
    return [name.text for name in names]


def _text(name: nodes.Name | None) -> str | None:
    return None if name is None else name.text


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _number(value: Decimal | None) -> str | None:
    return None if value is None else format_amount(value)


# --- declarations ------------------------------------------------------------------------------


def _account(decl: nodes.AccountDecl) -> object:
    """Return an account: its id where that is all there is, else an object."""
    found = _resolution(decl)
    if decl.ledgers:
        found["ledgers"] = {entry.ledger.text: _resolution(entry) for entry in decl.ledgers}
    return decl.id if decl.id is not None and len(found) == 1 else found


def _resolution(entry: nodes.AccountDecl | nodes.LedgerAccount) -> Object:
    kind = None if entry.type is None else entry.type.value
    return _given(id=entry.id, code=entry.code, name=entry.title, type=kind)


def _tax(tax: nodes.UseTax) -> Object:
    return {"profile_ref": tax.profile.text, **_tax_settings(tax)}


def _tax_settings(tax: nodes.UseTax | nodes.TaxProfileDecl) -> Object:
    return _given(
        inclusive_prices=tax.inclusive,
        rounding=None if tax.rounding is None else tax.rounding.value,
        cash_step=_number(tax.cash_step),
        cash_mode=tax.cash_mode,
        cash_to=tax.cash_to,
    )


def _profile(profile: nodes.TaxProfileDecl) -> Object:
    rates = [_rate(rate) for rate in profile.rates]
    return {
        "id": profile.name.text,
        **_given(
            jurisdiction=profile.jurisdiction,
            tax_system=profile.tax_system,
            source=profile.source,
        ),
        **_tax_settings(profile),
        **_given(
            rounding_rule=None if profile.rule is None else _rounding_rule(profile.rule),
            default_category=profile.default_category,
        ),
        **({"rates": rates} if rates or not profile.components else {}),
        **_given(
            components=[_component(component) for component in profile.components],
            component_categories={
                decl.category.text: _texts(decl.components) for decl in profile.bearing
            },
        ),
    }


def _rounding_rule(rule: nodes.RoundingDecl) -> Object:
    return _given(
        name=rule.name, mode=rule.mode, increment=_number(rule.increment), spread=rule.spread
    )


def _rate(rate: nodes.RateDecl) -> Object:
    exempt = rate.percent is None and not rate.reverse_charge and rate.reason is None
    return {
        "code": rate.name.text,
        **_given(
            percent=_number(rate.percent),
            exempt=True if exempt else None,
            reverse_charge=True if rate.reverse_charge else None,
            reason=rate.reason,
            categories=_texts(rate.categories),
            effective_from=_day(rate.effective_from),
            effective_to=_day(rate.effective_to),
            inclusive=rate.inclusive,
        ),
        **_books(rate),
    }


def _component(component: nodes.ComponentDecl) -> Object:
    percent = component.kind is nodes.ComponentWord.PERCENT
    return {
        "code": component.name.text,
        **_given(
            kind=None if percent else component.kind.value,
            rate=_number(component.rate),
            tiers=[_tier(tier) for tier in component.tiers],
            on=_texts(component.on),
            compound=True if component.compound else None,
            base_affected=None if component.base_affected else False,
            sequence=component.sequence,
            inclusive=component.inclusive,
            retained=True if component.retained else None,
            reverse_charge=True if component.reverse_charge else None,
            repartition=[format_amount(each) for each in component.repartition],
            jurisdiction=component.jurisdiction,
            group=component.group,
            effective_from=_day(component.effective_from),
            effective_to=_day(component.effective_to),
        ),
        **_books(component),
    }


def _tier(tier: nodes.TierDecl) -> Object:
    return _given(up_to=_number(tier.up_to), rate=_number(tier.percent))


def _books(tax: nodes.RateDecl | nodes.ComponentDecl) -> Object:
    """Return the account keys of a tax, what of it a buyer deducts, and its law."""
    return _given(
        account=_text(tax.account),
        input_account=_text(tax.input_account),
        recoverable=_number(tax.recoverable),
        expense_account=_text(tax.expense_account),
        source=tax.source,
    )


def _events_regex(pattern: nodes.EventPattern) -> object:
    """Return a pattern where a text is a regular expression."""
    return pattern.text if pattern.regex else {"glob": pattern.text}


def _events(pattern: nodes.EventPattern) -> object:
    """Return a pattern where a text is a code or a glob."""
    return {"regex": pattern.text} if pattern.regex else pattern.text


def _accounts(pattern: nodes.AccountPattern) -> object:
    if pattern.regex:
        return pattern.text
    return {"glob" if is_by_code(pattern.text) else "account": pattern.text}


def _split(split: nodes.Split) -> Object:
    data: object = None
    if split.shares:
        data = [_share(share) for share in split.shares]
    elif split.allocator is not None:
        data = {"allocator": split.allocator}
    return {
        "event_pattern": _events_regex(split.events),
        "split_by": split.dimension.text,
        "allocation_method": split.method.value,
        **_given(allocation_data=data),
    }


def _share(share: nodes.Share) -> Object:
    if share.percent is not None:
        return {"value": share.value, "percent": _number(share.percent)}
    if share.amount is not None:
        return {"value": share.value, "amount": _number(share.amount)}
    return {"value": share.value, "remaining": True}


def _requirement(requirement: nodes.Requirement) -> Object:
    return {
        "account_pattern": _accounts(requirement.accounts),
        "required_dimensions": _texts(requirement.dimensions),
        "enforcement": requirement.enforcement.value,
        **_given(default_values=dict(requirement.defaults)),
    }


def _carry(carry: nodes.Carry) -> Object:
    return {"account_pattern": _accounts(carry.accounts), "dimensions": _texts(carry.dimensions)}


def _payments(payments: nodes.Payments) -> Object:
    return {
        "capture_type": payments.capture.value,
        "open_item": payments.open_item,
        "settlement_days": payments.settlement_days,
    }


def _validations(checks: nodes.Validations) -> Object:
    return {
        "max_line_count": checks.max_line_count,
        "require_external_ref": checks.require_external_ref,
        "allowed_currencies": _texts(checks.currencies),
    }


# --- event declarations ------------------------------------------------------------------------


def _event(decl: nodes.EventDecl) -> Object:
    return {
        "on": _events(decl.on),
        **_given(open=True if decl.open else None),
        "fields": _fields(decl.fields),
        **_given(given=_equations(decl.givens)),
    }


def _fields(fields: tuple[nodes.FieldDecl, ...]) -> Object:
    return {field.name.text: _field(field) for field in fields}


def _field(field: nodes.FieldDecl) -> object:
    """Return a field: the name of its type where that is all there is, else an object."""
    kind = _type(field.type)
    if not field.optional and field.preset is None:
        return kind
    said = kind if isinstance(kind, dict) else {"type": kind}
    preset = None if field.preset is None else preset_in_json(field.preset)
    return {**said, **_given(optional=True if field.optional else None, default=preset)}


def _type(kind: nodes.FieldType) -> object:
    match kind.word:
        case ShapeKind.CHOICE:
            return {"one_of": [*kind.choices]}
        case ShapeKind.LIST if kind.member is not None:
            return {"list_of": _type(kind.member)}
        case ShapeKind.RECORD:
            return {"fields": _fields(kind.fields), **_given(open=True if kind.open else None)}
        case _:
            return kind.word.value


def preset_in_json(preset: nodes.Number | nodes.Text | nodes.Date | nodes.Truth) -> object:
    """Return the default of a declared field as an event would send it in JSON."""
    match preset:
        case nodes.Number(value):
            return format_amount(value)
        case nodes.Date(day):
            return day.isoformat()
        case nodes.Text(value=said) | nodes.Truth(value=said):
            return said


def _equations(givens: tuple[nodes.Given, ...]) -> list[str]:
    return [
        f"{format_arithmetic(given.left)} = {format_arithmetic(given.right)}" for given in givens
    ]


# --- posting rules -----------------------------------------------------------------------------


def _rule(rule: nodes.Rule) -> Object:
    lines = [_statement(lines) for lines in statements(rule.lines)]
    return {
        "on": _events(rule.on),
        **_given(
            effective_from=_day(rule.effective_from),
            effective_to=_day(rule.effective_to),
            reverses=None if rule.reverses is None else _events(rule.reverses),
            purchase=True if rule.purchase else None,
            let=[
                f"{format_name(let.name.text)} = {format_arithmetic(let.value)}"
                for let in rule.lets
            ],
            given=_equations(rule.givens),
        ),
        **({"lines": lines} if lines or rule.reverses is None else {}),
        **_given(exchange_difference=_exchange(rule.exchange), closing=_closing(rule.closing)),
    }


def _exchange(exchange: nodes.ExchangeDifference | None) -> Object | None:
    if exchange is None:
        return None
    return {"gain": exchange.gain.text, "loss": exchange.loss.text}


def _closing(closing: nodes.Closing | None) -> Object | None:
    if closing is None:
        return None
    return {"account": closing.account.text, "within": _number(closing.within)}


def _statement(lines: tuple[nodes.Line, ...]) -> Object:
    """Return one posting line, or the lines of one allocation."""
    line = lines[0]
    loops = [format_loop(loop) for loop in outer_loops(line)]
    if isinstance(line.amount, nodes.Allotted):
        found = write_allocation(lines)
    else:
        tails = _given(
            currency=None if line.currency is None else format_expression(line.currency),
            base=None if line.base is None else format_arithmetic(line.base),
            at=None if line.rate is None else format_arithmetic(line.rate),
            by=_text(line.by),
        )
        found = {**seat(line), "amount": format_arithmetic(line.amount), **tails}
    return {
        **found,
        **_given(when=None if line.when is None else format_expression(line.when)),
        **_given(**{"for": loops[0] if len(loops) == 1 else loops}),
        **_given(ledger=_text(line.ledger)),
    }


# --- cases and comments ------------------------------------------------------------------------


def _case(case: nodes.Case) -> Object:
    return {
        **_case_head(case),
        **_given(
            expect=[_expected(line) for line in case.expect],
            totals=[_total(total) for total in case.totals],
            warnings=[warning.code for warning in case.warnings],
            error=case.error,
        ),
    }


def _case_head(case: nodes.Case | nodes.CaseTable) -> Object:
    return {
        "name": case.title,
        **_given(on=case.on, like=case.like),
        "event": _record(case.event),
    }


def _case_table(table: nodes.CaseTable) -> Object:
    return {
        **_case_head(table),
        "inputs": [*table.inputs],
        "columns": [_column(column) for column in table.columns],
        "rows": [
            {
                "name": row.title,
                "values": [_case_value(value) for value in row.values],
                **_given(amounts=[_number(amount) for amount in row.amounts], error=row.error),
            }
            for row in table.rows
        ],
    }


def _record(fields: tuple[nodes.CaseField, ...]) -> Object:
    return {
        f"${field.name}" if field.name.startswith("$") else field.name: _case_value(field.value)
        for field in fields
    }


def _case_value(value: nodes.CaseValue) -> object:
    """Return a value of a case's event; JSON has no dates and few decimals, so they are marked."""
    match value:
        case None | bool() | str():
            return value
        case Decimal():
            written = format_amount(value)
            return int(written) if written.lstrip("-").isdigit() else {"$number": written}
        case date():
            return {"$date": value.isoformat()}
        case (nodes.CaseField(), *_):
            return _record(tuple(part for part in value if isinstance(part, nodes.CaseField)))
        case _:
            return [_case_value(part) for part in value if not isinstance(part, nodes.CaseField)]


def _expected(line: nodes.ExpectedLine) -> Object:
    return {
        line.side.value: line.account.text,
        **_figure(line),
        **_standing(line),
    }


def _total(total: nodes.ExpectedTotal) -> Object:
    sided = {"side": total.side.value, **_given(account=_text(total.account))}
    return {**sided, **_figure(total), **_standing(total)}


def _figure(part: nodes.ExpectedLine | nodes.ExpectedTotal) -> Object:
    return _given(amount=_number(part.amount), currency=part.currency, base=_number(part.base))


def _column(column: nodes.CaseColumn) -> Object:
    return {
        "side": column.side.value,
        **_given(account=_text(column.account), total=True if column.total else None),
        **_given(currency=column.currency, base=True if column.base else None),
        **_standing(column),
    }


def _standing(part: nodes.ExpectedLine | nodes.ExpectedTotal | nodes.CaseColumn) -> Object:
    return _given(dimensions=dict(part.dimensions), ledger=_text(part.ledger))


def _comment(comments: nodes.Comments) -> object:
    """Return the comments of one node: a text where all of them stand before it."""
    if comments.after is None and not (comments.inside or comments.heading):
        return "\n".join(comments.before)
    return {
        **_given(heading=[*comments.heading], before=[*comments.before]),
        **_given(after=comments.after, inside=[*comments.inside]),
    }
