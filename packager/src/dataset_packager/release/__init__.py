"""What a release is, and where it appears."""
