"""A case on Telegram: take, open, wait, hand over, give back, close. The second tap does it."""

from bot.domain.case_moves import Wait, WaitReason, waits_until
from bot.domain.states import CaseState, Outcome
from bot.domain.words import Option, Reply
from bot.services import access
from bot.services.cases import acts as case_acts
from bot.services.cases import cases
from bot.services.cases.cases import CaseRefused
from bot.services.relay import desk as relay_desk
from bot.services.staff_desk.press import Act, Press
from bot.storage.tables import Case, Staff


def _take(press: Press) -> Reply:
    claim = cases.claim(press.session, press.now, press.house, press.case_id, press.staff)
    if claim.owner.id != press.staff.id:
        return Reply(press.say("case.taken.other", number=press.case_id, owner=claim.owner.display_name))
    return _with_link(press, "case.taken.you", claim.case)


def _open(press: Press) -> Reply:
    return _with_link(press, "case.link", access.readable(press.session, press.case_id, press.staff))


def _with_link(press: Press, key: str, case: Case) -> Reply:
    link = access.new_link(press.session, press.now, press.house, press.staff, case)
    text = press.say(key, number=case.id, link=link)
    if case.state is CaseState.CLOSED:
        return Reply(text)
    acts = ("open", "wait", "hand_over", "close") if case.owner_id else ("take",)
    options = [_option(press, act) for act in acts]
    # Second, below the page: to answer is the usual next thing.
    options[1:1] = relay_desk.offer(press.house, case, press.staff)
    return Reply(text, tuple(options))


def _option(press: Press, act: str, **values: object) -> Option:
    return Option(press.say(f"case.button.{act}"), f"case.{act}", {"case": press.case_id, **values})


def _mine(press: Press) -> Case:
    """The case of the button, still open. Raises CaseRefused."""
    case = access.readable(press.session, press.case_id, press.staff)
    if case.state is CaseState.CLOSED:
        raise CaseRefused("closed")
    return case


def _ask_wait(press: Press) -> Reply:
    _mine(press)
    options = tuple(
        Option(
            press.say(f"case.wait.{wait.value}"),
            "case.wait_until",
            {"case": press.case_id, "wait": wait.value},
        )
        for wait in Wait
    )
    return Reply(press.say("case.which_wait", number=press.case_id), options)


def _wait(press: Press) -> Reply:
    """It waits from this tap on; why is asked after, and may stay unanswered."""
    _mine(press)
    until = waits_until(Wait(press.values["wait"]), press.now, press.house.zone, press.house.holidays)
    case_acts.wait(press.session, press.now, press.case_id, press.staff, until, WaitReason.OTHER)
    options = tuple(
        Option(
            press.say(f"case.wait_reason.{reason.value}"),
            "case.wait_why",
            {"case": press.case_id, "until": until.isoformat(), "why": reason.value},
        )
        for reason in WaitReason
        if reason is not WaitReason.OTHER
    )
    return Reply(press.say("case.waits", number=press.case_id, when=press.when(until)), options)


def _wait_why(press: Press) -> Reply:
    _mine(press)
    reason = WaitReason(press.values["why"])
    case_acts.explain_wait(press.session, press.now, press.case_id, press.staff, reason)
    why = press.say(f"case.wait_reason.{reason.value}")
    return Reply(press.say("case.waits_for", number=press.case_id, reason=why))


def _ask_colleague(press: Press) -> Reply:
    case = _mine(press)
    found = case_acts.colleagues(press.session, press.now, press.house, case, press.staff)
    options = tuple(
        Option(member.display_name, "case.give", {"case": press.case_id, "to": member.id}) for member in found
    )
    team = () if case.owner_id is None else (_option(press, "release"),)
    return Reply(press.say("case.which_colleague", number=press.case_id), options[:20] + team)


def _give(press: Press) -> Reply:
    _mine(press)
    to = press.session.get_one(Staff, press.values["to"])
    case_acts.pass_on(press.session, press.now, press.house, press.case_id, press.staff, to)
    return Reply(press.say("case.given", number=press.case_id, name=to.display_name))


def _release(press: Press) -> Reply:
    _mine(press)
    case_acts.release(press.session, press.now, press.house, press.case_id, press.staff)
    return Reply(press.say("case.released", number=press.case_id))


def _ask_outcome(press: Press) -> Reply:
    _mine(press)
    options = tuple(
        Option(
            press.say(f"case.outcome.{outcome.value}"),
            "case.outcome",
            {"case": press.case_id, "outcome": outcome.value},
        )
        for outcome in Outcome
    )
    return Reply(press.say("case.which_outcome", number=press.case_id), options)


def _close(press: Press) -> Reply:
    outcome = Outcome(press.values["outcome"])
    access.readable(press.session, press.case_id, press.staff)
    cases.close(press.session, press.now, press.house, press.case_id, press.staff, outcome)
    label = press.say(f"case.outcome.{outcome.value}")
    return Reply(press.say("case.closed", number=press.case_id, outcome=label))


ACTS: dict[str, Act] = {
    "case.take": _take,
    "case.open": _open,
    "case.wait": _ask_wait,
    "case.wait_until": _wait,
    "case.wait_why": _wait_why,
    "case.hand_over": _ask_colleague,
    "case.give": _give,
    "case.release": _release,
    "case.close": _ask_outcome,
    "case.outcome": _close,
}
