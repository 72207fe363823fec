"""How long a build takes, beside tools that validate nothing; ``python -m benchmarks --help`` says how to run it."""
