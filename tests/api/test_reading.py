"""Tenants, leases, payments and cases as a program reads them."""

from collections.abc import AsyncIterator
from datetime import date

import httpx
from fastapi import FastAPI

from bot.api import create_api
from bot.domain.delivery import NotSent, Refused
from bot.domain.files import OpenFile
from bot.domain.states import Role, Urgency
from bot.storage.tables import Message, Payment, Person
from tests.api.conftest import Office, Program


def test_a_tenant_with_the_account_of_the_lease(office: Office) -> None:
    member, program = office.worker()
    person = office.desk.tenant(referent=member)
    (tenant,) = program.get("/tenants", reference="L-Delattre")["items"]
    assert tenant == program.get(f"/tenants/{person}")
    assert (tenant["last_name"], tenant["telegram"]) == ("Delattre", "active")
    assert tenant["referent"] == {"reference": "EQ01", "name": "Maëlle Eq01"}
    lease = program.get(f"/leases/{tenant['leases'][0]}")
    assert lease["tenants"] == [{"id": person, "reference": "L-Delattre", "name": "Mme Ginette Delattre"}]
    assert lease["account"]["on"] == "2026-12-01"
    assert lease["account"]["overdue_cents"] == 49800
    assert lease["account"]["signals"]
    assert lease["account"]["threshold"] is None
    november = lease["account"]["lines"][0]
    assert (november["month"], november["remaining_cents"]) == ("2026-11-01", 49800)
    listed = program.get("/leases", tenant=person)["items"]
    assert [one["reference"] for one in listed] == ["B-Delattre"]


def test_payments_of_a_lease_from_a_day_on(office: Office) -> None:
    _, program = office.worker()
    office.desk.tenant()
    with office.desk.database.transaction() as session:
        for day in (5, 20):
            session.add(
                Payment(
                    organisation_id=1, reference=f"OP{day}", lease_id=1, on_day=date(2026, 11, day),
                    amount_cents=day * 100, label="Virement",
                )
            )  # fmt: skip
    (payment,) = program.get("/payments", lease=1, since="2026-11-10")["items"]
    assert (payment["reference"], payment["amount_cents"], payment["on"]) == ("OP20", 2000, "2026-11-20")


def test_pages_follow_each_other_without_a_gap(office: Office) -> None:
    _, program = office.worker()
    with office.desk.database.transaction() as session:
        for number in range(7):
            session.add(Person(organisation_id=1, reference=f"P{number}", last_name="X", profiles=[]))
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = program.get("/tenants", limit=3, **cursor)
        seen += [tenant["reference"] for tenant in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert seen == [f"P{number}" for number in range(7)]


def test_a_cursor_that_is_not_ours_is_refused(office: Office) -> None:
    _, program = office.worker()
    for cursor in ("x", "é", "W10", "WyJhIl0", "WzFd" * 40, "Wy0xXQ", "bnVsbA"):
        assert program.ask("GET", "/tenants", params={"cursor": cursor}).status_code == 422, cursor


def test_a_case_and_its_thread(office: Office) -> None:
    member, program = office.worker()
    person = office.desk.tenant()
    case = office.desk.taken(person, member)
    office.desk.message(person, "je ne peux pas payer")
    office.desk.message(person, "il me frappe", sensitive=True)
    read = program.get(f"/cases/{case}")
    assert (read["tenant"]["id"], read["owner"]["reference"], read["state"]) == (person, "EQ01", "taken")
    assert [event["kind"] for event in read["history"]] == ["opened", "read"]
    said = program.get(f"/cases/{case}/messages")["items"]
    assert [one["words"] for one in said] == ["je ne peux pas payer", "il me frappe"]
    _, colleague = office.worker("EQ02")
    seen = colleague.get(f"/cases/{case}/messages")["items"]
    assert [(one["words"], one["hidden"]) for one in seen] == [("je ne peux pas payer", False), (None, True)]


def test_the_list_of_cases_by_what_is_asked(office: Office) -> None:
    member, program = office.worker()
    first, second = office.desk.tenant("Arnal"), office.desk.tenant("Bazin")
    mine = office.desk.taken(first, member)
    free = office.desk.case(second, "report_hazard", Urgency.URGENT)

    def ids(**asked: object) -> list[int]:
        return [case["id"] for case in program.get("/cases", **asked)["items"]]

    assert ids() == [mine, free]
    assert ids(owner="me") == [mine]
    assert ids(owner="nobody") == [free]
    assert ids(urgency="urgent", state="new") == [free]
    assert ids(tenant=second, kind="payment_difficulty") == []
    assert [case["id"] for case in program.get("/cases/queue")] == [free, mine]


def test_a_danger_is_read_by_its_workers_only_and_each_reading_is_written(office: Office) -> None:
    owner, program = office.worker()
    _, colleague = office.worker("EQ02")
    chief = office.worker("EQ03", Role.COORDINATOR)[1]
    case = office.desk.taken(office.desk.tenant(), owner, "report_violence")
    for outside in (colleague, chief, office.program()):
        assert outside.ask("GET", f"/cases/{case}").status_code == 403
        assert outside.ask("GET", f"/cases/{case}/messages").status_code == 403
        assert outside.get("/cases") == {"items": [], "next": None}
    assert [one["id"] for one in program.get("/cases")["items"]] == [case]
    program.get(f"/cases/{case}")
    assert ("read", owner) in office.desk.events(case)


def test_a_program_without_a_member_reads_no_danger_and_leaves_its_number(office: Office) -> None:
    reader = office.program()
    danger = office.desk.case(office.desk.tenant("Arnal"), "report_violence", Urgency.URGENT)
    other = office.desk.case(office.desk.tenant("Bazin"))
    assert reader.ask("GET", f"/cases/{danger}").status_code == 403
    assert reader.get("/cases/queue")[0]["id"] == other
    history = reader.get(f"/cases/{other}")["history"]
    assert history[-1] == {**history[-1], "kind": "read", "actor": None, "detail": {"note": "Jeton n° 1"}}


class Kept:
    """A store of one file; it remembers nothing else."""

    def __init__(self, fault: Exception | None = None) -> None:
        self._fault = fault

    async def open(self, file_id: str) -> OpenFile:
        if self._fault is not None:
            raise self._fault

        async def chunks() -> AsyncIterator[bytes]:
            yield b"%PDF " + file_id.encode()

        async def close() -> None: ...

        return OpenFile("pdf", chunks(), close)


def test_a_file_is_opened_by_who_reads_its_message_and_written(office: Office) -> None:
    member, program = office.worker()
    _, colleague = office.worker("EQ02")
    person = office.desk.tenant()
    case = office.desk.taken(person, member)
    office.desk.message(person, "", sensitive=True)
    with office.desk.database.transaction() as session:
        session.get_one(Message, 1).attachment = {"kind": "document", "id": "F1"}
    (said,) = program.get(f"/cases/{case}/messages")["items"]
    assert (said["attachment"], said["file"]) == ("document", True)
    (hidden,) = colleague.get(f"/cases/{case}/messages")["items"]
    assert (hidden["attachment"], hidden["file"]) == (None, False)
    path = f"/cases/{case}/messages/1/file"

    def opens(files: Kept | None, token: str | None = program.token) -> httpx.Response:
        app, desk = FastAPI(), office.desk
        app.mount("/api", create_api(desk.database, desk.clock, desk.house, files=files))
        return Program(app, token).ask("GET", path)

    answer = opens(Kept())
    assert (answer.content, answer.headers["content-type"]) == (b"%PDF F1", "application/octet-stream")
    assert 'filename="dossier-1-piece-1.pdf"' in answer.headers["content-disposition"]
    assert ("file_opened", member) in office.desk.events(case)
    assert opens(Kept(), colleague.token).status_code == 404
    assert opens(Kept(Refused("gone"))).status_code == 404
    assert opens(Kept(NotSent("away"))).status_code == 503
    assert opens(None).status_code == 503
