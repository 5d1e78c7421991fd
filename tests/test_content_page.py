"""docs/conseils-et-nouvelles.md lists the tips and check-ins, from the data; UPDATE_SNAPSHOTS=1 does."""

import os
import re
from pathlib import Path

from bot.content.checkins import CheckIns, load_checkins
from bot.content.source import FOLDER
from bot.content.tips import TipEntry, load_tips
from bot.domain.checkins import Series, Starts, Visit
from bot.domain.states import Register
from bot.domain.tips import Season
from bot.texts import Texts
from bot.texts.format import typeset, weekday

PAGE = Path(__file__).parents[1] / "docs" / "conseils-et-nouvelles.md"
TIPS = load_tips(FOLDER / "tips")
CHECKINS = load_checkins(FOLDER / "checkins.yml")
SEASONS = {Season.ALL: "toute l'année", Season.WINTER: "octobre à mars", Season.SUMMER: "juin à août"}
WHOM = {
    Starts.LEASE: "tout nouveau bail",
    Starts.SUPPORT: "après un dossier clos, si aucun autre n'est suivi et jamais après un danger",
}
INTRODUCTION = """\
# Les conseils et les prises de nouvelles

Cette page est faite par `tests/test_content_page.py` à partir de `data/content/tips` et de
`data/content/checkins.yml` ; ne pas la modifier à la main. Après un changement :
`UPDATE_SNAPSHOTS=1 .venv/bin/pytest tests/test_content_page.py`. Pour changer, couper ou ajouter :
[Ce que Palier dit le premier](dire-en-premier.md)."""

OFFER = "Chacune commence par une offre, dont le premier bouton est « Non merci »."


def table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def asked(trait: str) -> str:
    return TIPS.traits[trait].questions.get(Register.ORDINARY) or f"{trait} (supposé là)"


def conditions(entry: TipEntry) -> str:
    needs = [f"oui à « {asked(name)} »" for name in sorted(entry.tip.needs) if not TIPS.traits[name].usual]
    never = [f"non à « {asked(name)} »" for name in sorted(entry.tip.never_if)]
    return " ; ".join(needs + never) or "tout le monde"


def tips_of(theme: str, texts: Texts) -> str:
    rows = [
        (
            f"{entry.picture} {typeset(entry.words[Register.ORDINARY])}<br>`{id}`",
            f"{SEASONS[entry.tip.season]} ; {conditions(entry)}",
            entry.figure or "–",
            f"{entry.source} ({entry.dated})",
        )
        for id, entry in TIPS.entries.items()
        if entry.tip.theme == theme
    ]
    title = texts.say(f"staff.content.theme.{theme}")
    drawing = f"![{title}](../data/content/pictograms/{theme}.svg)"
    heads = ("conseil", "quand, et à qui", "chiffre", "source (date)")
    return f"### {title}\n\n{drawing}\n\n{table(heads, rows)}"


def rhythm(visit: Visit) -> str:
    if visit.after_days is not None:
        return f"jour {visit.after_days}"
    if visit.after_months is not None:
        return f"{visit.after_months} mois après"
    if visit.weekday is not None:
        return f"chaque {weekday(visit.weekday)}"
    return f"le {visit.day_of_month} du mois" if visit.day_of_month else "chaque jour"


def whom(series: Series) -> str:
    return WHOM.get(series.starts) or "profil " + ", ".join(f"`{name}`" for name in sorted(series.profiles))


def series_table(checkins: CheckIns, texts: Texts) -> str:
    rows = [
        (
            f"{texts.say(f'staff.content.series.{series.name}')}<br>`{series.name}`",
            whom(series),
            "<br>".join(
                f"{rhythm(visit)} : "
                + " puis ".join(f"« {texts.say(f'checkin.ask.{q}')} »" for q in visit.questions)
                for visit in series.visits
            ),
            f"{series.waits.total_seconds() / 3600:.0f} h",
        )
        for series in checkins.series
    ]
    return table(("série", "pour qui", "quand, et quoi", "réponse attendue"), rows)


def matters_table(checkins: CheckIns, texts: Texts) -> str:
    rows = [
        (
            f"« {texts.say(f'checkin.ask.{question}')} »",
            ", ".join(
                f"{checkins.pictures[m]} {texts.say(f'checkin.matter.{m}')}"
                + (" (prioritaire)" if m in checkins.high else "")
                for m in found
            ),
        )
        for question, found in checkins.matters.items()
    ]
    return table(("après « pas trop » à", "une question : qu'est-ce qui ne va pas ?"), rows)


def test_the_page_lists_what_palier_says_first(texts: Texts) -> None:
    count = f"{len(TIPS.entries)} conseils. Un chiffre n'est dit que si son fait est de confiance haute."
    parts = [
        INTRODUCTION,
        f"## Les conseils\n\n{count}",
        *(tips_of(theme, texts) for theme in TIPS.themes),
        f"## Les prises de nouvelles\n\n{OFFER}",
        series_table(CHECKINS, texts),
        matters_table(CHECKINS, texts),
    ]
    found = "\n\n".join(parts) + "\n"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        PAGE.write_text(found, encoding="utf-8")
    assert found == PAGE.read_text(encoding="utf-8")


def test_a_figure_is_only_of_high_confidence() -> None:
    for id, entry in TIPS.entries.items():
        told = any(re.search(r"\d", words) for words in entry.words.values())
        assert entry.confidence == "high" or not told, id
