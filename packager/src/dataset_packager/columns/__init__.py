"""From JSON Schema to columns, without loss."""
