"""The OpenAPI document against the application: random requests, right and wrong, and what they get."""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import checks
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks as openapi_checks

from bot.api import create_api
from bot.api.limits import Limiter
from bot.console import create_console
from bot.domain.states import Role
from tests.api.conftest import Office
from tests.api.test_doors import MEETING, SERIES, WORKSHOP

_CHECKS = (
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_schema_conformance,
    openapi_checks.negative_data_rejection,
    openapi_checks.unsupported_method,
)


@pytest.mark.slow
@pytest.mark.parametrize("database", ["postgres"], indirect=True)  # it refuses more than SQLite does
def test_whatever_is_asked_the_answer_is_in_the_document(office: Office) -> None:
    desk = office.desk
    app = create_console(desk.database, desk.clock, desk.house, lambda: {})
    limiter = Limiter(most=10**9)
    app.mount(
        "/api",
        create_api(desk.database, desk.clock, desk.house, limiter=limiter, bot_name=lambda: "palier_bot"),
    )
    member, program = office.worker("EQ01", Role.ADMINISTRATOR)
    person = desk.tenant()
    desk.taken(person, member)
    desk.message(person, "Bonjour")
    program.post("/appointments", MEETING)
    program.post("/appointment-series", SERIES)
    program.post("/workshops", WORKSHOP)
    headers = {"Authorization": f"Bearer {program.token}"}
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", app)
    schema.config.generation.update(modes=list(GenerationMode))
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 30
    for operation in operations:

        @settings(
            max_examples=5,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
            derandomize=True,
            database=None,
        )
        @given(case=operation.as_strategy(), known=st.booleans())
        def ask(case: schemathesis.Case, known: bool) -> None:
            if known and case.path_parameters:
                # A row that is: most numbers are of none.
                case.path_parameters = dict.fromkeys(case.path_parameters, 1)
            case.call_and_validate(headers=headers, checks=_CHECKS)

        ask()
