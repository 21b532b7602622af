"""Probabilistic linkage of contacts on keyed tokens: tokens, the model's comparisons, pairs and persons."""
