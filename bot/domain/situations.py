"""What changes to whom Palier speaks, and what stops while its case is open. The names are case kinds."""

ALL = ("death", "minor", "number_changed", "moved_out", "shared_phone")
# Palier starts nothing with the person; after a death, with nobody of the household.
SILENCE = ("death", "minor", "number_changed", "moved_out")
SILENCE_HOUSEHOLD = ("death",)
# A person reads all that is written: who writes is perhaps not the tenant.
HELD = ("death", "minor")
# A second telephone has a code of somebody whose telephone is linked: the tenant's new one, or another's.
SECOND_PHONE = "second_phone"
# The team may end the link of the telephone, once it has made sure.
ENDS_LINK = ("death", "number_changed", "moved_out", SECOND_PHONE)
