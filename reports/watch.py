"""What the scheduler looks at each minute: are the settings other ones, are they still good, is a report late? And a heartbeat.

Settings that have changed are taken over once they can be read; until then the last good ones stand and the owner is told.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta

from apscheduler.triggers.cron import CronTrigger

from journeys.errors import SettingsError
from journeys.periods import Week, week_of
from journeys.settings import Schedule, Settings
from journeys.settings_files import read_settings
from journeys.workspace import Workspace
from reports.deliver import Report, alert_owner
from reports.opened import Place
from reports.publish import published_weeks

_LOOK_BACK = timedelta(days=31)
_A_MOMENT = timedelta(seconds=1)
HEARTBEAT = "heartbeat"  # below data/: when the scheduler last looked, UTC


class Watch:
    """Looks at one workspace; `renew` is called with the workspace when its schedules are other ones."""

    def __init__(self, place: Place, renew: Callable[[Place], None], report: Report) -> None:
        self._good, self._renew, self._report = place, renew, report
        self._told: set[str] = set()

    def look(self, now: datetime) -> None:
        """One look, at `now` (with its zone)."""
        workspace = self._good.workspace
        (workspace.data / HEARTBEAT).write_text(f"{now:%Y-%m-%dT%H:%M:%SZ}\n")
        try:
            settings = read_settings(workspace.config)
            if settings.schedules != self._good.settings.schedules:
                self._renew(self._good._replace(settings=settings))
            self._good = self._good._replace(settings=settings)
        except SettingsError as error:
            self._tell(f"{error}\nUntil then the settings that were read before stand.", now)
        for schedule in self._good.settings.schedules:
            if is_late(schedule, self._good.settings, workspace, now):
                self._tell(f"The report was to be there by {schedule.latest}, and is not.", now, schedule)

    def _tell(self, why: str, now: datetime, schedule: Schedule | None = None) -> None:
        """Each owner, once for each week and reason."""
        settings = self._good.settings
        week = due_week(settings, now)
        for owner in {schedule.owner} if schedule else {each.owner for each in settings.schedules}:
            if (key := f"{week} {owner} {why}") not in self._told:
                self._told.add(key)
                self._report(why)
                alert_owner(self._good, owner, week, why, self._report)


def due_week(settings: Settings, now: datetime) -> Week:
    """The last week that had ended, on the organisation's clock, at `now`."""
    return week_of(now.astimezone(settings.organisation.zone).date()).plus(-1)


def trigger_of(schedule: Schedule) -> CronTrigger:
    """The schedule's cron line as a trigger; raises SettingsError for one that cannot be read."""
    try:
        return CronTrigger.from_crontab(schedule.cron, timezone=schedule.timezone)
    except ValueError as error:
        raise SettingsError(
            [
                f"config/schedules.toml: schedule[{schedule.name}].cron: '{schedule.cron}' cannot be read ({error}); "
                'write minute hour day month weekday, such as "0 6 * * mon"'
            ]
        ) from None


def last_due(schedule: Schedule, now: datetime) -> datetime | None:
    """When the schedule was last due, in its own zone; None where that is more than a month ago."""
    trigger, found = trigger_of(schedule), None
    due = trigger.get_next_fire_time(None, now - _LOOK_BACK)
    while due is not None and due <= now:
        found, due = due, trigger.get_next_fire_time(due, due + _A_MOMENT)
    return found


def is_late(schedule: Schedule, settings: Settings, workspace: Workspace, now: datetime) -> bool:
    """The report that was last due is not published, and `latest` of that day has passed.

    Always False without `latest`, and where no week is published yet: the first one may not have been due.
    """
    if schedule.latest is None or (due := last_due(schedule, now)) is None:
        return False
    latest = datetime.combine(due.date(), time.fromisoformat(schedule.latest), due.tzinfo)
    published = published_weeks(workspace.site)
    return now >= max(due, latest) and bool(published) and str(due_week(settings, due)) not in published
