"""Tests of what is known of captures."""
