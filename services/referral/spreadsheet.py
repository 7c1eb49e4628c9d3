"""A spreadsheet of referrals, as people make them: XLSX or CSV, the first row naming the columns in Swedish."""

from collections.abc import Mapping
from typing import Final

from services.chassis.spreadsheet import Columns, SheetRow, csv_template
from services.chassis.spreadsheet import read_sheet as read_columns

COLUMNS: Final[Mapping[str, str]] = {
    "Beteckning": "reference",
    "Insats": "insats",
    "Enhet": "unit",
    "Anmälningsdag": "referred_on",
    "Handläggare": "officer",
    "Handläggarens e-post": "officer_email",
    "Handläggarens telefon": "officer_phone",
    "Personnummer": "identity_number",
    "Förnamn": "given_name",
    "Efternamn": "family_name",
    "Kön": "sex",
    "Telefon": "phone",
    "Behov": "needs",
    "Samtycke": "choice",
    "Samtycke den": "stated_on",
    "Skyddade personuppgifter": "protected",
}
"""The columns, and the field of the form that each fills."""

OPTIONAL: Final = frozenset({"Handläggarens e-post", "Handläggarens telefon", "Telefon", "Skyddade personuppgifter"})


def read_sheet(content: bytes) -> list[SheetRow]:
    """The rows of the first sheet. Raises Invalid, with what to do, if it is none of ours."""
    return read_columns(content, Columns(COLUMNS, OPTIONAL))


def template() -> bytes:
    """A CSV file with the columns and one example, as Excel opens it in Sweden."""
    example = (
        "SOC-2021-88", "FINSAM-team", "Farsta stadsdelsförvaltning", "2021-03-15", "Ödla Remittentsson",
        "odla@example.org", "", "19870314-9818", "Påhitta", "Exempelsson", "kvinna", "",
        "kommunen, Försäkringskassan", "ja", "2021-03-12", "nej",
    )  # fmt: skip
    return csv_template([list(COLUMNS), example])
