"""The golden corpus: hand-checked examples of every event, which every later reader must still understand."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.generate import INBOX

FOLDER = Path(__file__).parents[2] / "contracts" / "corpus"


@dataclass(frozen=True)
class Example:
    """One file of the corpus, kept readable; the wire carries the same JSON on one line."""

    type: str
    name: str
    text: str

    @property
    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(self.text)
        return event

    @property
    def wire(self) -> bytes:
        return compact(self.event)

    def __str__(self) -> str:
        return f"{self.type}/{self.name}"


def compact(event: Any) -> bytes:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def readable(event: Any) -> str:
    return json.dumps(event, ensure_ascii=False, indent=2) + "\n"


EXAMPLES = [
    Example(path.parent.name, path.stem, path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*/*.json"))
]
FACTS = [example for example in EXAMPLES if example.type not in INBOX]
SENT = [example for example in EXAMPLES if example.type in INBOX]
SUBMITTED = [example for example in EXAMPLES if example.type == "ReferralSubmitted"]
