"""Waiting, handing over, giving back and noting from a case's page."""

from bot.domain.states import CaseState, ChatState
from bot.storage.tables import Case, Chat, Outbox
from tests.console.conftest import Desk


def linked(desk: Desk, reference: str) -> int:
    """A member of the team whose telephone takes alerts."""
    member = desk.staff(reference)
    with desk.database.transaction() as session:
        session.add(
            Chat(
                organisation_id=1,
                bot_id=1,
                telegram_id=9000 + member,
                staff_id=member,
                state=ChatState.ACTIVE,
            )
        )
    return member


def found(desk: Desk, number: int) -> Case:
    with desk.database.reading() as session:
        return session.get_one(Case, number)


def test_waiting_until_a_day(desk: Desk) -> None:
    staff = desk.staff("EQ01")
    case = desk.taken(desk.tenant(), staff)
    browser, path = desk.browser(staff), f"/dossiers/{case}"
    csrf = browser.csrf(path)
    answer = browser.post(f"{path}/attendre", csrf=csrf, jour="2026-12-07", motif="partenaire")
    page = browser.get(answer.headers["location"]).text
    assert "Le dossier est en attente" in page
    assert "lundi 7 décembre à 9" in page
    assert "Réponse d’un partenaire" in page
    assert found(desk, case).state is CaseState.WAITING
    for day in ("", "hier", "2026-12-01", "2020-01-01"):
        refused = browser.post(f"{path}/attendre", csrf=csrf, jour=day)
        assert refused.status_code == 422
        assert "Choisissez le jour" in refused.text


def test_handing_over_alerts_the_colleague_and_tells_the_history(desk: Desk) -> None:
    staff, colleague = desk.staff("EQ01"), linked(desk, "EQ02")
    case = desk.taken(desk.tenant(), staff)
    browser, path = desk.browser(staff), f"/dossiers/{case}"
    answer = browser.post(
        f"{path}/passer", csrf=browser.csrf(path), a=str(colleague), mot="  à <b>rappeler</b> "
    )
    assert answer.headers["location"] == "/dossiers"
    assert found(desk, case).owner_id == colleague
    page = browser.get(path).text
    assert "a passé la main" in page
    assert "à &lt;b&gt;rappeler&lt;/b&gt;" in page
    with desk.database.reading() as session:
        assert session.query(Outbox).filter_by(object=f"case:{case}", kind="case_news").count() == 1


def test_an_unreachable_or_unknown_colleague_is_refused(desk: Desk) -> None:
    staff, nowhere = desk.staff("EQ01"), desk.staff("EQ02")
    case = desk.taken(desk.tenant(), staff)
    browser, path = desk.browser(staff), f"/dossiers/{case}"
    csrf = browser.csrf(path)
    for to, status in ((str(nowhere), 409), ("99999", 409), ("x", 409), ("", 422)):
        assert browser.post(f"{path}/passer", csrf=csrf, a=to).status_code == status
    assert found(desk, case).owner_id == staff


def test_giving_back_to_the_team(desk: Desk) -> None:
    staff = desk.staff("EQ01")
    case = desk.taken(desk.tenant(), staff)
    browser, path = desk.browser(staff), f"/dossiers/{case}"
    browser.post(f"{path}/passer", csrf=browser.csrf(path), a="equipe")
    assert (found(desk, case).state, found(desk, case).owner_id) == (CaseState.NEW, None)


def test_a_note_stays_in_the_case(desk: Desk) -> None:
    staff = desk.staff("EQ01")
    case = desk.case(desk.tenant())
    browser, path = desk.browser(staff), f"/dossiers/{case}"
    csrf = browser.csrf(path)
    answer = browser.post(f"{path}/noter", csrf=csrf, note="vue au marché")
    page = browser.get(answer.headers["location"]).text
    assert "a écrit une note" in page
    assert "vue au marché" in page
    assert browser.post(f"{path}/noter", csrf=csrf, note="  ").status_code == 422


def test_a_case_that_comes_again_shows_the_one_before(desk: Desk) -> None:
    staff, person = desk.staff("EQ01"), desk.tenant()
    first = desk.taken(person, staff)
    browser = desk.browser(staff)
    path = f"/dossiers/{first}"
    browser.post(f"{path}/clore", csrf=browser.csrf(path), outcome="plan")
    second = desk.case(person)
    page = browser.get(f"/dossiers/{second}").text
    assert f"Déjà suivi&nbsp;: dossier n°&nbsp;{first}" in page
    assert f'href="/dossiers/{first}"' in page


def test_forged_forms_do_nothing(desk: Desk) -> None:
    staff = desk.staff("EQ01")
    case = desk.taken(desk.tenant(), staff)
    browser = desk.browser(staff)
    before = desk.events(case)
    for act in ("attendre", "passer", "noter"):
        answer = browser.post(
            f"/dossiers/{case}/{act}", csrf="0" * 64, jour="2026-12-07", a="equipe", note="x"
        )
        assert answer.status_code == 403
    assert desk.events(case) == before


def test_who_does_not_follow_it_has_no_such_forms(desk: Desk) -> None:
    owner, other = desk.staff("EQ01"), desk.staff("EQ02")
    case = desk.taken(desk.tenant(), owner)
    browser, path = desk.browser(other), f"/dossiers/{case}"
    page = browser.get(path).text
    assert "Mettre en attente" not in page
    assert "Passer la main" not in page
    for act in ("attendre", "passer"):
        refused = browser.post(f"{path}/{act}", csrf=browser.csrf(path), jour="2026-12-07", a="equipe")
        assert refused.status_code == 409


def test_the_conversation_is_cut_from_the_page_of_such_a_case_only(desk: Desk) -> None:
    staff, person = desk.staff("EQ01"), desk.tenant()
    other = desk.taken(person, staff)
    case = desk.taken(person, staff, "number_changed")
    browser, path = desk.browser(staff), f"/dossiers/{case}"
    csrf = browser.csrf(path)
    assert "Couper la conversation" not in browser.get(f"/dossiers/{other}").text
    assert "Couper la conversation" in browser.get(path).text
    refused = browser.post(f"/dossiers/{other}/couper", csrf=csrf)
    assert "Aucune conversation" in refused.text
    answer = browser.post(f"{path}/couper", csrf=csrf)
    page = browser.get(answer.headers["location"]).text
    assert "La conversation est coupée" in page
    assert "a coupé la conversation" in page
    assert '/couper"' not in page
    with desk.database.reading() as session:
        assert session.query(Chat).filter_by(person_id=person).count() == 0
