"""`/file`: what to do now, urgent first, the cases of one person together, without names."""

from bot.domain.states import CaseState, Urgency
from bot.domain.words import Option, Reply
from bot.services.appointments import calls as appointment_calls
from bot.services.cases import kinds as case_kinds
from bot.services.cases import queue as case_queue
from bot.services.rent import calls as rent_calls
from bot.services.staff_desk.press import Press
from bot.storage.tables import Case

# A telephone's screen; urgent ones come on top of it.
_LINES, _MOST_LINES = 20, 40
# Telegram's 4,096 characters, less what is said around the lines.
_MOST_CHARACTERS = 3700
_BUTTONS = 8


def show(asked: Press) -> Reply:
    """The cases that nobody follows and those of this member of staff."""
    waiting = case_queue.first(asked.session, asked.staff, 1000)
    calls = rent_calls.count(asked.session, asked.staff)
    calls += appointment_calls.count(asked.session, asked.now, asked.staff)
    to_call = [asked.say("staff.calls", count=calls)] if calls else []
    if not waiting:
        return Reply("\n\n".join([asked.say("staff.queue.empty"), *to_call]))
    groups = _groups(waiting)
    listed = [case for group in _fitting(groups) for case in group]
    while len("\n".join(_lines(asked, listed))) > _MOST_CHARACTERS:
        listed.remove(next((case for case in reversed(listed) if not _urgent([case])), listed[-1]))
    lines = [asked.say("staff.queue.title"), *_lines(asked, listed)]
    urgent = _urgent(listed)
    if len(listed) < len(waiting):
        lines.append(_rest(asked, len(waiting) - len(listed), _urgent(waiting) - urgent))
    lines += to_call
    options = tuple(_option(asked, case) for case in _first(listed, max(_BUTTONS, urgent)))
    return Reply("\n".join(lines), options)


def _urgent(waiting: list[Case]) -> int:
    return sum(case.urgency is Urgency.URGENT for case in waiting)


def _rest(asked: Press, count: int, urgent: int) -> str:
    if urgent:
        return asked.say("staff.queue.more_urgent", count=count, urgent=urgent)
    return asked.say("staff.queue.more", count=count)


def _groups(waiting: list[Case]) -> list[list[Case]]:
    """The cases of one person or chat together, in the order of the most pressing of each."""
    groups: dict[str, list[Case]] = {}
    for case in waiting:
        groups.setdefault(case.subject, []).append(case)
    return list(groups.values())


def _fitting(groups: list[list[Case]]) -> list[list[Case]]:
    """As many groups as a message holds. An urgent case is never left out for another one of lesser weight:
    its group loses its other cases first."""
    shown: list[list[Case]] = []
    urgent_left = sum(_urgent(group) for group in groups)
    used = 0
    for group in groups:
        urgent = [case for case in group if case.urgency is Urgency.URGENT]
        urgent_left -= len(urgent)
        most = _MOST_LINES - urgent_left if urgent else _LINES
        taken = group if used + len(group) <= most else urgent
        if not shown and not taken:
            taken = group[:most]
        if not taken or used + len(taken) > _MOST_LINES:
            break
        shown.append(taken)
        used += len(taken)
    return shown


def _first(listed: list[Case], count: int) -> list[Case]:
    """The cases that get a button: the most pressing, in the order in which they are listed."""
    chosen = sorted(listed, key=lambda case: case.urgency is not Urgency.URGENT)[:count]
    return [case for case in listed if case in chosen]


def _lines(asked: Press, listed: list[Case]) -> list[str]:
    before = [None, *(case.subject for case in listed)]
    return [
        _line(asked, case, first=case.subject != subject)
        for case, subject in zip(listed, before, strict=False)
    ]


def _line(asked: Press, case: Case, *, first: bool) -> str:
    return asked.say(
        "staff.queue.line" if first else "staff.queue.linked",
        number=case.id,
        urgency=asked.say(f"staff.urgency.{case.urgency.value}"),
        kind=case_kinds.label(asked.house, case.kind),
        state=_state(asked, case),
    )


def _state(asked: Press, case: Case) -> str:
    if case.state is CaseState.WAITING and case.waiting_until:
        return asked.say("staff.state.waiting", when=asked.when(case.waiting_until))
    if case.state is CaseState.NEW:
        if case.urgency is Urgency.URGENT:
            return asked.say("staff.state.now")
        late = "late" if case.due_at < asked.now else "new"
        return asked.say(f"staff.state.{late}", when=asked.when(case.due_at))
    return asked.say("staff.state.taken")


def _option(asked: Press, case: Case) -> Option:
    act = "take" if case.state is CaseState.NEW else "open"
    return Option(asked.say(f"staff.button.{act}", number=case.id), f"case.{act}", {"case": case.id})
