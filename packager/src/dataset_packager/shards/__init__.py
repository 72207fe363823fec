"""From chunks of records to Parquet shards."""
