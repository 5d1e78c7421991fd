"""`data/content`: the intents, the danger lexicon, the safe words, the default settings."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from palier_fr.lexicon import Lexicon

from bot.content.appointments import Appointments, appointments
from bot.content.checkins import CheckIns, load_checkins
from bot.content.legal import Legal, load_legal
from bot.content.organisation_settings import SettingSection, load_organisation_settings
from bot.content.personal_data import PersonalData, load_personal_data
from bot.content.ready_answers import ReadyAnswers, ready_answers
from bot.content.situations import Situations, load_situations
from bot.content.source import FOLDER, read
from bot.content.spoken import Spoken, load_spoken
from bot.content.talk import Talk, load_talk
from bot.content.tips import Tips, load_tips
from bot.domain.language import Languages
from bot.domain.relay import Silence
from bot.domain.states import Urgency


@dataclass(frozen=True)
class Intent:
    """A meaning of the catalogue: `urgency` of the case that it opens by itself (None: none)."""

    name: str
    rank: int
    urgency: Urgency | None
    label: str
    ask: str

    @property
    def is_danger(self) -> bool:
        return self.rank == 0


@dataclass(frozen=True)
class RentSteps:
    """When a term's steps fall, in days from its due day, and what is too little to ask for.

    A promise holds the next step for `promise_days` after the due day at most; one without a day is
    asked about again after `ask_again_days`.
    """

    reminder_days_before: int
    question_days_after: int
    case_days_after: int
    minimum_cents: int
    bank_days: int
    promise_days: int
    ask_again_days: int


@dataclass(frozen=True)
class RentSignals:
    """From when on a sign counts: `share_percent` of the resources (B9: 25), `late_terms` of the last
    `late_window` terms, resources down by `fall_percent` in the last `fall_days`, the first unpaid term
    after `clean_terms`, a legal date within `legal_days`."""

    share_percent: int
    late_terms: int
    late_window: int
    fall_percent: int
    fall_days: int
    clean_terms: int
    legal_days: int


@dataclass(frozen=True)
class Content:
    intents: dict[str, Intent]
    lexicon: Lexicon
    # in a message of violence: the victim is a child
    child: Lexicon
    languages: Languages
    # safe words by danger kind, then by variant: ordinary, simple, discreet
    safe_words: dict[str, dict[str, str]]
    rent_steps: RentSteps
    rent_signals: RentSignals
    legal: Legal
    invitation_life: timedelta
    link_life: timedelta
    silence: Silence
    answers: ReadyAnswers
    appointments: Appointments
    tips: Tips
    checkins: CheckIns
    situations: Situations
    spoken: Spoken
    talk: Talk
    personal_data: PersonalData
    organisation_settings: tuple[SettingSection, ...]


def load(folder: Path = FOLDER) -> Content:
    """Read and check every file. Raises ValueError naming the file and the entry that is wrong."""
    settings = read(folder / "settings.yml")
    tips, checkins = load_tips(folder / "tips"), load_checkins(folder / "checkins.yml")
    if unknown := set(checkins.tells.values()) - tips.traits.keys():
        raise ValueError(f"checkins.yml: tells of unknown traits: {', '.join(sorted(unknown))}")
    return Content(
        intents={
            name: _intent(name, entry) for name, entry in read(folder / "intents.yml")["intents"].items()
        },
        lexicon=Lexicon.from_mapping(read(folder / "danger_lexicon.yml")),
        child=Lexicon.from_mapping(read(folder / "child_words.yml")),
        languages=_languages(read(folder / "foreign_words.yml")),
        safe_words=_safe_words(read(folder / "safe_words.yml")["kinds"]),
        rent_steps=RentSteps(**settings["rent_steps"]),
        rent_signals=RentSignals(**settings["rent_signals"]),
        legal=load_legal(folder),
        invitation_life=timedelta(days=settings["invitation_days"]),
        link_life=timedelta(minutes=settings["link_minutes"]),
        silence=_silence(settings["relay"]),
        answers=ready_answers(read(folder / "answers.yml")),
        appointments=appointments(read(folder / "appointments.yml")),
        tips=tips,
        checkins=checkins,
        situations=load_situations(folder / "situations.yml"),
        spoken=load_spoken(folder / "spoken.yml"),
        talk=load_talk(folder),
        personal_data=load_personal_data(folder / "personal_data.yml"),
        organisation_settings=load_organisation_settings(folder / "organisation_settings.yml"),
    )


def _intent(name: str, entry: dict[str, Any]) -> Intent:
    handoff = entry["handoff"]
    urgency = None if handoff == "none" else Urgency(handoff)
    return Intent(name, entry["rank"], urgency, entry["label"], entry["ask"])


def _languages(content: dict[str, Any]) -> Languages:
    french = frozenset(content["french"])
    others = {name: frozenset(words) for name, words in content["others"].items()}
    for name, words in others.items():
        if words & french:
            raise ValueError(
                f"foreign_words.yml: {name} has French words: {', '.join(sorted(words & french))}"
            )
    return Languages(french, others)


def _silence(entry: dict[str, int]) -> Silence:
    return Silence(
        timedelta(hours=entry["silence_hours_office"]), timedelta(hours=entry["silence_hours_otherwise"])
    )


def _safe_words(kinds: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    for kind, variants in kinds.items():
        missing = {"ordinary", "simple"} - variants.keys()
        if missing:
            raise ValueError(f"safe_words.yml: {kind} lacks {', '.join(sorted(missing))}")
    return kinds
