"""Any causal language model that transformers knows: weights, what of them learns, answers."""
