"""Who belongs where and is expected: `membership`, `expected` and head counts, `staffing`."""
