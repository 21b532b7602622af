"""`journeys schedule`: APScheduler runs the weekly job as config/schedules.toml says, on a SQLAlchemy job store.

A job is one plain function with text arguments, found again by import after a restart. Jobs missed while the service
was down are caught up once; one runs at a time. A schedule that is unchanged keeps its next time over a restart.
"""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.interval import IntervalTrigger

from journeys.errors import CatalogueGone, JourneysError, NothingToDo, SettingsError, SourceError, said_of
from journeys.lock import scheduling_in, writing_to
from journeys.outbox import WAITING, history
from reports.deliver import alert_owner, queue_week, send_due
from reports.opened import Place, opened_to_write
from reports.pipeline import Opened, Report, load_workspace, open_project, run_week
from reports.watch import Watch, due_week, trigger_of

_LOG = logging.getLogger(__name__)
_JOBS = "scheduler_jobs"
_PAUSES_S = (15, 30, 60, 120, 240)  # until the database is tried again


def serve_schedule(root: Path, *, report: Report) -> int:
    """Run until stopped (Ctrl-C or SIGTERM), making and publishing each week when it is due; one at a time, others stand by."""
    opened = open_project(root)
    _check_any(opened)
    for schedule in opened.settings.schedules:
        trigger_of(schedule)
    _on_stop(_interrupt)
    try:
        with scheduling_in(opened.workspace, opened.store, report) as has_turn:
            scheduler = BlockingScheduler()

            def stop(_number: int, _frame: FrameType | None) -> None:
                """A report that is being made is finished first. An exception would be lost while jobs are handed out."""
                if not scheduler.running:
                    raise KeyboardInterrupt
                scheduler.shutdown(wait=False)

            _on_stop(stop)
            scheduler.add_jobstore(SQLAlchemyJobStore(engine=opened.store.engine, tablename=_JOBS))
            watch = Watch(opened.place, lambda place: _schedule_jobs(scheduler, place, _LOG.info), _LOG.info)
            _schedule_jobs(scheduler, opened.place, report)

            def each_minute() -> None:
                if not has_turn():
                    _LOG.error("the database was lost, and another host may have taken over: this scheduler ends")
                    scheduler.shutdown(wait=False)
                    return
                watch.look(datetime.now(UTC))
                deliver_waiting(str(opened.workspace.root))

            scheduler.add_jobstore(MemoryJobStore(), "memory")
            scheduler.add_job(
                each_minute,
                IntervalTrigger(minutes=1),
                next_run_time=datetime.now(UTC),
                jobstore="memory",
                coalesce=True,
                max_instances=1,
            )
            report("waiting; stop with Ctrl-C")
            scheduler.start()
    except KeyboardInterrupt:
        report("stopped before it began")
    return 0


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _on_stop(handler: Callable[[int, FrameType | None], None]) -> None:
    """What SIGTERM and Ctrl-C do."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handler)


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
    """The job: load what is new and publish the last week that was complete when it runs.

    While the database does not answer it is tried again for some minutes. Whatever goes wrong, the service goes on: next week's
    report must not die with this week's input.
    """
    for pause in (*_PAUSES_S, None):
        try:
            _publish_scheduled(Path(root), name)
            return
        except CatalogueGone as error:
            _LOG.error("schedule '%s': %s", name, error)
            if pause is not None:
                time.sleep(pause)
        except JourneysError as error:
            _LOG.error("schedule '%s' cannot begin: %s", name, error)  # the watch tells the owner of broken settings
            return


def _publish_scheduled(root: Path, name: str) -> None:
    opened = open_project(root)
    schedule = next((each for each in opened.settings.schedules if each.name == name), None)
    week = due_week(opened.settings, datetime.now(UTC))
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
    except CatalogueGone:
        raise
    except Exception as error:
        why = f"{unread}\n{said_of(error)}" if unread else said_of(error)
        _LOG.error("schedule '%s' could not publish: %s", name, why)
        alert_owner(opened.place, owner, week, why, _LOG.info)
    finally:
        opened.store.close()


def deliver_waiting(root: str) -> None:
    """Try again what could not be sent before."""
    try:
        with opened_to_write(Path(root)) as opened:
            send_due(opened, _LOG.info)
    except JourneysError as error:
        _LOG.error("mail could not be sent: %s", error)


def _schedule_jobs(scheduler: BaseScheduler, place: Place, report: Report) -> None:
    """Add what is new or changed and take out what is gone; what is unchanged keeps its next time."""
    triggers = {schedule.name: trigger_of(schedule) for schedule in place.settings.schedules}
    known = _known_triggers(SQLAlchemyJobStore(engine=place.store.engine, tablename=_JOBS))
    for name in known.keys() - triggers.keys():
        scheduler.remove_job(name, jobstore="default")
        report(f"schedule '{name}' is no longer in config/schedules.toml")
    for schedule in place.settings.schedules:
        name, trigger = schedule.name, triggers[schedule.name]
        if known.get(name) != str(trigger):
            scheduler.add_job(
                publish_scheduled,
                trigger,
                args=[str(place.workspace.root.resolve()), name],
                id=name,
                replace_existing=True,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
            )
        report(f"schedule '{name}': {schedule.cron}")


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
