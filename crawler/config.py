"""The whole configuration of a deployment, checked as one: settings, office blocks against the known offices, topics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from alerts.config import OfficeFacts, OfficeSchedule, Settings, folder, load_settings
from alerts.topics import TopicSpec, load_topics
from crawler.offices import offices


@dataclass(frozen=True, slots=True)
class Configuration:
    """schedules.yaml and topics.yaml of one folder."""

    folder: Path
    settings: Settings
    topics: Mapping[str, TopicSpec]

    def schedule(self, office: str) -> OfficeSchedule | None:
        return self.settings.offices.get(office)

    @property
    def user_agent(self) -> str:
        """An honest name with a contact, as RFC 9110 §10.1.5 asks of robots."""
        contact = f"+mailto:{self.settings.operator}" if self.settings.operator else "no contact configured"
        return f"podium/{version('podium')} (news monitor; {contact})"


def load_configuration(where: Path | None = None) -> Configuration:
    """Read and check both files in `where`, by default `$PODIUM_CONFIG` or the project's folder.

    Raises `alerts.yamlfile.ConfigError`, which lists every problem with file, line and what to write instead.
    """
    place = folder() if where is None else where
    known = {
        name: OfficeFacts(office.sections, office.languages, office.timezone) for name, office in offices().items()
    }
    settings = load_settings(place, known)
    return Configuration(place, settings, load_topics(place, settings))
