"""What somebody else is asked for in a case: a colleague's advice, the social fund, a commission."""

from collections.abc import Mapping
from enum import StrEnum


class RequestKind(StrEnum):
    COLLEAGUE = "collegue"
    FUND = "fsl"  # the fonds de solidarité pour le logement
    COMMISSION = "commission"  # on the agenda of one of its meetings


class RequestOutcome(StrEnum):
    ANSWERED = "repondu"
    GRANTED = "accorde"
    REFUSED = "refuse"
    EXAMINED = "examine"
    WITHDRAWN = "retire"


OUTCOMES: Mapping[RequestKind, tuple[RequestOutcome, ...]] = {
    RequestKind.COLLEAGUE: (RequestOutcome.ANSWERED, RequestOutcome.WITHDRAWN),
    RequestKind.FUND: (RequestOutcome.GRANTED, RequestOutcome.REFUSED, RequestOutcome.WITHDRAWN),
    RequestKind.COMMISSION: (RequestOutcome.EXAMINED, RequestOutcome.WITHDRAWN),
}
