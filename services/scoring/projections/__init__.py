"""What is computed from the journal: of each projection its columns, its rows from facts, and its queries."""
