"""Whatever is pressed, typed, closed, handed over or late: no words reach anybody but who was shown."""

import re
from datetime import datetime
from itertools import count
from random import Random

import pytest

from bot.domain.states import CaseState, Outcome
from bot.domain.words import Words
from bot.services.cases import acts as case_acts
from bot.services.cases import cases
from bot.services.cases.cases import CaseRefused
from bot.services.house import House
from bot.storage import Database
from bot.storage.tables import Person, Staff
from tests.services.relay_world import World, make_world

_TOKEN = re.compile(r"mot\d+")
_SHOWN = re.compile(r"^À (\w+) \(dossier n° (\d+)\)", re.MULTILINE)

# How often each act comes: mostly the usual way through, so that the rest meets talks that go on.
ACTS = {
    "compose": 6, "send": 8, "stale": 5, "answer": 8, "press": 4, "wait": 3, "write": 2, "type": 4,
    "photo": 1, "give": 2, "close": 1, "end": 1, "swap": 1,
}  # fmt: skip
STEPS = 100
_SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 6))]


class Threads:
    """The two cases of two tenants, first both of one worker, and who was shown and told which word."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.staff = [world.staff("Maëlle"), world.staff("Soraya")]
        self.tenants = [world.tenant("Ana"), world.tenant("Bob")]
        self.cases = [world.case(person, self.staff[0]) for person in self.tenants]
        self.which = 0
        self.words = count()
        self.confirmed: dict[str, str] = {}
        self.answers: dict[str, set[int]] = {}
        world.told.clear()

    def _look_at(self, dice: Random) -> tuple[int, int]:
        """A worker and a case: mostly those of the act before, mostly the worker who owns the case."""
        if dice.random() < 0.4:
            self.which = dice.randrange(2)
        owner = self.cases[self.which].owner
        if owner is None or dice.random() < 0.2:
            return dice.randrange(2), self.which
        return self.staff.index(owner), self.which

    def do(self, act: str, dice: Random) -> None:
        who, which = self._look_at(dice)
        if act in ("compose", "write"):
            self._write(who, which)
        if act in ("compose", "type"):
            self._type(who)
        if act == "press":
            # Any button of any message so far, the last ones more often.
            self._press(who, dice.choice([0, 0, 1, dice.randrange(40)]), dice.randrange(3))
        elif act == "send":
            self._send(who, 0)
        elif act == "stale":
            self._send(who, dice.randrange(6))
        elif act == "give":
            self._give(which, dice.randrange(2))
        elif act == "wait":
            self.world.passes(minutes=dice.choice([1, 1, 2, 4, 11, 125]))
        elif act in ("answer", "close"):
            getattr(self, f"_{act}")(which)
        elif act in ("photo", "end"):
            getattr(self, f"_{act}")(who)
        elif act == "swap":
            self._swap()

    def _write(self, who: int, which: int) -> None:
        self.world.starts_writing(self.staff[who], self.cases[which])

    def _type(self, who: int) -> None:
        self.world.types(self.staff[who], f"mot{next(self.words)}")

    def _photo(self, who: int) -> None:
        self.world.types(self.staff[who], f"mot{next(self.words)}", file="F1")

    def _press(self, who: int, back: int, button: int) -> None:
        chat = self.world.chat(self.staff[who]).telegram_id
        said = [words for words in self.world.told.get(chat, []) if words.rows]
        if not said:
            return
        message = said[-1 - back % len(said)]
        self._press_on(who, message, message.rows[button % len(message.rows)][0].title)

    def _press_on(self, who: int, message: Words, title: str) -> None:
        if title.startswith("Envoyer"):
            shown, word = _SHOWN.search(message.text), _TOKEN.search(message.text)
            assert shown, message.text
            if word:
                self.confirmed[word[0]] = shown[1]
        self.world.presses(self.staff[who], title, message)

    def _send(self, who: int, back: int) -> None:
        """*Envoyer* of the last message that the worker was shown, or of one before."""
        said = self.world.told.get(self.world.chat(self.staff[who]).telegram_id, [])
        shown = [words for words in said if words.rows and words.rows[0][0].title == "Envoyer"]
        if shown:
            self._press_on(who, shown[-1 - back % len(shown)], "Envoyer")

    def _answer(self, which: int) -> None:
        person, word = self.tenants[which], f"mot{next(self.words)}"
        case = self.cases[which]
        self.answers[word] = (
            {case.owner_id} if case.owner_id and case.state is not CaseState.CLOSED else set()
        )
        self.world.types(person, word)

    def _close(self, which: int) -> None:
        case = self.cases[which]
        if case.owner is not None:
            world = self.world
            cases.close(world.session, world.now, world.house, case.id, case.owner, Outcome.SETTLED)
            self.cases[which] = world.case(self.tenants[which], self.staff[0])

    def _give(self, which: int, to: int) -> None:
        case, world = self.cases[which], self.world
        assert case.owner is not None
        try:
            case_acts.pass_on(world.session, world.now, world.house, case.id, case.owner, self.staff[to])
        except CaseRefused:
            return
        world.session.flush()

    def _swap(self) -> None:
        """Each now has the other's telephone."""
        first, second = (self.world.chat(person) for person in self.tenants)
        first.person_id, second.person_id = second.person_id, first.person_id
        self.world.session.flush()

    def _end(self, who: int) -> None:
        said = self.world.told.get(self.world.chat(self.staff[who]).telegram_id, [])
        for words in reversed(said):
            if any(row[0].title == "Terminer" for row in words.rows):
                self.world.presses(self.staff[who], "Terminer", words)
                return

    def hold(self, seen: dict[int, int], telephones: dict[int, Person | Staff]) -> int:
        """What has reached a tenant since was confirmed for that very person; answers reach owners only.

        Returns how many words of the one side reached the other.
        """
        passed = 0
        for telephone, messages in self.world.told.items():
            for message in messages[seen.get(telephone, 0) :]:
                passed += sum(self._may_read(telephones[telephone], w) for w in _TOKEN.findall(message.text))
        return passed

    def _may_read(self, reader: Person | Staff, word: str) -> bool:
        if isinstance(reader, Person):
            assert self.confirmed.get(word) == reader.first_name, (word, reader.first_name)
            return True
        if word in self.answers:
            assert reader.id in self.answers[word], (word, reader.first_name)
            return True
        return False


@pytest.mark.slow
@pytest.mark.parametrize("seed", _SEEDS)
def test_no_words_reach_anybody_but_who_was_shown(
    database: Database, house: House, now: datetime, seed: int
) -> None:
    dice, passed = Random(seed), 0
    acts = dice.choices(list(ACTS), list(ACTS.values()), k=STEPS)
    with database.transaction() as session:
        world = make_world(session, house, now)
        threads = Threads(world)
        for act in acts:
            seen = {chat: len(words) for chat, words in world.told.items()}
            telephones = {world.chat(one).telegram_id: one for one in (*threads.tenants, *threads.staff)}
            threads.do(act, dice)
            passed += threads.hold(seen, telephones)
    assert passed > 2, "a seed that sends next to nothing proves nothing"
