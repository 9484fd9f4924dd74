"""Benchmarks of the hot path; `README.md` beside this file says how they measure."""
