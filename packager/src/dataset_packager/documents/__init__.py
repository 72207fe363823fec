"""What a release says of itself, each document made from its contents by one function."""
