"""Publishing to the Hub and back, against a server on loopback that speaks what the Hub's clients call."""
