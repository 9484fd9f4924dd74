"""Cases of other projects and of public standards, run through the public names alone.

``python -m tests.vectors FOLDER`` runs every vector file of a folder and counts, per file and
kind, what passed, what a named rule of ours answers differently, what failed and what is not
supported yet. `cases` reads and compares, `asked` says what is compared, `adapters_*` translate
the fields of a case into a call and its result back, `fields` watches that they lose none,
`own_rules` holds the rules by which we differ and `rule_texts` their words, `runner` counts,
and `page` makes docs/vectors-differing.md.
"""
