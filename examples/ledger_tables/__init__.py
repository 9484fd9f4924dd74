"""What both reference repositories share: how a ledger's data stand in the six tables.

`transaction_rows` and `configuration_rows` turn values into rows and back, and `verbs` says in
which order statements are carried out. Nothing in here speaks to a database.
"""
