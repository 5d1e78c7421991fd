"""Catalogue, domain, rules and responses agree with one another."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
RASA = ROOT / "data" / "rasa"
NARROW, PLAIN = "\u202f", "\u00a0"

DANGER = {"report_violence", "report_distress", "report_hazard"}
ACTIONS = {
    "action_answer": {"affirm", "deny", "unsure"},
    "action_appointment": {
        "confirm_appointment",
        "cancel_appointment",
        "reschedule_appointment",
        "running_late",
        "ask_appointment",
    },
    "action_rent_talk": {"payment_done", "payment_promise", "payment_difficulty", "request_payment_plan"},
    "action_rent_info": {"ask_rent_info"},
    "action_checkin": {"checkin_good", "checkin_bad"},
    "action_workshop": {"ask_workshops", "register_workshop", "unregister_workshop"},
    "action_eco_tip": {"ask_eco_tip"},
    "action_messages": {"stop", "resume"},
    "action_preference": {"change_preference"},
    "action_repeat": {"ask_repeat"},
    "action_clarify": {"nlu_fallback"},
}


def load(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


CATALOGUE = load(ROOT / "data" / "content" / "intents.yml")["intents"]
DOMAIN = load(RASA / "domain" / "domain.yml")
RESPONSES = load(RASA / "domain" / "responses.yml")["responses"]
RULES = {
    rule["steps"][0]["intent"]: [step["action"] for step in rule["steps"][1:]]
    for rule in load(RASA / "rules.yml")["rules"]
}


def test_every_intent_of_the_catalogue_is_declared_and_has_one_rule():
    assert set(load(RASA / "domain" / "intents.yml")["intents"]) == set(CATALOGUE)
    assert set(RULES) == {*CATALOGUE, "nlu_fallback"}
    assert len(load(RASA / "rules.yml")["rules"]) == len(RULES)


@pytest.mark.slow
def test_every_intent_can_be_learnt_and_nothing_else_is():
    taught = {entry["intent"] for path in (RASA / "nlu").glob("*.yml") for entry in load(path)["nlu"]}
    assert taught == set(CATALOGUE)


def test_every_intent_goes_where_the_protocol_says():
    taken = set().union(*ACTIONS.values())
    for intent, actions in RULES.items():
        if intent in DANGER:
            assert actions == ["action_listen"]
        elif intent in taken:
            assert actions == [action for action, intents in ACTIONS.items() if intent in intents]
        elif f"utter_{intent}" in RESPONSES:
            assert actions == [f"utter_{intent}"]
        elif CATALOGUE[intent]["handoff"] in ("normal", "high"):
            assert actions == ["action_hand_over"]
        else:
            assert actions == ["action_later"]


def test_every_action_is_declared_and_used():
    used = {action for actions in RULES.values() for action in actions}
    assert used - {"action_listen"} == {*DOMAIN["actions"], *RESPONSES}


def test_a_handed_over_intent_is_never_only_answered():
    for intent in CATALOGUE:
        if f"utter_{intent}" in RESPONSES:
            assert CATALOGUE[intent]["handoff"] == "none"


def test_the_catalogue_is_complete():
    for name, entry in CATALOGUE.items():
        assert set(entry) == {"rank", "handoff", "label", "ask"}, name
        assert entry["rank"] in range(8), name
        assert entry["handoff"] in ("urgent", "high", "normal", "none"), name
        assert (entry["rank"] == 0) == (entry["handoff"] == "urgent") == (name in DANGER), name
        assert 0 < len(entry["ask"]) <= 30, name
        assert entry["label"], name
    for key in ("label", "ask"):
        assert len({entry[key] for entry in CATALOGUE.values()}) == len(CATALOGUE)


def test_a_session_keeps_nothing_of_the_one_before():
    assert DOMAIN["session_config"] == {
        "session_expiration_time": 120,
        "carry_over_slots_to_new_session": False,
    }
    assert set(DOMAIN["slots"]) == {"context", "question_kind", "register", "discreet"}
    for slot in DOMAIN["slots"].values():
        assert slot["influence_conversation"] is False
        assert slot["mappings"] == [{"type": "custom"}]


def situation(variation):
    conditions = {"register": "ordinary", "discreet": False}
    conditions.update({item["name"]: item["value"] for item in variation.get("condition", [])})
    return conditions["register"], conditions["discreet"]


@pytest.mark.parametrize("name", RESPONSES)
def test_a_response_has_one_wording_for_each_situation(name):
    situations = [situation(variation) for variation in RESPONSES[name]]
    assert sorted(situations) == [
        ("ordinary", False),
        ("ordinary", True),
        ("simple", False),
        ("simple", True),
    ]
    assert [variation for variation in RESPONSES[name] if "condition" not in variation] == RESPONSES[name][:1]


VARIATIONS = [
    pytest.param(variation, id=f"{name}-{'-'.join(map(str, situation(variation)))}")
    for name, variations in RESPONSES.items()
    for variation in variations
]


@pytest.mark.parametrize("variation", VARIATIONS)
def test_buttons_lead_to_intents(variation):
    for button in variation.get("buttons", []):
        assert button["payload"].removeprefix("/") in CATALOGUE
        assert 0 < len(button["title"]) <= 30


@pytest.mark.parametrize("variation", VARIATIONS)
def test_words_are_well_typed(variation):
    text = variation["text"]
    assert not re.search(r"[^\u202f][;!?]", text)
    assert not re.search(r"[^\u00a0]:", text)
    assert not re.search(r"«[^\u00a0]|[^\u00a0]»|\.\.\.|'|[!?]\s*[!?]|  ", text)
    assert "{" not in text  # the slots would be put in
    assert not re.search(r"\d", text)


@pytest.mark.parametrize("variation", VARIATIONS)
def test_discreet_words_name_neither_housing_nor_money(variation):
    if situation(variation)[1]:
        said = variation["text"] + " ".join(button["title"] for button in variation.get("buttons", []))
        assert not re.search(
            r"loyer|pay|dette|logement|facture|bailleur|immeuble|atelier", said, re.IGNORECASE
        )


@pytest.mark.parametrize("variation", VARIATIONS)
def test_simple_words_are_short_sentences(variation):
    if situation(variation)[0] == "simple":
        for sentence in re.split(r"[.!?]\s|\n", variation["text"]):
            assert len(sentence.split()) <= 12, sentence
