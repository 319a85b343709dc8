"""Receipts: a card with the policy, days and events behind it, digested and signed (scoring.md section 7)."""
