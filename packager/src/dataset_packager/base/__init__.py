"""What everything else stands on: findings, paths, files, text."""
