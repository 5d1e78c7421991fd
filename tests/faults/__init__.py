"""`make faults`: a working day of the product under each fault, and what was lost, doubled or late."""
