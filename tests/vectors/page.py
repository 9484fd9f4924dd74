"""Makes docs/vectors-differing.md of what became of the vector files.

python -m tests.vectors --page > docs/vectors-differing.md
"""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatch
from typing import Final

from tests.vectors.cases import Case, Difference
from tests.vectors.exact_documents import all_adjustments
from tests.vectors.fields import FILES
from tests.vectors.rule_texts import COUNTED, OTHER, OWN, counted_rule, named, other_rule
from tests.vectors.runner import Outcome, Tally, Verdict

WIDTH: Final = 100
SHOWN: Final = 2
"""Figures that are shown of a case; the others follow from them, or are of the same kind."""
LONGEST: Final = 90
"""Characters of a cell before it is cut."""

INTRODUCTION: Final = """\
# Vectors: the cases that count otherwise

This page is the output of the vector run, `python -m tests.vectors --page`; a test fails if it is
not. [vectors.md](vectors.md) says what the files are and how their cases become calls.

Answers are compared as numbers, without any tolerance. A case **passed** if every figure is the
expected one; it is answered **differently** if a named rule of ours demands another figure, and the
answer is the one that the rule demands; it is **not supported** if there is no public name for what
it asks, or its inputs lack something.
"""

SLACK: Final = """\
The reference validators let some figures pass that are off by up to 0.02 (Peppol's R040 and R120)
or by less than 1.00 (the taxes of categories). `check_document` is exact and refuses them. Every
other fragment that the source calls valid is valid to the last digit, and every one that it calls
invalid is refused."""

NOT_REPRODUCED: Final = """\
Of these cases the collection says that no exact model of the rule they name gives the figures
(`verify.reproduced` is false, or open where the rule is one with figures). They are not forced to
pass."""


def page(tallies: Sequence[Tally]) -> str:
    """Return the text of the page."""
    watched = [tally for tally in tallies if any(fnmatch(tally.file, name) for name in FILES)]
    verdicts = [verdict for tally in watched for verdict in tally.verdicts]
    everywhere = [verdict for tally in tallies for verdict in tally.verdicts]
    parts = (
        (INTRODUCTION,),
        _files(tallies),
        _counted(verdicts),
        _own(everywhere),
        _slack(verdicts),
        _not_reproduced(verdicts),
        _other(verdicts),
        _unsupported(tallies, watched),
    )
    return "\n".join(line for part in parts for line in part).rstrip() + "\n"


def _files(tallies: Sequence[Tally]) -> Iterator[str]:
    yield "## Files\n"
    yield "| file | cases | passed | differently | failed | not supported |"
    yield "|---|---|---|---|---|---|"
    files = tuple(dict.fromkeys(tally.file for tally in tallies))
    for file in files:
        yield _counts(f"`{file}`", [tally for tally in tallies if tally.file == file])
    yield _counts("all", tallies)
    yield ""


def _counts(name: str, tallies: Sequence[Tally]) -> str:
    counts = [sum(tally.count(outcome) for tally in tallies) for outcome in Outcome]
    return _row(name, sum(counts), *counts)


def _counted(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Yield the rules that count: all of their cases that are reproduced must pass."""
    yield "## Rules whose every case must pass\n"
    yield "| rule | our option | reproduced cases | passed | else |"
    yield "|---|---|---|---|---|"
    for name, (option, _) in COUNTED.items():
        cases = [v for v in verdicts if counted_rule(v.case) == name and _reproduced(v.case)]
        rest = [verdict for verdict in cases if verdict.outcome is not Outcome.PASSED]
        yield _row(name, option, len(cases), len(cases) - len(rest), _ids(rest) or "none")
    yield ""
    yield _filled(
        "Cases that name one of these rules without being reproduced stand below: "
        + _ids(v for v in verdicts if counted_rule(v.case) and not _reproduced(v.case))
        + "."
    )
    yield ""


def _reproduced(case: Case) -> bool:
    return case.verify.get("reproduced") is True


# --- answered differently ------------------------------------------------------------------


def _own(verdicts: Sequence[Verdict]) -> Iterator[str]:
    yield "## Answered differently\n"
    yield _filled(
        "The figure of a row is the first that differs, or the first two; what follows from them"
        " differs as well."
    )
    unused: list[str] = []
    for name, (law, against) in OWN.items():
        text = f"{_sentence(law)} Otherwise: {against}."
        rows = tuple(_differing([each for each in verdicts if each.rule == name]))
        if rows:
            yield f"\n### {name}\n"
            yield _filled(text)
            yield "\n| case | source | rule it names | figure | expected | ours |"
            yield "|---|---|---|---|---|---|"
            yield from rows
        else:
            unused.append(_filled(f"- {name}: {text}", "  "))
    if unused:
        yield "\n### Rules that no case here contradicts\n"
        yield from unused
    yield ""


def _differing(verdicts: Iterable[Verdict]) -> Iterator[str]:
    """Yield a row for each figure that is shown of a case; cases that are alike share one."""
    alike: dict[tuple[str, str, tuple[Difference, ...]], list[Verdict]] = {}
    for verdict in verdicts:
        key = (_source(verdict.case), _short(named(verdict.case)), verdict.found)
        alike.setdefault(key, []).append(verdict)
    for (source, rule, found), same in alike.items():
        for at, each in enumerate(found[:SHOWN]):
            head = (_ids(same), source, rule) if at == 0 else ("", "", "")
            more = len(found) - SHOWN
            path = f"`{each.path}`"
            path += f" and {more} more" if at == SHOWN - 1 and more > 0 else ""
            yield _row(*head, path, _figure(each.expected), _figure(each.got))


def _figure(text: str) -> str:
    """Return a figure or a record of figures as a cell, without quotation marks."""
    return _short(text.replace("'", ""))


def _source(case: Case) -> str:
    """Return the repository that a case is from, or the publication."""
    source = case.source
    version = f" {source['version']}" if "version" in source else ""
    return _short(str(source.get("repo") or source.get("url") or "") + version)


def _short(text: str) -> str:
    """Return the beginning of a text as a cell."""
    head = text.partition(": ")[0] if text.startswith("EN 16931") else text
    cell = head if len(head) <= LONGEST else head[: LONGEST - 1].rstrip() + "…"
    return cell.replace("|", "\\|")


# --- other lists ---------------------------------------------------------------------------


def _slack(verdicts: Iterable[Verdict]) -> Iterator[str]:
    """Yield the fragments that their source calls valid, and that are not."""
    found = [
        verdict.case
        for verdict in verdicts
        if verdict.case.kind == "rule_check" and verdict.outcome is Outcome.DIFFERENTLY
    ]
    yield f"## EN 16931: valid by slack alone ({len(found)} cases)\n"
    yield f"{SLACK}\n"
    yield "| case | source | rule | what is stated |"
    yield "|---|---|---|---|"
    for case in found:
        yield _row(case.id, _source(case), case.inputs["rule"], _fragment(case))
    yield ""


def _fragment(case: Case) -> str:
    """Return the figures of a fragment: nets of lines, then allowances and charges, then taxes."""
    lines = case.inputs.get("lines", ())
    figures = [
        f"net {line['net']} of {line.get('quantity', 1)} × {line['unit_price']}"
        for line in lines
        if "net" in line and "unit_price" in line
    ]
    for part in all_adjustments(case):
        sign = "+" if part["charge"] else "-"
        share = f" as {part['percent']} % of {part['base']}" if "percent" in part else ""
        figures.append(f"{sign}{part['amount']}{share}")
    for row in case.inputs.get("vat_breakdown", ()):
        figures.append(", ".join(f"{key} {value}" for key, value in row.items()))
    return ", ".join(figures)


def _not_reproduced(verdicts: Iterable[Verdict]) -> Iterator[str]:
    yield "## Cases that no exact model reproduces\n"
    yield f"{NOT_REPRODUCED}\n"
    yield "| what became of them | cases |"
    yield "|---|---|"
    groups: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        if _is_not_reproduced(verdict.case):
            groups.setdefault(_fate(verdict), []).append(verdict)
    for fate, same in groups.items():
        yield _row(fate, _ids(same))
    yield ""


def _is_not_reproduced(case: Case) -> bool:
    reproduced = case.verify.get("reproduced", True)
    return reproduced is False or (reproduced is None and counted_rule(case) is not None)


def _fate(verdict: Verdict) -> str:
    match verdict.outcome:
        case Outcome.DIFFERENTLY:
            return f"differently by {verdict.rule}"
        case Outcome.PASSED:
            rule = other_rule(verdict.case)
            return "passed all the same" + (f" (see {rule} below)" if rule else "")
        case _:
            return verdict.outcome.value


def _other(verdicts: Sequence[Verdict]) -> Iterator[str]:
    yield "## Cases of rules that we do not have\n"
    for name, text in OTHER.items():
        cases = [verdict for verdict in verdicts if other_rule(verdict.case) == name]
        if not cases:
            continue
        yield f"### {name}\n"
        yield _filled(f"{text}.\n")
        for outcome in Outcome:
            same = [verdict for verdict in cases if verdict.outcome is outcome]
            if same:
                yield _filled(f"- {outcome.value} ({len(same)}): {_ids(same)}", "  ")
        yield ""


def _unsupported(tallies: Sequence[Tally], watched: Sequence[Tally]) -> Iterator[str]:
    """Yield what has no answer: case by case where files are watched, else by file."""
    groups: dict[tuple[str, str], list[Verdict]] = {}
    for tally in tallies:
        place = "" if tally in watched else f" of `{tally.file}`"
        for verdict in tally.having(Outcome.UNSUPPORTED):
            groups.setdefault((verdict.remark, place), []).append(verdict)
    yield "## Not supported\n"
    yield "| why not | kinds | cases |"
    yield "|---|---|---|"
    for (reason, place), same in groups.items():
        kinds = ", ".join(dict.fromkeys(f"`{verdict.case.kind}`" for verdict in same))
        yield _row(reason, kinds, f"{len(same)}{place}" if place else _ids(same))


# --- text ----------------------------------------------------------------------------------


def _ids(verdicts: Iterable[Verdict]) -> str:
    return ", ".join(verdict.case.id for verdict in verdicts)


def _row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _filled(text: str, indent: str = "") -> str:
    return textwrap.fill(
        text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
