"""Options of where and how meters are published by MQTT."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartx96.commands.options import options_together
from smartx96.errors import OptionError

if TYPE_CHECKING:
    from smartx96.assembly.plan import InstallationPlan
    from smartx96.samples.given.broker import Certificates

MQTT = ("mqtt", "mqtt_interval", "mqtt_discovery", "mqtt_harmonics", "mqtt_tls", "mqtt_password")
"""Parameters that the options give."""

PEM_FILES = "CA.pem[,CERT.pem,KEY.pem]"
"""How files by which a broker is known are stated."""

mqtt_options = options_together(
    click.option("--mqtt", metavar="mqtt[s]://[USER@]HOST[:PORT][/PREFIX]",
                 help="Publish to this broker, below x96/ unless told, so that Home Assistant "
                 "finds the meters; `off` for none. The password is that of X96_MQTT_PASSWORD."),
    click.option("--mqtt-interval", type=click.FloatRange(1, 3600), metavar="SECONDS",
                 help="From one message of readings to the next; 10 unless told."),
    click.option("--mqtt-discovery", metavar="PREFIX|off",
                 help="Where Home Assistant looks for devices, if not in `homeassistant`; `off` "
                 "leaves it out."),
    click.option("--mqtt-harmonics", is_flag=True, help="Publish harmonics too."),
    click.option("--mqtt-tls", metavar=PEM_FILES,
                 help="Who vouches for the broker, if the system does not know it, and our own "
                 "certificate, if it asks for one."),
    click.option("--mqtt-password", metavar="FILE", help="The user's password, in a file."),
)  # fmt: skip


def with_mqtt(
    plan: InstallationPlan, options: Mapping[str, Any], given: set[str]
) -> InstallationPlan:
    """A plan with what the command line says of MQTT."""
    said = [name for name in MQTT if name in given]
    if not said:
        return plan
    from smartx96.assembly.plan import OFF
    from smartx96.outputs.mqtt.terms import Broker, MqttTerms

    terms = plan.mqtt
    if options["mqtt"] == OFF:
        return replace(plan, mqtt=None)
    if "mqtt" in given:
        broker = _stated("--mqtt", options["mqtt"], Broker.parse)
        terms = MqttTerms(broker) if terms is None else replace(terms, broker=broker)
    if terms is None:
        raise OptionError(f"--{said[0].replace('_', '-')}: name the broker with --mqtt")
    return replace(plan, mqtt=replace(terms, **_changes(options, given)))


def _changes(options: Mapping[str, Any], given: set[str]) -> dict[str, Any]:
    from smartx96.outputs.mqtt.terms import discovery_prefix

    found: dict[str, Any] = {}
    if "mqtt_interval" in given:
        found["interval"] = options["mqtt_interval"]
    if "mqtt_discovery" in given:
        text = options["mqtt_discovery"]
        found["discovery"] = _stated("--mqtt-discovery", text, discovery_prefix)
    if "mqtt_harmonics" in given:
        found["harmonics"] = options["mqtt_harmonics"]
    if "mqtt_tls" in given:
        found["tls"] = certificates("--mqtt-tls", options["mqtt_tls"])
    if "mqtt_password" in given:
        found["password_file"] = Path(options["mqtt_password"])
    return found


def certificates(option: str, text: str) -> Certificates:
    """Files by which a broker is known, as an option states them.

    Raises
    ------
    OptionError
        It states something else.
    """
    from smartx96.samples.given.broker import Certificates

    found: Certificates = _stated(option, text, Certificates.parse)
    return found


def _stated(option: str, text: str, of: Callable[[str], Any]) -> Any:
    try:
        return of(text)
    except OptionError as error:
        # The text itself may hold a password.
        raise OptionError(f"{option}: {error}") from None
