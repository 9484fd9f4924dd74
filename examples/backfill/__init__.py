"""Posts a large set of events by many processes, resumably, and audits what came out.

Two recipes over one batch function: processes of this machine (`processes`), and a Dask cluster
(`cluster`). README.md has the commands, docs/scale-out.md the reasons.
"""
