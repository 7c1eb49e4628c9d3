"""Prometheus beside an installation: whom it asks, with which token and rules, and why it cannot be started."""

import socket
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from deploy.local.errors import LaunchError
from deploy.local.ports import free_port
from deploy.local.processes import ProcessId
from deploy.local.prometheus import CONFIGURATION, Prometheus, Target, targets_of
from deploy.local.run_record import RecordedProcess, RunRecord, StoppedProcess
from tests.integration.operations.rehearsal import quick_rules

_SOME = ProcessId(1, 1.0)


def test_it_asks_every_process_of_a_service_and_those_that_wait_to_be_started_again() -> None:
    ran = [("PostgreSQL", 1), ("Kafka", 2), ("referral", 3), ("planning", 4), ("planning", 5), ("gateway", 6)]
    record = RunRecord(
        launcher=_SOME,
        gateway_url="http://127.0.0.1:6",
        bootstrap="127.0.0.1:2",
        processes=tuple(RecordedProcess(name=name, id=_SOME, port=port) for name, port in ran),
        stopped=(
            StoppedProcess(name="followup-2", port=7, trouble="stopped", attempt=2, due=datetime.now(UTC)),
            StoppedProcess(name="gateway-1", port=8, trouble="stopped", attempt=2, due=datetime.now(UTC)),
        ),
    )
    assert targets_of(record) == [
        Target("referral", 3),
        Target("planning", 4),
        Target("planning", 5),
        Target("followup", 7),
    ]


def test_its_configuration_is_the_committed_one_with_our_targets_and_a_token_that_only_we_can_read(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "monitoring"
    file = Prometheus(folder, 1, [Target("referral", 3)], "a-token-of-sixteen")._write()
    said = yaml.safe_load(file.read_text())
    assert said["rule_files"] == [str(CONFIGURATION / name) for name in ("slo.rules.yml", "alerts.rules.yml")]
    [scraped] = said["scrape_configs"]
    assert scraped["job_name"] == "samspel"
    assert scraped["static_configs"] == [{"targets": ["127.0.0.1:3"], "labels": {"service": "referral"}}]
    token = Path(scraped["authorization"]["credentials_file"])
    assert token.read_text() == "a-token-of-sixteen"
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) & 0o077 == 0


def test_without_the_program_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LaunchError, match="apt-get install"):
        Prometheus(tmp_path / "monitoring", free_port(), [], "a-token-of-sixteen").start()


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(LaunchError, match="Prometheus"):
            Prometheus(tmp_path / "monitoring", taken.getsockname()[1], [], "a-token-of-sixteen").start()


def test_rules_that_prometheus_does_not_accept_are_shown_and_nothing_is_left_running(tmp_path: Path) -> None:
    rules = quick_rules(tmp_path / "rules")
    (rules / "alerts.rules.yml").write_text("groups: [{name: x, rules: [{alert: X, expr: 'sum('}]}]")
    prometheus = Prometheus(tmp_path / "monitoring", free_port(), [], "a-token-of-sixteen", rules=rules)
    with pytest.raises(LaunchError, match="parse error"):
        prometheus.start()
    assert prometheus.exit_status not in {None, 0}


def test_the_rehearsal_changes_times_and_nothing_else(tmp_path: Path) -> None:
    rules = (quick_rules(tmp_path / "rules") / "alerts.rules.yml").read_text()
    assert "for: 250ms" not in rules
    assert "for: 1000ms" in rules
    assert "increase(samspel_timers_failed_total[15000ms])" in rules
    assert "(samspel_counted_timestamp_seconds) > 10\n" in rules
    assert "> 14 * 86400" in rules
    assert "> 14.4 * 0.01" in rules
