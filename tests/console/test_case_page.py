"""The page of a case: what it shows, to whom, and the trace that it leaves."""

from datetime import date, datetime, timedelta

from bot.console.pages import Pages
from bot.domain.states import OutboxState, Role, Urgency
from bot.services.cases import cases
from bot.services.house import House
from bot.storage.tables import Chat, Lease, LeasePerson, Organisation, Outbox
from tests.console.conftest import Desk


def test_it_shows_who_why_the_account_and_the_next_step(desk: Desk) -> None:
    person = desk.tenant()
    desk.message(person, "je peux pas payer ce mois ci")
    with desk.database.transaction() as session:
        session.get_one(Organisation, 1).bank_covered_until = date(2026, 11, 30)
    case = desk.case(person)
    page = desk.browser(desk.staff("EQ01")).get(f"/dossiers/{case}").text
    for words in (
        "Mme Ginette Delattre",
        "Difficulté à payer le loyer",
        "06 39 98 00 01",
        "Les Tilleuls Blancs",
        "Les Charmilles, Vauvercy",
        "498,00\xa0€ à payer",
        "Loyer de novembre",
        "30 novembre 2026",
        "A écrit qu&#39;elle ne pourra pas payer",
        "je peux pas payer ce mois ci",
        "proposer un plan ou une demande de FSL",
        "Source : isigny-sur-mer.fr",
        "Prendre le dossier",
    ):
        assert words in page, words


def test_a_rule_is_shown_only_while_it_holds(desk: Desk) -> None:
    case, staff = desk.case(desk.tenant()), desk.staff("EQ01")
    page = desk.browser(staff).get(f"/dossiers/{case}").text
    assert "Jusqu’au 31/12/2026" in page
    assert "450 €" not in page.replace("\xa0", " ")
    desk.move(days=60)
    page = desk.browser(staff).get(f"/dossiers/{case}").text
    assert "Jusqu’au 31/12/2026" not in page
    assert "450 €" in page.replace("\xa0", " ")


def test_a_person_of_several_leases_has_them_all(desk: Desk) -> None:
    person = desk.tenant()
    with desk.database.transaction() as session:
        garage = Lease(
            organisation_id=1,
            reference="B-GARAGE",
            residence="Parking du Canal",
            starts_on=date(2021, 1, 1),
            due_day=5,
            first_import_on=date(2026, 10, 31),
        )
        session.add(garage)
        session.flush()
        session.add(LeasePerson(organisation_id=1, lease_id=garage.id, person_id=person))
    page = desk.browser(desk.staff("EQ01")).get(f"/dossiers/{desk.case(person)}").text
    assert "Bail B-Delattre" in page
    assert "Bail B-GARAGE" in page
    assert "À jour" in page


def test_every_reading_is_written_down_once_in_ten_minutes(desk: Desk) -> None:
    first, second, case = desk.staff("EQ01"), desk.staff("EQ02"), desk.case(desk.tenant())
    browser = desk.browser(first)
    for _ in range(3):
        browser.get(f"/dossiers/{case}")
    desk.browser(second).get(f"/dossiers/{case}")
    assert desk.events(case)[1:] == [("read", first), ("read", second)]
    desk.move(minutes=11)
    assert "Qui a lu ce dossier (3)" in browser.get(f"/dossiers/{case}").text
    assert desk.events(case)[-1] == ("read", first)


def test_nothing_that_a_person_wrote_becomes_markup(desk: Desk) -> None:
    person = desk.tenant('<script>alert("nom")</script>')
    desk.message(person, "<img src=x onerror=alert(1)> </p><script>alert(2)</script>")
    case = desk.case(person)
    browser = desk.browser(desk.staff("EQ01"))
    for path in ("/dossiers", f"/dossiers/{case}"):
        page = browser.get(path).text
        assert "<script>" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;alert(&#34;nom&#34;)" in page


def test_sensitive_words_are_for_who_follows_the_case(desk: Desk) -> None:
    referent, owner, colleague = desk.staff("EQ01"), desk.staff("EQ02"), desk.staff("EQ03")
    person = desk.tenant(referent=referent)
    desk.message(person, "je suis malade", sensitive=True)
    path = f"/dossiers/{desk.taken(person, owner)}"
    for staff, sees in ((referent, True), (owner, True), (colleague, False)):
        page = desk.browser(staff).get(path).text
        assert ("je suis malade" in page) is sees
        assert ("Message sensible" in page) is not sees


def test_a_danger_case_is_open_to_the_team_until_somebody_takes_it(desk: Desk) -> None:
    referent, owner, colleague = desk.staff("EQ01"), desk.staff("EQ02"), desk.staff("EQ04")
    coordinator = desk.staff("EQ05", Role.COORDINATOR)
    person = desk.tenant(referent=referent)
    desk.message(person, "il me frappe", sensitive=True)
    case = desk.case(person, "report_violence", Urgency.URGENT)
    browsers = {staff: desk.browser(staff) for staff in (referent, owner, colleague, coordinator)}
    for browser in browsers.values():
        assert "il me frappe" in browser.get(f"/dossiers/{case}").text
    taking = browsers[owner].csrf(f"/dossiers/{case}")
    browsers[owner].post(f"/dossiers/{case}/prendre", csrf=taking)
    for staff in (owner, referent):
        assert "il me frappe" in browsers[staff].get(f"/dossiers/{case}").text
    for staff in (colleague, coordinator):
        refused = browsers[staff].get(f"/dossiers/{case}")
        assert refused.status_code == 403
        assert "une personne le suit déjà" in refused.text
        assert "il me frappe" not in refused.text
        assert "Delattre" not in refused.text


def test_another_danger_of_the_same_person_does_not_open_what_a_colleague_follows(desk: Desk) -> None:
    referent, owner, colleague = desk.staff("EQ01"), desk.staff("EQ02"), desk.staff("EQ03")
    person = desk.tenant(referent=referent)
    violence = desk.danger(person, "violence", "il me frappe")
    path = f"/dossiers/{violence}/prendre"
    browser = desk.browser(owner)
    browser.post(path, csrf=browser.csrf(f"/dossiers/{violence}"))
    hazard = desk.danger(person, "hazard", "ça sent le gaz")
    beaten, gas = ("il me frappe", "après « il me frappe"), ("ça sent le gaz", "après « ça sent le gaz")
    for staff, case, seen, hidden in (
        (colleague, hazard, gas, beaten),
        (owner, violence, (*beaten, *gas), ()),
        (referent, hazard, (*beaten, *gas), ()),
    ):
        page = desk.browser(staff).get(f"/dossiers/{case}").text
        assert [words for words in seen if words not in page] == []
        assert [words for words in hidden if words in page] == []
    taking = desk.browser(colleague)
    taking.post(f"/dossiers/{hazard}/prendre", csrf=taking.csrf(f"/dossiers/{hazard}"))
    assert "il me frappe" not in taking.get(f"/dossiers/{hazard}").text
    kept = desk.browser(owner).get(f"/dossiers/{violence}").text
    assert "il me frappe" in kept
    assert "ça sent le gaz" not in kept


def test_a_closed_danger_case_stays_closed_to_others(desk: Desk) -> None:
    owner, colleague = desk.staff("EQ01"), desk.staff("EQ02")
    case = desk.taken(desk.tenant(), owner, "report_distress")
    browser = desk.browser(owner)
    path = f"/dossiers/{case}"
    browser.post(f"{path}/clore", csrf=browser.csrf(path), outcome="mis_en_securite")
    assert browser.get(path).status_code == 200
    assert desk.browser(colleague).get(path).status_code == 403


def test_what_does_not_exist_or_belongs_elsewhere_is_not_found(desk: Desk, other_organisation: int) -> None:
    case = desk.case(desk.tenant())
    outsider = desk.browser(desk.staff("EQ01", organisation=other_organisation))
    missing = outsider.get("/dossiers/999")
    assert missing.status_code == 404
    assert outsider.get(f"/dossiers/{case}").text == missing.text
    for path in ("/dossiers/0", "/dossiers/abc", "/dossiers/99999999999999999999999", "/nulle-part"):
        assert outsider.get(path).status_code == 404, path
    assert desk.events(case) == [("opened", None)]


def test_acts_of_another_organisation_find_nothing(desk: Desk, other_organisation: int) -> None:
    case = desk.case(desk.tenant())
    outsider = desk.browser(desk.staff("EQ01", organisation=other_organisation))
    csrf = outsider.csrf("/dossiers")
    assert outsider.post(f"/dossiers/{case}/prendre", csrf=csrf).status_code == 404
    assert outsider.post(f"/dossiers/{case}/clore", csrf=csrf, outcome="regle").status_code == 404
    assert desk.events(case) == [("opened", None)]


def test_somebody_without_a_lease_has_a_page_too(desk: Desk) -> None:
    with desk.database.transaction() as session:
        chat = Chat(organisation_id=1, bot_id=1, telegram_id=77)
        session.add(chat)
        session.flush()
        case = cases.open_case(
            session,
            desk.clock.now(session),
            desk.house,
            kind="report_hazard",
            urgency=Urgency.URGENT,
            reason="Signe de danger",
            chat=chat,
        )
        session.flush()
        number = case.id
    page = desk.browser(desk.staff("EQ01")).get(f"/dossiers/{number}")
    assert page.status_code == 200
    assert "Personne non reliée à un bail" in page.text


def test_a_message_that_did_not_arrive_is_said(desk: Desk) -> None:
    person = desk.tenant()
    case = desk.case(person)
    with desk.database.transaction() as session:
        chat = session.query(Chat).filter_by(person_id=person).one()
        session.add(
            Outbox(
                organisation_id=1,
                bot_id=1,
                chat_id=chat.id,
                recipient=f"chat:{chat.id}",
                kind="reply",
                object="",
                occasion="1",
                lane=1,
                not_before=desk.clock.now(session),
                created_at=desk.clock.now(session),
                state=OutboxState.FAILED,
                reason="blocked",
            )
        )
    page = desk.browser(desk.staff("EQ01")).get(f"/dossiers/{case}").text
    assert "Message à la personne" in page
    assert "non remis" in page


def test_older_messages_are_folded_away_and_the_oldest_left_out(desk: Desk) -> None:
    person = desk.tenant()
    for number in range(33):
        desk.message(person, f"message numéro {number}.")
    page = desk.browser(desk.staff("EQ01")).get(f"/dossiers/{desk.case(person)}").text
    assert "Messages plus anciens (22)" in page
    assert "message numéro 2." not in page
    places = [page.index(f"message numéro {number}.") for number in range(3, 33)]
    assert places == sorted(places)


def test_instants_are_said_as_people_say_them(house: House, now: datetime) -> None:
    pages, hour = Pages(house), "à 10\xa0h"
    said = {days: pages.when(now + timedelta(days=days), now) for days in (-1, 0, 1, 2, -400)}
    assert said[-1] == f"hier {hour}"
    assert said[0] == f"aujourd’hui {hour}"
    assert said[1] == f"demain {hour}"
    assert said[2] == f"jeudi 3 décembre {hour}"
    assert said[-400] == f"27 octobre 2025 {hour}"
