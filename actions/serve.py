"""The action server: `python -m actions.serve --port N`, for the dialogue server on the same machine."""

import argparse
import logging
import warnings

from rasa_sdk.endpoint import create_app
from rasa_sdk.executor import ActionExecutor

from actions import advice, appointments, relation, rent
from actions.base import ServiceAction, Verb
from bot import logs, wiring
from bot.children import exit_with_parent
from bot.clock import Clock
from bot.services.house import House
from bot.storage import Database

VERBS: dict[str, Verb] = {
    "action_answer": relation.answer,
    "action_appointment": appointments.talk,
    "action_checkin": advice.checkin,
    "action_clarify": relation.clarify,
    "action_eco_tip": advice.tip,
    "action_hand_over": relation.hand_over,
    "action_later": relation.later,
    "action_messages": relation.messages,
    "action_preference": relation.preference,
    "action_rent_info": rent.info,
    "action_rent_talk": rent.talk,
    "action_repeat": relation.repeat,
    "action_workshop": advice.workshop,
}


def executor(database: Database, clock: Clock, house: House) -> ActionExecutor:
    """All the actions, registered."""
    built = ActionExecutor()
    for name, verb in VERBS.items():
        built.register_action(ServiceAction(name, verb, database, clock, house))
    return built


def main() -> None:
    parser = argparse.ArgumentParser(prog="actions.serve", description="Palier's action server.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    arguments = parser.parse_args()
    logs.set_up()
    # rasa-sdk 3.21 serves a Rasa 3.6 server well: measured, and held by the scenario tests.
    warnings.filterwarnings("ignore", message="Your versions of rasa and rasa_sdk")
    # rasa-sdk logs whole requests on an error: the talk must stay out of the logs.
    logging.getLogger("rasa_sdk").setLevel(logging.CRITICAL)
    exit_with_parent()
    parts = wiring.parts()
    app = create_app(executor(parts.database, parts.clock, parts.house), cors_origins="")
    app.run(host=arguments.host, port=arguments.port, single_process=True, access_log=False, motd=False)


if __name__ == "__main__":
    main()
