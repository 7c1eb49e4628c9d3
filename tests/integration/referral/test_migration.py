"""A database from before names were cases' own and people could be forgotten, brought forward."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from contracts.codes import Role
from deploy.local.postgres import PostgresServer
from services.chassis.auth import User
from services.chassis.database import CHASSIS_MIGRATIONS, migrate, open_pool
from services.chassis.unit import Unit
from services.referral import app
from services.referral.names import FORGOTTEN, read_names
from services.referral.vault import Vault

FOLDER = Path(app.__file__).parent / "migrations"
NOW = datetime(2021, 3, 1, 8, tzinfo=UTC)
USER = User("lots-1", "Test", frozenset({Role.LOTS}))


async def test_names_stay_readable_and_lost_keys_are_forgotten(postgres: PostgresServer, tmp_path: Path) -> None:
    shutil.copy(FOLDER / "0001_cases_and_vault.sql", tmp_path)
    vault = Vault(bytes(32), bytes(32))
    pool = await open_pool(postgres.ensure_database(f"referral_old_{uuid4().hex[:8]}"), size=2)
    try:
        await migrate(pool, [("chassis", CHASSIS_MIGRATIONS), ("referral", tmp_path)])
        named, keyless, person = uuid4(), uuid4(), uuid4()
        key = vault.new_key(person)
        await pool.execute(_PERSON, person, bytes(32), key.seal("name", "Asta Ek"))
        await pool.execute("INSERT INTO person_key VALUES ($1, $2)", person, key.wrapped)
        await pool.execute(_CASE, named, person, "accepted")
        await pool.execute(_PERSON, keyless, b"\x01" * 32, b"sealed with a key that is gone")
        await pool.execute(_CASE, keyless, keyless, "closed")
        await pool.execute("INSERT INTO stream_position VALUES ($1, '/samspel/planning', 7)", named)
        await pool.execute("INSERT INTO consumer_offset VALUES ('samspel.planning.v1', 2, 99)")
        await migrate(pool, [("chassis", CHASSIS_MIGRATIONS), ("referral", FOLDER)])

        async with pool.acquire() as connection, connection.transaction():
            names = await read_names(
                Unit(connection, NOW, "topic", "/samspel/referral", USER.actor), vault, [named, keyless], USER, "test"
            )
        assert names == {named: "Asta Ek", keyless: FORGOTTEN}
        # The starts appended before are read again from the beginning.
        assert await pool.fetchval("SELECT count(*) FROM stream_position") == 0
        assert await pool.fetchval("SELECT next_offset FROM consumer_offset") == 0
        assert await pool.fetchval("SELECT lookup FROM person WHERE person_id = $1", keyless) is None
    finally:
        await pool.close()


_PERSON = """
INSERT INTO person (person_id, lookup, identity_number, name, known_since) VALUES ($1, $2, '\\x00', $3, now())
"""
_CASE = """
INSERT INTO referral_case (case_id, person_id, insats, agency, unit, referred_on, received_at, state, state_since,
                           consent, consent_stated_on, file)
VALUES ($1, $2, 'finsam-team', 'stockholms-stad', 'farsta', '2021-02-01', now(), $3, '2021-02-01',
        'given', '2021-02-01', '\\x00')
"""
