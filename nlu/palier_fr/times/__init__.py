"""Times, durations, amounts, numbers and instalments in what tenants write: our French over Duckling."""

from palier_fr.times.answers import says_only
from palier_fr.times.engine import DIMENSIONS, Engine, EngineDown
from palier_fr.times.moments import instant_of, zone_named
from palier_fr.times.reading import read

__all__ = ["DIMENSIONS", "Engine", "EngineDown", "instant_of", "read", "says_only", "zone_named"]
