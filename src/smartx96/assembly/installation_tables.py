"""The tables of an installation file as strict models; their texts of errors name the value."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, model_validator

from smartx96.assembly import plan
from smartx96.assembly.plan import OFF, PORTS, SupplyKind
from smartx96.errors import OptionError
from smartx96.frontend.front_end import PRESETS
from smartx96.frontend.transformers import SIDES
from smartx96.meter.profile import check_quantities
from smartx96.modbus.admission import networks
from smartx96.modbus.faults import Chances
from smartx96.modbus.functions.request import MAX_READ
from smartx96.modbus.place import Kind, Place
from smartx96.modbus.readings import METER_CODE
from smartx96.modbus.relative import Relative
from smartx96.modbus.terms import CONNECTIONS, IDLE_TIMEOUT
from smartx96.models import MODELS, Model
from smartx96.outputs.influx import terms as influx
from smartx96.outputs.mqtt import terms
from smartx96.outputs.opening import check_sink
from smartx96.quantities import INDEX
from smartx96.samples.given.source import Stale
from smartx96.settings import Value, coded, ct_ratio
from smartx96.settings.setting import brief, nearest
from smartx96.store.folder import check_name

MOST_ROWS = 10_000_000
"""Most rows of a load profile: nineteen years of minutes."""

SHORT = {
    "wiring": "system_type",
    "vt": "vt_ratio",
    "nominal": "nominal_frequency",
    "apparent": "apparent_power_method",
}
"""Settings that have a key of their own, named as the option of `x96 run` is."""


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError("must be a text of printable characters")
    return value


def _one_of(known: Iterable[str], value: Any) -> str:
    words = list(known)
    if value not in words:
        raise ValueError(f"must be one of {', '.join(words)}")
    return str(value)


def _model(value: Any) -> Model:
    return MODELS[_one_of(MODELS, value)]


def _relative(value: Any) -> Relative:
    return Relative(_one_of(Relative, value))


def _ratio(value: Any) -> dict[str, Value]:
    primary, secondary = ct_ratio(value)
    return {"ct_primary": primary, "ct_secondary": secondary}


def _settings(value: Any) -> dict[str, Value]:
    if not isinstance(value, dict):
        raise ValueError("must be a table of settings")
    return {id: coded(id, one) for id, one in value.items()}


def _name(value: Any) -> str:
    text = _text(value)
    check_name(text)
    return text


def _quantities(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(q, str) for q in value):
        raise ValueError("must be a list of quantities")
    for n, id in enumerate(value[: len(INDEX) + 1]):
        if id not in INDEX:
            raise ValueError(f"{brief(id)} is no quantity; {nearest(id, INDEX)}")
        if id in value[:n]:
            raise ValueError(f"{id} is given twice")
    check_quantities(tuple(value))
    return tuple(value)


def _front_end(value: Any) -> str:
    text = _text(value)
    if text not in PRESETS and not text.casefold().endswith(".toml"):
        raise ValueError(f"must be {', '.join(PRESETS)} or a file FILE.toml")
    return text


def _pulses(value: Any) -> str:
    text = _text(value)
    check_sink(text)
    return text


def _folder(value: Any) -> str:
    text = _text(value)
    if text == OFF:
        raise ValueError("must be a folder; `x96 run --state off` keeps nothing")
    return text


def _allowed(value: Any) -> str:
    networks([_text(value)])
    return str(value)


def _faults(value: Any) -> str:
    Chances.parse(_text(value))
    return str(value)


def _with_key(files: list[str]) -> list[str]:
    if len(files) == 2:
        raise ValueError("give the key of the certificate as well")
    return files


def _setting(id: str) -> Callable[[Any], Value]:
    return partial(coded, id)


Text = Annotated[str, PlainValidator(_text)]
Seconds = Annotated[float, Field(gt=0, le=1e12)]
PemFiles = Annotated[list[Text], Field(min_length=1, max_length=3), AfterValidator(_with_key)]
"""Who vouches for a broker, and a certificate of ours with its key."""


class Table(BaseModel):
    """Unknown keys, texts for numbers, nan and infinity are refused."""

    model_config = ConfigDict(
        extra="forbid", strict=True, allow_inf_nan=False, arbitrary_types_allowed=True
    )


class Profile(Table):
    """Table `profile` of a meter."""

    quantities: Annotated[tuple[str, ...] | None, PlainValidator(_quantities)] = None
    size: Annotated[int, Field(ge=1, le=MOST_ROWS)] | None = None


class MeterKeys(Table):
    """What is said of a meter, or at the top of all that do not say it themselves."""

    source: Text = "mains"
    channels: Text | None = None
    rate: Annotated[float, Field(gt=0)] | None = None
    scale: Text | None = None
    side: Annotated[str | None, PlainValidator(partial(_one_of, SIDES))] = None
    start: Annotated[float | None, Field(ge=0, alias="from")] = None
    stop: Annotated[float | None, Field(gt=0, alias="to")] = None
    format: Text | None = None
    stream: Text | None = None
    dataset: Annotated[Text | None, Field(alias="sv_dataset")] = None
    keep_skew: bool | None = None
    stale: Annotated[str | None, PlainValidator(partial(_one_of, Stale))] = None
    stale_after: Annotated[float, Field(ge=0.2, le=86_400)] | None = None
    values_tls: PemFiles | None = None
    model: Annotated[Model, PlainValidator(_model)] = MODELS["X96-5A"]
    wiring: Annotated[Value | None, PlainValidator(_setting(SHORT["wiring"]))] = None
    ct: Annotated[dict[str, Value] | None, PlainValidator(_ratio)] = None
    vt: Annotated[Value | None, PlainValidator(_setting(SHORT["vt"]))] = None
    nominal: Annotated[Value | None, PlainValidator(_setting(SHORT["nominal"]))] = None
    apparent: Annotated[Value | None, PlainValidator(_setting(SHORT["apparent"]))] = None
    subgroups: bool = False
    supply: Annotated[
        SupplyKind, PlainValidator(lambda value: SupplyKind(_one_of(SupplyKind, value)))
    ] = SupplyKind.SELF
    profile: Profile = Profile()
    pulses: list[Annotated[str, PlainValidator(_pulses)]] = []
    tariffs: Text | None = None
    frontend: Annotated[str | None, PlainValidator(_front_end)] = None
    tcp: Annotated[Place | None, PlainValidator(partial(plan.place, Kind.TCP))] = PORTS[Kind.TCP]
    rtu: Annotated[Place | None, PlainValidator(partial(plan.place, Kind.RTU))] = None
    rtu_tcp: Annotated[Place | None, PlainValidator(partial(plan.place, Kind.RTU_TCP))] = None
    meter_code: Annotated[int, Field(ge=0, le=0xFFFF)] = METER_CODE
    serve_as: Annotated[Relative | None, PlainValidator(_relative)] = None
    interval: Annotated[float, Field(ge=0.2, le=60)] | None = None
    settings: Annotated[dict[str, Value], PlainValidator(_settings)] = {}

    @model_validator(mode="after")
    def _said_once(self) -> MeterKeys:
        self.changes()
        return self

    def changes(self) -> dict[str, Value]:
        """Settings stated here, by their own keys or in the table.

        Raises
        ------
        OptionError
            One is stated in both ways.
        """
        found = {id: getattr(self, key) for key, id in SHORT.items()} | (self.ct or {})
        found = {id: value for id, value in found.items() if value is not None}
        for id in found:
            if id in self.settings:
                key = next((key for key, short in SHORT.items() if short == id), "ct")
                raise OptionError(f"{key} and settings.{id} are the same: give one of them")
        return found | self.settings


class Service(Table):
    """Table `service`: on which terms meters are read and set."""

    max_read: Annotated[int, Field(ge=1, le=MAX_READ)] = MAX_READ
    read_only: bool = False
    connections: Annotated[int, Field(ge=1, le=10_000)] = CONNECTIONS
    idle: Annotated[float, Field(ge=1, le=86_400)] = IDLE_TIMEOUT
    turnaround: Annotated[float, Field(ge=0, le=10_000)] = 0.0
    allow: Annotated[list[Annotated[str, PlainValidator(_allowed)]], Field(min_length=1)] | None = (
        None
    )
    faults: Annotated[str | None, PlainValidator(_faults)] = None
    tls: Annotated[list[Text], Field(min_length=2, max_length=3)] | None = None
    trace: Text | None = None
    capture: Text | None = None


class Mqtt(Table):
    """Table `mqtt`: where and how meters are published."""

    broker: Annotated[terms.Broker, PlainValidator(terms.Broker.parse)]
    interval: Annotated[float, Field(ge=1, le=3600)] = terms.INTERVAL
    discovery: Annotated[str | None, PlainValidator(terms.discovery_prefix)] = terms.DISCOVERY
    harmonics: bool = False
    tls: PemFiles | None = None
    password_file: Text | None = None


class Influx(Table):
    """Table `influx`: where lines of the InfluxDB protocol go."""

    to: Annotated[str, PlainValidator(influx.check_destination)]
    interval: Annotated[float, Field(ge=influx.LEAST, le=influx.MOST)] = influx.INTERVAL
    harmonics: bool = False


class MeterTable(MeterKeys):
    """One meter of several."""

    name: Annotated[str, PlainValidator(_name)]


class Document(MeterKeys):
    """The keys at the top."""

    name: Annotated[str, PlainValidator(_name)] = "meter"
    state: Annotated[str | None, PlainValidator(_folder)] = None
    service: Service = Service()
    speed: Annotated[float, PlainValidator(plan.speed)] = 1.0
    seconds: Annotated[Seconds | None, Field(alias="for")] = None
    once: bool = False
    web: Annotated[plan.WebPlan | None, PlainValidator(plan.WebPlan.parse)] = plan.WebPlan()
    web_names: list[Annotated[str, PlainValidator(plan.web_name)]] = []
    mqtt: Mqtt | None = None
    influx: Influx | None = None
    meter: list[MeterTable] = []


TABLES: dict[str, type[Table]] = {
    "": Document,
    "meter": MeterTable,
    "profile": Profile,
    "service": Service,
    "mqtt": Mqtt,
    "influx": Influx,
}
"""Tables by name; the top has none."""


def keys(table: type[Table]) -> list[str]:
    """Keys of a table as files have them."""
    return [field.alias or name for name, field in table.model_fields.items()]
