"""The `palier` command."""

import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from bot import logs
from bot.domain.delivery import Fault
from bot.imports.report import FileRefused
from bot.model import ModelMissing
from bot.settings import Settings, SettingsRefused, load

app = typer.Typer(
    help="Palier : l'assistant de messagerie des locataires HLM.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

_DURATION = re.compile(r"^\+(\d+)([jhm])$")
_LATER = "la base vient d'une version plus récente de Palier : installez cette version, ou une plus récente"
_UNITS = {"j": "days", "h": "hours", "m": "minutes"}


@app.callback()
def _set_up() -> None:
    logs.set_up()


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Port de la console.")] = 8080,
) -> None:
    """Tout essayer sur cette machine, sans rien configurer."""
    from bot import model
    from bot.demo.run import run as run_demo

    with _refusals():
        model.train(Path("models"))
        run_demo(port, _say)


@app.command()
def run(
    role: Annotated[
        str | None,
        typer.Option(help="Seulement ces rôles : bot,delivery,scheduler,dialogue,console."),
    ] = None,
) -> None:
    """Faire tourner Palier (tous les rôles par défaut)."""
    import uvloop

    from bot import wiring
    from bot.app import ROLES, App
    from bot.storage.migrations import made_by_a_later_version, pending

    roles = set((role or ",".join(ROLES)).split(","))
    unknown = roles - set(ROLES)
    if unknown:
        raise typer.BadParameter(
            f"rôles inconnus : {', '.join(sorted(unknown))} (il y a : {', '.join(ROLES)})"
        )
    with _refusals():
        parts = wiring.parts(load("secret_key"))
        if made_by_a_later_version(parts.database.engine):
            _refuse(_LATER)
        if pending(parts.database.engine):
            _refuse("la base n'est pas à jour : lancez `palier migrate`")

        async def main() -> None:
            await App(parts, roles).run(lambda: _say("ready"))

        uvloop.run(main())


@app.command()
def doctor() -> None:
    """Vérifier réglages, base, modèle, dialogue, Telegram et horloge ; dire quoi faire."""
    from bot.doctor import examine

    worst = True
    for finding in examine():
        worst = worst and finding.good
        _say(
            f"{'ok ' if finding.good else 'NON'}  {finding.what}"
            + (f" : {finding.advice}" if finding.advice else "")
        )
    if not worst:
        raise typer.Exit(1)


@app.command()
def migrate() -> None:
    """Mettre la base au schéma courant."""
    from bot import wiring
    from bot.storage.migrations import made_by_a_later_version, upgrade

    with _refusals():
        engine = wiring.parts(load("secret_key")).database.engine
        if made_by_a_later_version(engine):
            _refuse(_LATER)
        upgrade(engine)
        _say("La base est à jour.")


@app.command()
def train() -> None:
    """Entraîner le modèle dans models/ ; ne fait rien si rien n'a changé."""
    from bot import model

    with _refusals():
        model.train(Settings(secret_key=None).models)


@app.command(name="import")
def import_(
    kind: Annotated[
        str, typer.Argument(help="baux, encaissements, mouvements, equipe, rendez-vous, ateliers.")
    ],
    file: Annotated[Path, typer.Argument(help="Le fichier du bailleur (CSV).")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Dire sans rien écrire.")] = False,
    organisation: Annotated[str | None, typer.Option(help="La référence de l'organisation.")] = None,
    jusquau: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d", "%d/%m/%Y"], help="Dernier jour de banque couvert (encaissements)."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Répondre en JSON.")] = False,
) -> None:
    """Importer un fichier du bailleur ; deux fois le même fichier ne change rien."""
    from bot.imports.command import run_import

    with _refusals():
        until = jusquau.date() if jusquau else None
        lines = run_import(kind, file, organisation, dry_run=dry_run, until=until, as_json=as_json)
        for line in lines:
            _say(line)


@app.command()
def export(
    kind: Annotated[str, typer.Argument(help="dossiers, rendez-vous ou ateliers.")],
    format: Annotated[str, typer.Option(help="csv ou json.")] = "csv",
    organisation: Annotated[str | None, typer.Option(help="La référence de l'organisation.")] = None,
) -> None:
    """Exporter les dossiers, les rendez-vous ou les ateliers, sans nom ni mot de la conversation."""
    from bot import exports, wiring

    if kind not in exports.KINDS:
        raise typer.BadParameter(f"il y a : {', '.join(exports.KINDS)}")
    if format not in exports.FORMATS:
        raise typer.BadParameter(f"format : {', '.join(exports.FORMATS)}")
    with _refusals():
        parts = wiring.parts()
        with parts.database.reading() as session:
            owner = exports.organisation(session, organisation)
            _say(exports.export(session, parts.house, kind, format, owner))


@app.command()
def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Dire sans rien écrire.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Répondre en JSON.")] = False,
) -> None:
    """Purger ce qui a passé sa durée (chaque nuit, Palier le fait seul) et dire combien."""
    from bot.purge import purge

    with _refusals():
        for line in purge(dry_run=dry_run, as_json=as_json):
            _say(line)


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="Le fichier à écrire.")]) -> None:
    """Copier toute la base dans un fichier, Palier en marche ou non."""
    from bot import wiring
    from bot.copies import backup as write

    with _refusals():
        write(wiring.parts(load("secret_key")).database, file)
        _say(f"Copie écrite : {file}. Elle ne se lit qu'avec PALIER_SECRET_KEY, à garder ailleurs.")


@app.command()
def restore(file: Annotated[Path, typer.Argument(help="Une copie de `palier backup`.")]) -> None:
    """Remplir une base neuve avec une copie ; Palier doit être arrêté."""
    from bot import wiring
    from bot.copies import restore as fill

    with _refusals():
        fill(wiring.parts(load("secret_key")).database, file)
        _say("Base restaurée. Lancez `palier migrate`, `palier erasures LISTE --redo`, puis `palier doctor`.")


@app.command()
def erasures(
    file: Annotated[Path, typer.Argument(help="La liste, à garder hors de la machine.")],
    redo: Annotated[bool, typer.Option("--redo", help="Refaire ceux que la base restaurée ignore.")] = False,
) -> None:
    """Écrire la liste des effacements, sans nom ; après une restauration, les refaire."""
    from bot import erasures as listed
    from bot import wiring

    with _refusals():
        parts = wiring.parts(load("secret_key"))
        if redo:
            _say(f"Personnes effacées de nouveau : {listed.redo(parts, file)}")
        else:
            _say(f"Effacements dans la liste : {listed.write(parts.database, file)}")


@app.command()
def rekey() -> None:
    """Réécrire les données chiffrées avec PALIER_SECRET_KEY ; l'ancienne est dans PALIER_OLD_SECRET_KEY."""
    from bot import wiring
    from bot.rekey import rekey as write

    with _refusals():
        _say(f"Valeurs réécrites : {write(wiring.parts(load('secret_key')).database)}")


@app.command()
def invite(
    references: Annotated[list[str], typer.Argument(help="Références de locataires ou de l'équipe.")],
    format: Annotated[str, typer.Option(help="texte, csv ou lettre (PDF, avec code QR).")] = "texte",
    organisation: Annotated[str | None, typer.Option(help="La référence de l'organisation.")] = None,
) -> None:
    """Créer des liens d'invitation, valables une fois."""
    from bot.invitations import FORMATS, invitations

    if format not in FORMATS:
        raise typer.BadParameter(f"format : {', '.join(FORMATS)}")
    with _refusals():
        written = invitations(references, format, organisation)
        sys.stdout.buffer.write(written)
        sys.stdout.flush()


token = typer.Typer(help="Les jetons de l'API : créer, voir, révoquer.", no_args_is_help=True)
app.add_typer(token, name="token")


@token.command(name="create")
def token_create(
    role: Annotated[
        str, typer.Option(help="intervenant, mediateur, coordinateur, administrateur, partenaire.")
    ],
    member: Annotated[
        str | None, typer.Option(help="Le membre de l'équipe qui signe ; sans lui, le jeton lit et crée.")
    ] = None,
    organisation: Annotated[str | None, typer.Option(help="La référence de l'organisation.")] = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="Durée de vie, en jours.")] = 365,
) -> None:
    """Créer un jeton ; il n'est montré qu'une fois."""
    from bot import tokens
    from bot.domain.states import Role

    if role not in list(Role):
        raise typer.BadParameter(f"rôle : {', '.join(Role)}")
    with _refusals():
        _say(tokens.create(role, member, organisation, days))


@token.command(name="list")
def token_list(
    organisation: Annotated[str | None, typer.Option(help="La référence de l'organisation.")] = None,
) -> None:
    """Les jetons : numéro, rôle, membre, fin. Jamais leur texte, qui n'est pas gardé."""
    from bot import tokens

    with _refusals():
        for line in tokens.listing(organisation):
            _say(line)


@token.command(name="revoke")
def token_revoke(number: Annotated[int, typer.Argument(min=1, help="Le numéro du jeton.")]) -> None:
    """Révoquer un jeton, tout de suite."""
    from bot import tokens

    with _refusals():
        _say(tokens.revoke(number))


@app.command()
def compte(
    reference: Annotated[str, typer.Argument(help="La référence du bail.")],
    organisation: Annotated[str | None, typer.Option(help="La référence de l'organisation.")] = None,
) -> None:
    """Montrer le compte d'un bail, à vérifier à la main : ce qui est dû, ce qui est reçu, ce qui reste."""
    from bot.account import account_of

    with _refusals():
        _say(account_of(reference, organisation))


@app.command()
def clock(
    move: Annotated[str | None, typer.Argument(help="Un instant ISO, ou une durée : +3j, +2h, +30m.")] = None,
) -> None:
    """Montrer ou avancer l'horloge (démonstration et tests seulement)."""
    from bot.demo.travel import show_or_move

    with _refusals():
        try:
            _say(show_or_move(move, _target))
        except PermissionError:
            _refuse("l'horloge ne bouge que dans la démonstration et dans les tests")
        except ValueError as error:
            _refuse(str(error))


@app.command()
def parse(
    now: Annotated[str | None, typer.Option(help="L'instant où le message est écrit (ISO).")] = None,
    tz: Annotated[str, typer.Option(help="Le fuseau horaire de la personne.")] = "Europe/Paris",
    as_json: Annotated[bool, typer.Option("--json", help="En JSON, une ligne par message.")] = False,
) -> None:
    """Lire des messages, un par ligne, et dire ce que Palier comprend."""
    from palier_fr.times import instant_of, zone_named

    from bot.reading import in_words, read_lines

    try:
        zone = zone_named(tz)
        written_at = instant_of(now, zone) if now else datetime.now(UTC)
    except ValueError:
        raise typer.BadParameter("--now est un instant ISO, --tz un fuseau comme Europe/Paris") from None
    with _refusals():
        for answer in read_lines(sys.stdin, written_at.isoformat(), zone.key):
            _say(json.dumps(answer, ensure_ascii=False) if as_json else in_words(answer))


@app.command()
def bench(name: Annotated[str, typer.Argument(help="Lequel ; un nom inconnu donne la liste.")]) -> None:
    """Mesurer la vitesse, en rapports dans un même essai."""
    from bot.bench import BENCHES

    if name not in BENCHES:
        raise typer.BadParameter(f"il y a : {', '.join(BENCHES)}")
    with _refusals():
        BENCHES[name](_say)


def _target(move: str, now: datetime) -> datetime:
    """The instant of `+3j` or of an ISO text (local time when it has no zone). Raises ValueError."""
    duration = _DURATION.match(move)
    if duration:
        return now + timedelta(**{_UNITS[duration[2]]: int(duration[1])})
    try:
        given = datetime.fromisoformat(move)
    except ValueError:
        raise ValueError("donnez un instant ISO (2026-12-08T10:00) ou une durée (+3j, +2h, +30m)") from None
    return given if given.tzinfo else given.replace(tzinfo=now.tzinfo)


@contextmanager
def _refusals() -> Iterator[None]:
    """What the person can mend is one clear line and status 1, never a trace."""
    try:
        yield
    except (SettingsRefused, ModelMissing, FileRefused) as refusal:
        _refuse(str(refusal))
    except Fault as fault:
        _refuse(f"Telegram ne répond pas ({fault}) : vérifiez PALIER_TELEGRAM_TOKEN et le réseau")
    except OSError as error:
        _refuse(f"{error.strerror or error}" + (f" : {error.filename}" if error.filename else ""))


def _refuse(reason: str) -> NoReturn:
    typer.echo(reason, err=True)
    raise typer.Exit(1)


def _say(line: str) -> None:
    typer.echo(line)
    sys.stdout.flush()


def main() -> None:
    """Entry point of the console script."""
    os.umask(0o077)  # the database and what is beside it are for this user only
    app()
