"""The rules of a schema, held against whole columns: the verdict of the gate at the cost of looking at the values."""
