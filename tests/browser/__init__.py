"""The console in a real browser: the main acts, each page looked at by axe, the pictures of the guide."""
