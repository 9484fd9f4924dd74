"""The compiled executor: each rule as one Python function, written when its first event comes.

Enters: a plan. Leaves: a `FusedPlan` that posts an event, or declines it. Declining is no
judgement: the interpreter then posts the event or refuses it with all its problems. What a
compiled rule posts is what the interpreter posts, byte for byte (tests/executors).

A compiled rule takes what events mostly are: items and payments without discounts or returns,
taxes by rates; events with a negative total have functions of their own (`turning`). `subset` says
which rules are compiled at all.
"""
