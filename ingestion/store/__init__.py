"""The working and the published database of a market: the only room that opens databases."""
