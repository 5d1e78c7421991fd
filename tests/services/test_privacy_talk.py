"""What a tenant asks about their data: whoever holds the telephone is not always the tenant."""

from datetime import datetime, timedelta

from bot.services import preferences
from bot.services.house import House
from bot.services.privacy import talk as privacy_talk
from bot.storage import Database
from tests.services.team import chat_of, tenant


def test_turning_discretion_off_does_not_bring_the_copy(
    database: Database, now: datetime, house: House
) -> None:
    with database.transaction() as session:
        person = tenant(session, discreet=True)
        to = chat_of(session, person)
        preferences.switch_discretion(now, house, person)
        assert not person.discreet
        for days, given in ((0, False), (29, False), (31, True)):
            reply = privacy_talk.mine(session, now + timedelta(days=days), house, to, person)
            assert (reply.document is not None) is given, days
