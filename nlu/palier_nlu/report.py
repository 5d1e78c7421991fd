"""The figures as one HTML page in French: nothing to download, nothing to run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from palier_nlu import measures
from palier_nlu.measures import Guess

_TITLES = {
    "kept_apart": "Messages gardés à part (aucune de leurs voix n’a été apprise)",
    "held_out": "Voix tenues à l’écart, à tour de rôle, parmi les messages appris",
}
# What each figure of the overview is called, what it must reach and what it aims at; `<` for a ceiling.
_OVERVIEW = {
    "right": ("intention juste", "≥ 80 %", "92 %"),
    "in_first_three": ("intention parmi les trois premières", "", ""),
    "danger_found": ("danger reconnu (modèle ou lexique)", "≥ 95 %", "99 %"),
    "danger_reaches_a_person": ("danger qui arrive à une personne", "≥ 99 %", "100 %"),
    "danger_reaches_a_person_at_once": ("— dont sans question posée", "", ""),
    "false_danger": ("fausse alerte, parmi tous les messages sans danger", "", ""),
    "false_danger_ordinary": ("— qui n’en ont aucun mot", "≤ 2 %", "0,5 %"),
    "false_danger_with_its_words": ("— qui en ont les mots (mort, feu, gaz, coups…)", "≤ 10 %", "3 %"),
    "false_hand_off_without_question": (
        "message qui ne demandait personne, et arrive dans la file sans question posée",
        "≤ 8 %",
        "3 %",
    ),
    "false_hand_off": ("— si personne ne répondait jamais aux questions", "", ""),
    "needs_a_person_gets_none": ("message qui demandait une personne, et n’arrive à aucune", "", ""),
    "asks": ("Palier demande ce qui est voulu dire", "≤ 15 %", "8 %"),
    "asks_though_right": ("— dont il avait compris", "", ""),
    "person_at_once": ("pas compris et peut-être grave : une personne tout de suite", "", ""),
    "acts_wrongly": ("Palier fait autre chose que ce qu’il fallait", "", ""),
}
_NETS = {"model": "modèle seul", "lexicon": "lexique seul", "either": "les deux ensemble"}
_WORST = 40
_ABOUT = (
    "Les personnes et les messages sont inventés. Une intention est le sens d’un message, parmi celles de "
    "<code>data/content/intents.yml</code>. Un chiffre ne vaut que pour ces voix-là : de vrais locataires "
    "écrivent autrement."
)
_QUESTIONS = (
    "Une question sans réponse amène une personne après trente minutes : un danger sur lequel Palier demande "
    "arrive donc à quelqu’un. Voix de tous les jours : celles dont un tiers au plus des messages parlent de "
    "danger ; les autres ont été écrites pour être difficiles."
)
_FITTED = (
    "Les règles ont été corrigées avec ces messages-là : ce tableau dit que rien n’est perdu. Ce qu’on peut "
    "attendre de messages nouveaux est dans <code>nlu/README.md</code>."
)
_HOW_TO_READ = (
    "Une ligne par intention, une colonne par lecture. Vert : juste. Rouge : pris pour autre chose. "
    "Passer la souris sur un carré dit combien."
)

_STYLE = """
body { font: 16px/1.45 system-ui, sans-serif; color: #1d2733 }
body { max-width: 68rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.7rem } h2 { margin-top: 3rem; border-bottom: 2px solid #2b6b60 } h3 { margin-top: 2rem }
table { border-collapse: collapse; margin: .7rem 0 } th, td { padding: .25rem .7rem; text-align: left }
tr { border-bottom: 1px solid #dfe4e8 }
td.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
.scroll { overflow-x: auto } small, .hint { color: #56626e } svg { max-width: 100%; height: auto }
"""


def page(found: Mapping[str, Sequence[Guess]], times: Mapping[str, int]) -> str:
    """The whole page; `found` are the guesses of each measure, `times` the figures of times and amounts."""
    parts = [_measure(_TITLES[name], guesses) for name, guesses in found.items()]
    parts.append(_times(times))
    return (
        '<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Palier : ce qu’il comprend</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
        "<h1>Ce que Palier comprend</h1>"
        f"<p>{_ABOUT}</p>{''.join(parts)}</body></html>\n"
    )


def _times(times: Mapping[str, int]) -> str:
    messages, without = times["messages"], times["sentences_without"]
    exact, false = times["messages_all_exact"] / messages, times["sentences_misread"] / without
    rows = [
        ("toutes les valeurs exactes", messages, _percent(exact), "≥ 85 %", "96 %"),
        ("valeur lue là où il n’y en a pas", without, _percent(false), "≤ 5 %", "1 %"),
    ]
    table = _table(("", "messages", "mesuré", "il faut", "on vise"), rows)
    return f"<h2>Dates, durées, montants et nombres</h2>{table}<p class=hint>{_FITTED}</p>"


def _measure(title: str, guesses: Sequence[Guess]) -> str:
    voices = len({guess.example.voice for guess in guesses})
    sections = [
        ("En bref", _overview(guesses)),
        ("Danger", _danger(guesses)),
        ("Plusieurs affaires dans un message", _several(guesses)),
        ("Quand le modèle est sûr de lui, a-t-il raison ?", _calibration(guesses)),
        ("Intention par intention", _by_intent(guesses)),
        ("Ce qui est pris pour autre chose", _confusions(guesses)),
        ("Dangers que les deux filets manquent", _missed(guesses)),
        ("Fausses alertes", _false_alarms(guesses)),
        ("Les plus grosses erreurs", _worst(guesses)),
        ("Voix par voix", _by_voice(guesses)),
    ]
    body = "".join(f"<h3>{name}</h3>{content}" for name, content in sections if content)
    return f"<h2>{title}</h2><p>{len(guesses)} messages, {voices} voix.</p>{body}"


def _overview(guesses: Sequence[Guess]) -> str:
    every, everyday = measures.overview(guesses), measures.overview(measures.everyday(guesses))
    rows = [
        (label, _percent(every[key]), _percent(everyday[key]), must, aim)
        for key, (label, must, aim) in _OVERVIEW.items()
    ]
    heads = ("", "toutes les voix", "voix de tous les jours", "il faut", "on vise")
    return _table(heads, rows) + f"<p class=hint>{_QUESTIONS}</p>"


def _danger(guesses: Sequence[Guess]) -> str:
    rows = [
        (_NETS[row["net"]], _percent(row["found"]), _percent(row["false"]))
        for row in measures.danger(guesses)
    ]
    return _table(("", "dangers trouvés", "fausses alertes"), rows)


def _several(guesses: Sequence[Guess]) -> str:
    figures = measures.several(guesses)
    rows = [
        ("messages à plusieurs affaires", figures["messages"]),
        ("la bonne affaire passe devant", _percent(figures["leading_right"])),
        ("les autres affaires sont vues", _percent(figures["others_found"])),
        ("une autre affaire est vue à tort", _percent(figures["seen_in_others_messages"])),
    ]
    return _table(("", ""), rows)


def _calibration(guesses: Sequence[Guess]) -> str:
    rows = measures.calibration(guesses)
    points = "".join(
        f'<circle cx="{40 + 300 * row["says"]:.1f}" cy="{320 - 300 * row["is_right"]:.1f}" '
        f'r="{3 + 12 * (row["messages"] / len(guesses)) ** 0.5:.1f}" fill="#2b6b60" fill-opacity=".7">'
        f"<title>{row['messages']} messages</title></circle>"
        for row in rows
    )
    picture = (
        '<svg viewBox="0 0 360 360" width="360" role="img" aria-label="confiance annoncée, part juste">'
        '<path d="M40 320 H340 M40 320 V20" stroke="#56626e" fill="none"/>'
        '<path d="M40 320 L340 20" stroke="#b0b8c0" stroke-dasharray="4 4"/>'
        f'{points}<text x="120" y="350" font-size="13">confiance annoncée</text>'
        '<text x="15" y="220" font-size="13" transform="rotate(-90 15 220)">part juste</text></svg>'
    )
    table = _table(
        ("messages", "annonce", "a raison"),
        [(row["messages"], _percent(row["says"]), _percent(row["is_right"])) for row in rows],
    )
    return f"{picture}<p class=hint>Sur la diagonale, « sûr à 80 % » est juste 8 fois sur 10.</p>{table}"


def _by_intent(guesses: Sequence[Guess]) -> str:
    rows = [
        (row["intent"], row["messages"], *(_percent(row[key]) for key in ("precision", "recall", "f1")))
        for row in measures.by_intent(guesses)
    ]
    return _table(("intention", "messages", "précision", "rappel", "F1"), rows)


def _confusions(guesses: Sequence[Guess]) -> str:
    pairs = measures.confusions(guesses)
    rows = [(wanted, found, count) for wanted, found, count in pairs[:25]]
    return _picture(guesses) + _table(("c’était", "lu comme", "messages"), rows)


def _picture(guesses: Sequence[Guess]) -> str:
    """A square an intent: the darker, the greater the share of the row that was read as the column."""
    names = sorted(guesses[0].catalogue.ranks, key=lambda name: (guesses[0].catalogue.ranks[name], name))
    totals = {name: sum(guess.example.intent == name for guess in guesses) for name in names}
    counts: dict[tuple[str, str], int] = {}
    for guess in guesses:
        pair = (guess.example.intent, guess.intent)
        counts[pair] = counts.get(pair, 0) + 1
    squares = "".join(
        f'<rect x="{170 + 14 * names.index(found)}" y="{170 + 14 * names.index(wanted)}" '
        'width="13" height="13" '
        f'fill="{"#2b6b60" if wanted == found else "#b3402e"}" '
        f'fill-opacity="{max(0.12, count / totals[wanted]):.2f}">'
        f"<title>{wanted} lu comme {found} : {count} sur {totals[wanted]}</title></rect>"
        for (wanted, found), count in counts.items()
    )
    labels = "".join(
        f'<text x="165" y="{181 + 14 * place}" text-anchor="end">{name}</text>'
        f'<text transform="translate({181 + 14 * place} 165) rotate(-90)">{name}</text>'
        for place, name in enumerate(names)
    )
    side = 180 + 14 * len(names)
    return (
        f'<div class=scroll><svg viewBox="0 0 {side} {side}" width="{side}" font-size="11" role="img" '
        f'aria-label="l’intention du message, et ce qui a été lu">{labels}{squares}</svg></div>'
        f"<p class=hint>{_HOW_TO_READ}</p>"
    )


def _missed(guesses: Sequence[Guess]) -> str:
    missed = [guess for guess in guesses if guess.is_danger and not guess.alerts]
    missed.sort(key=lambda guess: (guess.reaches_a_person, -guess.confidence))
    return _messages(missed)


def _false_alarms(guesses: Sequence[Guess]) -> str:
    return _messages([guess for guess in guesses if guess.alerts and not guess.is_danger])


def _worst(guesses: Sequence[Guess]) -> str:
    wrong = [guess for guess in guesses if not guess.right]
    return _messages(sorted(wrong, key=lambda guess: -guess.confidence))


def _messages(guesses: Sequence[Guess]) -> str:
    rows = [
        (
            guess.example.text[:240],
            guess.example.intent,
            f"{guess.intent} ({_percent(guess.confidence)})",
            "oui" if guess.reaches_a_person else "non",
        )
        for guess in guesses[:_WORST]
    ]
    more = f"<p class=hint>{len(guesses)} en tout.</p>" if len(guesses) > _WORST else ""
    return _table(("message", "c’était", "lu comme", "arrive à une personne"), rows) + more if rows else ""


def _by_voice(guesses: Sequence[Guess]) -> str:
    rows = [
        (
            row["voice"],
            row["messages"],
            *(_percent(row[key]) for key in ("right", "asks", "false_danger", "danger_found")),
        )
        for row in measures.by_voice(guesses)
    ]
    return _table(
        ("voix", "messages", "intention juste", "questions", "fausses alertes", "dangers trouvés"), rows
    )


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %".replace(".", ",")


def _table(heads: Iterable[str], rows: Iterable[Sequence[Any]]) -> str:
    head = "".join(f"<th>{name}</th>" for name in heads)
    body = "".join("<tr>" + "".join(map(_cell, row)) + "</tr>" for row in rows)
    return f"<div class=scroll><table><tr>{head}</tr>{body}</table></div>"


def _cell(value: object) -> str:
    text = escape(str(value))
    number = isinstance(value, int) or text.endswith(" %") or text == "–"
    return f"<td class=n>{text}</td>" if number else f"<td>{text}</td>"
