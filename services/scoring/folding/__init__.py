"""From records to projections: everything that happens inside one fold transaction."""
