"""The balance proof: shows, before the first event, that a rule's debits are its credits.

Enters: planned rules and how payments are captured. Leaves: a `RuleProof` for each. Linear forms
over opaque terms (`forms`, `read`), what each line contributes under which conditions
(`contributions`), exact elimination and linear programming (`linear`), every combination of
conditions (`cases`), and the search for an event that shows the opposite (`worlds`, `witness`),
which the interpreter itself confirms. May import all rooms that `rules` may.
"""
