"""What becomes of a rent, a household a row: docs/regles-loyer.md is made from the table
(UPDATE_SNAPSHOTS=1 rewrites it)."""

import os
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from sqlalchemy import select

from bot import wiring
from bot.domain.calendar import is_business_day
from bot.domain.states import OccurrenceState
from bot.services.house import House
from bot.services.rent import calendar as rent_calendar
from bot.services.rent import plans as rent_plans
from bot.services.rent import promises as rent_promises
from bot.services.rent import steps as rent_steps
from bot.storage import Database
from bot.storage.tables import Occurrence
from tests.rules.household import Household, settle_in

TABLE = Path(__file__).parent / "rent.yml"
PAGE = Path(__file__).parents[2] / "docs" / "regles-loyer.md"
FIRST, LAST = date(2026, 11, 16), date(2027, 1, 10)
INTRODUCTION = """\
# Ce que Palier fait d'un loyer

Cette page est faite par `tests/rules/test_rent_rules.py` à partir de `tests/rules/rent.yml`, où chaque
ligne est jouée avec les vraies règles ; ne pas la modifier à la main. Après un changement :
`UPDATE_SNAPSHOTS=1 .venv/bin/pytest tests/rules`.

**Le ménage de base** : une personne, sur Telegram, d'accord pour les messages de loyer ; un loyer de 350 € à
payer le 1er décembre 2026, un mardi, par virement ; un compte à zéro le 15 novembre ; le fichier de la banque
arrive chaque soir de jour ouvré. **Chaque ligne ne change qu'une chose** à ce ménage, ou dit ce qui arrive.

Les réglages de départ : rappel 5 jours avant l'échéance ; question 3 jours après ; dossier 8 jours après ;
rien sous 15 € ; rien le dimanche ni les jours fériés ; la banque a 2 jours ouvrés pour montrer un paiement.

| mot | veut dire |
|---|---|
| payé | le compte montre que rien ne manque : Palier se tait |
| trop peu | il manque moins que le minimum |
| attend | le fichier de la banque ne couvre pas encore ce jour : rien n'est demandé, rien ne s'ouvre |
| prélèvement | la banque prendra le loyer : pas de rappel |
| déjà répondu | la personne a déjà parlé de ce loyer : la même chose n'est pas demandée deux fois |
| trop tard | l'étape d'après est due aussi : elle seule a lieu |
| dossier ouvert | une personne de l'équipe suit déjà ce loyer |
| pas joignable, pas d'accord | Palier n'écrit pas ; le référent a une ligne « à appeler » |
| danger | un dossier de danger est ouvert : on ne parle pas de loyer |
| personne | aucun locataire dans le fichier du bailleur |
| aucun terme | rien à payer pour ce mois |
| (2) | deux personnes du bail ont reçu le message |"""


@pytest.fixture
def house(sqlite: Database) -> House:
    return wiring.house(sqlite, ZoneInfo("Europe/Paris"), "http://127.0.0.1:8080")


def read() -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return parts


def played(database: Database, house: House, rows: list[dict[str, Any]]) -> list[list[str]]:
    """What became of each row: all households live the same days, each with its own landlord."""
    with database.transaction() as session:
        now = datetime.combine(FIRST, time(9), house.zone).astimezone(UTC)
        done: dict[tuple[str, str], date] = {}
        households = [settle_in(session, house, now, n, row, done) for n, row in enumerate(rows)]
        for day in (FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)):
            live(households, house, day)
            for step in session.scalars(select(Occurrence).filter_by(state=OccurrenceState.DONE)):
                done.setdefault((step.rule, step.object), day)
        return [household.did() for household in households]


def live(households: list[Household], house: House, day: date) -> None:
    """One day: the ticks at ten, what people say at eleven, the bank's file in the evening."""
    session, at = households[0].world.session, datetime.combine(day, time(10), house.zone).astimezone(UTC)
    rent_calendar.reopen_rejected(session, at, house)
    for tick in (rent_calendar.plan, rent_promises.check_due, rent_plans.follow_due, rent_steps.fire_due):
        while tick(session, at, house):
            pass
    session.flush()
    for household in households:
        household.world.now = at + timedelta(hours=1)
        household.acts(day)
        household.evening(day, bank_day=is_business_day(day, house.holidays))


@pytest.mark.slow
def test_what_becomes_of_every_household(sqlite: Database, house: House) -> None:
    rows = [row for part in read() for row in part["lignes"]]
    found = {row["cas"]: did for row, did in zip(rows, played(sqlite, house, rows), strict=True)}
    assert found == {row["cas"]: row["alors"] for row in rows}
    assert len(found) == len(rows) >= 60


def test_the_page_is_the_table() -> None:
    parts = [INTRODUCTION]
    for part in read():
        lines = ["| ce qui change | rappel | question | dossier | et aussi |", "|---|---|---|---|---|"]
        for row in part["lignes"]:
            first, others = row["alors"][:3], " ; ".join(row["alors"][3:])
            lines.append(f"| {' | '.join([row['cas'], *first, others]).strip()} |")
        parts += [f"## {part['titre']}", "\n".join(lines)]
    page = "\n\n".join(parts) + "\n"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        PAGE.write_text(page, encoding="utf-8")
    assert page == PAGE.read_text(encoding="utf-8")
