"""Leases and their accounts, payments: what the landlord's files brought, and what follows from it."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from bot.api import lists
from bot.api.desk import Api, Visit
from bot.api.fields import Asked, Day, Id, Number, Who, who
from bot.api.lists import Cursor, Limit, Page
from bot.api.problems import Refused
from bot.domain import rent as rules
from bot.domain.rent import LineKind
from bot.services.rent import rent
from bot.services.rent import signals as rent_signals
from bot.storage.tables import Lease, LeasePerson, Organisation, Payment


class LeaseLine(BaseModel):
    """Un bail."""

    id: int
    reference: str
    residence: str
    district: str
    town: str
    address: str | None
    dwelling: str | None
    typology: str
    starts_on: date
    ends_on: date | None
    due_day: int
    payment_method: str
    tenants: list[Who]


class AccountLine(BaseModel):
    """Un terme, ou une autre ligne du compte. Montants en centimes."""

    kind: LineKind
    month: date | None = Field(description="Le premier jour du mois du terme.")
    due_on: date
    due_cents: int
    paid_cents: int
    remaining_cents: int


class Threshold(BaseModel):
    """Le jour où le seuil est atteint si rien n'est payé, et le dernier pour le signaler."""

    reached_on: date
    report_by: date


class LeaseAccount(BaseModel):
    """Le compte du bail ce jour. Solde positif : à payer."""

    on: date
    balance_cents: int
    overdue_cents: int
    bank_covered_until: date | None
    signals: list[str] = Field(description="Ce qui alerte dans ce compte, en clair ; pour l'équipe.")
    threshold: Threshold | None = Field(
        description="Le seuil d'impayé de l'aide au logement. À vérifier ; jamais pour le locataire."
    )
    lines: list[AccountLine]


class LeaseRead(LeaseLine):
    """Un bail et son compte."""

    account: LeaseAccount


class PaymentLine(BaseModel):
    """Un mouvement de banque, en centimes ; un prélèvement rejeté est négatif."""

    id: int
    reference: str
    lease: int
    on: date
    amount_cents: int
    method: str
    label: str | None


def router(api: Api) -> APIRouter:
    routes = APIRouter()

    @routes.get("/v1/leases", tags=["leases"], summary="Lister les baux")
    def leases(
        request: Request,
        reference: Asked = None,
        tenant: Annotated[Id | None, Query(description="Le numéro d'un locataire.")] = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> Page[LeaseLine]:
        with api.visit(request, reading=True) as visit:
            query = (
                select(Lease)
                .filter_by(organisation_id=visit.organisation_id)
                .options(selectinload(Lease.tenants))
            )
            if reference is not None:
                query = query.filter_by(reference=reference)
            if tenant is not None:
                query = query.where(
                    Lease.id.in_(select(LeasePerson.lease_id).where(LeasePerson.person_id == tenant))
                )
            found, following = lists.read(visit.session, query, cursor, limit, Lease.id)
            return Page(items=[_line(lease) for lease in found], next=following)

    @routes.get("/v1/leases/{number}", tags=["leases"], summary="Lire un bail et son compte")
    def lease(request: Request, number: Number) -> LeaseRead:
        with api.visit(request, reading=True) as visit:
            found = visit.session.scalar(
                select(Lease).filter_by(id=number, organisation_id=visit.organisation_id)
            )
            if found is None:
                raise Refused(404)
            return LeaseRead(**_line(found).model_dump(), account=_account(visit, found))

    @routes.get("/v1/payments", tags=["payments"], summary="Lister les encaissements")
    def payments(
        request: Request,
        lease: Annotated[Id | None, Query(description="Le numéro d'un bail.")] = None,
        since: Annotated[Day | None, Query(description="À partir de ce jour.")] = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> Page[PaymentLine]:
        with api.visit(request, reading=True) as visit:
            query = select(Payment).filter_by(organisation_id=visit.organisation_id)
            if lease is not None:
                query = query.filter_by(lease_id=lease)
            if since is not None:
                query = query.where(Payment.on_day >= since)
            found, following = lists.read(visit.session, query, cursor, limit, Payment.id)
            return Page(items=[payment_line(payment) for payment in found], next=following)

    return routes


def _line(lease: Lease) -> LeaseLine:
    return LeaseLine(
        id=lease.id,
        reference=lease.reference,
        residence=lease.residence,
        district=lease.district,
        town=lease.town,
        address=lease.address,
        dwelling=lease.dwelling,
        typology=lease.typology,
        starts_on=lease.starts_on,
        ends_on=lease.ends_on,
        due_day=lease.due_day,
        payment_method=lease.payment_method,
        tenants=[tenant for person in lease.tenants if (tenant := who(person))],
    )


def _account(visit: Visit, lease: Lease) -> LeaseAccount:
    book = rent.books(visit.session, [lease])[lease.id]
    found = book.account(visit.today)
    owes = found.overdue_cents > 0
    signals = rent_signals.of_lease(visit.session, visit.house, lease, visit.today)
    amounts = rent_signals.amounts_on(book, visit.today)
    dates = rent_signals.legal_dates(visit.house, found, amounts) if owes else None
    return LeaseAccount(
        on=visit.today,
        balance_cents=found.balance_cents,
        overdue_cents=found.overdue_cents,
        bank_covered_until=visit.session.get_one(Organisation, lease.organisation_id).bank_covered_until,
        signals=rent_signals.in_words(visit.house, signals) if owes else [],
        threshold=Threshold(reached_on=dates.reached_on, report_by=dates.report_by) if dates else None,
        lines=[_account_line(line) for line in found.lines],
    )


def _account_line(line: rules.Line) -> AccountLine:
    return AccountLine(
        kind=line.kind,
        month=line.term.month if line.term else None,
        due_on=line.due_on,
        due_cents=line.due_cents,
        paid_cents=line.paid_cents,
        remaining_cents=line.remaining_cents,
    )


def payment_line(payment: Payment) -> PaymentLine:
    return PaymentLine(
        id=payment.id,
        reference=payment.reference,
        lease=payment.lease_id,
        on=payment.on_day,
        amount_cents=payment.amount_cents,
        method=payment.method,
        label=payment.label,
    )
