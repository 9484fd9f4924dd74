"""Cases of other projects and of public standards, run through the public names alone.

``python -m tests.vectors FOLDER`` runs every vector file of a folder and counts, per file and
kind, what passed, what a named rule of ours answers differently, what failed and what is not
supported yet. `cases` reads and compares, `adapters_*` translate the fields of a case into a
call and its result back, `own_rules` holds the rules by which we differ, `runner` counts.
"""
