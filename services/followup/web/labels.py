"""What follow-ups and activities are called on a page."""

from contracts.catalogue import INSATSER
from contracts.catalogue.vocabulary import word_label
from contracts.followup import FollowUpScheduled
from contracts.labels import label
from contracts.planning import PlannedActivity


def point_label(terms: FollowUpScheduled) -> str:
    """The name of a follow-up: "6 månader", or the catalogue's own label where the rule has one."""
    insats = INSATSER.get(terms.rule.insats)
    rules = () if insats is None else (rule for rule in insats.versions if rule.version == terms.rule.version)
    labels = (point.label for rule in rules for point in rule.follow_ups if point.id == terms.point)
    if (named := next(labels, None)) is not None:
        return named
    if terms.months is None:
        return terms.point
    return f"{terms.months} {'månad' if terms.months == 1 else 'månader'}"


def insats_label(insats_id: str) -> str:
    """The name of an insats; its id if the catalogue does not have it."""
    insats = INSATSER.get(insats_id)
    return insats_id if insats is None else insats.name


def activity_label(activity: PlannedActivity, number: int) -> str:
    """An activity of a plan and who is responsible for it. ``number``: its place, shown where its kind is not."""
    kind = f"aktivitet {number}" if activity.kind is None else word_label("activity_kinds", activity.kind)
    return f"{kind[:1].upper()}{kind[1:]}, {label(activity.responsible)}"
