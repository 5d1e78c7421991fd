"""`palier bench`: the speed of the product, as ratios in one run."""

from collections.abc import Callable

Say = Callable[[str], None]

BENCHES: dict[str, Callable[[Say], None]] = {}
