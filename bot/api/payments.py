"""Payments written one by one, as a line of `encaissements.csv` would be."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from sqlalchemy import select

from bot.api.desk import Api, Visit
from bot.api.fields import Day, IdempotencyKey, Line, Reference
from bot.api.leases import PaymentLine, payment_line
from bot.api.problems import Refused
from bot.imports.labels import named_month
from bot.imports.reading import fold
from bot.storage.tables import Lease, Payment

_AHEAD = timedelta(days=366)
_MOST_CENTS = 10_000_000_00
_OTHER = "Cette référence est celle d’un autre encaissement : une référence ne sert qu’une fois."
_NO_LEASE = "Aucun bail n’a cette référence."
_FAR = "Ce jour est trop loin dans l’avenir."


class NewPayment(BaseModel):
    """Un mouvement de banque. Un prélèvement rejeté est négatif. La date couverte ne bouge pas : seul le
    fichier de la banque dit jusqu'à quel jour tout est connu."""

    reference: Reference = Field(description="Celle de l'opération, unique.")
    lease: Reference = Field(description="La référence du bail.")
    on: Day
    amount_cents: int = Field(ge=-_MOST_CENTS, le=_MOST_CENTS)
    method: Annotated[Line, Field(max_length=24)] = ""
    label: Line = ""


def router(api: Api) -> APIRouter:
    routes = APIRouter(tags=["payments"])

    @routes.post("/v1/payments", summary="Écrire un encaissement", status_code=201)
    def create(request: Request, body: NewPayment, key: IdempotencyKey = None) -> PaymentLine:
        with api.visit(request) as visit:
            return visit.once(request, key, body, PaymentLine, lambda: _create(visit, body))

    return routes


def _create(visit: Visit, body: NewPayment) -> PaymentLine:
    """The same payment again changes nothing; another one under its reference is refused (409)."""
    own = {"organisation_id": visit.organisation_id}
    lease = visit.session.scalar(select(Lease).filter_by(**own, reference=body.lease))
    if lease is None:
        raise Refused(422, _NO_LEASE)
    if body.on > visit.today + _AHEAD:
        raise Refused(422, _FAR)
    found = {"lease_id": lease.id, "on_day": body.on, "amount_cents": body.amount_cents}
    known = visit.session.scalar(select(Payment).filter_by(**own, reference=body.reference))
    if known is None:
        known = Payment(
            **own,
            **found,
            reference=body.reference,
            method=fold(body.method)[:24],
            label=body.label or None,
            names_month=named_month(body.label, body.on),
        )
        visit.session.add(known)
        visit.session.flush()
    elif any(getattr(known, name) != value for name, value in found.items()):
        raise Refused(409, _OTHER)
    return payment_line(known)
