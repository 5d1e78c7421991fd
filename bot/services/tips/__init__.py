"""Eco-gestures: which tip, when, in which words, and the eco kit."""
