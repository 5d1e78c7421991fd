"""The rules of Palier, pure: standard library only, `now` is always an argument."""
