"""`palier retention`: the night's purge now, or only what it would do."""

import json
from collections.abc import Iterator

from sqlalchemy import select

from bot import wiring
from bot.services.privacy import retention
from bot.storage.tables import Organisation
from bot.wiring import Parts

LABELS = {
    "danger_sent": "messages de danger envoyés vidés de leurs mots",
    "danger_words": "messages de danger ou de santé effacés",
    "danger_notes": "notes de dossiers de danger clos effacées",
    "messages": "messages effacés",
    "sent_words": "messages envoyés vidés de leurs mots",
    "sent_safe_words": "envois de phrases de sécurité effacés",
    "buttons": "boutons effacés",
    "questions": "questions effacées",
    "answers": "réponses de travail effacées",
    "updates": "arrivées effacées",
    "drafts": "brouillons effacés",
    "workshop_drafts": "ébauches d'atelier effacées",
    "links": "liens effacés",
    "api_answers": "réponses à des programmes effacées",
    "sessions": "connexions effacées",
    "invitations": "invitations effacées",
    "left_undone": "notes de travail laissé effacées",
    "chats": "conversations vides effacées",
    "erased": "personnes dont l'effacement est achevé",
    "follow_up": "personnes sans contact dont le suivi est effacé",
    "lease": "personnes parties, effacées",
}


def purge(*, dry_run: bool, as_json: bool, parts: Parts | None = None) -> Iterator[str]:
    """One line a kind of data and a landlord (or one JSON text). Each batch is a transaction of its own:
    killed in the middle, it goes on at the next run."""
    parts = parts or wiring.parts()
    mine = select(Organisation).order_by(Organisation.reference)
    with parts.database.reading() as session:
        organisations = {row.reference: row.id for row in session.scalars(mine)}
    counts = {name: _of(parts, id, dry_run=dry_run) for name, id in organisations.items()}
    if as_json:
        yield json.dumps({"dry_run": dry_run, "counts": counts}, ensure_ascii=False)
        return
    for name, done in counts.items():
        lines = [f"{LABELS[step]} : {number}" for step, number in done.items() if number]
        yield f"{name} : " + ("rien à purger" if not lines else ("serait purgé" if dry_run else "purgé"))
        yield from (f"  {line}" for line in lines)


def _of(parts: Parts, organisation_id: int, *, dry_run: bool) -> dict[str, int]:
    total: dict[str, int] = {}
    while True:
        with parts.database.transaction() as session:
            organisation = session.get_one(Organisation, organisation_id)
            now = parts.clock.now(session)
            if dry_run:
                return retention.due(session, now, parts.house, organisation)
            counts = retention.purge(session, now, parts.house, organisation)
        if not counts:
            return total
        total = {name: total.get(name, 0) + counts.get(name, 0) for name in total | counts}
