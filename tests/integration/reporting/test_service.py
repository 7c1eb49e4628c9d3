"""The whole service on a Kafka of its own: bad records among good ones, its metrics, and its HTTP interface."""

import asyncio
import csv
import io
import json
import re
from collections.abc import AsyncIterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer

from contracts import topics
from contracts.codes import Role
from deploy.demo.nns import questionnaires
from deploy.local.kafka import KafkaServer
from deploy.local.ports import free_port
from deploy.local.postgres import PostgresServer
from deploy.local.topics import create_topics
from services.chassis.auth import LocalTokens, User
from services.chassis.database import open_pool
from services.chassis.settings import Settings
from services.reporting import rebuild, store
from services.reporting.app import create
from tests.bench.rebuild_events import AppendedEvent
from tests.integration.reporting.facts import cases
from tests.waiting import until

Record: TypeAlias = tuple[str, bytes, bytes]

PUBLISHED = Path(__file__).parents[3] / "deploy" / "demo" / "figures-2021.json"
APPENDED = cases(seed=9, count=100)
BAD: list[Record] = [
    (topics.REFERRAL, b"nobody", b"{"),
    (topics.REFERRAL, b"somebody else", b"{"),
    (topics.PLANNING, b"nobody", b'{"subject": "somebody"}'),
    (topics.FOLLOWUP, b"nobody", b""),
]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def settings(
    postgres: PostgresServer, secrets_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Settings]:
    """Topics with good and bad records in them. No other test's service may meet the bad ones."""
    kafka = KafkaServer(tmp_path_factory.mktemp("kafka"), free_port(), free_port())
    await asyncio.to_thread(kafka.start)
    await asyncio.to_thread(create_topics, kafka.bootstrap, topics.ALL)
    middle = len(APPENDED) // 2
    await _publish(kafka.bootstrap, [*_records(APPENDED[:middle]), *BAD, *_records(APPENDED[middle:])])
    yield Settings(
        kafka_bootstrap=kafka.bootstrap,
        database_url=postgres.ensure_database(f"reporting_{uuid4().hex}"),
        secrets_file=secrets_file,
        http_port=1,
        referral_url="http://127.0.0.1:1",
        test_mode=True,
        published_figures=PUBLISHED,
    )
    await asyncio.to_thread(kafka.stop)


def _records(appended: Sequence[AppendedEvent]) -> list[Record]:
    return [(each.topic, str(each.case_id).encode(), each.value) for each in appended]


async def _publish(bootstrap: str, records: Sequence[Record]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    try:
        for topic, key, value in records:
            await producer.send(topic, value, key=key)
        await producer.flush()
    finally:
        await producer.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """The running service once it has read everything, spoken to by the office."""
    app = create(settings)
    user = User("office", "Kim Kansli", frozenset({Role.OFFICE, Role.OPERATIONS}))
    token = LocalTokens(settings.secrets["token_key"]).issue(user)
    headers = {"authorization": f"Bearer {token}"}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://reporting.test", headers=headers
        ) as client,
    ):
        await until(lambda: _stored(client), lambda stored: stored == len(APPENDED), seconds=60)
        await until(lambda: _get(client, "dead-letters"), lambda found: len(found["items"]) == len(BAD))
        yield client


async def _get(client: httpx.AsyncClient, path: str) -> Any:
    return (await client.get(f"/api/reporting/{path}")).json()


async def _page(client: httpx.AsyncClient, path: str) -> str:
    return (await client.get(path)).text


async def _stored(client: httpx.AsyncClient) -> float:
    lines = (await client.get("/metrics")).text.splitlines()
    return sum(float(line.split()[1]) for line in lines if line.startswith("samspel_reporting_events_stored_total"))


async def test_it_is_ready(client: httpx.AsyncClient) -> None:
    assert (await client.get("/health/ready")).json() == {"ready": True, "missing": []}


async def test_bad_records_are_dead_lettered_with_their_place_and_reason(client: httpx.AsyncClient) -> None:
    letters = (await _get(client, "dead-letters"))["items"]
    assert {each["topic"] for each in letters} == set(topics.DOMAIN)
    assert {each["reason"].split(":")[0] for each in letters} == {"not an event"}
    assert not any("somebody" in each["reason"] for each in letters)


async def test_figures_now_and_as_of(client: httpx.AsyncClient) -> None:
    now = await _get(client, "periods/2021")
    earlier = await _get(client, "periods/2021?as_of=2020-12-31T23:00:00Z")
    assert now["as_of"] is None
    assert now["totals"]["participants"]["total"] > earlier["totals"]["participants"]["total"] > 0
    assert {definition["id"] for definition in now["definitions"]} >= {"participants", "finsam_team.six_month"}


async def test_one_indicator_with_its_breakdowns_now_and_as_of(client: httpx.AsyncClient) -> None:
    figures = await _get(client, "periods/2021")
    now = await _get(client, "periods/2021/indicators/exited")
    earlier = await _get(client, "periods/2021/indicators/exited?as_of=2020-12-31T23:00:00Z")
    assert now["definition"]["label"] == "Avslutade"
    assert sum(cell["count"] for cell in now["cells"]) == figures["totals"]["exited"]["total"]
    assert sum(cell["count"] for cell in earlier["cells"]) < figures["totals"]["exited"]["total"]
    assert all(cell["count"] <= cell["of"] for cell in now["cells"])


async def test_an_average_says_what_it_rests_on_in_the_api_and_on_its_page(client: httpx.AsyncClient) -> None:
    answer = await _get(client, "periods/2021/indicators/days.of_participation")
    whole, *others = answer["cells"]
    assert (whole["kind"], whole["group"]) == ("average", {})
    assert whole["count"] == sum(each["count"] for each in others if each["group"].keys() == {"insats"}) > 0
    page = (await client.get("/rapport/2021/siffror/days.of_participation")).text
    assert "Vilar på" in page
    assert f"{whole['mean']:.1f}".replace(".", ",") in page
    every = (await client.get("/rapport/2021/siffror")).text
    assert f"{whole['median']:.1f}".replace(".", ",") in every


async def test_goals_stand_beside_what_was_reached_and_only_for_a_year(client: httpx.AsyncClient) -> None:
    page = (await client.get("/rapport/2021/mal")).text
    assert "150 deltagare erbjuds möte" in page
    assert "Räknas inte: målet mäts med en enkät, vars svar står bland enkäterna." in page
    assert "Målen gäller hela år." in (await client.get("/rapport/2021-h1/mal")).text
    assert "Inga mål är satta för 2004." in (await client.get("/rapport/2004/mal")).text


async def test_the_published_figures_stand_beside_the_computed_ones(client: httpx.AsyncClient) -> None:
    compared = (await _get(client, "periods/2021/comparison"))["lines"]
    printed = json.loads(PUBLISHED.read_text(encoding="utf-8"))["lines"]
    assert [(line["id"], line["published"]) for line in compared] == [
        (line["id"], line["published"]) for line in printed
    ]
    uncounted = [line["id"] for line in compared if line["computed"] is None]
    # These cases have no referrals to Aktivitetsplatsen in 2021, no exits of a project and no attendance, and of
    # nothing there is no share.
    shares = ("percent", "minutes_per_week")
    of_nothing = ("aktivitetsplatsen.referrals_by.", "ratt_stod_for_mig.to_studies.", "samordnat_stod.hours_")
    assert all(line.startswith(of_nothing) and line.endswith(shares) for line in uncounted), (
        "lines that nobody counts"
    )
    assert all(line["equal"] == (line["published"] == line["computed"]) for line in compared)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("periods/2020/comparison", 404, "nothing_published"),
        ("periods/2021/indicators/smiles", 404, "indicator_unknown"),
        ("periods/2021/indicators/started?version=2", 404, "indicator_unknown"),
        ("periods/2021/indicators/today.waiting", 404, "indicator_unknown"),
        ("periods/1999", 404, "period_unknown"),
        ("periods/2023/surveys/sus", 404, "survey_unknown"),
        ("periods/2021-01-01--2021-12-31", 404, "period_unknown"),
        ("frozen-reports/00000000-0000-4000-8000-000000000000", 404, "report_unknown"),
        ("periods/2021?as_of=2021-01-01", 422, "request_not_valid"),
        ("cases/00000000-0000-4000-8000-000000000000/events", 404, "case_unknown"),
    ],
)
async def test_problems(client: httpx.AsyncClient, path: str, status: int, code: str) -> None:
    answer = await client.get(f"/api/reporting/{path}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_nobody_reads_without_signing_in(client: httpx.AsyncClient, settings: Settings) -> None:
    answer = await client.get("/api/reporting/periods/2021", headers={"authorization": "Bearer nonsense"})
    assert answer.status_code == 401
    agency = User("fk", "Försäkringskassan", frozenset({Role.AGENCY}), "forsakringskassan")
    token = LocalTokens(settings.secrets["token_key"]).issue(agency)
    answer = await client.get("/api/reporting/periods/2021", headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 403


async def test_parts_of_a_year_sum_to_it(client: httpx.AsyncClient) -> None:
    async def started(period: str) -> int:
        return int((await _get(client, f"periods/{period}"))["totals"]["started"]["total"])

    halves = [await started(period) for period in ("2021-h1", "2021-h2")]
    assert sum(halves) == await started("2021") > 0
    assert all(halves)
    assert await started("2020-07-01--2021-06-30") > halves[0]


async def test_a_report_is_frozen_once_and_says_what_has_changed_since(client: httpx.AsyncClient) -> None:
    asked = {"period": "2021", "known_on": "2021-06-30"}
    answer = await client.post("/api/reporting/frozen-reports", json=asked)
    report = answer.json()
    assert (answer.status_code, report["period"]["label"]) == (201, "2021")
    assert (await client.post("/api/reporting/frozen-reports", json=asked)).json() == report
    assert (await _get(client, "frozen-reports"))["items"] == [report]

    path = f"/api/reporting/frozen-reports/{report['report_id']}"
    content = (await client.get(f"{path}/content")).content
    assert sha256(content).hexdigest() == report["content_sha256"]
    again = (await client.get(f"{path}/recount")).json()
    assert again == {"same": True, "content_sha256": report["content_sha256"]}

    frozen = {each["definition"]["id"]: each["total"] for each in json.loads(content)["figures"]}
    changes = (await client.get(f"{path}/changes")).json()
    changed = {each["indicator"]: each["now"] for each in changes["items"] if not each["group"]}
    now = (await _get(client, "periods/2021"))["totals"]
    for figure in ("participants", "started", "exited"):
        assert changed.get(figure, frozen[figure]) == now[figure]["total"]
    assert changed["exited"] > frozen["exited"] > 0
    assert changes["averages"]
    assert changes["no_longer_counted"] == []


@pytest.mark.parametrize(
    ("period", "known_on", "status", "code"),
    [
        ("2021", "2100-01-01", 422, "day_not_over"),
        ("2021", "2020-12-31", 422, "before_the_period"),
        ("2021-13", "2022-01-01", 404, "period_unknown"),
    ],
)
async def test_what_cannot_be_frozen(
    client: httpx.AsyncClient, period: str, known_on: str, status: int, code: str
) -> None:
    answer = await client.post("/api/reporting/frozen-reports", json={"period": period, "known_on": known_on})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_answers_to_a_survey_are_counted_and_taken_back(client: httpx.AsyncClient) -> None:
    batch = {"batch_id": str(uuid4()), "questionnaires": questionnaires()}
    answer = await client.post("/api/reporting/surveys/nns/batches", json=batch)
    assert (answer.status_code, answer.json()["questionnaires"]) == (201, len(batch["questionnaires"]))
    assert (await client.post("/api/reporting/surveys/nns/batches", json=batch)).json() == answer.json()
    path = "periods/2022-11-01--2023-10-31/surveys/nns"
    found = await until(lambda: _get(client, path), lambda found: len(found["groups"]) == 2)
    assert [each["answered"] for each in found["groups"]] == [42, 48]
    assert found["groups"][0]["questions"][0]["rows"][0]["positive"] == 95

    back = f"/api/reporting/surveys/batches/{batch['batch_id']}/registered-in-error"
    assert (await client.post(back)).status_code == 201
    await until(lambda: _get(client, path), lambda found: found["groups"] == [])
    assert (await client.post(back)).json()["code"] == "batch_taken_back"
    again = await client.post("/api/reporting/surveys/nns/batches", json=batch)
    assert (again.status_code, again.json()["code"]) == (409, "batch_taken_back")


async def test_a_file_of_answers_is_read_whole_or_not_at_all(client: httpx.AsyncClient) -> None:
    place, page = "/rapport/enkater", {"accept": "text/html"}
    template = (await client.get(f"{place}/nns/avslut/mall.csv")).content.decode("utf-8-sig")
    header, row = template.splitlines()
    wrong = row.replace("kvinna", "kvinnlig").replace("alltid", "kanske", 1)

    async def sent(*lines: str, respondents: str = "avslut") -> httpx.Response:
        file = {"file": ("svar.csv", "\n".join((header, *lines)).encode("cp1252"))}
        return await client.post(f"{place}/nns", data={"respondents": respondents}, files=file, headers=page)

    refused = await sent(row, wrong)
    assert refused.status_code == 422
    assert "Rad 3, Kön: Skriv något av: kvinna, man, annat, uppgift saknas." in refused.text
    assert "Skriv något av: aldrig, sällan" in refused.text
    assert "Rad 2" not in refused.text
    assert "saknar kolumnerna" not in refused.text
    assert (await sent(row, respondents="styrelse")).status_code == 404
    early = (await sent(row.replace("2021-11-01", "2020-01-01"))).text
    assert "Rad 2, Besvarad: Ange en dag från 2021-11-01" in early
    before = (await client.get(place, headers=page)).text.count('data-label="Inlästa"')

    for _ in range(2):
        taken_in = await sent(row, row)
        assert (taken_in.status_code, taken_in.headers["location"]) == (303, f"{place}?klar=inlasta")
    listed = (await client.get(place, headers=page)).text
    assert listed.count('data-label="Inlästa"') == before + 1

    [back, *_] = re.findall(r'action="(/rapport/enkater/inlasta/[0-9a-f-]+/ta-tillbaka)"', listed)
    assert (await client.post(back, headers=page)).status_code == 303
    assert "Tillbakatagna" in (await client.get(place, headers=page)).text
    again = await sent(row, row)
    assert (again.status_code, "är tillbakatagna" in again.text) == (409, True)


async def test_a_wrong_answer_is_refused_with_its_place(client: httpx.AsyncClient) -> None:
    wrong = {"answered_on": "2023-05-16", "respondents": "avslut", "answers": {"avslut-1": "wholly"}}
    answer = await client.post("/api/reporting/surveys/nns/batches", json={"questionnaires": [wrong]})
    assert (answer.status_code, answer.json()["field"]) == (422, "questionnaires.0.avslut-1")


async def test_of_a_frozen_report_nothing_small_leaves_the_house(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    asked = {"period": "2021-h1", "known_on": "2021-07-31"}
    report = (await client.post("/api/reporting/frozen-reports", json=asked)).json()
    place = f"/rapport/frysta/{report['report_id']}/publicering"
    assert "inte gjorda klara" in (await client.get(place)).text
    assert (await client.get(f"{place}/siffror.csv")).status_code == 404

    for _ in range(2):
        made = await client.post(place, headers={"sec-fetch-site": "same-origin"})
        assert (made.status_code, made.headers["location"]) == (303, place)
    # Minutes of processor time, which other tests may want at the same time.
    page = await until(lambda: _page(client, place), lambda page: "siffror.csv" in page, seconds=300)
    assert "Antal från 1 till 4 visas aldrig" in page
    assert '<td class="num" data-label="Antal">..</td>' in page
    file = await client.get(f"{place}/siffror.csv")
    rows = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig")), delimiter=";"))
    counts = [int(row["Antal"]) for row in rows if row["Antal"] != ".."]
    assert not {1, 2, 3, 4}.intersection(counts)
    assert max(counts) >= 5
    assert len(counts) < len(rows)
    content = (await client.get(f"/api/reporting/frozen-reports/{report['report_id']}/content")).json()
    totals = {each["definition"]["label"]: str(each["total"]) for each in content["figures"]}
    assert all(row["Antal"] in ("..", totals.get(row["Siffra"])) for row in rows if row["Rad"] == "Totalt")

    token = LocalTokens(settings.secrets["token_key"]).issue(User("k", "Karin", frozenset({Role.COORDINATOR})))
    for path in (place, f"{place}/siffror.csv"):
        assert (await client.get(path, headers={"authorization": f"Bearer {token}"})).status_code == 403


async def test_a_cases_events(client: httpx.AsyncClient) -> None:
    case_id = APPENDED[0].case_id
    appended = (await _get(client, f"cases/{case_id}/events"))["events"]
    assert len(appended) == sum(1 for each in APPENDED if each.case_id == case_id)


async def test_a_rebuild_agrees_with_the_running_service_and_can_take_its_place(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    before = await _get(client, "periods/2021")
    rebuilt = await rebuild.rebuild(settings.kafka_bootstrap, settings.database_url)
    pool = await open_pool(settings.database_url, size=2)
    async with pool.acquire() as connection:
        assert rebuilt.checksums == await store.checksums(connection)
        await rebuild.replace(connection, rebuilt)
    await pool.close()
    assert len(rebuilt.refused) == len(BAD)
    assert await _get(client, "periods/2021") == before

    more = [each for each in cases(seed=10, count=20) if each.topic == topics.REFERRAL]
    stored = await _stored(client)
    await _publish(settings.kafka_bootstrap, _records(more))
    await until(lambda: _stored(client), lambda now: now == stored + len(more), seconds=60)
