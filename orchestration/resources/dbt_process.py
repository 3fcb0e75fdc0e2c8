"""dbt's own command without what nobody asks of a process of one command: `incidents-dbt`.

- Garbage: it keeps nearly all that it makes, some hundred thousand objects that belong together. To look through them
  again and again was a twelfth of its work, and won 40 MB; to take them apart at its end took over a second.
- Words that nobody hears: of each statement dbt tells three times, in lines that are written, scrubbed of secrets and
  then thrown away, unless the log or the terminal is set to `debug`.
"""

import gc

from orchestration.ending import end_at_once


def main() -> None:
    """Run dbt with this process's arguments, and end as it ends."""
    gc.disable()
    from dbt.cli.main import cli

    _tell_only_what_is_heard()
    code: object = 0
    try:
        cli()
    except SystemExit as end:
        code = end.code
    end_at_once(code)


def _tell_only_what_is_heard() -> None:
    """Put in the place of dbt's manager of events one that looks first whether a log or the terminal wants details."""
    from dbt_common.events.base_types import BaseEvent, EventLevel
    from dbt_common.events.event_manager import EventManager
    from dbt_common.events.event_manager_client import ctx_set_event_manager, get_event_manager

    details = {EventLevel.DEBUG, EventLevel.TEST}

    class Heard(EventManager):
        def fire_event(self, e: BaseEvent, level: EventLevel | None = None, *rest: object, **more: object) -> None:
            said = level or e.level_tag()
            if said not in details or any(logger.level in details for logger in self.loggers):
                super().fire_event(e, level, *rest, **more)  # pyright: ignore[reportArgumentType]

    heard = Heard()
    heard.loggers = get_event_manager().loggers  # until dbt has read its flags, one that says what is wrong with them
    ctx_set_event_manager(heard)  # pyright: ignore[reportArgumentType] - as dbt itself does
