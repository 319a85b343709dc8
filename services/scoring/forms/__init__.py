"""The regulation's forms C.1 and D.1.1 to D.1.3 as PDF, rendered from a receipt and nothing else (scoring.md 6)."""
