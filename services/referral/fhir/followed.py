"""Reads an agency's referrals with their courses."""

from collections.abc import Sequence
from uuid import UUID

from contracts.catalogue import Agency
from contracts.problems import NotFound
from services.chassis.database import Connection
from services.chassis.log import read_log
from services.referral import referrer_store
from services.referral.domain import feedback
from services.referral.domain.case import CaseFile
from services.referral.fhir.outcome import Gone
from services.referral.fhir.request import message_id
from services.referral.fhir.resources import Followed
from services.referral.fhir.search import Asked
from services.referral.fingerprints import file_field, message_fingerprint
from services.referral.referrer_store import OwnReferral
from services.referral.vault import Vault


class Referrals:
    """The referrals of agencies, each seen by its own alone."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def one(self, conn: Connection, agency: Agency, case_id: UUID | None) -> Followed:
        """One referral. Raises NotFound if the agency has none by that id, Gone if its person was erased."""
        row = None if case_id is None else await referrer_store.one(conn, agency.id, case_id)
        if row is None:
            raise NotFound("referral_unknown", "Er myndighet har ingen sådan anmälan.")
        followed = await self._followed(conn, agency, row)
        if followed is None:
            raise Gone("person_forgotten", "Personen är avidentifierad, så anmälan går inte längre att följa.")
        return followed

    async def found(self, conn: Connection, agency: Agency, asked: Asked) -> tuple[list[Followed], UUID | None]:
        """What a search finds, and where its next page begins; those of erased persons are left out."""
        if asked.references is None and asked.case_ids is None:
            rows = await referrer_store.newest(conn, agency.id, asked.count + 1, asked.after)
            shown = rows[: asked.count]
            following = shown[-1].case_id if len(rows) > asked.count else None
        else:
            named = await self._named(conn, agency, asked)
            shown = [row for each in named if (row := await referrer_store.one(conn, agency.id, each)) is not None]
            following = None
        followed = [await self._followed(conn, agency, row) for row in shown]
        return [each for each in followed if each is not None], following

    async def _named(self, conn: Connection, agency: Agency, asked: Asked) -> Sequence[UUID]:
        named = asked.case_ids
        if asked.references is not None:
            messages = [
                message_fingerprint(self._vault, agency, message_id(agency, each)) for each in asked.references
            ]
            acknowledged = await referrer_store.acknowledged(conn, messages)
            named = acknowledged if named is None else [each for each in named if each in acknowledged]
        return list(dict.fromkeys(named or ()))

    async def _followed(self, conn: Connection, agency: Agency, row: OwnReferral) -> Followed | None:
        if row.wrapped_key is None or row.sealed is None:
            return None
        opened = self._vault.key(row.person_id, row.wrapped_key).open(file_field(row.case_id), row.sealed)
        appended = await read_log(conn, feedback.stream_of(row.case_id))
        return Followed(
            row,
            agency.id,
            CaseFile.model_validate_json(opened).reference,
            feedback.course(appended),
            changed=max([row.received_at, *(event.recordedtime for event in appended)]),
        )
