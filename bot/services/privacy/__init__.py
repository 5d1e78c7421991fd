"""What is held of a person: given, erased, and kept no longer than said."""
