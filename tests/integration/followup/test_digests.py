"""Daily digests through a real mail server: each once, whatever it answers and whenever the service stops."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from prometheus_client import Counter
from structlog.testing import capture_logs

from contracts.codes import Role
from contracts.envelope import TIMER
from deploy.local.kafka import KafkaServer
from deploy.local.ports import free_port
from deploy.local.postgres import PostgresServer
from services.chassis.mail import MailServer as Address
from services.chassis.runtime import Runtime
from services.followup import notice_store, notices, store
from services.followup.digests import Digests
from services.followup.domain.ledger import DueStatus
from services.followup.domain.notices import OwedDigest, stream_of
from services.followup.notice_store import Subscription
from tests.integration.followup.mail_room import (
    MailServer,
    SetClock,
    mail_server,
    office,
    owe,
    server_of,
    settings_of,
    told,
)
from tests.integration.followup.place import make_place, plan, running
from tests.waiting import until

FRIDAY, MONDAY, TUESDAY, WEDNESDAY = date(2021, 3, 5), date(2021, 3, 8), date(2021, 3, 9), date(2021, 3, 10)
KARIN = Subscription("karin", Role.COORDINATOR, "karin@example.se", FRIDAY)
# Made on these days, the follow-ups after two months are overdue and due on Monday.
LATE, NOW_DUE = date(2020, 12, 1), date(2021, 1, 8)


@dataclass
class Room:
    """The service's database with a digest of Karin's that is owed on Monday, the mail server, and who sends."""

    runtime: Runtime
    server: MailServer
    clock: SetClock
    outcomes: Counter

    def sender(self, **changed: object) -> Digests:
        """Another process of the service, as far as digests go."""
        address = server_of(self.runtime)
        return Digests(self.runtime, Address(**{**vars(address), **changed}), self.outcomes)

    async def send_all(self) -> int:
        """Sends until nothing is owed; returns how often there was something."""
        sender, times = self.sender(), 0
        while await sender.send_next():
            times += 1
        return times

    async def waited(self) -> None:
        """As much time passes as anybody has to wait before the next try."""
        await self.runtime.pool.execute("UPDATE daily_digest SET wait_until = '-infinity'")

    async def row(self) -> Subscription:
        found = await notice_store.chosen(self.runtime.pool, "karin")
        assert found is not None
        return found

    def counted(self, outcome: str) -> float:
        return float(self.outcomes.labels("daily_digest", outcome)._value.get())


@pytest_asyncio.fixture
async def room(postgres: PostgresServer, secrets_file: Path) -> AsyncIterator[Room]:
    async with mail_server() as server, office(settings_of(postgres, secrets_file, server.port)) as runtime:
        clock = SetClock()
        clock.set(MONDAY)
        runtime.clock = clock
        outcomes = Counter("samspel_notices", "x", ["kind", "outcome"], registry=runtime.metrics.registry)
        await owe(runtime, "karin", LATE, NOW_DUE)
        await owe(runtime, "lova", LATE, LATE)
        await owe(runtime, None, date(2020, 9, 1), date(2020, 9, 2), months=6)
        await notice_store.choose(runtime.pool, KARIN)
        yield Room(runtime, server, clock, outcomes)


async def test_a_digest_counts_what_the_lists_count_and_names_nobody(room: Room) -> None:
    assert await room.send_all() == 1
    [letter] = room.server.taken
    text = letter.get_content()
    own = await store.count(room.runtime.pool, store.WorkerList("karin"), MONDAY)
    role = await store.count(room.runtime.pool, store.RoleList(Role.COORDINATOR), MONDAY)
    assert (own[DueStatus.OVERDUE], own[DueStatus.DUE]) == (1, 1)
    assert "I din lista: 1 försenad, 1 att göra nu." in text
    assert (role[DueStatus.OVERDUE], role[DueStatus.DUE]) == (2, 0)
    assert "I koordinatorernas lista: 2 försenade, 0 att göra nu." in text
    assert "https://samspel.example/uppfoljningar?roll=mina" in text
    assert room.server.recipients == ["karin@example.se"]
    for word in ("finsam", "FINSAM", "månad", "karin", "ärende"):
        assert word not in text

    [fact] = await told(room.runtime, "karin")
    assert (fact.happened_on, fact.late_by_days, fact.to, fact.to_role) == (MONDAY, 0, "karin", "coordinator")
    assert room.counted("sent") == 1


async def test_no_event_holds_an_address(room: Room) -> None:
    await room.send_all()
    values = [row["value"] for row in await room.runtime.pool.fetch("SELECT value FROM event")]
    assert values
    assert not [value for value in values if b"@" in value or b"example" in value]


async def test_one_a_day_and_none_before_its_time(room: Room) -> None:
    await room.send_all()
    assert await room.send_all() == 0
    room.clock.moment += timedelta(hours=23, minutes=59)
    assert await room.send_all() == 0
    room.clock.set(TUESDAY)
    assert await room.send_all() == 1
    assert [fact.happened_on for fact in await told(room.runtime, "karin")] == [MONDAY, TUESDAY]
    assert len({letter["Message-ID"] for letter in room.server.taken}) == 2


async def test_a_day_with_nothing_to_do_is_settled_without_a_letter(room: Room) -> None:
    await room.runtime.pool.execute("DELETE FROM follow_up")
    assert await room.send_all() == 1
    assert (await room.row()).settled_on == MONDAY
    assert (room.server.taken, await told(room.runtime, "karin")) == ([], [])


async def test_after_a_stop_one_letter_has_the_numbers_of_today_and_says_how_late_it_is(room: Room) -> None:
    room.clock.set(WEDNESDAY)
    assert await room.send_all() == 1
    [letter] = room.server.taken
    assert "skulle ha kommit den 8 mars 2021" in letter.get_content()
    assert "I din lista: 2 försenade, 0 att göra nu." in letter.get_content(), "of Wednesday"
    [fact] = await told(room.runtime, "karin")
    assert (fact.happened_on, fact.late_by_days) == (MONDAY, 2)


# What the mail server may answer ----------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
async def test_a_passing_refusal_is_tried_again_and_sent_once(room: Room, command: str) -> None:
    room.server.says[command] = "450 4.2.0 try again later, karin@example.se"
    with capture_logs() as logs:
        assert await room.send_all() == 1
    assert [line["why"] for line in logs] == ["450"], "and not what the server said"
    assert (await room.row()).attempts == 1
    assert await room.send_all() == 0, "nobody tries before it is time"
    await room.waited()
    assert await room.send_all() == 1
    room.server.says.clear()
    await room.waited()
    assert await room.send_all() == 1
    assert (len(room.server.taken), len(await told(room.runtime, "karin"))) == (1, 1)
    assert (room.counted("put_off"), room.counted("sent")) == (2, 1)
    assert (await room.row()).attempts == 0


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
async def test_an_address_that_is_refused_for_good_is_not_tried_again(room: Room, command: str) -> None:
    room.server.says[command] = "550 5.1.1 no such user"
    assert await room.send_all() == 1
    assert (await room.row()).refused == 550
    await room.waited()
    room.clock.set(WEDNESDAY)
    assert await room.send_all() == 0
    assert (room.counted("refused"), await told(room.runtime, "karin")) == (1, [])
    room.server.says.clear()
    await notice_store.choose(room.runtime.pool, Subscription("karin", Role.COORDINATOR, "k@example.se", TUESDAY))
    assert await room.send_all() == 1
    assert room.server.recipients == ["k@example.se"]
    assert [fact.happened_on for fact in await told(room.runtime, "karin")] == [WEDNESDAY]


async def test_a_sender_that_is_refused_is_our_fault_and_not_the_workers(room: Room) -> None:
    room.server.says["MAIL"] = "553 5.1.8 not allowed"
    assert await room.send_all() == 1
    found = await room.row()
    assert (found.refused, found.attempts) == (None, 1)


async def test_a_server_that_is_away_and_one_that_is_slow_are_tried_again(room: Room) -> None:
    assert await room.sender(port=free_port()).send_next()
    await room.waited()
    room.server.waits = asyncio.Event()
    assert await room.sender(timeout=0.2).send_next()
    assert (await room.row()).attempts == 2
    room.server.waits.set()
    await room.waited()
    assert await room.send_all() == 1
    assert len(await told(room.runtime, "karin")) == 1


async def test_the_pauses_double_up_to_an_hour(room: Room) -> None:
    pauses = []
    for _ in range(9):
        await notice_store.put_off(room.runtime.pool, KARIN, timedelta(hours=1))
        pauses.append(
            await room.runtime.pool.fetchval(
                "SELECT round(extract(epoch FROM wait_until - clock_timestamp())) FROM daily_digest"
            )
        )
    assert [int(each) for each in pauses] == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]


# Where it may stop ------------------------------------------------------------------------------------------------


async def test_killed_between_the_servers_answer_and_the_event_it_sends_again_and_appends_once(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def killed(*_: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(notices, "note_sent", killed)
        with pytest.raises(asyncio.CancelledError):
            await room.send_all()
    assert await room.send_all() == 0, "whoever took it may still be at it"
    await room.waited()
    assert await room.send_all() == 1
    first, second = room.server.taken
    assert first["Message-ID"] == second["Message-ID"]
    assert len(await told(room.runtime, "karin")) == 1


async def test_an_event_that_could_not_be_appended_leaves_the_day_unsettled(room: Room) -> None:
    await room.runtime.pool.execute("ALTER TABLE event RENAME TO away")
    with pytest.raises(Exception, match="event"):
        await room.send_all()
    await room.runtime.pool.execute("ALTER TABLE away RENAME TO event")
    assert (await room.row()).settled_on == FRIDAY
    await room.waited()
    assert await room.send_all() == 1
    assert len(await told(room.runtime, "karin")) == 1


async def test_two_who_both_sent_it_append_one_event(room: Room) -> None:
    owed = OwedDigest(MONDAY, MONDAY, 0)
    for _ in range(2):
        async with room.runtime.unit(TIMER) as unit:
            await notices.note_sent(unit, KARIN, owed)
    assert len(await told(room.runtime, "karin")) == 1


async def test_of_many_who_send_at_once_each_takes_another_workers(room: Room) -> None:
    for n in range(10):
        await notice_store.choose(room.runtime.pool, Subscription(f"w-{n}", Role.LOTS, f"w{n}@example.se", FRIDAY))
    found = await asyncio.gather(*(room.sender().send_next() for _ in range(15)))
    while await room.sender().send_next():
        found.append(True)
    assert sum(found) == 11
    assert sorted(room.server.recipients) == sorted(["karin@example.se", *(f"w{n}@example.se" for n in range(10))])


async def test_one_who_turned_it_off_meanwhile_has_no_row_and_the_event_says_what_was_sent(room: Room) -> None:
    room.server.waits = asyncio.Event()
    sending = asyncio.create_task(room.sender().send_next())
    await until(lambda: room.runtime.pool.fetchval("SELECT wait_until > now() FROM daily_digest"))
    await notice_store.turn_off(room.runtime.pool, "karin")
    room.server.waits.set()
    assert await sending
    assert await notice_store.chosen(room.runtime.pool, "karin") is None
    assert len(await told(room.runtime, "karin")) == 1


async def test_an_address_that_was_changed_meanwhile_is_not_called_refused(room: Room) -> None:
    await notice_store.choose(room.runtime.pool, Subscription("karin", Role.COORDINATOR, "k@example.se", FRIDAY))
    await notice_store.refuse(room.runtime.pool, KARIN, 550)
    await notice_store.put_off(room.runtime.pool, KARIN, timedelta(hours=1))
    found = await room.row()
    assert (found.refused, found.attempts, found.address) == (None, 0, "k@example.se")


async def test_the_loop_goes_on_after_an_error_and_ends_when_it_is_cancelled(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender, tries = room.sender(), 0
    whole = sender.send_next

    async def fails_first() -> bool:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise RuntimeError("whatever it is")
        return await whole()

    monkeypatch.setattr(sender, "send_next", fails_first)
    running = asyncio.create_task(sender.run())
    await until(lambda: told(room.runtime, "karin"))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert len(room.server.taken) == 1


# The whole service -------------------------------------------------------------------------------------------------


async def test_the_running_service_sends_what_a_worker_chose_and_the_topic_has_the_event(
    kafka: KafkaServer, postgres: PostgresServer, secrets_file: Path, tmp_path: Path
) -> None:
    place = make_place(kafka, postgres, secrets_file, tmp_path)
    place.set_clock(date(2021, 9, 14))
    async with mail_server() as server:
        mails = {"smtp_host": "127.0.0.1", "smtp_port": server.port, "smtp_security": "none"}
        told_by = {"smtp_sender": "samspel@forbundet.example", "public_url": "https://samspel.example"}
        place = replace(place, settings=place.settings.model_copy(update={**mails, **told_by}))
        async with running(place) as service:
            case_id = uuid4()
            await place.append(case_id, plan(date(2021, 3, 1)))
            await service.follow_ups(case_id, "overdue", "overdue", "upcoming")
            async with service.browser(Role.COORDINATOR) as browser:
                saved = await browser.post("/uppfoljningar/aviseringar/epost", data={"address": "k@example.se"})
                assert saved.status_code == 303
            place.set_clock(date(2021, 9, 15))
            [event] = await until(lambda: place.appended(stream_of("test-user")))
    assert event.data.happened_on == date(2021, 9, 15)
    assert (event.actor, event.association) == ("timer", None)
    assert server.recipients == ["k@example.se"]


# Encrypted, and signed in -----------------------------------------------------------------------------------------


def _certificate(folder: Path) -> Path:
    """A certificate of 127.0.0.1's own, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "mail.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


async def test_it_signs_in_over_an_encrypted_connection_and_trusts_no_unknown_server(
    room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = _certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)

    def known(_server: object, _session: object, _envelope: object, _mechanism: str, given: object) -> AuthResult:
        right = LoginPassword(b"samspel", b"hemligt")
        return AuthResult(success=given == right)

    async with mail_server(
        tls_context=context, require_starttls=True, authenticator=known, auth_required=True
    ) as server:
        changed = {"port": server.port, "security": "starttls", "user": "samspel", "password": "hemligt"}
        assert await room.sender(**changed).send_next()
        assert (server.taken, (await room.row()).attempts) == ([], 1), "nobody we trust signed its certificate"

        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        await room.waited()
        assert await room.sender(**{**changed, "password": "fel"}).send_next()
        assert (server.taken, (await room.row()).attempts) == ([], 2)

        await room.waited()
        assert await room.sender(**changed).send_next()
        assert len(server.taken) == 1
