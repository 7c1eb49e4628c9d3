"""From an agency's inbox to its receipt, on real Kafka."""

from typing import Any
from uuid import UUID

from contracts.agency import ReferralAcknowledged, ReferralRejected
from contracts.referral import ConsentGiven, ReferralReceived
from tests.integration.referral.referral import Referral, encoded, new_message
from tests.malformed import AGENCY, Message, Record, Wrong, changed, malformed, strange_but_valid


def _record(sent: Message) -> Record:
    return Record("referral", sent["id"].encode(), encoded(sent))


async def test_a_referral_becomes_a_case_and_a_receipt(referral: Referral) -> None:
    sent = new_message()
    places = await referral.publish([_record(sent)])
    [receipt] = (await referral.receipts_of(places)).values()
    assert isinstance(receipt.data, ReferralAcknowledged)
    assert (receipt.data.reference, receipt.data.message_id) == (sent["data"]["reference"], sent["id"])
    assert not receipt.data.repeated

    received, consent = await referral.appended(receipt.data.case_id)
    assert isinstance(received.data, ReferralReceived)
    assert isinstance(consent.data, ConsentGiven)
    assert [received.sequence, consent.sequence] == [1, 2]
    assert consent.data.attributes.public_support_years == 3
    for event in (received, consent):
        assert (event.actor, event.association, event.causationid) == (f"agency:{AGENCY}", "stockholm", None)
    assert (receipt.actor, receipt.association) == ("service:referral", None)

    listed = (await referral.get(f"cases/{receipt.data.case_id}")).json()
    assert (listed["insats"], listed["state"], listed["consent"]) == ("finsam-team", "waiting", "given")


async def test_every_wrong_record_gets_its_receipt_and_none_stops_its_partition(referral: Referral) -> None:
    wrong, strange = malformed(), strange_but_valid()
    # Each wrong one between good ones, so that a neighbour harmed would show.
    good = [_record(new_message()) for _ in range(20)]
    mixed = [*wrong[:150], *strange, *wrong[150:], *good]
    places = await referral.publish(mixed)
    receipts = await referral.receipts_of(places)
    for record, place in zip(mixed, places, strict=True):
        receipt = receipts[place]
        if isinstance(record, Wrong):
            assert isinstance(receipt.data, ReferralRejected), record.name
            errors = [(error.field, error.code) for error in receipt.data.errors]
            assert (record.field, record.code) in errors, record.name
        else:
            assert isinstance(receipt.data, ReferralAcknowledged), record.name
    dead_letters = "SELECT count(*) FROM dead_letter WHERE topic LIKE 'samspel.inbox.%'"
    assert await referral.runtime.pool.fetchval(dead_letters) == 0


async def test_a_message_sent_again_gets_its_receipt_again(referral: Referral) -> None:
    sent = new_message()
    places = [*await referral.publish([_record(sent)]), *await referral.publish([_record(sent), _record(sent)])]
    receipts = await referral.receipts_of(places)
    first, *others = [_acknowledged(receipts[place]) for place in places]
    assert (first["repeated"], [other["repeated"] for other in others]) == (False, [True, True])
    assert {other["case_id"] for other in others} == {first["case_id"]}
    assert len(await referral.appended(first["case_id"])) == 2


def _acknowledged(receipt: Any) -> dict[str, Any]:
    assert isinstance(receipt.data, ReferralAcknowledged)
    return dict(receipt.data)


async def test_a_rejected_message_sent_again_is_rejected_again(referral: Referral) -> None:
    sent = changed(new_message(), ("data", "insats"), "finsamteam")
    places = await referral.publish([_record(sent), _record(sent)])
    one, other = (await referral.receipts_of(places)).values()
    assert isinstance(one.data, ReferralRejected)
    assert isinstance(other.data, ReferralRejected)
    assert one.data.errors == other.data.errors


async def test_an_id_used_for_another_message_is_refused(referral: Referral) -> None:
    sent = new_message()
    other = new_message() | {"id": sent["id"]}
    places = await referral.publish([_record(sent), _record(other)])
    receipts = await referral.receipts_of(places)
    refused = receipts[places[1]]
    assert isinstance(refused.data, ReferralRejected)
    assert [(error.field, error.code.value) for error in refused.data.errors] == [("id", "message_id_reused")]


async def test_a_person_referred_twice_in_one_batch_is_one_person(referral: Referral) -> None:
    sent = new_message()
    number = sent["data"]["person"]["identity_number"]
    again, elsewhere = new_message(number), changed(new_message(number), ("data", "insats"), "mia-vidare")
    # One key, so that they lie in one partition, in this order.
    records = [Record("same person", b"one key", encoded(each)) for each in (sent, again, elsewhere)]
    places = await referral.publish(records)
    receipts = await referral.receipts_of(places)
    first, second, third = (receipts[place] for place in places)
    assert isinstance(first.data, ReferralAcknowledged)
    assert isinstance(second.data, ReferralRejected)
    assert [error.code.value for error in second.data.errors] == ["duplicate_of_open_referral"]
    assert isinstance(third.data, ReferralAcknowledged)
    assert await _person(referral, first.data.case_id) == await _person(referral, third.data.case_id)


async def _person(referral: Referral, case_id: UUID) -> UUID:
    person: UUID = await referral.runtime.pool.fetchval(
        "SELECT person_id FROM referral_case WHERE case_id = $1", case_id
    )
    return person
