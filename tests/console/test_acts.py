"""Taking and closing a case from its page."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.domain.states import CaseState, Outcome, Role, Urgency
from bot.storage.tables import Case
from tests.console.conftest import Desk


def state(desk: Desk, case: int) -> tuple[CaseState, int | None, Outcome | None]:
    with desk.database.reading() as session:
        found = session.get_one(Case, case)
        return found.state, found.owner_id, found.outcome


def test_taking_redirects_to_the_page(desk: Desk) -> None:
    staff, case = desk.staff("EQ01"), desk.case(desk.tenant())
    browser, path = desk.browser(staff), f"/dossiers/{case}"
    answer = browser.post(f"{path}/prendre", csrf=browser.csrf(path))
    assert answer.status_code == 303
    page = browser.get(answer.headers["location"]).text
    assert "Le dossier est à vous" in page
    assert "Prendre le dossier" not in page
    assert state(desk, case) == (CaseState.TAKEN, staff, None)
    assert ("taken", staff) in desk.events(case)


def test_of_two_who_take_at_once_one_wins_and_the_other_is_told(desk: Desk) -> None:
    case = desk.case(desk.tenant())
    path = f"/dossiers/{case}"
    browsers = {staff: desk.browser(staff) for staff in (desk.staff("Berthier"), desk.staff("Nadal"))}
    secrets = {staff: browser.csrf(path) for staff, browser in browsers.items()}

    def take(staff: int) -> tuple[int, str]:
        answer = browsers[staff].post(f"{path}/prendre", csrf=secrets[staff])
        return staff, browsers[staff].get(answer.headers["location"]).text

    with ThreadPoolExecutor(2) as pool:
        pages = dict(pool.map(take, browsers))
    owner = state(desk, case)[1]
    assert owner in browsers
    (loser,) = set(browsers) - {owner}
    assert "Le dossier est à vous" in pages[owner]
    assert "il est suivi par Maëlle" in pages[loser]
    assert [kind for kind, _ in desk.events(case)].count("taken") == 1


@pytest.mark.parametrize("csrf", ["", "0" * 64, "é"])
def test_a_forged_form_does_nothing(desk: Desk, csrf: str) -> None:
    staff, person = desk.staff("EQ01"), desk.tenant()
    new, mine = desk.case(person), desk.taken(person, staff, "complain")
    browser = desk.browser(staff)
    before = desk.events(new), desk.events(mine)
    assert browser.post(f"/dossiers/{new}/prendre", csrf=csrf).status_code == 403
    assert browser.post(f"/dossiers/{mine}/clore", csrf=csrf, outcome="regle").status_code == 403
    assert (desk.events(new), desk.events(mine)) == before


def test_the_form_of_another_session_is_forged(desk: Desk) -> None:
    first, second, case = desk.staff("EQ01"), desk.staff("EQ02"), desk.case(desk.tenant())
    path = f"/dossiers/{case}"
    secret = desk.browser(first).csrf(path)
    assert desk.browser(second).post(f"{path}/prendre", csrf=secret).status_code == 403
    assert desk.browser(first).post(f"{path}/prendre", csrf=secret).status_code == 403


def test_closing_keeps_the_outcome_and_the_note(desk: Desk) -> None:
    staff = desk.staff("EQ01")
    case = desk.taken(desk.tenant(), staff)
    browser, path = desk.browser(staff), f"/dossiers/{case}"
    answer = browser.post(
        f"{path}/clore", csrf=browser.csrf(path), outcome="plan", note="  50 € par mois <b>dès</b> janvier "
    )
    page = browser.get(answer.headers["location"]).text
    assert "Le dossier est clos." in page
    assert "Plan d’apurement · 50 € par mois &lt;b&gt;dès&lt;/b&gt; janvier" in page
    assert "Comment se termine-t-il" not in page
    assert state(desk, case) == (CaseState.CLOSED, staff, Outcome.PLAN)


@pytest.mark.parametrize(
    ("outcome", "note", "sentence"),
    [
        ("", "vu ce matin", "Choisissez comment le dossier se termine"),
        ("gagné", "vu ce matin", "Choisissez comment le dossier se termine"),
        ("regle", "vu ce matin" * 200, "La note est trop longue"),
    ],
)
def test_an_incomplete_form_comes_back_with_what_was_typed(
    desk: Desk, outcome: str, note: str, sentence: str
) -> None:
    staff = desk.staff("EQ01")
    case = desk.taken(desk.tenant(), staff)
    browser, path = desk.browser(staff), f"/dossiers/{case}"
    answer = browser.post(f"{path}/clore", csrf=browser.csrf(path), outcome=outcome, note=note)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f">{note}</textarea>" in answer.text
    assert state(desk, case)[0] is CaseState.TAKEN


def test_only_the_owner_or_coordination_closes(desk: Desk) -> None:
    owner, colleague = desk.staff("EQ01"), desk.staff("EQ02")
    coordinator = desk.staff("EQ04", Role.COORDINATOR)
    case = desk.taken(desk.tenant(), owner)
    path = f"/dossiers/{case}"
    browser = desk.browser(colleague)
    assert "Comment se termine-t-il" not in browser.get(path).text
    refused = browser.post(f"{path}/clore", csrf=browser.csrf(path), outcome="regle")
    assert refused.status_code == 409
    assert "suivi par une autre personne" in refused.text
    browser = desk.browser(coordinator)
    assert browser.post(f"{path}/clore", csrf=browser.csrf(path), outcome="regle").status_code == 303


def test_a_closed_case_is_neither_taken_nor_closed_again(desk: Desk) -> None:
    staff = desk.staff("EQ01")
    case = desk.taken(desk.tenant(), staff)
    browser, path = desk.browser(staff), f"/dossiers/{case}"
    csrf = browser.csrf(path)
    browser.post(f"{path}/clore", csrf=csrf, outcome="regle")
    again = browser.post(f"{path}/clore", csrf=csrf, outcome="plan")
    assert again.status_code == 409
    assert "déjà clos" in again.text
    taken = browser.post(f"{path}/prendre", csrf=csrf)
    assert browser.get(taken.headers.get("location", path)).status_code == 200
    assert state(desk, case) == (CaseState.CLOSED, staff, Outcome.SETTLED)


def test_a_danger_case_taken_by_another_is_not_to_be_acted_on(desk: Desk) -> None:
    owner, colleague = desk.staff("EQ01"), desk.staff("EQ02")
    case = desk.case(desk.tenant(), "report_violence", Urgency.URGENT, state=CaseState.TAKEN, owner_id=owner)
    browser = desk.browser(colleague)
    csrf = browser.csrf("/dossiers")
    for act in ("prendre", "clore"):
        answer = browser.post(f"/dossiers/{case}/{act}", csrf=csrf, outcome="regle")
        assert answer.status_code == 403
    assert state(desk, case) == (CaseState.TAKEN, owner, None)
