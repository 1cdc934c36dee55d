"""Where meters are published, as users state it; passwords are in nothing that is shown."""

from __future__ import annotations

import os

import pytest

from smartx96.errors import OptionError
from smartx96.outputs.mqtt.terms import (
    Broker,
    MqttTerms,
    discovery_prefix,
    topic_prefix,
)
from smartx96.samples.given.broker import Certificates

SECRET = "correct horse"
TERMS = MqttTerms(Broker("broker", 1883, user="meter"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("mqtt://broker", Broker("broker", 1883)),
        ("mqtts://broker", Broker("broker", 8883, tls=True)),
        ("mqtt://meter@broker:1884/house/meters/", Broker("broker", 1884, user="meter",
                                                          prefix="house/meters")),
        ("mqtt://a%40b@[::1]", Broker("::1", 1883, user="a@b")),
        ("mqtt://broker/h%C3%B6fe", Broker("broker", 1883, prefix="höfe")),
    ],
)  # fmt: skip
def test_brokers(text, found):
    assert Broker.parse(text) == found


@pytest.mark.parametrize(
    "text",
    ["", "broker", "http://broker", "mqtt://", "mqtt://:1883", "mqtt://broker:0", "mqtt://b:99999",
     "mqtt://broker/a/+/b", "mqtt://broker/#", "mqtt://broker/$SYS", "mqtt://broker/a%00b",
     "mqtt://broker/a b", "mqtt://broker/x?y=1", "mqtt://broker/" + "x" * 201, 7, None],
)  # fmt: skip
def test_what_is_no_broker(text):
    with pytest.raises(OptionError):
        Broker.parse(text)


@pytest.mark.parametrize("text", [f"mqtt://u:{SECRET[:7]}@b", f"mqtts://:{SECRET[:7]}@b/x"])
def test_a_password_has_no_place_in_it_and_is_not_repeated(text):
    with pytest.raises(OptionError, match="X96_MQTT_PASSWORD") as raised:
        Broker.parse(text)
    assert SECRET[:7] not in str(raised.value)


def test_prefixes():
    assert topic_prefix("house/meters") == "house/meters"
    assert discovery_prefix("off") is None
    for wrong in ("", "/", "a//b", "a/", "+", "$a", "a b", 3):
        with pytest.raises(OptionError):
            topic_prefix(wrong)


def test_certificates(tmp_path):
    one, three = Certificates.parse("CA.pem"), Certificates.parse("CA.pem, C.pem,K.pem")
    assert (str(one.authority), one.key) == ("CA.pem", None)
    assert [str(p) for p in (three.authority, three.certificate, three.key)] == [
        "CA.pem", "C.pem", "K.pem"
    ]  # fmt: skip
    for wrong in ("", "CA.pem,C.pem", "CA.pem,,K.pem", "a,b,c,d"):
        with pytest.raises(OptionError):
            Certificates.parse(wrong)
    junk = tmp_path / "junk.pem"
    junk.write_text("no certificate")
    for path in (junk, tmp_path / "none.pem"):
        with pytest.raises(OptionError, match=path.name):
            Certificates(path).context()
    with pytest.raises(OptionError, match="mqtts://"):
        MqttTerms(TERMS.broker, tls=one).context()


@pytest.fixture
def file(tmp_path):
    found = tmp_path / "password"
    found.write_text(f"{SECRET}\n")
    found.chmod(0o600)
    return found


def with_file(path):
    return MqttTerms(TERMS.broker, password_file=path)


def test_the_password_comes_of_the_file_or_else_of_the_variable(file):
    variable = {"X96_MQTT_PASSWORD": "other"}
    assert with_file(file).password(variable) == SECRET
    assert TERMS.password(variable) == "other"
    assert TERMS.password({}) is None
    assert MqttTerms(Broker("broker", 1883)).password(variable) is None


@pytest.mark.parametrize("data", [b"", b"\n", b"two\nlines", b"\xff\xfe", b"x" * 70_000])
def test_what_is_no_password(file, data):
    file.write_bytes(data)
    with pytest.raises(OptionError, match="password") as raised:
        with_file(file).password({})
    assert len(str(raised.value)) < 300


def test_whose_password_and_from_where(file, tmp_path):
    with pytest.raises(OptionError, match="whose password"):
        MqttTerms(Broker("broker", 1883), password_file=file).password({})
    with pytest.raises(OptionError, match="No such file"):
        with_file(tmp_path / "none").password({})


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
@pytest.mark.parametrize("mode", [0o604, 0o602, 0o644])
def test_a_password_that_everybody_reads_is_none(file, mode):
    file.chmod(mode)
    with pytest.raises(OptionError, match="chmod 600") as raised:
        with_file(file).password({})
    assert SECRET not in str(raised.value)


def test_terms_show_no_password(file):
    terms = with_file(file)
    terms.password({})
    assert SECRET not in repr(terms)
