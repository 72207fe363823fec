"""Where chunks are turned into shards: each engine takes the same function and gives the same results."""
