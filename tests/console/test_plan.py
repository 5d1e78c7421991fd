"""A plan d'apurement from the case's page."""

import re
from datetime import timedelta

from sqlalchemy import select

from bot.domain.states import PlanState
from bot.storage.tables import Outbox, Plan
from tests.console.conftest import Desk


def plan(desk: Desk) -> Plan:
    with desk.database.reading() as session:
        found = session.scalars(select(Plan)).one()
        _ = [part.amount_cents for part in found.instalments]
        return found


def first_day(desk: Desk, days: int = 20) -> str:
    with desk.database.reading() as session:
        return (desk.clock.now(session) + timedelta(days=days)).date().isoformat()


def test_proposed_agreed_by_word_of_mouth_and_stopped(desk: Desk) -> None:
    staff = desk.staff("EQ01")
    case = desk.taken(desk.tenant(), staff)
    browser, path = desk.browser(staff), f"/dossiers/{case}"
    csrf = browser.csrf(path)
    answer = browser.post(f"{path}/plan", csrf=csrf, count="3", first_on=first_day(desk))
    assert answer.status_code == 303
    page = browser.get(answer.headers["location"]).text
    assert "Le plan est proposé" in page
    assert "Proposé, sans réponse" in page
    found = plan(desk)
    assert (found.state, len(found.instalments), found.proposed_by_id) == (PlanState.PROPOSED, 3, staff)
    with desk.database.reading() as session:
        assert session.scalars(select(Outbox).filter_by(kind="plan_proposal")).one()

    answer = browser.post(f"{path}/plan/accepte", csrf=csrf, plan=str(found.id))
    assert answer.status_code == 303
    assert plan(desk).state is PlanState.ACCEPTED
    page = browser.get(path).text
    assert "Accepté, en cours" in page
    assert "Proposer ce plan" not in page

    assert browser.post(f"{path}/plan/arreter", csrf=csrf, plan=str(found.id)).status_code == 303
    assert plan(desk).state is PlanState.ENDED
    assert [kind for kind, _ in desk.events(case)].count("plan") == 3


def test_a_wrong_form_says_why_and_writes_nothing(desk: Desk) -> None:
    staff = desk.staff("EQ01")
    case = desk.taken(desk.tenant(), staff)
    browser, path = desk.browser(staff), f"/dossiers/{case}"
    csrf = browser.csrf(path)
    for count, day, sentence in (
        ("0", first_day(desk), "de 1 à 36 échéances"),
        ("trois", first_day(desk), "de 1 à 36 échéances"),
        ("37", first_day(desk), "de 1 à 36 échéances"),
        ("3", "demain", "demain au plus tôt"),
        ("3", first_day(desk, 0), "demain au plus tôt"),
    ):
        answer = browser.post(f"{path}/plan", csrf=csrf, count=count, first_on=day)
        assert answer.status_code == 422
        assert sentence in answer.text
        assert f'name="count" type="number" min="1" max="36" value="{count}"' in answer.text
        assert f'required value="{day}"' in answer.text
    assert browser.post(f"{path}/plan/accepte", csrf=csrf, plan="12").status_code == 422
    with desk.database.reading() as session:
        assert session.scalars(select(Plan)).all() == []


def test_only_who_follows_the_case_decides(desk: Desk) -> None:
    staff, other = desk.staff("EQ01"), desk.staff("EQ02")
    case = desk.taken(desk.tenant(), staff)
    browser, path = desk.browser(other), f"/dossiers/{case}"
    assert "Proposer ce plan" not in browser.get(path).text
    csrf = browser.csrf(path)
    answer = browser.post(f"{path}/plan", csrf=csrf, count="3", first_on=first_day(desk))
    assert answer.status_code == 409 or answer.status_code == 403
    assert browser.post(f"{path}/plan", csrf="", count="3", first_on=first_day(desk)).status_code == 403


def test_a_refused_plan_names_the_field_to_correct(desk: Desk) -> None:
    staff = desk.staff("EQ01")
    path = f"/dossiers/{desk.taken(desk.tenant(), staff)}"
    browser = desk.browser(staff)
    csrf = browser.csrf(path)
    day = first_day(desk)
    for count, each, first_on, field in (
        ("37", "", day, "plan-fois"),
        ("", "beaucoup", day, "plan-somme"),
        ("3", "", first_day(desk, 0), "plan-jour"),
    ):
        page = browser.post(f"{path}/plan", csrf=csrf, count=count, each=each, first_on=first_on).text
        wrong = re.findall(
            r'<input id="([^"]+)"[^>]* aria-invalid="true" aria-describedby="plan-refus"', page
        )
        assert wrong == [field]
        assert page.count('id="plan-refus"') == 1
