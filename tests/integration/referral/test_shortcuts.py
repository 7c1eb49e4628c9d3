"""Somebody who only seeks work training comes straight to its information meeting, and everybody sees how."""

from uuid import UUID

from contracts.codes import Role
from contracts.referral import ReferralAccepted, ReferralReceived, Shortcut
from tests.integration.referral.referral import (
    Referral,
    browser_of_agency,
    feedback_of,
    new_message,
    new_number,
)
from tests.malformed import AGENCY, Message, changed

_SHORTCUT = Shortcut(insats="finsam-team", door="bara-arbetstraning", meeting="informationsmote")
_SAID = "FINSAM-team: endast arbetsträning"


def _only_work_training(number: str | None = None) -> Message:
    sent = changed(new_message(number), ("data", "needs"), ["kommun"])
    return changed(sent, ("data", "door"), _SHORTCUT.door)


async def test_no_answer_is_waited_for_and_the_referrer_hears_it(referral: Referral) -> None:
    sent = _only_work_training()
    answer = await referral.refer(sent)
    assert (answer.status_code, answer.json()["data"]["insats"]) == (201, "arbetstraning")
    case_id = UUID(answer.json()["data"]["case_id"])
    received, _, accepted = await referral.appended(case_id)
    assert isinstance(received.data, ReferralReceived)
    assert (received.data.shortcut, received.actor) == (_SHORTCUT, f"agency:{AGENCY}")
    assert isinstance(accepted.data, ReferralAccepted)
    assert accepted.data.happened_on == received.data.happened_on
    assert accepted.actor == "service:referral"
    [step] = await feedback_of(referral, case_id)
    assert (step.step, step.insats) == ("accepted", "arbetstraning")
    assert (await referral.refer(sent)).json()["data"]["repeated"] is True
    assert len(await referral.appended(case_id)) == 3


async def test_it_is_shown_in_the_inbox_and_on_the_referrer_s_page(referral: Referral) -> None:
    case_id = await referral.case_of(_only_work_training())
    coordinator = referral.browser(Role.COORDINATOR)
    listed = await referral.client.get(
        "/anmalningar?state=accepted&insats=arbetstraning&sist=true", headers=coordinator
    )
    row = listed.text.partition(f'id="anmalan-{case_id}"')[2].partition("</tr>")[0]
    assert f"Kom direkt till mötet genom {_SAID}" in row
    mine = await referral.client.get(f"/mina-anmalningar/{case_id}", headers=browser_of_agency(referral))
    assert f"{_SAID}, direkt till mötet" in mine.text


async def test_who_is_taken_on_by_another_referral_waits_and_a_coordinator_sees_both(referral: Referral) -> None:
    number = new_number()
    first = changed(new_message(number), ("data", "insats"), "arbetstraning")
    other = await referral.refer(
        changed(first, ("data", "referrer"), {"unit": "fk-stockholm", "officer": {"name": "Annan Remittentsson"}}),
        "forsakringskassan",
    )
    await referral.done(f"cases/{other.json()['data']['case_id']}/accept", {})
    case_id = await referral.case_of(_only_work_training(number))
    assert (await referral.get(f"cases/{case_id}")).json()["state"] == "waiting"
    queue = await referral.client.get(
        "/anmalningar/ko?insats=arbetstraning", headers=referral.browser(Role.COORDINATOR)
    )
    assert f"Sökte {_SAID}" in queue.text


async def test_the_form_offers_it_says_where_it_leads_and_sends_it(referral: Referral) -> None:
    mine = browser_of_agency(referral)
    page = await referral.client.get("/mina-anmalningar/ny", headers=mine)
    assert f'<option value="finsam-team:bara-arbetstraning">{_SAID}</option>' in page.text
    form = {
        "message_id": f"form-{new_number()}",
        "reference": "SOC-2021-98",
        "insats": "finsam-team:bara-arbetstraning",
        "unit": "farsta",
        "officer": "Ödla Remittentsson",
        "identity_number": new_number(),
        "given_name": "Påhitta",
        "family_name": "Genvägsson",
        "sex": "woman",
        "needs": ["kommun"],
        "choice": "given",
        "stated_on": "2021-03-12",
        "referred_on": "2021-03-15",
    }
    checked = await referral.client.post("/mina-anmalningar/ny/kontroll", data=form, headers=mine)
    assert "Personen kommer direkt till informationsmöte i Arbetsträningsplatser." in checked.text
    wrong = await referral.client.post(
        "/mina-anmalningar/ny/kontroll", data={**form, "insats": "finsam-team:bakvagen"}, headers=mine
    )
    assert "Insatsen har ingen sådan väg in. Ange en av anmalan, bara-arbetstraning, eller utelämna" in wrong.text
    sent = await referral.client.post("/mina-anmalningar/ny", data=form | {"message_id": "form-genvag"}, headers=mine)
    assert sent.status_code == 303, sent.text
    kept = "SELECT insats, state FROM referral_case WHERE case_id = $1"
    row = await referral.runtime.pool.fetchrow(kept, UUID(sent.headers["location"].split("/")[2].partition("?")[0]))
    assert tuple(row) == ("arbetstraning", "accepted")
