"""A person's consents: answered on the page, by purpose and party, and run out by themselves."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from contracts.codes import Role
from contracts.envelope import TIMER
from contracts.events import local_date
from contracts.referral import ConsentGiven, ConsentWithdrawn
from deploy.demo.identity import synthetic_number
from services.chassis.timers import Timer
from services.chassis.unit import Unit
from tests.integration.referral.referral import Referral, new_message
from tests.malformed import changed

_PURPOSE = "telling_employer"


async def _of_ips(referral: Referral) -> UUID:
    sent = changed(new_message(), ("data", "insats"), "ips-psykosvarden")
    sent = changed(sent, ("data", "referrer", "unit"), "psykiatri-sodra")
    return await referral.case_of(sent, "region-stockholm")


async def _consents(referral: Referral, case_id: UUID) -> list[Any]:
    return [
        event
        for event in await referral.appended(case_id)
        if isinstance(event.data, ConsentGiven | ConsentWithdrawn) and event.data.purpose == _PURPOSE
    ]


async def test_an_answer_is_registered_on_the_page_for_some_parties_and_stands_in_the_timeline(
    referral: Referral,
) -> None:
    case_id = await _of_ips(referral)
    place, coordinator = f"/anmalningar/{case_id}/samtycke", referral.browser(Role.COORDINATOR)
    before = (await referral.client.get(place, headers=coordinator)).text
    assert "Att berätta för arbetsgivaren</dt><dd>inte tillfrågad" in before
    today = local_date(referral.runtime.clock.now())
    form = {
        "purpose": _PURPOSE,
        "choice": "given",
        "stated_on": today.isoformat(),
        "how": "paper",
        "receivers": ["kommun", "region"],
        "valid_until": (today + timedelta(days=90)).isoformat(),
    }
    done = await referral.client.post(place, data=form, headers=coordinator)
    assert done.status_code == 303
    [given] = await _consents(referral, case_id)
    assert (given.data.how, given.data.receivers) == ("paper", ("kommun", "region"))
    after = (await referral.client.get(done.headers["location"], headers=coordinator)).text
    assert "Svaret är registrerat." in after
    assert "Att berätta för arbetsgivaren</dt><dd>ja, sedan" in after
    assert "bara kommunen, regionen" in after
    assert ">koordinator<" in after
    listed = (await referral.get(f"cases/{case_id}")).json()
    assert listed["consent"] == "given", "the answer about the statistics is another one"

    again = await referral.client.post(place, data=form, headers=coordinator)
    assert again.status_code == 409
    assert "Det beskedet är redan registrerat." in again.text
    wrong = await referral.client.post(place, data={**form, "purpose": "research"}, headers=coordinator)
    assert wrong.status_code == 422
    assert "Insatsen frågar inte om det" in wrong.text


async def test_a_consent_runs_out_by_itself_the_day_after_its_last(referral: Referral) -> None:
    case_id = await _of_ips(referral)
    today = local_date(referral.runtime.clock.now())
    body = {"choice": "given", "purpose": _PURPOSE, "valid_until": today.isoformat()}
    await referral.done(f"cases/{case_id}/consent", body)
    [given] = await _consents(referral, case_id)
    runtime = referral.runtime
    row = await runtime.pool.fetchrow("SELECT * FROM timer WHERE key = $1", f"consent {given.id}")
    assert (row["stream_id"], local_date(row["due_at"])) == (case_id, today + timedelta(days=1))
    timer = Timer(row["key"], row["stream_id"], row["kind"], row["due_at"])
    for now, ended in ((runtime.clock.now(), 0), (row["due_at"], 1), (row["due_at"], 1)):
        async with runtime.pool.acquire() as connection, connection.transaction():
            unit = Unit(connection, now, runtime.definition.topic, runtime.source, TIMER)
            await runtime.definition.fires[timer.kind](unit, timer)
        answers = await _consents(referral, case_id)
        assert [type(event.data).__name__ for event in answers[1:]] == ["ConsentWithdrawn"] * ended
    assert answers[-1].actor == TIMER


async def test_who_is_not_eighteen_needs_a_guardian(referral: Referral) -> None:
    today = local_date(referral.runtime.clock.now())
    sent = changed(new_message(), ("data", "insats"), "finsam-team")
    sent = changed(sent, ("data", "person", "identity_number"), synthetic_number(date(today.year - 17, 1, 1), 987))
    sent = changed(sent, ("data", "consent"), {"choice": "refused", "stated_on": today.isoformat()})
    sent = changed(sent, ("data", "referred_on"), today.isoformat())
    case_id = await referral.case_of(sent)
    body = {"choice": "given", "purpose": "individual_follow_up"}
    refused = await referral.post(f"cases/{case_id}/consent", body)
    assert (refused.status_code, refused.json()["code"]) == (422, "guardian_not_asked")
    await referral.done(f"cases/{case_id}/consent", {**body, "guardian": True})
