"""What a newcomer sees after ``make demo``: equal figures, and no trace of who the people are."""

import asyncio
import os
import re
import sys
from datetime import date
from pathlib import Path

import asyncpg
import httpx
import pytest

from contracts import topics
from contracts.codes import Role
from deploy.demo import play
from deploy.demo.plays import SUNDSVALL_2023
from deploy.demo.population import build
from deploy.local.stack import LocalStack
from services.reporting import store
from tests import oracle
from tests.conftest import installation
from tests.e2e.conftest import Played
from tests.raw_topics import read_topic
from tests.traffic import Doors, Submissions, tokens
from tests.waiting import until

ROOT = Path(__file__).parents[2]
# Twelve or ten digits with the shape of an identity number; beside digits, points or hyphens it is something else.
IDENTITY_NUMBER = re.compile(rb"(?<![\d.\-a-f])(?:(?:19|20)\d{6}|\d{6})[-+]?98\d{2}(?![\d.\-a-f])")


async def test_every_published_line_is_equal(played: Played) -> None:
    assert played.status == 0


def test_sundsvalls_sips_come_out_as_printed() -> None:
    """A play of its own, because an installation is for one association."""
    with installation(published_figures=SUNDSVALL_2023.figures) as stack:
        assert play.run(stack, SUNDSVALL_2023) == 0
        asyncio.run(_no_story_has_a_gap(stack))


async def test_no_story_has_a_gap_and_nothing_is_dead_lettered(played: Played) -> None:
    await _no_story_has_a_gap(played.stack)


async def _no_story_has_a_gap(stack: LocalStack) -> None:
    databases = {name: stack.postgres.dsn(f"samspel_{name}") for name in stack.services}
    story = await oracle.read_story(stack.bootstrap)
    assert oracle.broken_laws(story) == []  # among them: each agency was told every step of its referrals
    assert story.unreadable == set()
    assert await oracle.differences_of(story, databases) == []


async def test_no_domain_topic_log_or_metric_identifies_anybody(played: Played) -> None:
    where = {**await _topics(played), **_logs(played), **await _metrics(played)}
    assert all(where.values()), "nothing to scan would prove nothing"
    people = [life.referral.person for life in build().lives]
    identifying = [person.identity_number for person in people] + [person.family_name for person in people]
    assert len(identifying) > 1900
    for place, text in where.items():
        assert not IDENTITY_NUMBER.search(text), f"{place}: {IDENTITY_NUMBER.search(text)}"
        words = set(re.findall(rb"\w+", text))
        assert words.isdisjoint(word.encode() for word in identifying), place


def test_the_scan_would_find_a_number() -> None:
    assert IDENTITY_NUMBER.search(b'{"x":"198602149805"}')
    assert IDENTITY_NUMBER.search(b"for 860214-9805 today")
    assert IDENTITY_NUMBER.search(b"19860214-9805")


async def _topics(played: Played) -> dict[str, bytes]:
    names = [*topics.DOMAIN, *(topics.dead_letters(service) for service in ("referral",))]
    texts = {name: await read_topic(played.stack.bootstrap, name) for name in names}
    domain = {name: b"\n".join((r.key or b"") + b" " + r.value for r in records) for name, records in texts.items()}
    return {name: text for name, text in domain.items() if text or name in topics.DOMAIN}


def _logs(played: Played) -> dict[str, bytes]:
    files = [*(played.stack.data / "logs").glob("*.log"), played.stack.data / "postgres" / "postgres.log"]
    return {str(path): path.read_bytes() or b"(empty)" for path in files}


async def _metrics(played: Played) -> dict[str, bytes]:
    operator = tokens(played.stack.secrets_file)[Role.OPERATIONS]
    async with httpx.AsyncClient(trust_env=False, headers={"authorization": f"Bearer {operator}"}) as client:
        return {
            f"metrics of {name}": (await client.get(f"{workers[0].url}/metrics")).content
            for name, workers in played.stack.services.items()
        }


async def test_a_rebuild_from_the_topics_gives_the_same_tables(played: Played) -> None:
    samspel = Path(sys.executable).with_name("samspel")
    command = await asyncio.create_subprocess_exec(
        *(str(samspel), "reporting", "rebuild", "--data", str(played.stack.data)), stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await command.communicate()
    assert command.returncode == 0, printed.decode()
    compared = [line for line in printed.decode().splitlines() if " rows, " in line]
    assert len(compared) == len(store.FACTS)
    assert [line for line in compared if not line.endswith("same as live")] == []


async def test_the_readme_s_referral_gets_its_receipt_and_is_in_the_list(played: Played) -> None:
    """The copy-paste of the README, against this installation's Kafka."""
    printed = await _agency_client(played)
    [case] = re.findall(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", printed)[:1]
    async with Doors(played.stack.gateway_url, played.stack.bootstrap, played.stack.secrets_file) as doors:
        waiting = await until(
            lambda: doors.get(Role.COORDINATOR, "/api/referral/cases?state=waiting&limit=200"),
            lambda seen: case in {item["case_id"] for item in seen["items"]},
        )
    assert waiting


async def test_the_guide_s_command_prints_the_course_of_a_referral(played: Played) -> None:
    story = await oracle.read_story(played.stack.bootstrap)
    ended = next(sent.data for sent in story.of_type("ReferralProgressed") if sent.data["step"] == "ended")
    printed = await _agency_client(played, "--agency", ended["agency"], "--course", ended["reference"])
    assert f"{ended['happened_on']} ended" in printed.splitlines()
    assert "accepted" in printed
    assert await _agency_client(played, "--course", "NOBODY") == "Nothing has been told of NOBODY yet.\n"


async def _agency_client(played: Played, *arguments: str) -> str:
    """What examples/agency_client.py prints."""
    client = await asyncio.create_subprocess_exec(
        sys.executable,
        str(ROOT / "examples" / "agency_client.py"),
        *arguments,
        env={**os.environ, "SAMSPEL_KAFKA_BOOTSTRAP": played.stack.bootstrap},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await client.communicate()
    assert client.returncode == 0, printed.decode()
    return printed.decode()


async def test_a_name_is_read_only_by_those_who_may_and_each_reading_is_noted(played: Played) -> None:
    url = played.stack.postgres.dsn("samspel_referral")
    token = tokens(played.stack.secrets_file)
    async with Doors(played.stack.gateway_url, played.stack.bootstrap, played.stack.secrets_file) as doors:
        [first, *_] = (await doors.get(Role.COORDINATOR, "/api/referral/cases?state=started&limit=1"))["items"]
        before = await _readings(url)
        names = await doors.post(Role.COORDINATOR, "/api/referral/names", {"case_ids": [first["case_id"]]})
    assert set(names["names"]) == {first["case_id"]}
    assert await _readings(url) == before + 1
    async with httpx.AsyncClient(base_url=played.stack.gateway_url, trust_env=False) as client:
        refused = await client.post(
            "/api/referral/names",
            json={"case_ids": [first["case_id"]]},
            headers={"authorization": f"Bearer {token[Role.AGENCY]}"},
        )
    assert refused.status_code == 403
    assert await _readings(url) == before + 1


async def _readings(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval("SELECT count(*) FROM identity_read"))
    finally:
        await connection.close()


@pytest.mark.parametrize("agency", ["forsakringskassan"])
async def test_an_agency_may_not_write_in_another_s_name(played: Played, agency: str) -> None:
    token = tokens(played.stack.secrets_file)[Role.AGENCY]  # of stockholms-stad
    async with httpx.AsyncClient(base_url=played.stack.gateway_url, trust_env=False) as client:
        answer = await client.post(
            f"/api/referral/inbox/{agency}",
            json=Submissions(5).next(date(2021, 12, 30)),
            headers={"authorization": f"Bearer {token}"},
        )
    assert answer.status_code == 403
    assert answer.json()["code"]
