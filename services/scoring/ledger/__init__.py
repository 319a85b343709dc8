"""`kinerja ledger`: proves that the journal is what the log said, and seals what it holds."""
