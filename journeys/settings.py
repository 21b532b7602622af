"""The settings of a workspace: inert, frozen, complete. Reading them is in `journeys.settings_files`.

One model per file of config/. Unknown keys are errors. Durations carry a unit in the files ("30 days") and are
seconds here. Nothing here opens, builds or connects.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from journeys.changes import Change, change_problems
from journeys.costs import Cost, cost_problems
from journeys.delivery_settings import Address, Delivery
from journeys.designs import Designs
from journeys.expressions import read_expression
from journeys.needs import Needs
from journeys.path_patterns import PathPattern, pattern_problems
from journeys.periods import read_duration_s
from journeys.rebases import Rebase
from journeys.schema import CHANNELS, IDENTIFIERS, RECORDS
from journeys.taxonomy import Taxonomy
from journeys.theme_settings import Theme
from journeys.working_hours import WorkingHours

DurationS = Annotated[float, BeforeValidator(lambda text: read_duration_s(str(text)))]
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


def _check_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"'{name}' is not a time zone; write an IANA name such as Europe/London")
    return name


Zone = Annotated[str, BeforeValidator(_check_zone)]


def _check_encoding(name: str) -> str:
    try:
        "".encode(name)
    except (LookupError, TypeError):
        raise ValueError(f"'{name}' is no text encoding; try utf-8, latin-1, cp1252 or utf-16") from None
    return name


Encoding = Annotated[str, BeforeValidator(_check_encoding)]


_SPARK = re.compile(r"local\[(\d+|\*)\]|local-cluster\[\d+, ?\d+, ?\d+\]|spark://[\w.-]+:\d{1,5}(,[\w.-]+:\d{1,5})*")


def _check_engine(url: object) -> object:
    if isinstance(url, str) and url and not _SPARK.fullmatch(url):
        raise ValueError(
            f"'{url}' names no engine; leave it empty for the engine inside, or write spark://host:7077, "
            "local-cluster[2,1,2048] (executors, cores and MB of each) or local[2] (cores)"
        )
    return url


class Frozen(BaseModel):
    """Base of all settings: no unknown keys, no change after reading."""

    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))


class Organisation(Frozen):
    """config/organisation.toml"""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    short_name: Annotated[str, Field(min_length=1, max_length=40)]
    timezone: Zone
    contact: str
    language: str = "en-GB"

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone as an object."""
        return ZoneInfo(self.timezone)


class EngineSettings(Frozen):
    """config/engine.toml"""

    url: Annotated[str, BeforeValidator(_check_engine)] = ""
    memory_limit: Annotated[str, Field(pattern=r"^\d+(\.\d+)? ?(MB|GB|MiB|GiB)$")] = "2 GB"
    threads: Annotated[int, Field(ge=1, le=256)] = 2
    database_url: str = "sqlite:///data/catalogue.db"


class Publishing(Frozen):
    """config/publishing.toml"""

    suppress_below: Annotated[int, Field(ge=5)] = 10
    share_needs: Annotated[int, Field(ge=1)] = 50
    round_to: Literal[1, 5, 10] = 5
    window_weeks: Annotated[int, Field(ge=1, le=104)] = 13
    retry_minutes: Annotated[int, Field(ge=0, le=1440)] = 30
    visit_idle_minutes: Annotated[int, Field(ge=1, le=1440)] = 30
    repeat_days: Annotated[int, Field(ge=1, le=365)] = 7
    headline_measures: Annotated[tuple[str, ...], Field(max_length=12)] = ()
    least_points: Annotated[float, Field(ge=0, le=50)] = 2.0
    least_percent: Annotated[float, Field(ge=0, le=100)] = 5.0
    rebase: tuple[Rebase, ...] = ()
    theme: Theme = Theme()


class Privacy(Frozen):
    """config/privacy.toml"""

    keep_notes: Literal["all", "none"] = "all"
    redaction: Literal["fast", "thorough"] = "fast"
    retain_notes_days: Annotated[int, Field(ge=1, le=3660)] = 91
    retain_contacts_months: Annotated[int, Field(ge=1, le=240)] = 25
    refused_uses: tuple[Annotated[str, Field(min_length=3, max_length=120)], ...] = ()


class Identity(Frozen):
    """config/identity.toml"""

    tiers: tuple[Literal["account", "phone_email", "probabilistic", "case", "place"], ...] = (
        "account", "phone_email", "probabilistic", "case", "place",
    )  # fmt: skip
    threshold: Annotated[float, Field(ge=0.5, lt=1)] = 0.9
    largest_person: Annotated[int, Field(ge=2)] = 300
    shared_accounts: Annotated[int, Field(ge=1)] = 1
    stitch_web: Literal["off", "after_login"] = "off"

    def compares(self) -> bool:
        """Names, dates of birth and postcodes are compared by nearness, so their tokens are needed."""
        return "probabilistic" in self.tiers


class Service(Frozen):
    """One [services.<slug>] block of config/services.toml"""

    name: Annotated[str, Field(min_length=1, max_length=300)]
    gap: DurationS


class Stage(Frozen):
    """One [[stages]] block of config/services.toml"""

    name: str
    activities: tuple[str, ...] = ()
    demand_types: tuple[str, ...] = ()
    owner: str = ""


class Services(Frozen):
    """config/services.toml"""

    cut: Literal["gap", "process"] = "gap"
    services: dict[Slug, Service]
    stages: tuple[Stage, ...]
    closed_by: tuple[str, ...] = ()
    reopened_by: tuple[str, ...] = ()


FIELD_NAMES = tuple(
    name
    for name in (
        "source_record_id", "sequence", *(c.name for c in RECORDS.columns), *IDENTIFIERS, "note", "identity_tokens",
    )
    if not name.endswith("_token")
    and name not in {
        "record_id", "kind", "source", "file_id", "load_order", "row_number", "note_digest", "local_at", "week",
        "has_note", "is_ambiguous_time",
    }
)  # fmt: skip


class FieldSource(Frozen):
    """Where one field of a contact comes from: a column, the first filled of several, a fixed value or an expression."""

    column: str | None = None
    columns: tuple[str, ...] = ()
    value: str | None = None
    expression: str | None = None
    map: dict[str, str] = {}
    default: str | None = None
    format: str | None = None
    unit: Literal["seconds", "minutes", "hours"] | None = None
    namespace: str | None = None

    @model_validator(mode="after")
    def _check_one_origin(self) -> FieldSource:
        given = [self.column is not None, bool(self.columns), self.value is not None, self.expression is not None]
        if sum(given) != 1:
            raise ValueError("say exactly one of column, columns, value or expression")
        if self.expression is not None:
            read_expression(self.expression)
        return self

    def column_names(self) -> tuple[str, ...]:
        """Columns of the file this field reads."""
        if self.expression is not None:
            return read_expression(self.expression).columns
        return (self.column,) if self.column is not None else self.columns


def _as_field(given: object) -> object:
    return {"column": given} if isinstance(given, str) else given


# What a file of `journeys tokens` holds, each column under the name of its field.
TOKEN_FILE_COLUMNS = (
    "record_id", "started_at", "ended_at", "channel", "direction", "service", "activity", "outcome", "wait_s", "handle_s",
    "is_answered", "is_abandoned", "n_transfers", "phone", "email", "name", "postcode", "date_of_birth", "identity_tokens",
)  # fmt: skip


class Partner(Frozen):
    """One [[partner]] block of config/partners.toml"""

    name: Slug
    key_file: Annotated[str, Field(min_length=1)]
    purpose: Annotated[str, Field(min_length=3)]
    agreement: Annotated[str, Field(min_length=3)]
    dpia: Annotated[str, Field(min_length=3)]


class Source(Frozen):
    """One [[source]] block of config/sources.toml"""

    name: Slug
    kind: Literal["contact", "hit", "step"]
    files: str = ""
    format: Literal["csv", "xlsx", "jsonl", "json", "parquet", "xes", "ocel", "sql", "tokens"]
    partner: Slug | Literal[""] = ""
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: Encoding = "utf-8"
    object_type: str = ""
    files_are_restated: bool = False
    url: str = ""
    query: str = ""
    password_variable: str = ""
    timezone: Zone | None = None
    purpose: str = ""
    lawful_basis: str = ""
    owner: str = ""
    unknown_persons: tuple[str, ...] = ()
    columns: dict[str, Annotated[FieldSource, BeforeValidator(_as_field)]]

    @model_validator(mode="before")
    @classmethod
    def _describe_tokens(cls, given: Any) -> Any:
        """A file of tokens describes itself."""
        if isinstance(given, dict) and given.get("format") == "tokens":
            fields = {"source_record_id" if name == "record_id" else name: name for name in TOKEN_FILE_COLUMNS}
            return {"columns": fields, **given}
        return given

    @field_validator("files")
    @classmethod
    def _check_below_sources(cls, files: str) -> str:
        if files.startswith(("/", "\\")) or ".." in files.replace("\\", "/").split("/"):
            raise ValueError(f"'{files}' leaves the sources/ folder; name files below it")
        return files

    @field_validator("columns", mode="before")
    @classmethod
    def _check_known_fields(cls, columns: object) -> object:
        unknown = sorted(set(columns) - set(FIELD_NAMES) - {"kind"}) if isinstance(columns, dict) else []
        if unknown:
            raise ValueError(f"unknown field '{unknown[0]}'; allowed: {', '.join(sorted(FIELD_NAMES))}")
        return columns

    @model_validator(mode="after")
    def _check_origin(self) -> Source:
        if self.format == "sql":
            if not (self.url and self.query) or self.files:
                raise ValueError("a source of format sql has url and query, and no files")
            if re.search(r"://[^/@]*:[^/@]*@", self.url):
                raise ValueError(
                    "the url holds a password; take it out, put it into an environment variable, and name that "
                    'variable: password_variable = "CRM_PASSWORD"'
                )
        elif not self.files or self.url or self.query or self.password_variable:
            raise ValueError("files is needed (url, query and password_variable are for format sql)")
        if (self.format == "tokens") != bool(self.partner):
            raise ValueError("partner is needed for format tokens, and only there: a name of config/partners.toml")
        if (self.format == "ocel") != bool(self.object_type):
            raise ValueError("object_type is needed for format ocel, and only there: the type whose objects are cases")
        return self

    @model_validator(mode="after")
    def _check_needed_fields(self) -> Source:
        for needed in ("started_at", "channel") if self.kind != "step" else ("started_at", "activity"):
            if needed not in self.columns:
                raise ValueError(f"[source.columns] of '{self.name}' needs the field '{needed}'")
        channel = self.columns.get("channel")
        named = [*channel.map.values(), channel.value, channel.default] if channel else []
        for value in filter(None, named):
            if value not in (*CHANNELS, "back_office"):
                raise ValueError(f"channel '{value}' is not known; allowed: {', '.join(CHANNELS)}")
        return self


class Schedule(Frozen):
    """One [[schedule]] block of config/schedules.toml"""

    name: Slug
    cron: str
    timezone: Zone
    period: Literal["last_complete_week"] = "last_complete_week"
    recipients: tuple[Address, ...] = ()
    owner: Address | None = None
    latest: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] | None = None


class Settings(Frozen):
    """Everything under config/ of a workspace."""

    organisation: Organisation
    sources: tuple[Source, ...]
    services: Services
    taxonomy: Taxonomy
    publishing: Publishing
    engine: EngineSettings
    privacy: Privacy
    identity: Identity = Identity()
    schedules: tuple[Schedule, ...] = ()
    partners: tuple[Partner, ...] = ()
    calendar: WorkingHours | None = None
    needs: Needs = Needs()
    designs: Designs = Designs()
    paths: tuple[PathPattern, ...] = ()
    changes: tuple[Change, ...] = ()
    costs: tuple[Cost, ...] = ()
    delivery: Delivery = Delivery()

    @model_validator(mode="after")
    def _check_names(self) -> Settings:
        names = [source.name for source in self.sources]
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"source name '{repeated[0]}' is used twice in config/sources.toml")
        known = [partner.name for partner in self.partners]
        for source in self.sources:
            if source.partner and source.partner not in known:
                raise ValueError(
                    f"source '{source.name}' names the partner '{source.partner}', which config/partners.toml lacks"
                )
        if self.delivery.smtp is None and any(each.recipients or each.owner for each in self.schedules):
            raise ValueError(
                "config/schedules.toml names recipients or an owner, but config/delivery.toml has no [smtp] server to send their mail"
            )
        services, types = self.services.services, self.taxonomy.by_slug
        problems = self.needs.problems(services, types) + self.designs.problems(services, types)
        problems += change_problems(self.changes, services) + cost_problems(self.costs)
        if problems := problems + pattern_problems(self.paths, types):
            raise ValueError("\n".join(problems))
        return self

    def unaccounted_sources(self) -> list[str]:
        """A sentence for each source that does not say why it is used, on what ground, and whom to ask."""
        return [
            f"source '{source.name}' in config/sources.toml does not state its {' and '.join(missing)}"
            for source in self.sources
            if (
                missing := [n.replace("_", " ") for n in ("purpose", "lawful_basis", "owner") if not getattr(source, n)]
            )
        ]

    def gap_s(self, service: str) -> float:
        """Seconds of silence that end a journey of this service (30 days for services without a block)."""
        block = self.services.services.get(service)
        return block.gap if block else 30 * 86400.0

    def service_name(self, service: str) -> str:
        """Name of a service as pages show it."""
        block = self.services.services.get(service)
        return block.name if block else service.replace("_", " ").capitalize()
