"""Who may do what, and from where: the one table of rights.

A right is held by roles. Every route of the console and of the API, every command and every button of the
team on Telegram belongs to one right; what is in no row is refused. Rules about one row (its organisation,
its owner, a danger) come on top of it, in `bot.services.access`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.states import Role


class Right(StrEnum):
    LOG_IN = "log_in"
    READ_CASES = "read_cases"
    READ_NEW_DANGER = "read_new_danger"  # a danger case that nobody has taken yet
    READ_TENANTS = "read_tenants"
    READ_ACCOUNTS = "read_accounts"
    WORK_CASES = "work_cases"
    LEAD_CASES = "lead_cases"  # act on the case that a colleague follows
    WRITE_TO_TENANTS = "write_to_tenants"
    DECIDE_PLANS = "decide_plans"
    CALL_HOUSEHOLDS = "call_households"
    MANAGE_APPOINTMENTS = "manage_appointments"
    LEAD_WORKSHOPS = "lead_workshops"
    READ_CONTENT = "read_content"
    CHOOSE_CONTENT = "choose_content"  # which tips and check-ins the organisation gives
    REFER = "refer"  # a household; each sees their own referrals
    SEE_DUTY = "see_duty"
    CHANGE_DUTY = "change_duty"
    BE_AWAY = "be_away"
    IMPORT_FILES = "import_files"
    EXPORT = "export"  # what happened, without names
    INVITE = "invite"  # a tenant, by a letter
    CHANGE_SETTINGS = "change_settings"  # of the organisation
    MANAGE_TEAM = "manage_team"  # who has which role, and who has left


@dataclass(frozen=True)
class Row:
    """Who holds a right, and what needs it: "GET /address" of a route, name of a command or a button."""

    roles: tuple[Role, ...]
    console: tuple[str, ...] = ()
    api: tuple[str, ...] = ()
    telegram: tuple[str, ...] = ()


_EVERYBODY = tuple(Role)
_TEAM = (Role.CASEWORKER, Role.MEDIATOR, Role.COORDINATOR, Role.ADMINISTRATOR)
# A mediator or a partner never sees a case.
_CASES = (Role.CASEWORKER, Role.COORDINATOR, Role.ADMINISTRATOR)

RIGHTS: Mapping[Right, Row] = {
    Right.LOG_IN: Row(
        _EVERYBODY,
        telegram=("/console",),
    ),
    Right.READ_CASES: Row(
        _CASES,
        console=(
            "GET /dossiers",
            "GET /dossiers/{number}",
            "GET /dossiers/{number}/pieces/{message}",
            "GET /ordres-du-jour",
        ),
        api=(
            "GET /v1/cases",
            "GET /v1/cases/queue",
            "GET /v1/cases/{number}",
            "GET /v1/cases/{number}/messages",
            "GET /v1/cases/{number}/requests",
            "GET /v1/agenda",
            "GET /v1/cases/{number}/messages/{message}/file",
        ),
        telegram=("/file", "case.open"),
    ),
    Right.READ_NEW_DANGER: Row(_CASES),
    Right.READ_TENANTS: Row(
        _CASES,
        console=("GET /locataires", "GET /locataires/{number}"),
        api=("GET /v1/tenants", "GET /v1/tenants/{number}"),
    ),
    Right.READ_ACCOUNTS: Row(
        _CASES,
        api=("GET /v1/leases", "GET /v1/leases/{number}", "GET /v1/payments"),
    ),
    Right.WORK_CASES: Row(
        _CASES,
        console=(
            "POST /dossiers/{number}/prendre",
            "POST /dossiers/{number}/clore",
            "POST /dossiers/{number}/attendre",
            "POST /dossiers/{number}/passer",
            "POST /dossiers/{number}/reunir",
            "POST /dossiers/{number}/noter",
            "POST /dossiers/{number}/demander/{kind}",
            "POST /dossiers/{number}/demandes/{asked}/terminer",
            "POST /dossiers/{number}/couper",
        ),
        api=(
            "POST /v1/cases/{number}/take",
            "POST /v1/cases/{number}/wait",
            "POST /v1/cases/{number}/hand-over",
            "POST /v1/cases/{number}/release",
            "POST /v1/cases/{number}/merge",
            "POST /v1/cases/{number}/notes",
            "POST /v1/cases/{number}/requests",
            "POST /v1/cases/{number}/requests/{asked}/end",
            "POST /v1/cases/{number}/unlink",
            "POST /v1/cases/{number}/close",
        ),
        telegram=(
            "case.take",
            "case.wait",
            "case.wait_until",
            "case.wait_why",
            "case.hand_over",
            "case.give",
            "case.release",
            "case.close",
            "case.outcome",
        ),
    ),
    Right.LEAD_CASES: Row((Role.COORDINATOR,)),
    Right.WRITE_TO_TENANTS: Row(
        _CASES,
        console=(
            "POST /dossiers/{number}/repondre",
            "POST /dossiers/{number}/envoyer",
            "POST /dossiers/{number}/terminer",
        ),
        api=(
            "GET /v1/cases/{number}/answers",
            "POST /v1/cases/{number}/drafts",
            "POST /v1/cases/{number}/messages",
            "POST /v1/cases/{number}/relay/end",
        ),
        telegram=(
            "relay.write",
            "relay.edit",
            "relay.cancel",
            "relay.answers",
            "relay.answer",
            "relay.send",
            "relay.sure",
            "relay.end",
        ),
    ),
    Right.DECIDE_PLANS: Row(
        _CASES,
        console=(
            "POST /dossiers/{number}/plan",
            "POST /dossiers/{number}/plan/{act}",
        ),
        api=(
            "GET /v1/cases/{number}/plans",
            "POST /v1/cases/{number}/plans",
            "POST /v1/cases/{number}/plans/{plan}/accept",
            "POST /v1/cases/{number}/plans/{plan}/end",
        ),
    ),
    Right.CALL_HOUSEHOLDS: Row(
        _CASES,
        console=("GET /appels", "POST /appels/{number}", "POST /appels/rdv/{number}"),
        api=("GET /v1/calls", "POST /v1/calls/{number}/done"),
    ),
    Right.MANAGE_APPOINTMENTS: Row(
        _CASES,
        console=(
            "POST /dossiers/{number}/rendez-vous",
            "GET /rendez-vous",
            "GET /rendez-vous/nouveau",
            "POST /rendez-vous",
            "GET /rendez-vous/{number}",
            "POST /rendez-vous/{number}/{act}",
        ),
        api=(
            "GET /v1/appointments",
            "POST /v1/appointments",
            "GET /v1/appointments/{number}",
            "GET /v1/appointments/to-call",
            "POST /v1/appointments/{number}/called",
            "POST /v1/appointments/{number}/move",
            "POST /v1/appointments/{number}/accept-wish",
            "POST /v1/appointments/{number}/cancel",
            "POST /v1/appointments/{number}/outcome",
            "POST /v1/appointment-series",
            "POST /v1/appointment-series/{number}/exceptions",
            "POST /v1/appointment-series/{number}/end",
        ),
        telegram=(
            "/rdv",
            "/horaires",
            "hours.team",
            "rdv.new",
            "rdv.who",
            "rdv.how",
            "rdv.what",
            "rdv.when",
            "rdv.book",
            "rdv.offer",
            "rdv.open",
            "rdv.move",
            "rdv.move_to",
            "rdv.cancel",
            "rdv.cancel_it",
            "rdv.settle",
            "rdv.accept",
            "rdv.weekly",
            "rdv.weekly_from",
            "rdv.weekly_days",
            "rdv.weekly_book",
            "rdv.series_end",
            "rdv.series_end_sure",
        ),
    ),
    Right.LEAD_WORKSHOPS: Row(
        _TEAM,
        console=(
            "GET /ateliers",
            "GET /ateliers/nouveau",
            "POST /ateliers",
            "GET /ateliers/{number}",
            "POST /ateliers/{number}/affiche",
            "POST /ateliers/{number}/{act}",
        ),
        api=(
            "GET /v1/workshops",
            "POST /v1/workshops",
            "GET /v1/workshops/{number}",
            "POST /v1/workshops/{number}/change",
            "GET /v1/workshops/{number}/preview",
            "POST /v1/workshops/{number}/send",
            "GET /v1/workshops/{number}/sending",
            "POST /v1/workshops/{number}/poster",
            "POST /v1/workshops/{number}/poster/remove",
            "POST /v1/workshops/{number}/stop",
            "POST /v1/workshops/{number}/cancel",
            "GET /v1/workshops/{number}/registrations",
            "POST /v1/workshops/{number}/registrations",
            "POST /v1/workshops/{number}/registrations/leave",
            "POST /v1/workshops/{number}/presence",
            "POST /v1/workshops/{number}/walk-ins",
        ),
        telegram=(
            "/atelier",
            "workshop.new",
            "workshop.change",
            "workshop.resume",
            "workshop.drop",
            "workshop.answer",
            "workshop.create",
            "workshop.open",
            "workshop.invite",
            "workshop.later",
            "workshop.keep",
            "workshop.stop",
            "workshop.list",
            "workshop.presence",
            "workshop.came",
            "workshop.walk_in",
            "workshop.link",
            "workshop.cancel",
            "workshop.cancel_sure",
        ),
    ),
    Right.CHOOSE_CONTENT: Row(
        (Role.COORDINATOR, Role.ADMINISTRATOR),
        console=("POST /contenus/{kind}/{name}",),
        api=("GET /v1/content", "POST /v1/content"),
    ),
    Right.REFER: Row(
        _EVERYBODY,
        console=("GET /orientations", "POST /orientations"),
        api=("GET /v1/referrals", "POST /v1/referrals", "GET /v1/referrals/{number}"),
    ),
    Right.SEE_DUTY: Row(
        _TEAM,
        console=("GET /astreinte",),
        api=("GET /v1/team", "GET /v1/absences", "GET /v1/duty"),
        telegram=("/astreinte",),
    ),
    Right.CHANGE_DUTY: Row(
        (Role.COORDINATOR, Role.ADMINISTRATOR),
        console=("POST /astreinte/tour", "POST /astreinte/tour/{number}/finir"),
        api=("POST /v1/duty", "POST /v1/duty/{number}/end"),
        telegram=("duty.who", "duty.until"),
    ),
    Right.BE_AWAY: Row(
        _CASES,
        console=("POST /astreinte/absence", "POST /astreinte/absence/{number}/finir"),
        api=("POST /v1/absences", "POST /v1/absences/{number}/end"),
        telegram=("/absence", "absence.until", "absence.stand_in", "absence.back"),
    ),
    Right.IMPORT_FILES: Row(
        (Role.COORDINATOR, Role.ADMINISTRATOR),
        console=("GET /imports", "POST /imports", "POST /imports/{number}"),
        api=("POST /v1/payments", "POST /v1/imports/{kind}"),
    ),
    Right.EXPORT: Row(
        (Role.COORDINATOR, Role.ADMINISTRATOR),
        api=("GET /v1/exports/{kind}",),
    ),
    Right.INVITE: Row(
        _CASES,
        console=("POST /locataires/lettres", "POST /locataires/{number}/lettre"),
        api=("POST /v1/letters",),
    ),
    Right.CHANGE_SETTINGS: Row(
        (Role.ADMINISTRATOR,),
        console=("GET /reglages", "POST /reglages"),
        api=("GET /v1/settings", "POST /v1/settings", "GET /v1/settings/changes"),
    ),
    Right.READ_CONTENT: Row(_TEAM, console=("GET /contenus",)),
    Right.MANAGE_TEAM: Row(
        (Role.ADMINISTRATOR,),
        console=(
            "GET /membres",
            "POST /membres/{number}/role",
            "POST /membres/{number}/lien",
            "POST /membres/{number}/depart",
            "POST /membres/{number}/retour",
        ),
        api=(
            "GET /v1/members",
            "POST /v1/members/{number}/role",
            "POST /v1/members/{number}/leave",
            "POST /v1/members/{number}/come-back",
            "POST /v1/members/{number}/invitation",
        ),
    ),
}

# What needs no login: probes for machines, the one-time link and how to ask for one, the way out.
OPEN_CONSOLE = (
    "GET /",
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",
    "GET /lien/{code}",
    "POST /lien/{code}",
    "GET /connexion",
    "POST /connexion",
    "POST /deconnexion",
)

_CONSOLE = {name: right for right, row in RIGHTS.items() for name in row.console}
_API = {name: right for right, row in RIGHTS.items() for name in row.api}
_TELEGRAM = {name: right for right, row in RIGHTS.items() for name in row.telegram}


def may(role: Role, right: Right) -> bool:
    return role in RIGHTS[right].roles


def holders(right: Right) -> tuple[Role, ...]:
    return RIGHTS[right].roles


def of_console(method: str, path: str) -> Right | None:
    """The right of a route, its address as it is declared; None: nobody's."""
    return _CONSOLE.get(f"{method} {path}")


def of_api(method: str, path: str) -> Right | None:
    """The right of a route of the API, its address as it is declared; None: nobody's."""
    return _API.get(f"{method} {path}")


def of_telegram(name: str) -> Right | None:
    """The right of a command (`/file`) or of a button's act (`case.take`); None: nobody's."""
    return _TELEGRAM.get(name)
