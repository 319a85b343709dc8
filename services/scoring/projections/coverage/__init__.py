"""How far each source says that it is complete: `coverage`."""
