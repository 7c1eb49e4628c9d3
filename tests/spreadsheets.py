"""Small XLSX files, written by hand: what Excel writes, without what does not matter."""

import io
import zipfile
from collections.abc import Sequence
from datetime import date
from typing import Final
from xml.sax.saxutils import escape

Cell = str | int | date

_TYPES: Final = """<?xml version="1.0" encoding="UTF-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/xl/workbook.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>
<Override PartName="/xl/styles.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>
</Types>"""
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS: Final = f"""<?xml version="1.0" encoding="UTF-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>
</Relationships>"""
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_WORKBOOK: Final = f"""<?xml version="1.0" encoding="UTF-8"?>
<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">
<sheets><sheet name="Blad1" sheetId="1" r:id="rId1"/></sheets></workbook>"""
_OF_WORKBOOK: Final = f"""<?xml version="1.0" encoding="UTF-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>
<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/>
</Relationships>"""
# The second format is that of a day.
_STYLES: Final = f"""<?xml version="1.0" encoding="UTF-8"?>
<styleSheet xmlns="{_MAIN}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs>
</styleSheet>"""
_FIRST_DAY: Final = date(1899, 12, 30)


def xlsx(rows: Sequence[Sequence[Cell]], *, padding: int = 0) -> bytes:
    """A workbook of one sheet. ``padding``: bytes of zeros in a part that nobody reads."""
    sheet = "".join(
        f'<row r="{number}">{"".join(_cell(column, number, value) for column, value in enumerate(row))}</row>'
        for number, row in enumerate(rows, start=1)
    )
    parts = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _RELATIONS,
        "xl/workbook.xml": _WORKBOOK,
        "xl/_rels/workbook.xml.rels": _OF_WORKBOOK,
        "xl/styles.xml": _STYLES,
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{sheet}</sheetData></worksheet>',
    }
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
        if padding:
            archive.writestr("docProps/thumbnail.bin", bytes(padding))
    return written.getvalue()


def _cell(column: int, row: int, value: Cell) -> str:
    place = f'r="{chr(ord("A") + column)}{row}"'
    match value:
        case date():
            return f'<c {place} s="1"><v>{(value - _FIRST_DAY).days}</v></c>'
        case int():
            return f"<c {place}><v>{value}</v></c>"
        case str():
            return f'<c {place} t="inlineStr"><is><t>{escape(value)}</t></is></c>' if value else ""
