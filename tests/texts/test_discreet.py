"""Discreet mode: what Palier can say to a discreet tenant tells no amount, motif, title or sender."""

import ast
import importlib
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy.orm import Session

from bot.content import load
from bot.domain.states import Register
from bot.domain.words import Reply
from bot.services import follow_up
from bot.services.cases import handover
from bot.services.house import House
from bot.services.kinds import REGISTRY
from bot.storage import Database
from bot.texts import Texts, Voice
from tests.services.team import chat_of, tenant

ROOT = Path(__file__).parents[2]
TELLS = re.compile(
    r"loyer|pa(yer|yez|yé|iement)|dette|somme|€|euro|facture|bailleur|logement|immeuble|voisin|atelier|argent"
    r"|\bhlm|\bcaf\b|impay|chauffage|énergie|locataire|huissier|expuls|santé|moral|solitude|violence|danger"
    r"|police|pompier|peur",
    re.IGNORECASE,
)
# What a sentence may be filled with, and would tell. A place is told: it is where one must go.
TELLING_VALUES = {
    "amount", "remaining", "due", "overdue", "title", "theme", "subject", "month", "of_month", "lease",
    "matter", "partner", "papers", "organisation_name",
}  # fmt: skip
# Read by the team, or written in a case.
FOR_STAFF = (
    "staff.", "console.", "api.", "case.kind", "case.refused", "case.alert", "case.news", "case.digest",
    "case.button", "case.outcome", "case.wait", "case.link", "case.taken", "case.which", "case.closed",
    "case.given", "case.released", "case.reason", "rdv.staff.", "rdv.state.", "rdv.refused.", "rdv.refusal.",
    "rent.reason.", "rent.refused.", "rent.staff.", "rent.call.", "checkin.reason", "checkin.matter",
    "danger.reason", "sign.", "role.", "referral.", "undelivered.", "relay.draft", "relay.back", "relay.sent",
    "relay.lost", "relay.over", "relay.moved", "relay.care", "relay.button", "relay.outside", "relay.from",
    "relay.who", "relay.sign", "link.staff", "poster.",
)  # fmt: skip
# To somebody who is not linked yet, whose mode nobody knows; the file that a discreet tenant is not given.
BEFORE = ("link.", "stranger.", "mine.")
# What a matter gets when its words may tell: `follow_up` never says them to a discreet tenant (see below).
NOT_DISCREETLY = ("told.", "ask.")
# Left out of an appointment by bot/services/appointments when its tenant is discreet.
LEFT_OUT = ("rdv.subject", "rdv.papers", "rdv.button.papers")
# The title of a tip: all of them are audited below.
HARMLESS = {"tips.follow": {"title"}}
# The kinds of message that the team gets; every other one may go to a discreet tenant.
KINDS_FOR_STAFF = {
    "appointment_came", "appointment_cancelled_by_tenant", "appointment_chosen", "appointment_late",
    "appointment_wish", "bank_late", "case_advice", "case_alert", "case_alert_urgent", "case_digest",
    "case_news", "case_news_urgent", "left_undone", "relay_back", "relay_notice", "relay_over",
    "workshop_day", "workshop_progress",
}  # fmt: skip
# Their words are written by an answer, by a person (who is warned), or in data/content.
KINDS_WITHOUT_TEXTS = {"reply", "relay", "safe_words"}


def for_tenants(texts: Texts) -> list[str]:
    keys = (key for key in texts.ordinary if not key.endswith(".discreet"))
    return [key for key in keys if not key.startswith((*FOR_STAFF, *BEFORE, *NOT_DISCREETLY, *LEFT_OUT))]


def sentence(texts: Texts, key: str, voice: Voice) -> str:
    """The sentence with each value in its braces."""
    values = {name: f"{{{name}}}" for name in re.findall(r"\{(\w+)\}", texts.ordinary[key])}
    return texts.say(key, voice, **values)


def test_no_sentence_tells_over_a_shoulder(texts: Texts) -> None:
    keys = for_tenants(texts)
    assert len(keys) > 250
    told = {}
    for key in keys:
        for register in Register:
            said = sentence(texts, key, Voice(register, discreet=True))
            found = {match[0] for match in TELLS.finditer(re.sub(r"\{\w+\}", "", said))}
            found |= set(re.findall(r"\{(\w+)\}", said)) & TELLING_VALUES - HARMLESS.get(key, set())
            if found:
                told[f"{key} ({register})"] = sorted(found)
    assert told == {}


def test_what_is_said_without_asking_for_the_mode_is_neutral_in_every_mode(texts: Texts) -> None:
    """A sentence that the code says without the tenant's voice is the ordinary one, for everybody."""
    audited = set(for_tenants(texts))
    told = {}
    for place, key in _said_without_voice():
        if key in audited:
            found = TELLS.findall(texts.ordinary[key])
            if found:
                told[place] = key
    assert told == {}


def test_the_dialogues_own_answers_tell_nothing() -> None:
    answers = yaml.safe_load(
        (ROOT / "data" / "rasa" / "domain" / "responses.yml").read_text(encoding="utf-8")
    )
    for name, variants in answers["responses"].items():
        discreet = [variant for variant in variants if _is_discreet(variant)]
        assert len(discreet) == len(Register), name
        for variant in discreet:
            titles = [button["title"] for button in variant.get("buttons", [])]
            assert not TELLS.search(" ".join([variant["text"], *titles])), name


def test_safe_words_have_a_discreet_form_that_names_no_danger() -> None:
    for kind, variants in load().safe_words.items():
        assert not TELLS.search(variants["discreet"]), kind


def test_tips_tell_neither_money_nor_the_landlord() -> None:
    tells = re.compile(r"loyer|bailleur|facture|dette|€|euro|\bhlm|impay", re.IGNORECASE)
    tips = load().tips
    said = [
        (id, words) for id, entry in tips.entries.items() for words in (entry.title, *entry.words.values())
    ]
    said += [(name, words) for name, trait in tips.traits.items() for words in trait.questions.values()]
    assert len(said) > 150
    assert [id for id, words in said if tells.search(words)] == []


def test_every_kind_of_message_is_known_here() -> None:
    """A new kind is either for the team or written with the tenant's voice, in sentences audited above."""
    importlib.import_module("bot.app")  # whatever declares a kind
    assert not (KINDS_FOR_STAFF | KINDS_WITHOUT_TEXTS) - REGISTRY.keys()
    for name in REGISTRY.keys() - KINDS_FOR_STAFF - KINDS_WITHOUT_TEXTS:
        render = REGISTRY[name].render
        assert render is not None, name
        source = Path(render.__code__.co_filename).read_text(encoding="utf-8")
        assert re.search(r"voice\(|voice_to\(", source), f"{name} is worded without the tenant's voice"


@pytest.mark.parametrize("register", Register)
def test_a_matter_that_a_person_takes_over_is_answered_discreetly(
    database: Database, now: datetime, house: House, register: Register
) -> None:
    with database.transaction() as session:
        for number, reply in enumerate(_replies(session, now, house, register)):
            shown = " ".join([reply.text, *(option.title for option in reply.options)])
            assert not TELLS.search(shown), (number, shown)


def _replies(session: Session, now: datetime, house: House, register: Register) -> Iterator[Reply]:
    person = tenant(session, discreet=True, register=register)
    chat = chat_of(session, person)
    given: tuple[Any, ...] = (session, now, house)
    for intent in house.content.intents:
        yield follow_up.take_over(*given, chat, person, intent, alone=True)
        yield follow_up.inform(*given, person, intent)
        yield handover.also(*given, chat, intent)
    yield handover.clarify(*given, chat, person, list(house.content.intents)[:3])


def _is_discreet(variant: dict[str, Any]) -> bool:
    slots = {each["name"]: each["value"] for each in variant.get("condition", [])}
    return slots.get("discreet") is True


def _said_without_voice() -> Iterator[tuple[str, str]]:
    for path in [*ROOT.glob("bot/services/**/*.py"), *ROOT.glob("actions/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "say" and len(node.args) == 1:
                key = node.args[0]
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", key.value
