"""Another referrer of a referral."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from contracts.agency import Officer
from contracts.codes import ReferrerChangeCause
from contracts.referral import ReferrerChanged
from services.referral.domain.referrer import Referring, normalized
from tests.unit.referral.mother import DECIDED_ON, FARSTA, change_referrer, received, waiting


def test_the_fact_names_the_unit_and_nobody() -> None:
    outcome = waiting().given().when(change_referrer)
    assert outcome.facts == (
        ReferrerChanged(happened_on=DECIDED_ON, unit="farsta", unit_kind="district", cause=ReferrerChangeCause.LEFT),
    )
    assert "Remittentsson" not in str(outcome.facts)


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"unit": None}, "unit_unknown", "unit"),
        ({"changed_on": date(2021, 3, 2)}, "date_in_the_future", "changed_on"),
        ({"changed_on": date(2021, 2, 7)}, "date_before_referral", "changed_on"),
        ({"before": Referring("farsta", change_referrer.officer)}, "referrer_unchanged", None),
    ],
)
def test_what_is_wrong_is_said(changed: dict[str, Any], code: str, field: str | None) -> None:
    refused = waiting().given().when(replace(change_referrer, **changed)).refused
    assert refused is not None
    assert (refused.code, getattr(refused, "field", None)) == (code, field)


def test_a_new_telephone_number_is_a_change() -> None:
    same_name = Officer(name=change_referrer.officer.name)
    assert waiting().given().when(replace(change_referrer, before=Referring(FARSTA.id, same_name))).refused is None


def test_who_came_by_themselves_has_no_referrer() -> None:
    own = waiting().given(received.model_copy(update={"unit": "self", "unit_kind": "self"}))
    refused = own.when(change_referrer).refused
    assert refused is not None
    assert refused.code == "no_referrer"


def test_spaces_and_capitals_make_nobody_somebody_else() -> None:
    assert normalized(" Ödla  remittentsson ") == normalized("ödla Remittentsson")
    assert normalized("Odla Remittentsson") != normalized("Ödla Remittentsson")
