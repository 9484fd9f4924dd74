"""A ledger over HTTP: FastAPI in front of `AsyncLedger`, on SQLite or PostgreSQL."""
