"""What must hold for any bytes at all: run by Hypothesis in the tests, and by atheris with ``make fuzz``."""
