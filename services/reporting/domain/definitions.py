"""How each figure of a year is counted. Pure.

The rules follow "Uppföljning av förbundets individinriktade insatser 2021", Samordningsförbundet Stockholms stad.
It names neither counting unit nor period; both are our reading, and each figure declares them.
"""

from typing import Final

from pydantic import Field

from contracts.model import Model


class Definition(Model):
    """What a figure counts, among whom, by which day it belongs to a year, and of what a percentage is a share."""

    id: str
    label: str
    unit: str
    population: str
    period: str
    denominator: str | None = None
    source: str = Field(description="Where in the report the figure stands, or that it is derived.")


_PARTICIPATION: Final = "deltagande (en person i en insats, från start till avslut)"
_IN_FINSAM: Final = "ärenden anmälda till FINSAM-team"
_STOCK: Final = "bestånd: startat senast 31 december, inte avslutat före 1 januari"

DEFINITIONS: Final[tuple[Definition, ...]] = (
    Definition(
        id="interventions",
        label="Individinriktade insatser",
        unit="insats",
        population="insatser med minst ett deltagande under året",
        period=_STOCK,
        source="L6",
    ),
    Definition(
        id="participants",
        label="Deltagare",
        unit=_PARTICIPATION,
        population="alla deltaganden i insatsen",
        period=_STOCK,
        source="L6-7",
    ),
    Definition(
        id="without_consent",
        label="Utan samtycke",
        unit=_PARTICIPATION,
        population="årets deltaganden där samtycke till individuell uppföljning inte lämnats, eller har återkallats",
        period=f"{_STOCK}; det senast lämnade beskedet gäller",
        source="L7-9",
    ),
    Definition(
        id="carried_in",
        label="Pågående vid årets början",
        unit=_PARTICIPATION,
        population="årets deltaganden som startat före året",
        period="startat före 1 januari, inte avslutat före 1 januari",
        source="härlett: deltagare minus påbörjade",
    ),
    Definition(
        id="started",
        label="Påbörjade",
        unit=_PARTICIPATION,
        population="årets deltaganden som startat under året",
        period="startdagen",
        source="L11, L16",
    ),
    Definition(
        id="exited",
        label="Avslutade",
        unit=_PARTICIPATION,
        population="årets deltaganden som avslutats under året",
        period="avslutsdagen",
        source="L11-12, L33",
    ),
    Definition(
        id="exit_reasons",
        label="Avslutsorsak",
        unit=_PARTICIPATION,
        population="årets avslutade, efter nationell kod; utan samtycke är en egen rad",
        period="avslutsdagen",
        denominator="alla avslutade under året, även utan samtycke",
        source="L35-40",
    ),
    Definition(
        id="open_at_year_end",
        label="Pågående vid årets slut",
        unit=_PARTICIPATION,
        population="årets deltaganden som inte avslutats under året",
        period="bestånd 31 december",
        source="härlett: deltagare minus avslutade",
    ),
    Definition(
        id="finsam_team.teams",
        label="Team",
        unit="team",
        population=f"team som hållit minst ett möte om {_IN_FINSAM}",
        period="dagen då mötet hölls",
        source="L130",
    ),
    Definition(
        id="finsam_team.plans",
        label="Upprättade samplaner",
        unit="samplan",
        population=_IN_FINSAM,
        period="samplanens datum",
        source="trycks inte i rapporten",
    ),
    Definition(
        id="finsam_team.met_and_planned",
        label="Har träffat ett team och fått en gemensam plan",
        unit="ärende (en person, en anmälan)",
        population=f"{_IN_FINSAM} med ett hållet team-möte, vare sig insatsen har startat eller inte",
        period="samplanens datum",
        source="L129-131",
    ),
    Definition(
        id="finsam_team.meetings",
        label="Team-möten efter anmälare",
        unit="möte om ett ärende",
        population=_IN_FINSAM,
        period="dagen då mötet hölls",
        source="L113-114",
    ),
    Definition(
        id="finsam_team.six_month",
        label="Sexmånadersuppföljningar",
        unit="uppföljning av en samplan",
        population=f"genomförda sexmånadersuppföljningar i {_IN_FINSAM}",
        period="dagen då uppföljningen gjordes; planen kan vara från året före",
        denominator="alla genomförda sexmånadersuppföljningar under året",
        source="L145-150",
    ),
    Definition(
        id="finsam_team.lots",
        label="Har haft kontakt med en lots",
        unit="ärende (en person, en anmälan)",
        population=_IN_FINSAM,
        period="stöd av en lots någon dag under året, från dagen då lotsen utsågs till dess stödet avslutas",
        source="L164",
    ),
    Definition(
        id="finsam_team.lots_assigned",
        label="Har fått en lots",
        unit="ärende (en person, en anmälan)",
        population=_IN_FINSAM,
        period="dagen då lotsen utsågs; den andra läsningen av rapportens rad",
        source="trycks inte i rapporten",
    ),
    Definition(
        id="finsam_team.max_cases_per_session",
        label="Flest ärenden vid ett och samma team-möte",
        unit="ärende",
        population=f"hållna möten om {_IN_FINSAM}, samma team, dag och klockslag",
        period="dagen då mötet hölls",
        source="L243-244",
    ),
)
