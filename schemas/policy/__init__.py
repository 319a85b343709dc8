"""Policies: the rules of the evaluation as data, how they are read, what is refused, what they are known by."""
