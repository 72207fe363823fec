"""This dataset's own code: evidence in captured sources, agreement of annotators, drafts; plugs into the packager."""
