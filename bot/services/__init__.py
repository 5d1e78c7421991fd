"""The verbs, one module a feature: they take `session` and `now`, never commit, never touch the network."""
