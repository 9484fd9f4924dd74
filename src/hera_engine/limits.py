"""The published limits: what hera_engine accepts at most, each a named constant.

Each figure was chosen from measurements of what larger input costs; `docs/limits.md` gives the
reasons. A breach is reported with the limit's name, what is allowed and what was seen; each is
tested at the limit, one above and ten times above.
"""

from typing import Final

AMOUNT_INTEGER_DIGITS: Final = 18
"""Digits before the decimal point: every amount is below 10**18 in absolute value."""
AMOUNT_SCALE: Final = 12
"""Digits after the decimal point, for amounts, prices, quantities, weights and rates."""
NUMBER_CHARACTERS: Final = 40
"""Characters of one number in text."""
INTEGER_BITS: Final = 128
"""Bits of an integer handed in as a number."""

JOURNAL_LINES: Final = 10_000
"""Lines of one journal entry."""
UNMERGED_LINES: Final = 100_000
"""Lines that the statements of a rule make for one event, before those alike are merged."""
EVENT_ITEMS: Final = 10_000
"""Members of one collection (items, payments) of an event."""
JSON_CHARACTERS: Final = 1_048_576
"""Bytes of a JSON event or schema."""
MAP_COMPARISONS: Final = 1_000_000
NESTED_VISITS: Final = 100_000
"""Members of collections that loops and sums inside other loops visit for one event."""
EVENT_DEPTH: Final = 16
"""Nesting of an event's business context."""
EVENT_NODES: Final = 10_000
"""Values of any kind in an event's business context or metadata, its items and payments apart."""
MEMBER_NODES: Final = 64
"""Values of any kind in one item or payment."""
STRING_CHARACTERS: Final = 16_384
"""Characters of one string in an event."""
KEY_CHARACTERS: Final = 64
"""Characters of one key in an event."""

SCHEMA_CHARACTERS: Final = 1_048_576
"""Characters of a schema's text form."""
SCHEMA_RULES: Final = 10_000
"""Posting rules of one schema."""
SCHEMA_FAULTS: Final = 100
"""Errors reported of one document, and warnings; reading stops there."""
EXPRESSION_DEPTH: Final = 64
"""Nesting of brackets, braces and operators in the text form."""
EXPRESSION_CHAIN: Final = 256
"""Operands of one sum, product or Boolean chain."""
ALLOCATION_SHARES: Final = 100
"""Shares of one allocation in a rule, those inside others included."""

EVENT_DECLARATIONS: Final = 256
"""Event declarations of one schema."""
DECLARED_FIELDS: Final = 256
"""Fields and choices of one event declaration, nested ones included."""
DECLARED_DEPTH: Final = 8
"""Nesting of records in an event declaration."""

PATTERNS: Final = 10_000
"""Patterns of one schema."""
PATTERN_CHARACTERS: Final = 256
"""Characters of one pattern."""
PATTERN_REPEAT: Final = 64
"""Largest counted repetition in a regular expression."""

SMART_CODE_CHARACTERS: Final = 128
"""Characters of a smart code."""
SMART_CODE_SEGMENTS: Final = 12
"""Segments of a smart code, HERA and the version included."""
REFERENCE_CHARACTERS: Final = 255
"""Characters of an external reference; printable ASCII."""
DIMENSION_CHARACTERS: Final = 128
"""Characters of a dimension value; printable ASCII."""
TEXT_CHARACTERS: Final = 1_024
"""Characters of a title in a schema: its name, an account's, a case's."""
PROFILE_COMPONENTS: Final = 256
"""Components of one tax profile."""
ITEM_COMPONENTS: Final = 16
"""Tax components that one item bears."""
COMPONENT_LISTS: Final = 64
"""Different sets of components that the items of one document bear."""
CASE_DEPTH: Final = 16
"""Cases that a case is like, one by way of the other."""
PROOF_CONDITIONS: Final = 12
"""Conditions that the balance of one rule depends on; each doubles the cases of its proof."""
PROOF_EQUATIONS: Final = 64
"""`given` equations of one rule that its proof takes into account."""
PROOF_STEPS: Final = 5_000_000
"""Steps of the balance proof of all rules of a schema; a step is a coefficient read or written."""
PROOF_FAILURES: Final = 8
"""Cases of one rule for which an event that does not balance is looked for."""
PROOF_SEARCH: Final = 300_000
"""Steps of one such search; all searches of a schema together have ten times as many."""
SETTLEMENT_DAYS: Final = 36_500
"""Days from a sale to the due date of its open item."""
MEMO_ENTRIES: Final = 16_384
"""Smart codes whose route an engine, or whose bindings a configuration, remembers; days, and
dimensions of lines, that its entries share."""
RULE_FUNCTIONS: Final = 16_384
"""Functions of rules that an engine keeps."""
EXCHANGE_QUOTATIONS: Final = 100_000
"""Quotations of one table of exchange rates."""
EXCHANGE_THROUGH: Final = 16
"""Currencies that an exchange rate may be made through."""
CACHED_CONFIGURATIONS: Final = 1_024
"""Organizations whose configuration a ledger remembers."""
CACHED_PLANS: Final = 256
"""Compiled schemas that a ledger remembers, of all organizations together."""
TRANSACTION_PAGE: Final = 1_000
"""Transactions of one page of a query."""
