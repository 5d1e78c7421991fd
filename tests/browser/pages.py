"""Every page of the console, once: for axe, for the pictures of the guide, for what it may ask for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Shown:
    """`path` may name a row of the office ({case}); `reader` opens it, empty: a stranger."""

    name: str
    path: str
    reader: str = "EQ01"
    status: int = 200


PAGES = (
    Shown("connexion", "/dossiers", reader="", status=403),
    Shown("dossiers", "/dossiers"),
    Shown("dossier", "/dossiers/{case}"),
    Shown("dossier-urgent", "/dossiers/{urgent}"),
    Shown("a-appeler", "/appels"),
    Shown("locataires", "/locataires"),
    Shown("locataire", "/locataires/{tenant}"),
    Shown("ateliers", "/ateliers", reader="EQ03"),
    Shown("atelier", "/ateliers/1", reader="EQ03"),
    Shown("atelier-nouveau", "/ateliers/nouveau", reader="EQ03"),
    Shown("rendez-vous", "/rendez-vous?equipe=oui"),
    Shown("rendez-vous-un", "/rendez-vous/1"),
    Shown("rendez-vous-nouveau", "/rendez-vous/nouveau"),
    Shown("orientations", "/orientations", reader="EQ03"),
    Shown("equipe", "/astreinte", reader="EQ05"),
    Shown("commissions", "/ordres-du-jour"),
    Shown("importer", "/imports", reader="EQ04"),
    Shown("reglages", "/reglages", reader="EQ05"),
    Shown("conseils", "/contenus", reader="EQ05"),
    Shown("membres", "/membres", reader="EQ05"),
    Shown("introuvable", "/nulle-part", status=404),
)
