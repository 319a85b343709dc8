"""The arithmetic of the evaluation: exact rationals from measures and results to cards (scoring.md section 2)."""
