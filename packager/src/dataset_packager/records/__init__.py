"""From files of records to records, and the plan of a build."""
