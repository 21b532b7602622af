"""`journeys schedule`: APScheduler runs the weekly job as config/schedules.toml says, on a SQLAlchemy job store.

A job is one plain function with text arguments, found again by import after a restart. Jobs missed while the service
was down are caught up once; one runs at a time. A schedule that is unchanged keeps its next time over a restart.
"""

from __future__ import annotations

import logging
import signal
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from journeys.errors import JourneysError, NothingToDo, SettingsError, SourceError
from journeys.lock import writing_to
from journeys.outbox import WAITING, history
from journeys.periods import Week, week_of
from journeys.settings import Schedule
from reports.deliver import alert_owner, queue_week, send_due
from reports.opened import opened_to_write
from reports.pipeline import Opened, Report, load_workspace, open_project, run_week

_LOG = logging.getLogger(__name__)
_JOBS = "scheduler_jobs"


def serve_schedule(root: Path, *, report: Report) -> int:
    """Run until stopped (Ctrl-C or SIGTERM), making and publishing each week when it is due."""
    opened = open_project(root)
    scheduler = BlockingScheduler()
    _prepare(scheduler, opened, report)
    if opened.settings.delivery.smtp is not None:
        _prepare_delivery(scheduler, opened.workspace.root)

    def stop(_number: int, _frame: FrameType | None) -> None:
        scheduler.shutdown(wait=False)

    signal.signal(signal.SIGTERM, stop)
    report("waiting; stop with Ctrl-C")
    try:
        scheduler.start()
    except KeyboardInterrupt:
        scheduler.shutdown(wait=True)
    return 0


def run_due_once(root: Path, *, report: Report) -> int:
    """Publish the last complete week of every schedule now, and stop: for cron and systemd timers."""
    opened = open_project(root)
    _check_any(opened)
    for schedule in opened.settings.schedules:
        report(f"schedule '{schedule.name}'")
        publish_scheduled(str(opened.workspace.root), schedule.name)
    waiting = sum(int(row["n"]) for row in history(opened.store) if row["state"] == WAITING)
    if waiting:
        report(f"{waiting} mails wait for another try; send them with: journeys deliver")
    return 0


def publish_scheduled(root: str, name: str) -> None:
    """The job: load what is new and publish the last week that was complete when it runs."""
    opened = open_project(Path(root))
    schedule = next((each for each in opened.settings.schedules if each.name == name), None)
    week = due_week(opened, datetime.now(UTC))
    owner, unread = schedule.owner if schedule else None, ""
    try:
        try:
            load_workspace(opened, report=_LOG.info)
        except SourceError as error:
            unread = str(error)  # the report is made all the same, and says which sources are missing
        run_week(opened, week, report=_LOG.info)
        with writing_to(opened.workspace):
            queue_week(opened.place, schedule.recipients if schedule else (), week)
            send_due(opened.place, _LOG.info)
        if unread:
            _LOG.error("schedule '%s': %s", name, unread)
            alert_owner(opened.place, owner, week, unread, _LOG.info, is_published=True)
    except JourneysError as error:
        # The service goes on: next week's report must not die with this week's input.
        why = f"{unread}\n{error}" if unread else str(error)
        _LOG.error("schedule '%s' could not publish: %s", name, why)
        alert_owner(opened.place, owner, week, why, _LOG.info)
    finally:
        opened.store.close()


def deliver_waiting(root: str) -> None:
    """The job that tries again what could not be sent before."""
    try:
        with opened_to_write(Path(root)) as opened:
            send_due(opened, _LOG.info)
    except JourneysError as error:
        _LOG.error("mail could not be sent: %s", error)


def due_week(opened: Opened, now: datetime) -> Week:
    """The last week that had ended, on the organisation's clock, when the job runs."""
    return week_of(now.astimezone(opened.settings.organisation.zone).date()).plus(-1)


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


def _prepare(scheduler: BaseScheduler, opened: Opened, report: Report) -> None:
    """Attach the job store and add what is new or changed; what is unchanged keeps its next time."""
    _check_any(opened)
    triggers = {schedule.name: trigger_of(schedule) for schedule in opened.settings.schedules}
    known = _known_triggers(SQLAlchemyJobStore(engine=opened.store.engine, tablename=_JOBS))
    scheduler.add_jobstore(SQLAlchemyJobStore(engine=opened.store.engine, tablename=_JOBS))
    for name, trigger in triggers.items():
        if known.get(name) != str(trigger):
            scheduler.add_job(
                publish_scheduled,
                trigger,
                args=[str(opened.workspace.root.resolve()), name],
                id=name,
                replace_existing=True,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
            )
        report(f"schedule '{name}': {opened.settings.schedules[list(triggers).index(name)].cron}")


def _prepare_delivery(scheduler: BaseScheduler, root: Path) -> None:
    """Once a minute, in memory: the outbox itself remembers what waits."""
    scheduler.add_jobstore(MemoryJobStore(), "memory")
    scheduler.add_job(
        deliver_waiting,
        IntervalTrigger(minutes=1),
        args=[str(root.resolve())],
        jobstore="memory",
        coalesce=True,
        max_instances=1,
    )


def _known_triggers(job_store: SQLAlchemyJobStore) -> dict[str, str]:
    """Triggers of the jobs that an earlier service left in the job store, read without starting any."""
    job_store.start(BackgroundScheduler(), "default")
    return {job.id: str(job.trigger) for job in job_store.get_all_jobs()}


def _check_any(opened: Opened) -> None:
    """Nothing runs without anyone watching unless it says what for: purposes first, then at least one schedule."""
    if unaccounted := opened.settings.unaccounted_sources():
        raise SettingsError([f"{sentence}; a schedule runs only when every source does" for sentence in unaccounted])
    if not opened.settings.schedules:
        raise NothingToDo("config/schedules.toml names no schedule; add a [[schedule]] block")
