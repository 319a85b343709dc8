"""Policies of the evaluation as scoring uses them."""
