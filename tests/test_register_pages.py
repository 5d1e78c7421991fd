"""docs/registre.md and docs/aipd.md are written from data/content/personal_data.yml and kept current here."""

import os
from pathlib import Path

from bot.content import Content
from bot.content.personal_data import PersonalData, TableData
from bot.storage.tables import Table
from bot.storage.types import EncryptedJson, EncryptedText

DOCS = Path(__file__).parents[1] / "docs"
HEAD = (
    "<!-- Page tirée de data/content/personal_data.yml : la changer là, puis UPDATE_SNAPSHOTS=1 pytest"
    " tests/test_register_pages.py -->"
)
REGISTER = """# Registre des traitements

Trame à compléter et à valider par le délégué à la protection des données du bailleur : c'est le bailleur qui est responsable du
traitement. Ce qui est marqué « à valider » est une lecture, pas un avis juridique.

Destinataires hors de l'équipe : Telegram, qui transporte les messages (sans chiffrement de bout en bout pour un robot). Aucun autre.
Aucune décision n'est prise par la machine seule : un plan de paiement, une relance, une mesure sont décidés par des personnes."""  # noqa: E501
DPIA = """# Analyse d'impact (AIPD) : trame

À mener par le bailleur avec son délégué à la protection des données, avant la mise en service. Palier apporte les faits ; les
jugements (« acceptable », « à réduire ») restent à écrire.

## Pourquoi une analyse
Personnes vulnérables (précarité, âge, handicap, violences), données de santé ou de violence écrites librement, suivi régulier, transport
par un tiers hors de l'Union européenne."""  # noqa: E501
RISKS = """## Risques et mesures

| risque | pour qui | mesures dans Palier | à décider par le bailleur |
|---|---|---|---|
| le téléphone est lu par quelqu'un d'autre | personne surveillée ou violentée | mode discret, « tout effacer », silence jusqu'au prochain mot ; jamais de message sur la violence que la personne n'a pas demandé | former l'équipe à le proposer |
| la base est volée | tous | noms, téléphones, adresses, messages, notes chiffrés ; clé gardée ailleurs | qui garde la clé |
| un membre de l'équipe lit sans raison | personnes suivies | chaque lecture d'un dossier est écrite avec son auteur ; danger ouvert à qui le suit seulement | relire l'historique |
| un message part chez la mauvaise personne | tous | code à usage unique, une conversation par personne, l'alerte ne porte ni nom ni histoire | remise des lettres d'invitation |
| des données gardées trop longtemps | tous | purge de chaque nuit, compte rendu en chiffres, durées par sorte de données | les durées « à fixer » |
| la machine se trompe | tous | aucune décision automatique ; ce qui n'est pas compris va à une personne ; danger cherché par deux moyens indépendants | mesurer et corriger |
| Telegram lit ou transfère | tous | le texte d'accord le dit ; aucun mot de santé ou de violence n'est demandé ; un autre canal reste toujours possible | avis sur le transfert hors UE |

## Avis à recueillir
- le délégué à la protection des données ;
- des locataires et des associations qui les représentent ;
- les travailleurs sociaux, tenus au secret.

## Conclusion
À écrire par le bailleur."""  # noqa: E501


def test_the_register_is_current(loaded_content: Content) -> None:
    data = loaded_content.personal_data
    parts = [HEAD, REGISTER]
    for name, purpose in data.purposes.items():
        tables = {
            key: table for key, table in data.tables.items() if table.purpose == name and table.is_personal
        }
        if not tables:
            continue
        parts += [f"## {purpose.label}", f"Personnes : {purpose.people}. Base : {purpose.basis}."]
        head = ["| données | table | durée | qui les lit | à l'effacement |", "|---|---|---|---|---|"]
        parts.append("\n".join(head + [_line(data, key, table) for key, table in tables.items()]))
    parts += [
        "## Colonne par colonne",
        *(_columns(name, t) for name, t in data.tables.items() if t.is_personal),
    ]
    parts.append(f"## Sans donnée de personne\n\n{', '.join(_impersonal(data))}.")
    _is_current(DOCS / "registre.md", parts)


def test_the_outline_of_the_impact_assessment_is_current(loaded_content: Content) -> None:
    data = loaded_content.personal_data
    purposes = [
        f"| {purpose.label} | {purpose.basis} | {_durations(data, name)} |"
        for name, purpose in data.purposes.items()
        if any(table.purpose == name and table.is_personal for table in data.tables.values())
    ]
    table = "\n".join(["| finalité | base | durées |", "|---|---|---|", *purposes])
    encrypted = sorted(
        f"`{name}.{column.name}`"
        for name in data.tables
        for column in Table.metadata.tables[name].columns
        if isinstance(column.type, EncryptedText | EncryptedJson)
    )
    parts = [HEAD, DPIA, "## Finalités, bases et durées", table]
    parts += [
        f"Le détail est dans le [registre](registre.md). Chiffré au repos : {', '.join(encrypted)}.",
        RISKS,
    ]
    _is_current(DOCS / "aipd.md", parts)


def _line(data: PersonalData, name: str, table: TableData) -> str:
    what = table.title or "ce qui l'accompagne"
    fate = (
        "effacé"
        if table.erase == "delete"
        else "gardé" + (f" : {data.bases[table.because]}" if table.because else "")
    )
    return f"| {what} | `{name}` | {data.rules[table.keep].label} | {data.readers[table.readers]} | {fate} |"


def _columns(name: str, table: TableData) -> str:
    lines = [f"**`{name}`**", ""]
    lines += [f"- `{column}` : donné dans la copie, « {label} »" for column, label in table.told.items()]
    lines += [f"- `{column}` : pas dans la copie ({reason})" for column, reason in table.held.items()]
    if table.plain:
        lines.append(f"- rien de personnel : {', '.join(f'`{column}`' for column in table.plain)}")
    return "\n".join(lines)


def _impersonal(data: PersonalData) -> list[str]:
    return [f"`{name}`" for name, table in data.tables.items() if not table.is_personal]


def _durations(data: PersonalData, purpose: str) -> str:
    rules = dict.fromkeys(table.keep for table in data.tables.values() if table.purpose == purpose)
    return " ; ".join(data.rules[rule].label for rule in rules)


def _is_current(path: Path, parts: list[str]) -> None:
    page = "\n\n".join(parts) + "\n"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.write_text(page, encoding="utf-8")
    assert page == path.read_text(encoding="utf-8")
