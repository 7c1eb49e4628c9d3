"""Topic names are part of the contract, and so is how long each topic remembers."""

from contracts import topics
from contracts.catalogue import AGENCIES

FOR_EVER = "-1"
FOURTEEN_DAYS = str(14 * 24 * 60 * 60 * 1000)


def test_each_service_s_facts_lie_on_a_topic_of_its_own() -> None:
    assert topics.DOMAIN == ("samspel.referral.v1", "samspel.planning.v1", "samspel.followup.v1")


def test_each_agency_has_an_inbox_and_an_outbox() -> None:
    assert topics.inbox("stockholms-stad") == "samspel.inbox.stockholms-stad.v1"
    assert topics.outbox("stockholms-stad") == "samspel.outbox.stockholms-stad.v1"


def test_the_agency_can_be_read_from_its_inbox() -> None:
    assert {topics.agency_of(topics.inbox(agency)) for agency in AGENCIES} == set(AGENCIES)


def test_every_topic_is_specified_once() -> None:
    names = [spec.name for spec in topics.ALL]
    assert sorted(names) == sorted(
        {
            *topics.DOMAIN,
            topics.OFFICE,
            *map(topics.inbox, AGENCIES),
            *map(topics.outbox, AGENCIES),
            *map(topics.dead_letters, topics.SERVICES),
        }
    )


def test_domain_topics_are_kept_for_ever_in_four_partitions_and_the_office_s_in_one() -> None:
    for spec in topics.ALL:
        if spec.name in (*topics.DOMAIN, topics.OFFICE):
            assert spec.partitions == (1 if spec.name == topics.OFFICE else 4)
            assert spec.config["retention.ms"] == spec.config["retention.bytes"] == FOR_EVER


def test_identities_are_kept_for_fourteen_days_and_never_compacted() -> None:
    inboxes = [spec for spec in topics.ALL if spec.name.startswith("samspel.inbox.")]
    assert len(inboxes) == len(AGENCIES)
    assert {spec.config["retention.ms"] for spec in inboxes} == {FOURTEEN_DAYS}
    assert {spec.config["cleanup.policy"] for spec in topics.ALL} == {"delete"}
