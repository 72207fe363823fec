"""Whether a record holds what its schema says, and what to say where it doesn't."""
