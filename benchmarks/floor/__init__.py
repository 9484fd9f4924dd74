"""The floor: for each schema of the benchmark the function one would write by hand.

Such a function knows one schema and nothing else. It checks of an event what the engine checks of
it (tests/benchmarks/test_floor.py holds both against the same bad events), counts in integers of
the minor unit, and returns the engine's own `JournalEntry`, equal field by field. What is the same
for every event (accounts, origins, the schema's stamp) it has as constants, taken from an entry
that the engine posted once when the module was imported.

Left out is what these schemas accept and a function for one purpose would not be asked: negative
totals and items, returns, a base currency where the schema needs none, metadata, `simulate`.
"""
