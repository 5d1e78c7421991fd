"""`palier parse`: what Palier understands of messages, without a database."""

import json
import subprocess
from collections.abc import Iterable, Iterator
from typing import Any

from bot import content, model
from bot.domain.states import Urgency
from bot.settings import Settings
from bot.verdict import brings_nobody, dangers, understood, worries


def read_lines(lines: Iterable[str], now: str, tz: str) -> Iterator[dict[str, Any]]:
    """One answer a line, in order (interfaces: `palier parse`). Raises ModelMissing.

    `now`: the ISO instant at which they were written. `tz`: the IANA zone of who wrote them.
    """
    loaded = content.load()
    settings = Settings(secret_key=None)
    command = model.parse_command(model.current(settings.models), settings.duckling_url)
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        cwd=model.ROOT,
        env=model.environment(),
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("no pipes to the reading process")
        for line in lines:
            text = line.rstrip("\n")
            process.stdin.write(json.dumps({"text": text, "now": now, "tz": tz}) + "\n")
            process.stdin.flush()
            answer = process.stdout.readline()
            if not answer:
                raise model.ModelMissing("la lecture s'est arrêtée : voir les lignes ci-dessus")
            yield answer_of(loaded, text, json.loads(answer))
        process.stdin.close()


def answer_of(loaded: content.Content, text: str, parse: dict[str, Any]) -> dict[str, Any]:
    """What `palier parse` says of a text; `parse` is the dialogue's (docs/dialogue-protocol.md)."""
    danger = bool(loaded.lexicon.kinds(text, unsure=False) or dangers(loaded, text, parse))
    foreign = not understood(parse) and loaded.languages.is_foreign(text)
    return {
        "text": text,
        "intent": parse["intent"],
        "confidence": parse["confidence"],
        "ranking": parse["ranking"][:3],
        "entities": parse["entities"],
        "handoff": _handoff(loaded, parse, danger, foreign),
        "danger": danger,
        "asks": parse["doubt"] == "ask" and not (danger or foreign or worries(parse)),
        "matters": parse["matters"],
    }


def _handoff(loaded: content.Content, parse: dict[str, Any], danger: bool, foreign: bool) -> str:
    """What would reach the queue by this message alone: all its matters, and a hesitation too.

    What is not understood in another language goes to a person.

    A message that is asked about counts as normal: nobody answers here, and a question that nobody
    answers brings a person after 30 minutes. One that may be grave is not asked about: a person reads it.
    """
    if danger:
        return "urgent"
    if foreign:
        return "high"
    if worries(parse) and brings_nobody(loaded, parse):
        return "high"
    if parse["hesitates"]:
        return "high" if parse["doubt"] == "person" else "normal"
    matters = [parse["intent"], *(matter["intent"] for matter in parse["matters"])]
    urgencies = [urgency for name in matters if (urgency := loaded.intents[name].urgency)]
    return min(urgencies, key=list(Urgency).index).value if urgencies else "none"


def in_words(answer: dict[str, Any]) -> str:
    """One answer on one line, for a person."""
    danger = " · DANGER" if answer["danger"] else ""
    found = "".join(f" · {entity['entity']} « {entity['text']} »" for entity in answer["entities"])
    meaning = f"{answer['intent']} ({answer['confidence']:.2f}) · {answer['handoff']}"
    return f"{meaning}{danger}{found} · {answer['text']}"
