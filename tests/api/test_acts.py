"""What a program does in a caseworker's name: cases, messages, plans, calls."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.domain.states import AppointmentKind, CaseState, OutboxState, Role
from bot.services.appointments import appointments
from bot.services.appointments.appointments import Meeting
from bot.services.rent import calls
from bot.storage.tables import Case, Chat, Lease, Outbox, Person, Plan, Staff
from tests.api.conftest import Office
from tests.api.test_doors import problem


def test_take_wait_note_and_close(office: Office) -> None:
    member, program = office.worker()
    case = office.desk.case(office.desk.tenant())
    assert program.post(f"/cases/{case}/take").json()["owner"]["reference"] == "EQ01"
    waits = program.post(f"/cases/{case}/wait", {"until": "2026-12-04", "reason": "pieces"}).json()
    assert (waits["state"], waits["waiting_until"]) == ("waiting", "2026-12-04T08:00:00Z")
    assert program.post(f"/cases/{case}/notes", {"note": "Vue au marché"}).status_code == 201
    closed = program.post(f"/cases/{case}/close", {"outcome": "regle", "note": "Payé"}).json()
    assert (closed["state"], closed["outcome"]) == ("closed", "regle")
    acts = [event for event in office.desk.events(case) if event[0] in ("taken", "waiting", "note", "closed")]
    assert acts == [(kind, member) for kind in ("taken", "waiting", "note", "closed")]
    assert "clos" in problem(program.post(f"/cases/{case}/wait", {"until": "2026-12-05"}), 409)


def test_of_two_who_take_a_case_the_second_hears_of_the_first(office: Office) -> None:
    _, first = office.worker()
    _, second = office.worker("EQ02")
    case = office.desk.case(office.desk.tenant())
    assert first.post(f"/cases/{case}/take").status_code == 200
    assert "Maëlle Eq01" in problem(second.post(f"/cases/{case}/take"), 409)
    problem(second.post(f"/cases/{case}/close", {"outcome": "regle"}), 409)


def test_hand_over_release_and_merge(office: Office) -> None:
    member, program = office.worker()
    colleague, other = office.worker("EQ02")
    with office.desk.database.transaction() as session:
        session.add(Chat(organisation_id=1, bot_id=1, telegram_id=77, staff_id=colleague))
    person = office.desk.tenant()
    case = office.desk.taken(person, member)
    problem(program.post(f"/cases/{case}/hand-over", {"to": "EQ99"}), 409)
    given = program.post(f"/cases/{case}/hand-over", {"to": "EQ02", "note": "Tu la connais"}).json()
    assert given["owner"]["reference"] == "EQ02"
    assert other.post(f"/cases/{case}/release", {}).json()["state"] == "new"
    kept = office.desk.case(person, "complain")
    assert other.post(f"/cases/{case}/merge", {"into": kept}).json()["id"] == kept
    with office.desk.database.reading() as session:
        assert session.get_one(Case, case).merged_into_id == kept


def test_a_program_without_a_member_signs_nothing(office: Office) -> None:
    program = office.program(Role.COORDINATOR)
    case = office.desk.case(office.desk.tenant())
    for path, body in (
        ("take", None),
        ("wait", {"until": "2026-12-04"}),
        ("notes", {"note": "x"}),
        ("close", {"outcome": "regle"}),
        ("drafts", {"words": "Bonjour"}),
    ):
        assert "--member" in problem(program.post(f"/cases/{case}/{path}", body), 403), path
    assert [kind for kind, _ in office.desk.events(case)] == ["opened"]


def test_a_creation_asked_twice_is_one(office: Office) -> None:
    member, program = office.worker()
    case = office.desk.taken(office.desk.tenant(), member)
    first = program.post(f"/cases/{case}/notes", {"note": "Une fois"}, key="cle-1")
    again = program.post(f"/cases/{case}/notes", {"note": "Une fois"}, key="cle-1")
    assert (first.status_code, first.json()) == (201, again.json())
    problem(program.post(f"/cases/{case}/notes", {"note": "Autre"}, key="cle-1"), 422)
    assert [kind for kind, _ in office.desk.events(case)].count("note") == 1
    # The key is this token's, for a day.
    sibling = office.program(member=member)
    assert sibling.post(f"/cases/{case}/notes", {"note": "Autre"}, key="cle-1").status_code == 201
    office.desk.move(days=1)
    later = office.program(member=member)
    for _ in range(2):
        assert later.post(f"/cases/{case}/notes", {"note": "Encore"}, key="cle-1").status_code == 201
    assert [kind for kind, _ in office.desk.events(case)].count("note") == 3


def test_a_refused_creation_may_be_asked_again_under_its_key(office: Office) -> None:
    _, program = office.worker()
    case = office.desk.case(office.desk.tenant())
    words = {"words": "Bonjour"}
    problem(program.post(f"/cases/{case}/drafts", words, key="cle-2"), 409)
    assert program.post(f"/cases/{case}/take").status_code == 200
    assert program.post(f"/cases/{case}/drafts", words, key="cle-2").status_code == 201


def test_words_are_read_back_then_sent_to_that_person_once(office: Office) -> None:
    member, program = office.worker()
    person = office.desk.tenant()
    case = office.desk.taken(person, member)
    draft = program.post(f"/cases/{case}/drafts", {"words": "Pouvez-vous me rappeler ?"}).json()
    assert (draft["to"]["id"], draft["words"]) == (person, "Pouvez-vous me rappeler ?")
    assert "Maëlle" in draft["heading"]
    shown = {"draft": draft["id"], "fingerprint": draft["fingerprint"]}
    problem(program.post(f"/cases/{case}/messages", shown | {"fingerprint": "0" * 64}), 409)
    sent = program.post(f"/cases/{case}/messages", shown)
    assert sent.status_code == 201
    assert "Ginette" in sent.json()["said"]
    problem(program.post(f"/cases/{case}/messages", shown), 409)
    with office.desk.database.reading() as session:
        rows = session.scalars(select(Outbox).filter_by(kind="relay")).all()
    assert [row.state for row in rows] == [OutboxState.QUEUED]
    assert program.post(f"/cases/{case}/relay/end").json()["ended_at"]


def test_a_ready_answer_is_filled_for_the_person(office: Office) -> None:
    member, program = office.worker()
    case = office.desk.taken(office.desk.tenant(), member)
    answers = program.get(f"/cases/{case}/answers")
    assert answers
    draft = program.post(f"/cases/{case}/drafts", {"answer": answers[0]["id"]}).json()
    assert "{" not in draft["words"]
    assert draft["words"]
    problem(program.post(f"/cases/{case}/drafts", {"answer": "inconnue"}), 409)
    problem(program.post(f"/cases/{case}/drafts", {}), 409)


def test_a_telephone_that_another_may_read_is_warned_of_first(office: Office) -> None:
    member, program = office.worker()
    person = office.desk.tenant()
    case = office.desk.taken(person, member, "report_violence")
    draft = program.post(f"/cases/{case}/drafts", {"words": "Bonjour"}).json()
    assert draft["warning"]
    shown = {"draft": draft["id"], "fingerprint": draft["fingerprint"]}
    assert problem(program.post(f"/cases/{case}/messages", shown), 409) == draft["warning"]
    assert program.post(f"/cases/{case}/messages", shown | {"warned": True}).status_code == 201


def test_a_plan_is_proposed_accepted_and_stopped(office: Office) -> None:
    member, program = office.worker()
    case = office.desk.taken(office.desk.tenant(), member)
    parts = [
        {"due_on": "2026-12-10", "amount_cents": 20000},
        {"due_on": "2027-01-10", "amount_cents": 29800},
    ]
    made = program.post(f"/cases/{case}/plans", {"instalments": parts}, key="plan-1")
    assert made.status_code == 201, made.text
    plan = made.json()
    assert [part["amount_cents"] for part in plan["instalments"]] == [20000, 29800]
    assert program.post(f"/cases/{case}/plans/{plan['id']}/accept").json()["state"] == "accepted"
    problem(program.post(f"/cases/{case}/plans", {"instalments": parts}), 409)
    assert program.post(f"/cases/{case}/plans/{plan['id']}/end").json()["state"] == "ended"
    assert [one["state"] for one in program.get(f"/cases/{case}/plans")] == ["ended"]
    _, other = office.worker("EQ02")
    problem(other.post(f"/cases/{case}/plans/{plan['id']}/end"), 409)
    with office.desk.database.reading() as session:
        assert session.scalars(select(Plan)).one().proposed_by_id == member


@pytest.mark.parametrize(
    "parts",
    [
        [{"due_on": "2026-11-30", "amount_cents": 100}],
        [{"due_on": "2026-12-10", "amount_cents": 49900}],
    ],
)
def test_a_plan_that_cannot_be_is_refused(office: Office, parts: list[dict[str, object]]) -> None:
    member, program = office.worker()
    case = office.desk.taken(office.desk.tenant(), member)
    problem(program.post(f"/cases/{case}/plans", {"instalments": parts}), 409)


def test_a_household_to_call_is_called(office: Office) -> None:
    _, program = office.worker()
    person = office.desk.tenant()
    office.desk.move(days=-10)
    with office.desk.database.transaction() as session:
        now = office.desk.clock.now(session)
        found, lease = session.get_one(Person, person), session.scalars(select(Lease)).one()
        calls.note(session, now, found, lease, f"lease:{lease.id}/2026-11", "rent.question")
    office.desk.move(days=10)
    (line,) = program.get("/calls")
    assert (line["tenant"]["id"], line["missing_cents"]) == (person, 49800)
    assert program.post(f"/calls/{line['id']}/done").json() == {"id": line["id"]}
    assert program.get("/calls") == []


def test_an_appointment_is_told_by_telephone(office: Office) -> None:
    member, program = office.worker()
    person = office.desk.tenant()
    with office.desk.database.transaction() as session:
        now = office.desk.clock.now(session)
        meeting = Meeting(
            person=session.get_one(Person, person),
            staff=session.get_one(Staff, member),
            kind=AppointmentKind.OFFICE,
            starts_at=now + timedelta(days=2),
            minutes=30,
        )
        number = appointments.book(session, now, office.desk.house, meeting).id
    (line,) = program.get("/appointments/to-call")
    assert line["id"] == number
    assert program.post(f"/appointments/{number}/called")
    assert program.get("/appointments/to-call") == []


def test_a_case_of_danger_is_acted_on_by_its_workers_only(office: Office) -> None:
    owner, _ = office.worker()
    _, outside = office.worker("EQ02")
    case = office.desk.taken(office.desk.tenant(), owner, "report_violence")
    for path, body in (
        ("take", None),
        ("notes", {"note": "x"}),
        ("close", {"outcome": "regle"}),
        ("drafts", {"words": "x"}),
        ("plans", {"instalments": [{"due_on": "2026-12-10", "amount_cents": 100}]}),
    ):
        problem(outside.post(f"/cases/{case}/{path}", body), 403)
    with office.desk.database.reading() as session:
        assert session.get_one(Case, case).state is CaseState.TAKEN


@pytest.mark.slow
@pytest.mark.parametrize("database", ["postgres"], indirect=True)  # where several write at once
def test_of_the_same_creations_at_once_one_is_made(office: Office) -> None:
    member, program = office.worker()
    case = office.desk.taken(office.desk.tenant(), member)
    for turn in range(10):
        with ThreadPoolExecutor(4) as pool:
            asked = [
                pool.submit(program.post, f"/cases/{case}/notes", {"note": "Une"}, f"key-{turn}")
                for _ in range(4)
            ]
        statuses = [answer.result().status_code for answer in asked]
        # A 409 undid everything and may be asked again.
        assert set(statuses) <= {201, 409}
        assert 201 in statuses
    assert [kind for kind, _ in office.desk.events(case)].count("note") == 10
