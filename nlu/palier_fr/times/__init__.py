"""Times, durations, amounts, numbers and instalments in what tenants write: our French over Duckling."""

from palier_fr.times.engine import DIMENSIONS, Engine, EngineDown
from palier_fr.times.moments import instant_of, zone_named
from palier_fr.times.reading import read

__all__ = ["DIMENSIONS", "Engine", "EngineDown", "instant_of", "read", "zone_named"]
