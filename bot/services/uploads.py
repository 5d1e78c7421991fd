"""A landlord's file that waits, encrypted, for its reader to say yes to what the rehearsal showed."""

from datetime import date, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.services.house import House
from bot.storage.tables import Staff, UploadedFile

LIFE = timedelta(hours=1)


def keep(
    session: Session, now: datetime, staff: Staff, *, kind: str, name: str, content: bytes, until: date | None
) -> UploadedFile:
    """Keep the file for an hour; the one that this member of the team brought before goes."""
    session.execute(delete(UploadedFile).filter_by(staff_id=staff.id))
    upload = UploadedFile(
        organisation_id=staff.organisation_id,
        staff_id=staff.id,
        kind=kind,
        name=name[-120:],
        until=until,
        content=content.decode("latin-1"),
        expires_at=now + LIFE,
    )
    session.add(upload)
    session.flush()
    return upload


def take(session: Session, now: datetime, staff: Staff, number: int) -> tuple[UploadedFile, bytes] | None:
    """The file that this member of the team brought, which goes: it is imported once. None when gone."""
    upload = session.scalar(
        select(UploadedFile).filter_by(id=number, staff_id=staff.id).where(UploadedFile.expires_at > now)
    )
    if upload is None:
        return None
    session.delete(upload)
    return upload, upload.content.encode("latin-1")


def forget(session: Session, now: datetime, house: House) -> int:
    """Tick: what nobody said yes to within its hour goes; returns how many."""
    old = session.scalars(select(UploadedFile.id).where(UploadedFile.expires_at <= now)).all()
    if old:
        session.execute(delete(UploadedFile).where(UploadedFile.id.in_(old)))
    return len(old)
