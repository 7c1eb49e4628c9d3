"""Saving the texts of a draft, so that two who write at once do not lose each other's. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from contracts.problems import Invalid
from services.reporting.domain.form_reports import cleaned, version_of


@dataclass(frozen=True)
class Sent:
    """A text as somebody sends it. ``version``: that of the text it was written from."""

    text: str
    version: str


@dataclass
class Saving:
    """What comes of the texts that were sent, by field. ``writes``: what is saved. ``conflicts``: what somebody else
    has saved meanwhile, where another text was sent. ``refused``: why a text is not saved."""

    writes: dict[str, str] = field(default_factory=dict)
    conflicts: dict[str, str] = field(default_factory=dict)
    refused: dict[str, Invalid] = field(default_factory=dict)

    @property
    def all_saved(self) -> bool:
        """Whether nothing that was written is left."""
        return not self.conflicts and not self.refused


def saving(stored: Mapping[str, str], sent: Mapping[str, Sent]) -> Saving:
    """Decides of each text by itself. One that was not changed is left alone, whatever somebody else has saved."""
    found = Saving()
    for name, each in sent.items():
        try:
            text = cleaned(name, each.text)
        except Invalid as refused:
            found.refused[name] = refused
            continue
        kept = stored.get(name, "")
        if text == kept or version_of(text) == each.version:
            continue
        if each.version == version_of(kept):
            found.writes[name] = text
        else:
            found.conflicts[name] = kept
    return found
