"""Another version of the projections beside the live one: filled anew, compared at equal position, switched to."""
