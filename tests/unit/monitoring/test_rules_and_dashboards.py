"""Rules, runbooks and dashboards fit together: links resolve, every metric named exists, promtool is content."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from services.chassis.metrics import Metrics
from services.referral.domain.judging import Numbers
from services.referral.intake import Intake
from services.referral.vault import Vault

ROOT: Final = Path(__file__).parents[3]
PROMETHEUS: Final = ROOT / "deploy" / "prometheus"
DASHBOARDS: Final = sorted((ROOT / "deploy" / "grafana").glob("*.json"))
RULES: Final = [
    rule
    for file in sorted(PROMETHEUS.glob("*.rules.yml"))
    for group in yaml.safe_load(file.read_text())["groups"]
    for rule in group["rules"]
]
ALERTS: Final = [rule for rule in RULES if "alert" in rule]
RUNBOOKS: Final = (ROOT / "docs" / "runbooks.md").read_text()
_UNITS: Final = {"s", "none", "ops", "reqps", "percentunit"}


def _promtool(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["promtool", *words], capture_output=True, text=True, check=False, cwd=PROMETHEUS)


def _known_metrics() -> set[str]:
    """The names of every metric of ours, of those Prometheus adds and of the recording rules."""
    names = {"up"} | {rule["record"] for rule in RULES if "record" in rule}
    metrics = Metrics()
    Intake(Vault(bytes(32), bytes(32)), Numbers.SYNTHETIC, metrics)
    for family in metrics.registry.collect():
        names |= {family.name} | {f"{family.name}{end}" for end in ("_total", "_bucket", "_count", "_sum")}
    services = ROOT / "services"
    for file in (services / "chassis" / "counting.py", *services.glob("*/gauges.py")):
        names |= set(re.findall(r'"(samspel_[a-z_]+)"', file.read_text()))
    return names


def _named(expression: str) -> set[str]:
    """The metrics an expression names: what stands before a selector, a range, or alone."""
    bare = re.sub(r'"[^"]*"', '""', expression)
    return set(re.findall(r"\b(up|samspel_[a-z0-9_]+|slo:[a-z0-9_:]+)\b", bare))


def _panels() -> Iterator[tuple[str, dict[str, Any]]]:
    for file in DASHBOARDS:
        for panel in json.loads(file.read_text())["panels"]:
            yield f"{file.stem}: {panel['title']}", panel


def test_promtool_accepts_configuration_and_rules() -> None:
    for words in (
        ("check", "config", "--syntax-only", "prometheus.yml"),
        ("check", "rules", "--lint=all", "--lint-fatal", "slo.rules.yml", "alerts.rules.yml"),
    ):
        said = _promtool(*words)
        assert said.returncode == 0, said.stdout + said.stderr


def test_every_alert_fires_and_is_silent_as_its_unit_test_says() -> None:
    files = sorted((PROMETHEUS / "tests").glob("*.test.yml"))
    said = _promtool("test", "rules", *map(str, files))
    assert said.returncode == 0, said.stdout + said.stderr


def test_every_alert_has_a_unit_test_in_which_it_fires_and_one_in_which_it_does_not() -> None:
    fires: set[str] = set()
    silent: set[str] = set()
    for file in (PROMETHEUS / "tests").glob("*.test.yml"):
        for test in yaml.safe_load(file.read_text())["tests"]:
            for look in test["alert_rule_test"]:
                (fires if look.get("exp_alerts") else silent).add(look["alertname"])
    assert fires == silent == {rule["alert"] for rule in ALERTS}


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: f"{rule['alert']}-{rule['labels'].get('window', '')}")
def test_every_alert_says_what_how_urgent_and_where_to_read_on(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["runbook_url"] == f"docs/runbooks.md#{rule['alert'].lower()}"
    parts = re.findall(r"^\*\*([A-Za-z ]+)\.\*\*", _section(rule["alert"]), re.MULTILINE)
    assert parts == ["Means", "Consequence", "Look at", "Do"]


def _section(title: str) -> str:
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", RUNBOOKS, re.MULTILINE | re.DOTALL)
    assert found is not None, f"docs/runbooks.md has no section {title}"
    return found[1]


def test_the_runbooks_have_no_section_of_an_alert_that_is_gone() -> None:
    sections = set(re.findall(r"^## (Samspel\w+)$", RUNBOOKS, re.MULTILINE))
    assert sections == {rule["alert"] for rule in ALERTS}


@pytest.mark.parametrize("page", ["runbooks.md", "operations.md"])
def test_links_within_the_pages_resolve(page: str) -> None:
    text = (ROOT / "docs" / page).read_text()
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        file = ROOT / "docs" / (name or page)
        assert file.exists(), target
        if anchor:
            titles = re.findall(r"^#+ (.+)$", file.read_text(), re.MULTILINE)
            assert anchor in {_slug(title) for title in titles}, target


def _slug(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def test_rules_name_only_metrics_that_exist() -> None:
    known = _known_metrics()
    for rule in RULES:
        assert _named(rule["expr"]) <= known, rule


@pytest.mark.parametrize("file", DASHBOARDS, ids=lambda file: file.stem)
def test_a_dashboard_leaves_the_choice_of_prometheus_to_whoever_looks(file: Path) -> None:
    board = json.loads(file.read_text())
    variables = {each["name"]: each for each in board["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    assert variables["datasource"]["query"] == "prometheus"
    assert board["title"]
    assert board["description"]
    assert board["uid"]
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    cells = [
        (x, y)
        for panel in board["panels"]
        for at in [panel["gridPos"]]
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(cells) == len(set(cells)), "panels lie on each other"
    assert max(x for x, _ in cells) < 24


@pytest.mark.parametrize(("name", "panel"), list(_panels()), ids=lambda each: each if isinstance(each, str) else "")
def test_a_panel_says_what_it_shows_in_which_unit(name: str, panel: dict[str, Any]) -> None:
    assert panel["title"], name
    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"] in _UNITS
    assert panel["datasource"]["uid"] == "${datasource}"
    assert panel["targets"]
    known = _known_metrics()
    for target in panel["targets"]:
        assert target["datasource"]["uid"] == "${datasource}"
        assert target["legendFormat"]
        assert _named(target["expr"])
        assert _named(target["expr"]) <= known


def test_promtool_can_read_every_expression_of_the_dashboards(tmp_path: Path) -> None:
    expressions = [target["expr"].replace("$insats", ".*") for _, panel in _panels() for target in panel["targets"]]
    rules = [{"record": f"panel:{number}", "expr": each} for number, each in enumerate(expressions)]
    file = tmp_path / "panels.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    said = _promtool("check", "rules", str(file))
    assert said.returncode == 0, said.stdout + said.stderr
