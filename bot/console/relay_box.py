"""Writing to the tenant from a case's page: the form, the talk that goes on, the preview before sending."""

from dataclasses import dataclass

from bot.console.desk import Desk, Visit
from bot.console.menu import Shell
from bot.domain.relay import MOST_WORDS
from bot.domain.states import CaseState
from bot.services import access
from bot.services.cases.cases import CaseRefused
from bot.services.relay import desk as relay_desk
from bot.services.relay import drafts, relay
from bot.services.relay import words as relay_words
from bot.services.relay.drafts import Care
from bot.storage.tables import Case, Draft


@dataclass(frozen=True)
class RelayBox:
    """`refusal` stands in the place of the form. `relay` is the number of the reader's own talk."""

    who: str
    refusal: str
    answers: list[tuple[str, str]]
    relay: int
    since: str
    discreet: bool
    most: int = MOST_WORDS
    words: str = ""
    error: str = ""


@dataclass(frozen=True)
class Preview:
    """What would leave, to whom; `fingerprint` is of these very words."""

    shell: Shell
    csrf: str
    number: int
    draft: int
    fingerprint: str
    who: str
    heading: str
    words: str
    warning: str
    most: int = MOST_WORDS
    error: str = ""


def read(desk: Desk, visit: Visit, case: Case) -> RelayBox | None:
    """None when the reader is not the one who writes in this case."""
    if case.person is None or case.state is CaseState.CLOSED or case.owner_id is None:
        return None
    if not access.follows(case, visit.staff):
        return None
    refusal = ""
    try:
        drafts.recipient(visit.session, visit.now, desk.house, case.id, visit.staff)
    except CaseRefused as refused:
        refusal = desk.house.texts.say(f"case.refused.{refused.code}")
    talk = relay.of_case(visit.session, case)
    mine = talk if talk is not None and talk.staff_id == visit.staff.id else None
    return RelayBox(
        who=case.person.display_name,
        refusal=refusal,
        answers=[(answer.id, answer.title) for answer in desk.house.content.answers.of(case.kind)],
        relay=mine.id if mine else 0,
        since=desk.pages.when(mine.starts_at, visit.now) if mine else "",
        discreet=relay_words.voice_to(visit.session, case.person).discreet,
    )


def preview(desk: Desk, visit: Visit, draft: Draft, care: Care | None, error: str = "") -> Preview:
    """The page between the words and their sending."""
    talk = relay.of_case(visit.session, draft.case)
    return Preview(
        shell=visit.shell,
        csrf=visit.csrf,
        number=draft.case_id,
        draft=draft.id,
        fingerprint=draft.fingerprint,
        who=draft.person.display_name,
        heading=relay_words.heading(visit.session, desk.house, draft, opens=talk is None),
        words=draft.words or "",
        warning=relay_desk.warning(desk.house, draft.case, care) if care else "",
        error=error,
    )
