"""Duckling, which reads times, durations, amounts and numbers, in a process of its own."""
