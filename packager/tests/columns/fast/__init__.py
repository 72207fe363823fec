"""The quick way of judging records beside the exact way: no difference, whatever comes."""
