"""The files of a frozen report hold what was frozen, and are the same bytes whatever is registered later."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from services.chassis.database import Connection, Pool
from services.reporting import frozen_store, store
from services.reporting.domain import frozen
from services.reporting.domain.exports import Export, FileFormat
from services.reporting.domain.periods import end_of, period_of
from tests.exported import numbers_in_csv, numbers_in_xlsx, numbers_of, text_of_pdf
from tests.integration.reporting.facts import cases, ingest
from tests.integration.reporting.served import NOW, browser

_PERIOD = period_of("2021-h1")
_KNOWN_ON = date(2021, 7, 15)


async def _freeze(connection: Connection) -> UUID:
    known_until = end_of(_KNOWN_ON)
    figures = await store.period_all(connection, _PERIOD, known_until)
    content = frozen.content(_PERIOD, known_until, figures)
    report = frozen.FrozenReport(
        report_id=frozen.report_id(_PERIOD, known_until),
        period=_PERIOD,
        known_until=known_until,
        frozen_at=NOW,
        figures=len(figures.counts) + len(figures.averages),
        content_sha256=frozen.content_hash(content),
    )
    await frozen_store.add(connection, report, content)
    return report.report_id


def _text(mean: Decimal | None) -> str:
    return "–" if mean is None else str(mean).replace(".", ",")


async def _files(pool: Pool, report_id: UUID) -> dict[FileFormat, bytes]:
    files = {}
    async with browser(pool) as office:
        for each in FileFormat:
            answer = await office.get(f"/rapport/frysta/{report_id}/filer/siffror.{each}")
            assert answer.status_code == 200, answer.text
            assert f'filename="fryst-rapport-2021-h1-kand-2021-07-15.{each}"' in answer.headers["content-disposition"]
            files[each] = answer.content
    return files


async def test_they_hold_what_was_frozen_and_stay_the_same_bytes(pool: Pool, connection: Connection) -> None:
    await ingest(connection, cases(seed=34, count=30))
    files = await _files(pool, report_id := await _freeze(connection))
    export = Export.model_validate_json(files[FileFormat.JSON])
    as_known = await store.period_all(connection, _PERIOD, end_of(_KNOWN_ON))
    totals = {table.definitions[0].id: table.rows[-1].values[0] for table in export.sections[0].tables}
    assert {name: value.text for name, value in totals.items()} == {
        **{name: str(counted.total()) for name, counted in as_known.counts.items()},
        **{name: _text(average.whole().mean) for name, average in as_known.averages.items()},
    }
    assert export.known_on == _KNOWN_ON
    assert sum(numbers_of(export)) > 0
    assert numbers_in_xlsx(files[FileFormat.XLSX]) == numbers_in_csv(files[FileFormat.CSV]) == numbers_of(export)
    assert "Känt till och med 15 juli 2021" in text_of_pdf(files[FileFormat.PDF])

    await ingest(connection, cases(seed=35, count=30))
    assert await _files(pool, report_id) == files
