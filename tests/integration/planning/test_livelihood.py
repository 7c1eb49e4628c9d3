"""Employments and benefits over HTTP and on their page, also after the exit, and what is told without consent."""

from uuid import UUID, uuid4

from contracts.codes import Role
from contracts.referral import Attributes, ConsentGiven, ConsentRefused, ReferralAccepted
from tests.integration.planning.planning import Planning
from tests.integration.planning.test_activities import _page, _send, _today
from tests.unit.planning import mother

_INSATS = "arbetsformedlare-amt"


async def _accepted(planning: Planning, *, consents: bool = True) -> UUID:
    case_id, today = uuid4(), _today(planning)
    answer = (
        ConsentGiven(happened_on=today, attributes=Attributes()) if consents else ConsentRefused(happened_on=today)
    )
    facts = [mother.referred_to(_INSATS, today), answer, ReferralAccepted(happened_on=today)]
    await planning.hear(case_id, facts)
    return case_id


async def test_an_employment_is_decided_prolonged_and_ended_over_http(planning: Planning) -> None:
    case = await _accepted(planning)
    today = _today(planning)
    later = today.replace(year=today.year + 1).isoformat() if (today.month, today.day) != (2, 29) else "2028-03-01"
    terms = {"from_on": today.isoformat(), "support": "introduction_job", "extent_percent": 75, "kom_i_jobb": True}
    missing = await planning.post(case, "employments", {"from_on": today.isoformat()})
    assert (missing.status_code, missing.json()["code"]) == (422, "extent_percent_missing")
    await planning.done(case, "employments", terms, Role.LOTS)
    (employment,) = (await planning.case(case)).json()["employments"]
    place = f"employments/{employment['employment_id']}"
    prolonged = {**terms, "from_on": later, "employment_id": employment["employment_id"], "support": "wage_subsidy"}
    await planning.done(case, "employments", prolonged)
    await planning.done(case, f"{place}/end", {"reason": "other_employment"})
    again = await planning.post(case, f"{place}/end", {"reason": "other_employment"})
    assert (again.status_code, again.json()["code"]) == (409, "employment_ended")
    (employment,) = (await planning.case(case)).json()["employments"]
    assert [each["prolongs"] for each in employment["decisions"]] == [False, True]
    assert employment["end"]["reason"] == "other_employment"
    told = [each for each in await planning.appended(case) if each["type"] == "EmploymentDecided"]
    assert [each["data"]["support"] for each in told] == ["introduction_job", "wage_subsidy"]


async def test_without_consent_the_topic_says_when_and_the_answer_says_what(planning: Planning) -> None:
    case = await _accepted(planning, consents=False)
    today = _today(planning).isoformat()
    terms = {"from_on": today, "support": "none", "extent_percent": 100, "employer": "private"}
    await planning.done(case, "employments", terms)
    await planning.done(case, "benefits", {"benefit": "income_support", "status": "refused"})
    seen = (await planning.case(case)).json()
    assert seen["employments"][0]["decisions"][0]["employer"] == "private"
    assert seen["benefits"][0]["status"] == "refused"
    told = {each["type"]: each["data"] for each in await planning.appended(case)}
    assert {told["EmploymentDecided"][name] for name in ("support", "extent_percent", "employer")} == {None}
    assert {told["BenefitDecided"][name] for name in ("benefit", "status", "extent_percent")} == {None}


async def test_the_page_registers_says_what_is_wrong_and_takes_back(planning: Planning) -> None:
    case = await _accepted(planning)
    at, today = f"/arenden/{case}/forsorjning", _today(planning).isoformat()
    assert "Ingen anställning är registrerad." in await _page(planning, at, Role.LOTS)
    terms = {"decided_on": today, "from_on": today, "until_on": "", "support": "wage_subsidy", "employer": ""}
    refused = await _send(planning, f"{at}/anstallning", {**terms, "extent_percent": ""})
    assert refused.status_code == 422
    assert "Ange omfattningen i procent av heltid" in refused.text
    assert 'aria-invalid="true"' in refused.text
    assert '<option value="wage_subsidy" selected>' in refused.text, "the form stays as it was filled in"
    answer = await _send(planning, f"{at}/anstallning", {**terms, "extent_percent": "50", "kom_i_jobb": "true"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{at}?klar=anstallning")
    page = await _page(planning, at)
    assert "Kommunal anställning (Kom-i-jobb)" in page
    assert "lönebidrag eller annat lönestöd, 50 %" in page
    benefit = {"decided_on": today, "benefit": "sickness_compensation", "status": "applied", "extent_percent": ""}
    assert (await _send(planning, f"{at}/ersattning", benefit, Role.LOTS)).status_code == 303
    twice = await _send(planning, f"{at}/ersattning", benefit)
    assert twice.status_code == 409
    assert "Beslutet är redan registrerat." in twice.text
    (employment,) = (await planning.case(case)).json()["employments"]
    end = {"ended_on": today, "reason": "term_over"}
    assert (await _send(planning, f"{at}/anstallning/{employment['employment_id']}/slut", end)).status_code == 303
    assert "tiden är slut" in await _page(planning, at)
    seen = (await planning.case(case)).json()
    for event in (seen["employments"][0]["end"], seen["employments"][0]["decisions"][0], seen["benefits"][0]):
        assert (await _send(planning, f"{at}/tillbaka", {"event_id": event["event_id"]})).status_code == 303
    page = await _page(planning, at)
    assert "Ingen anställning är registrerad." in page
    assert "Inget beslut om ersättning är registrerat." in page
    forbidden = await _send(planning, f"{at}/tillbaka", {"event_id": str(uuid4())}, Role.LOTS)
    assert forbidden.status_code == 403


async def test_what_became_of_somebody_is_registered_after_the_exit(planning: Planning) -> None:
    case = await _accepted(planning)
    today = _today(planning).isoformat()
    await planning.done(case, "meeting", {"meets_on": today, "mode": "physical"})
    await planning.done(case, "meeting/held", {})
    await planning.done(case, "start", {})
    await planning.done(case, "exit", {"reason": "applied_sickness_compensation"})
    await planning.done(case, "benefits", {"benefit": "sickness_compensation", "status": "granted"})
    at = f"/arenden/{case}/forsorjning"
    assert "beviljad" in await _page(planning, at)
    assert f'href="{at}"' in await _page(planning, f"/arenden/{case}")
