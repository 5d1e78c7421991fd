"""`make fuzz`: random and mutated updates, buttons and files through the running product."""
