"""What a case waits for from somebody else. The words are in the history of the case."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.domain.case_requests import RequestKind, RequestOutcome
from bot.storage.tables.base import OfOrganisation, Table, choice
from bot.storage.tables.cases import Case
from bot.storage.tables.people import Staff


class CaseRequest(OfOrganisation, Table):
    """Asked for a case: a colleague's advice, the social fund, a commission. Open until it has an outcome."""

    __tablename__ = "case_request"
    __table_args__ = (
        Index("ix_case_request_colleague", "asked_of_id", "closed_at"),
        Index("ix_case_request_due", "organisation_id", "kind", "due_on"),
        CheckConstraint("(outcome IS NULL) = (closed_at IS NULL)", name="outcome_when_closed"),
        CheckConstraint("(kind = 'collegue') = (asked_of_id IS NOT NULL)", name="a_colleague_is_asked"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    kind: Mapped[RequestKind] = mapped_column(choice(RequestKind))
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    asked_of_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    commission: Mapped[str] = mapped_column(String(80), default="")
    # When the commission meets; for the fund, by when an answer is expected.
    due_on: Mapped[date | None]
    # What the fund is asked for, in cents.
    amount_cents: Mapped[int | None]
    asked_at: Mapped[datetime]
    outcome: Mapped[RequestOutcome | None] = mapped_column(choice(RequestOutcome))
    closed_at: Mapped[datetime | None]

    case: Mapped[Case] = relationship()
    asked_by: Mapped[Staff] = relationship(foreign_keys=[asked_by_id])
    asked_of: Mapped[Staff | None] = relationship(foreign_keys=[asked_of_id])
