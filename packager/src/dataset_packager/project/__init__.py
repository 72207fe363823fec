"""A project's configuration, typed."""
