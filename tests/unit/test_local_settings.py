"""What can be chosen about a local installation."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from deploy.local.settings import PUBLISHED_FIGURES, LocalSettings, Mode
from deploy.local.stack import service_environment


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("SAMSPEL_KAFKA_BOOTSTRAP", "SAMSPEL_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def test_defaults_are_the_documented_ports(tmp_path: Path) -> None:
    settings = LocalSettings()
    assert settings.data == tmp_path / ".samspel"
    assert settings.gateway_url == "http://127.0.0.1:8080"
    assert [settings.service_ports(name) for name in ("referral", "planning", "followup", "reporting")] == [
        (8081,),
        (8082,),
        (8083,),
        (8084,),
    ]
    assert (settings.kafka_port, settings.controller_port, settings.postgres_port) == (19092, 19093, 15432)


def test_one_number_moves_every_port_but_those_chosen_by_name() -> None:
    settings = LocalSettings(port_base=20000, kafka_port=29092)
    assert settings.gateway_port == 20000
    assert settings.service_ports("reporting") == (20004,)
    assert settings.kafka_port == 29092
    assert {use.port for use in settings.ports()} == {20000, 20001, 20002, 20003, 20004, 29092, 20051, 20052}


def test_further_workers_get_ports_of_their_own() -> None:
    settings = LocalSettings(workers={"planning": 2, "reporting": 3})
    assert settings.service_ports("planning") == (8082, 8091)
    assert settings.service_ports("reporting") == (8084, 8092, 8093)


def test_everything_can_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SAMSPEL_LOCAL_DATA", str(tmp_path / "annan"))
    monkeypatch.setenv("SAMSPEL_LOCAL_WORKERS", "planning=2, followup=3")
    monkeypatch.setenv("SAMSPEL_LOCAL_PORT_BASE", "21000")
    monkeypatch.setenv("SAMSPEL_KAFKA_BOOTSTRAP", "kafka.example:9092")
    monkeypatch.setenv("SAMSPEL_DATABASE_URL", "postgresql://admin:hemligt@db.example/postgres")
    settings = LocalSettings()
    assert settings.data == tmp_path / "annan"
    assert settings.workers == {"planning": 2, "followup": 3}
    assert settings.kafka_bootstrap == "kafka.example:9092"
    # No port is needed for servers that others run.
    assert {use.port for use in settings.ports()} == {21000, 21001, 21002, 21003, 21004, 21011, 21012, 21013}


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ({"workers": "nix=2"}, "there is no service nix"),
        ({"workers": "planning=0"}, "greater than 0"),
        ({"workers": "planning"}, "valid integer"),
        ({"kafka_port": 8081}, "would both use port 8081"),
        ({"gateway_port": 70000}, "65535"),
        ({"port_base": 65530}, "65000"),
        ({"misspelt": 1}, "Extra inputs"),
    ],
)
def test_a_choice_that_cannot_be_is_refused(chosen: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        LocalSettings.model_validate(chosen)


def _environment(settings: LocalSettings, **inherited: str) -> dict[str, str]:
    return service_environment(
        settings, "planning", port=8082, database_url="postgresql://own", bootstrap="127.0.0.1:9", inherited=inherited
    )


def test_a_service_is_told_all_it_needs(tmp_path: Path) -> None:
    told = _environment(LocalSettings(), PATH="/bin")
    assert told == {
        "PATH": "/bin",
        "PYTHONUNBUFFERED": "1",
        "SAMSPEL_HTTP_PORT": "8082",
        "SAMSPEL_KAFKA_BOOTSTRAP": "127.0.0.1:9",
        "SAMSPEL_DATABASE_URL": "postgresql://own",
        "SAMSPEL_SECRETS_FILE": str(tmp_path / ".samspel" / "secrets" / "planning.json"),
        "SAMSPEL_REFERRAL_URL": "http://127.0.0.1:8081",
        "SAMSPEL_PLANNING_URL": "http://127.0.0.1:8082",
        "SAMSPEL_FOLLOWUP_URL": "http://127.0.0.1:8083",
        "SAMSPEL_SIGN_IN_URL": "http://127.0.0.1:8084",
        "SAMSPEL_PUBLISHED_FIGURES": str(PUBLISHED_FIGURES),
        "SAMSPEL_PUBLIC_URL": "http://127.0.0.1:8080",
        "SAMSPEL_TEST_MODE": "1",
        "SAMSPEL_CLOCK_FILE": str(tmp_path / ".samspel" / "clock.json"),
    }


def test_what_the_launcher_was_told_of_mail_reaches_the_services() -> None:
    mail = {"SAMSPEL_SMTP_HOST": "127.0.0.1", "SAMSPEL_SMTP_PORT": "1025", "SAMSPEL_PUBLIC_URL": "https://samspel.se"}
    assert _environment(LocalSettings(), **mail).items() >= mail.items()


def test_real_persons_get_neither_test_numbers_nor_a_movable_clock() -> None:
    inherited = {"SAMSPEL_TEST_MODE": "1", "SAMSPEL_CLOCK_FILE": "/somewhere/clock.json"}
    told = _environment(LocalSettings(mode=Mode.REAL), **inherited)
    assert told["SAMSPEL_TEST_MODE"] == "0"
    assert "SAMSPEL_CLOCK_FILE" not in told


def test_no_service_sees_the_administrators_database_address() -> None:
    admin = "postgresql://admin:hemligt@db.example/postgres"
    told = _environment(LocalSettings(database_url=admin), SAMSPEL_DATABASE_URL=admin, SAMSPEL_LOCAL_DATA="/x")
    assert not [value for value in told.values() if "hemligt" in value]
    assert "SAMSPEL_LOCAL_DATA" not in told
