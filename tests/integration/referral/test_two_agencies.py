"""Two agencies refer the same person: neither is told of the other, and a coordinator chooses."""

import asyncio
from typing import Any, Final
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.agency import ReferralAcknowledged
from contracts.catalogue import AGENCIES
from contracts.codes import Role
from contracts.envelope import Fact
from services.referral.intake import InboundRecord
from tests.integration.referral.referral import Referral, encoded, new_message, new_number
from tests.malformed import AGENCY, Message, changed

OTHER: Final = "forsakringskassan"


def from_other(sent: Message) -> Message:
    unit = AGENCIES[OTHER].units[0].id
    return changed(sent, ("data", "referrer", "unit"), unit)


async def _both(referral: Referral) -> tuple[str, str]:
    number = new_number()
    first = await referral.refer(new_message(number))
    second = await referral.refer(from_other(new_message(number)), OTHER)
    assert (first.status_code, second.status_code) == (201, 201), second.text
    assert first.json()["data"].keys() == second.json()["data"].keys()
    return first.json()["data"]["case_id"], second.json()["data"]["case_id"]


async def test_the_second_is_acknowledged_and_the_coordinator_sees_that_there_are_two(referral: Referral) -> None:
    first, second = await _both(referral)
    for case_id in (first, second):
        assert (await referral.get(f"cases/{case_id}")).json()["other_open"] is True
    page = await referral.client.get("/anmalningar?sist=true", headers=referral.browser(Role.COORDINATOR))
    assert "Personen har redan en öppen anmälan till insatsen." in page.text


async def test_one_of_the_two_is_accepted_and_the_other_returned(referral: Referral) -> None:
    first, second = await _both(referral)
    await referral.done(f"cases/{second}/accept", {})
    refused = await referral.post(f"cases/{first}/accept", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "already_taken_on")
    await referral.done(f"cases/{first}/return", {"reason": "other"})
    assert (await referral.get(f"cases/{second}")).json()["other_open"] is False


async def test_once_the_first_has_left_the_other_is_accepted(referral: Referral) -> None:
    first, second = await _both(referral)
    await referral.done(f"cases/{first}/accept", {})
    await referral.done(f"cases/{first}/return", {"reason": "other"})
    await referral.done(f"cases/{second}/accept", {})


async def test_of_two_accepted_at_once_one_is(referral: Referral) -> None:
    pair = await _both(referral)
    answers = await asyncio.gather(*(referral.post(f"cases/{case_id}/accept", {}) for case_id in pair))
    assert sorted(answer.status_code for answer in answers) == [201, 409]


async def test_the_same_agency_is_told_of_its_own(referral: Referral) -> None:
    number = new_number()
    await referral.refer(from_other(new_message(number)), OTHER)
    await referral.case_of(new_message(number))
    again = await referral.refer(new_message(number))
    errors = again.json()["receipt"]["data"]["errors"]
    assert [error["code"] for error in errors] == ["duplicate_of_open_referral"]


async def test_the_other_agencys_name_for_a_person_is_its_own(referral: Referral) -> None:
    number = new_number()
    first = await referral.case_of(new_message(number))
    other = changed(from_other(new_message(number)), ("data", "person", "family_name"), "Annansson")
    second = (await referral.refer(other, OTHER)).json()["data"]["case_id"]
    names = (await referral.post("names", {"case_ids": [str(first), second]})).json()["names"]
    assert names == {str(first): "Påhitta Felpostsson", second: "Påhitta Annansson"}


# What one agency may send: which of two people, to which of two insatser, and which of three message ids.
_sendings = st.lists(
    st.tuples(st.sampled_from([0, 1]), st.sampled_from(["finsam-team", "mia-vidare"]), st.integers(0, 2)),
    min_size=1,
    max_size=6,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mine=_sendings, others=_sendings, chance=st.randoms(use_true_random=False))
async def test_receipts_are_a_function_of_what_the_agency_itself_has_sent(
    referral: Referral, mine: list[Any], others: list[Any], chance: Any
) -> None:
    """In two worlds that differ in other agencies' referrals only, an agency gets the same receipts."""
    order = [AGENCY] * len(mine) + [OTHER] * len(others)
    chance.shuffle(order)
    alone = await _receipts(referral, [AGENCY] * len(mine), {AGENCY: mine})
    together = await _receipts(referral, order, {AGENCY: mine, OTHER: others})
    assert together == alone


async def _receipts(referral: Referral, order: list[str], sendings: dict[str, list[Any]]) -> list[Any]:
    """What the agency was answered, in a world of its own: new people and new message ids."""
    world, people = uuid4().hex[:8], [new_number(), new_number()]
    queues = {agency: iter(each) for agency, each in sendings.items()}
    intake, seen = referral.intake(), []
    for agency in order:
        person, insats, nth = next(queues[agency])
        sent = changed(new_message(people[person]), ("data", "insats"), insats) | {"id": f"{world}-{nth}"}
        sent = changed(sent, ("data", "reference"), "one and the same")
        record = InboundRecord(encoded(from_other(sent) if agency == OTHER else sent), place=None)
        async with referral.runtime.unit("service:referral") as unit:
            [receipt] = await intake.ingest(unit, AGENCIES[agency], [record])
        if agency == AGENCY:
            seen.append(_without_ids(receipt.data, world))
    return seen


def _without_ids(receipt: Fact, world: str) -> Any:
    said = receipt.model_dump(mode="json")
    said["message_id"] = said["message_id"].removeprefix(world)
    if isinstance(receipt, ReferralAcknowledged):
        del said["case_id"]
    return said
