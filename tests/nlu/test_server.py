"""The protocol of docs/dialogue-protocol.md, spoken to a real server."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.nlu.project import current_model

pytestmark = pytest.mark.slow

DIFFICULTY = "je pourrai pas payer ce mois ci"
CONTEXT = {
    "organisation_id": 1,
    "person_id": 12,
    "question": {"id": 7, "kind": "rent", "object": "lease:3/2026-12"},
    "register": "ordinary",
    "discreet": False,
}


def replies(answer):
    return [reply["text"] for reply in answer["replies"]]


def test_says_which_model_it_serves(small_server, small_project):
    response = small_server.client.get("/palier/ready")
    assert response.status_code == 200
    assert response.json() == {"model": current_model(small_project)[1]}


def test_a_message_is_read_and_answered_by_its_action(small_server, stub_actions):
    answer = small_server.talk(DIFFICULTY, context=CONTEXT)
    parse = answer["parse"]
    assert parse["intent"] == "payment_difficulty"
    assert parse["hesitates"] is False
    assert parse["signs"] == []
    assert parse["entities"] == []
    assert parse["ranking"][0] == {"name": "payment_difficulty", "confidence": parse["confidence"]}
    assert replies(answer) == ["action_rent_talk"]
    (call,) = stub_actions.calls
    assert call["tracker"]["slots"]["context"] == CONTEXT
    assert call["tracker"]["slots"]["question_kind"] == "rent"
    assert call["domain"] == {}


def test_words_that_mean_nothing_answer_the_question_that_is_open(small_server, stub_actions):
    assert replies(small_server.talk("out of scope")) != ["action_clarify"]
    detail = CONTEXT | {"question": {"id": 8, "kind": "detail", "object": "report_repair/1"}}
    answer = small_server.talk("out of scope", context=detail)
    assert (answer["parse"]["intent"], answer["parse"]["hesitates"]) == ("out_of_scope", True)
    assert replies(answer) == ["action_clarify"]


def test_parse_mode_reads_and_touches_nothing(small_server, stub_actions):
    parsed = small_server.talk(
        DIFFICULTY, mode="parse", conversation="p", context={"timezone": "Europe/Paris"}
    )
    assert parsed["replies"] == []
    assert stub_actions.calls == []
    talked = small_server.talk(DIFFICULTY, conversation="p")
    assert talked["parse"] == parsed["parse"]
    assert (
        len([event for event in stub_actions.calls[0]["tracker"]["events"] if event["event"] == "user"]) == 1
    )


def test_a_button_is_certain_and_carries_its_entities(small_server, stub_actions):
    response = small_server.send(intent="affirm", entities={"number": {"value": 3}}, context=CONTEXT)
    parse = response.json()["parse"]
    assert (parse["intent"], parse["confidence"], parse["hesitates"]) == ("affirm", 1.0, False)
    assert replies(response.json()) == ["action_answer"]
    heard = stub_actions.calls[0]["tracker"]["latest_message"]
    assert heard["intent"]["name"] == "affirm"
    assert [(entity["entity"], entity["value"]) for entity in heard["entities"]] == [("number", {"value": 3})]


def test_buttons_and_messages_of_an_action_arrive_whole(small_server, stub_actions):
    stub_actions.answer = lambda _: {
        "events": [],
        "responses": [
            {
                "text": "Un.\n\nDeux {context}.",
                "buttons": [
                    {"title": "Oui", "payload": "/affirm"},
                    {"title": "Lundi", "payload": '/payment_promise{"time": {"value": "2026-12-07"}}'},
                    {"title": "Perdu", "payload": "/not_an_intent"},
                    {"title": "Relancer", "payload": "/restart"},
                ],
            },
            {"text": "Trois."},
        ],
    }
    answer = small_server.talk(DIFFICULTY)
    assert replies(answer) == ["Un.\n\nDeux {context}.", "Trois."]
    assert answer["replies"][0]["buttons"] == [
        {"title": "Oui", "intent": "affirm", "entities": {}},
        {"title": "Lundi", "intent": "payment_promise", "entities": {"time": {"value": "2026-12-07"}}},
    ]


@pytest.mark.parametrize(
    "intent", ["not_an_intent", "restart", "session_start", "back", "nlu_fallback", "/stop"]
)
def test_a_button_of_no_intent_is_refused(small_server, stub_actions, intent):
    response = small_server.send(intent=intent)
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    assert stub_actions.calls == []


@pytest.mark.parametrize("prefix", ["", " ", "\n", "\u200b", "\ufeff \u00ad", "/", "\u0301", "\u2063/"])
@pytest.mark.parametrize("word", ["stop", "restart", "session_start", "EXTERNAL_x", 'affirm{"number": 3}'])
def test_a_typed_slash_never_makes_an_intent(small_server, stub_actions, prefix, word):
    conversation = f"slash {prefix!r} {word}"
    small_server.talk("bonjour", conversation=conversation)
    answer = small_server.talk(f"{prefix}/{word}", conversation=conversation, context=CONTEXT)
    assert answer["parse"]["confidence"] < 1
    assert answer["parse"]["entities"] == []
    events = stub_actions.calls[-1]["tracker"]["events"]
    assert [event["event"] for event in events].count("session_started") == 1
    assert [event["event"] for event in events].count("user") == 2


def test_danger_is_left_to_people(small_server, stub_actions):
    answer = small_server.talk("mon mari me frappe")
    assert answer["parse"]["intent"] == "report_violence"
    assert answer["parse"]["signs"] == ["violence"]
    assert answer["replies"] == []
    assert stub_actions.calls == []


def test_signs_do_not_depend_on_the_meaning_found(small_server, stub_actions):
    answer = small_server.talk("bonjour, ça sent une ODEUR de gaz")
    assert answer["parse"]["signs"] == ["hazard"]


def test_hesitation_asks_and_still_says_the_likeliest(small_server, stub_actions):
    answer = small_server.talk("xkcd qwfp")
    assert answer["parse"]["hesitates"] is True
    assert answer["parse"]["intent"] == answer["parse"]["ranking"][0]["name"]
    assert "nlu_fallback" not in [guess["name"] for guess in answer["parse"]["ranking"]]
    assert replies(answer) == ["action_clarify"]


def test_words_follow_register_and_discretion(small_server, stub_actions):
    said = {
        (register, discreet): small_server.talk(
            "bonjour", context={"register": register, "discreet": discreet}
        )
        for register in ("ordinary", "simple")
        for discreet in (False, True)
    }
    texts = {key: replies(answer)[0] for key, answer in said.items()}
    assert len(set(texts.values())) == 4
    assert all("programme informatique" in text for text in texts.values())
    assert [key for key, text in texts.items() if "loyer" in text] == [("ordinary", False), ("simple", False)]
    assert {"title": "Parler à une personne", "intent": "request_human", "entities": {}} in said[
        "simple", True
    ]["replies"][0]["buttons"]


def test_the_same_message_gets_the_same_answer(small_server, stub_actions):
    first = small_server.talk(DIFFICULTY, id="1", conversation="again")
    stub_actions.answer = lambda _: {"events": [], "responses": [{"text": "autre"}]}
    assert small_server.talk(DIFFICULTY, id="1", conversation="again") == first
    assert len(stub_actions.calls) == 1
    assert replies(small_server.talk(DIFFICULTY, id="1", conversation="another")) == ["autre"]


def test_the_same_message_sent_at_once_runs_once(small_server, stub_actions):
    def slow(call):
        time.sleep(0.3)
        return {"events": [], "responses": [{"text": f"appel {len(stub_actions.calls)}"}]}

    stub_actions.answer = slow
    with ThreadPoolExecutor(5) as pool:
        answers = list(
            pool.map(lambda _: small_server.talk(DIFFICULTY, id="1", conversation="at once"), range(5))
        )
    assert [replies(answer) for answer in answers] == [["appel 1"]] * 5


def test_messages_of_one_conversation_run_one_after_the_other(small_server, stub_actions):
    running = []

    def slow(call):
        running.append(1)
        alone = len(running)
        time.sleep(0.1)
        running.pop()
        return {"events": [], "responses": [{"text": str(alone)}]}

    stub_actions.answer = slow
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: small_server.talk(DIFFICULTY, conversation="lane"), range(4)))
    assert [replies(answer) for answer in answers] == [["1"]] * 4
    users = [event for event in stub_actions.calls[-1]["tracker"]["events"] if event["event"] == "user"]
    assert len(users) == 4


@pytest.mark.parametrize(
    "fault", [lambda _: None, lambda _: {"events": [], "responses": []}, lambda _: {"events": 3}]
)
def test_a_failed_action_is_an_error_and_leaves_no_trace(small_server, stub_actions, fault):
    stub_actions.answer = fault
    response = small_server.send(text=DIFFICULTY, id="1", conversation=f"fault {id(fault)}")
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    stub_actions.reset()
    again = small_server.talk(DIFFICULTY, id="1", conversation=f"fault {id(fault)}")
    assert replies(again) == ["action_rent_talk"]
    users = [event for event in stub_actions.calls[-1]["tracker"]["events"] if event["event"] == "user"]
    assert len(users) == 1


def test_logs_never_hold_what_people_write(small_server, stub_actions):
    stub_actions.answer = lambda _: None
    secret_words = "je peux pas payer jabberwocky"
    assert small_server.send(text=secret_words, context={"note": "jabberwocky"}).status_code == 500
    log = small_server.log.read_text(encoding="utf-8")
    assert "SilentDialogue" in log
    assert "jabberwocky" not in log


@pytest.mark.parametrize(
    "authorization", [None, "Bearer wrong", "Bearer é", "a dialogue secret for tests", "Bearer"]
)
@pytest.mark.parametrize("path", ["/palier/ready", "/palier/message", "/webhooks/rest/webhook"])
def test_a_caller_without_the_secret_is_refused(small_server, path, authorization):
    headers = {"Authorization": (authorization or "").encode()} if authorization else {"Authorization": ""}
    response = small_server.client.post(path, headers=headers, content=b"{}")
    assert response.status_code == 401
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/", "/webhooks/rest/webhook", "/model/parse", "/conversations/c1/tracker"])
def test_rasa_has_no_other_route(small_server, path):
    assert small_server.client.get(path).status_code == 404


def test_a_long_message_is_read_whole_by_the_lexicon(small_server, stub_actions):
    answer = small_server.talk("il fait beau. " * 1425 + "il me frappe")
    assert answer["parse"]["signs"] == ["violence"]


def test_a_request_over_the_limit_is_refused(small_server):
    response = small_server.send(text="a" * 70_000)
    assert response.status_code == 413
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "text", [" ", "\u200b", "/", "👍", "\ud800 bonjour", "\0", "{context}", "[oui](affirm)"]
)
def test_strange_texts_are_answered(small_server, stub_actions, text):
    body = b'{"id": "1", "conversation": "%d", "mode": "talk", "text": %s}'
    encoded = (
        ascii(text).replace("'", '"').replace("\\x00", "\\u0000").replace("\\U0001f44d", "\\ud83d\\udc4d")
    )
    content = body % (id(text), encoded.encode())
    response = small_server.client.post("/palier/message", content=content)
    assert response.status_code == 200, response.text
    assert response.json()["replies"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"\xff\xfe",
        b"[]",
        b"[" * 20_000,
        b"{}",
        b'{"id": "1", "conversation": "c", "mode": "sing", "text": "a"}',
        b'{"id": "1", "conversation": "c", "mode": "talk"}',
        b'{"id": "1", "conversation": "c", "mode": "talk", "text": ""}',
        b'{"id": "1", "conversation": "c", "mode": "talk", "text": 3}',
        b'{"id": "1", "conversation": "c", "mode": "talk", "text": "a", "intent": "affirm"}',
        b'{"id": 1, "conversation": "c", "mode": "talk", "text": "a"}',
        b'{"conversation": "c", "mode": "talk", "text": "a"}',
        b'{"id": "1", "mode": "talk", "text": "a"}',
        b'{"id": "1", "conversation": "c", "mode": "talk", "intent": "affirm", "entities": []}',
        b'{"id": "1", "conversation": "c", "mode": "talk", "text": "a", "context": 3}',
        b'{"id": "1", "conversation": "c", "mode": "talk", "text": "a", "context": {"register": "slang"}}',
        b'{"id": "1", "conversation": "c", "mode": "talk", "text": "a", "context": {"discreet": "no"}}',
        b'{"id": "1", "conversation": "c", "mode": "talk", "text": "a", "context": {"question": "rent"}}',
        b'{"conversation": "c", "mode": "parse", "text": "a", "context": {"question": {"kind": 3}}}',
    ],
)
def test_a_request_that_is_not_understood_is_refused(small_server, body):
    response = small_server.client.post("/palier/message", content=body)
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"]
