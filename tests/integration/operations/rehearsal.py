"""The committed rules made quick, and what a real Prometheus with them says."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import yaml

from deploy.local.prometheus import CONFIGURATION

SCALE: Final = 60
"""An hour becomes a minute: every range, every ``for`` and every threshold written as minutes is divided by it.

Thresholds of days stay, because the services' clock is moved for those; so do shares, numbers and objectives.
"""

_RANGE: Final = re.compile(r"\[(\d+)([mh])\]")
_FOR: Final = re.compile(r"(for: )(\d+)([mh])\b")
_MINUTES: Final = re.compile(r"\((\d+) \* 60\)")
_SECONDS: Final = {"m": 60, "h": 3600}


def quick_rules(folder: Path) -> Path:
    """Writes the committed configuration and rules, ``SCALE`` times as quick, to a folder."""
    folder.mkdir()
    for file in CONFIGURATION.glob("*.yml"):
        text = file.read_text(encoding="utf-8")
        text = _RANGE.sub(lambda said: f"[{_scaled(said[1], said[2])}]", text)
        text = _FOR.sub(lambda said: f"{said[1]}{_scaled(said[2], said[3])}", text)
        text = _MINUTES.sub(lambda said: f"{int(said[1]) * 60 / SCALE:g}", text)
        (folder / file.name).write_text(text, encoding="utf-8")
    return folder


def _scaled(number: str, unit: str) -> str:
    return f"{int(number) * _SECONDS[unit] * 1000 // SCALE}ms"


@dataclass(frozen=True, order=True)
class Alert:
    """An alert as it is named in the rules; ``window`` tells the two of an objective apart."""

    name: str
    window: str = ""


def committed_alerts() -> set[Alert]:
    """All alerts of the committed rules."""
    groups = yaml.safe_load((CONFIGURATION / "alerts.rules.yml").read_text(encoding="utf-8"))["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    return {Alert(rule["alert"], rule["labels"].get("window", "")) for rule in rules}


class Siren:
    """What a running Prometheus has firing."""

    def __init__(self, url: str) -> None:
        self._client = httpx.AsyncClient(base_url=url, timeout=60, trust_env=False)

    async def firing(self) -> set[Alert]:
        """The alerts that fire now."""
        answer = (await self._client.get("/api/v1/alerts")).raise_for_status().json()
        return {
            Alert(each["labels"]["alertname"], each["labels"].get("window", ""))
            for each in answer["data"]["alerts"]
            if each["state"] == "firing"
        }

    async def troubles(self) -> list[str]:
        """Rules that could not be evaluated, and targets that could not be scraped."""
        groups = (await self._client.get("/api/v1/rules")).json()["data"]["groups"]
        targets = (await self._client.get("/api/v1/targets")).json()["data"]["activeTargets"]
        rules = [
            f"{rule['name']}: {rule['lastError']}"
            for group in groups
            for rule in group["rules"]
            if rule.get("lastError")
        ]
        return rules + [f"{each['scrapeUrl']}: {each['lastError']}" for each in targets if each["health"] != "up"]

    async def close(self) -> None:
        await self._client.aclose()
