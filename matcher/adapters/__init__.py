"""One outside library per module; adapters never import one another."""
