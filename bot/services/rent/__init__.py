"""The rent: accounts, the steps of each term, promises, plans, and what a caseworker should know."""
