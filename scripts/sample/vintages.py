"""Which file tells which events, in what state, in the order in which the files arrived.

Three things of real life are played through. A web export of an older release is overtaken by the next release. A
candidate file of a whole year is confirmed, revised and partly withdrawn by the yearly release. One candidate month is
issued twice under the same number. The world itself comes from `world`, the dirt from `dirt`, the bytes from `files`.
"""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from random import Random

from scripts.sample import dirt, files, kinds
from scripts.sample.dirt import Fault
from scripts.sample.files import Style
from scripts.sample.geography import BURKINA_FASO, COUNTRIES, MALI, NIGER, Country
from scripts.sample.kinds import Kind
from scripts.sample.retelling import as_candidate, as_told_before, with_candidate_dirt, with_yearly_dirt
from scripts.sample.rows import Draft, FeedFile, Row
from scripts.sample.world import LAST_DAY, Event, Record, World, by_month

FIRST_YEAR = 2018
WEB_EXPORT_LAST_YEAR = 2021
YEARLY_LAST_YEAR = 2022
REISSUED_MONTH = 4


@dataclass(frozen=True)
class Sample:
    """All files in the order in which they arrive, and the wrecked one, which never does."""

    files: list[FeedFile]
    wreck: bytes
    wreck_ids: list[str]


def build(seed: int) -> Sample:
    """The whole sample of a seed."""
    return _Builder(seed).sample()


class _Builder:
    """Builds the files one after another; each has random numbers of its own and leaves the others alone."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._world = World(seed)
        self._yearly = with_yearly_dirt(
            [event for year in range(FIRST_YEAR, YEARLY_LAST_YEAR + 1) for event in self._deadly(year)],
            self._random("yearly dirt"),
        )
        self._months = {
            month: self._told_in_month(month, events) for month, events in by_month(self._deadly(LAST_DAY.year))
        }

    def _deadly(self, year: int) -> list[Event]:
        """The events of a year that UCDP lists: those in which somebody died."""
        return [event for event in self._world.events(year) if not event.is_bloodless]

    def sample(self) -> Sample:
        """The files in the order of their arrival; the second issue of April comes after June."""
        earlier = [self._web_export(), self._candidate_year(), self._yearly_release()]
        months = {month: self._candidate_month(month) for month in self._months}
        april_again = self._april_again(months[REISSUED_MONTH])
        first_half = [file for month, file in months.items() if month <= 6]
        second_half = [file for month, file in months.items() if month > 6]
        wreck_ids, wreck = self._wreck()
        return Sample([*earlier, *first_half, april_again, *second_half], wreck, wreck_ids)

    def _random(self, purpose: str) -> Random:
        return Random(f"{self._seed}/{purpose}")  # noqa: S311 - repeatable, not secret

    def _spoilt(self, fault: Fault, kind: Kind, country: Country, year: int, month: int | None = None) -> Row:
        """A row that must be quarantined; its event is told nowhere else."""
        event = self._world.event(kind, country, year, month)
        return Row(event.record | fault.values, event, fault)

    def _ending_before_start(self, country: Country, year: int, month: int | None = None) -> Row:
        event = self._world.event(kinds.CLASH, country, year, month)
        fault = dirt.ends_before_it_starts(event)
        return Row(event.record | fault.values, event, fault)

    def _two_contents(self, country: Country, year: int) -> list[Row]:
        event = self._world.event(kinds.AMBUSH, country, year)
        return [
            Row(told.record, told, dirt.ONE_ID_TWO_CONTENTS) for told in (event, event.changed(where_description="?"))
        ]

    def _web_export(self) -> FeedFile:
        """Burkina Faso as the release before told it: some events differ, some are gone, some are not there yet."""
        random = self._random("web export")
        known = [
            event for event in self._yearly if event.country is BURKINA_FASO and event.day.year <= WEB_EXPORT_LAST_YEAR
        ]
        random.shuffle(known)
        differing, same = known[15:40], known[40:]  # the first 15 are found later
        years = range(FIRST_YEAR, WEB_EXPORT_LAST_YEAR + 1)
        dropped = [self._world.event(kinds.CLASH, BURKINA_FASO, random.choice(years)) for _ in range(8)]
        dropped += [self._world.event(kinds.ATTACK_ON_CIVILIANS, BURKINA_FASO, random.choice(years)) for _ in range(4)]
        draft = Draft(same + [as_told_before(event, random) for event in differing] + dropped)
        draft.spoilt += [
            self._spoilt(dirt.UNREADABLE_DATE, kinds.CLASH, BURKINA_FASO, 2019),
            self._spoilt(dirt.AT_ZERO, kinds.ATTACK_ON_CIVILIANS, BURKINA_FASO, 2020),
        ]
        draft.repeated += [same[0]]
        return FeedFile(
            feed="ucdp_ged",
            path="ucdp_ged/GEDEvent_v22_1_burkina_faso_web_export.csv",
            edition="22.1",
            about="Web export of one country from the release before: 47 names, 48 fields, US dates.",
            covers_from=date(1989, 1, 1),
            covers_until=date(WEB_EXPORT_LAST_YEAR, 12, 31),
            authority=2201,
            content=lambda records: files.web_export_csv(records).encode(),
            rows=draft.rows(random),
            country=BURKINA_FASO,
        )

    def _candidate_year(self) -> FeedFile:
        """2022 as the candidates told it: most events stay, some are revised, some vanish, some are not there yet."""
        random = self._random("candidate year")
        final = [event for event in self._yearly if event.day.year == YEARLY_LAST_YEAR]
        sites = [event for event in final if event.kind.is_strict]
        others = [event for event in final if not event.kind.is_strict]
        random.shuffle(sites)
        random.shuffle(others)
        found_later = {event.event_id for event in sites[:11] + others[:21]}
        known = [event for event in final if event.event_id not in found_later]
        told = [as_candidate(event, random) if random.random() < 0.18 else event for event in known]
        vanishing = [self._world.event(kinds.ATTACK_ON_SITE, MALI, YEARLY_LAST_YEAR) for _ in range(9)]
        vanishing += [
            self._world.event(random.choice((kinds.CLASH, kinds.AMBUSH, kinds.ARMY_OPERATION)), country, 2022)
            for country in random.choices(COUNTRIES, k=20)
        ]
        vanishing += self._uncoded(random, (3, 2, 4), YEARLY_LAST_YEAR)
        draft = Draft(told + vanishing)
        draft.spoilt += [
            self._spoilt(dirt.UNKNOWN_DATE_PRECISION, kinds.CLASH, NIGER, 2022),
            self._spoilt(dirt.UNREADABLE_COORDINATE, kinds.AMBUSH, MALI, 2022),
            self._spoilt(dirt.NOT_ON_EARTH, kinds.ATTACK_ON_CIVILIANS, MALI, 2022),
        ]
        draft.repeated += [told[0]]
        return FeedFile(
            feed="ucdp_candidate",
            path="ucdp_candidate/GEDEvent_v22_01_22_12.csv",
            edition="22.01.22.12",
            about="Candidates of January to December 2022; overtaken by the yearly release 23.1.",
            covers_from=date(2022, 1, 1),
            covers_until=date(2022, 12, 31),
            authority=0,
            content=lambda records: files.release_csv(records, files.ALL_QUOTED).encode(),
            rows=draft.rows(random),
        )

    def _yearly_release(self) -> FeedFile:
        random = self._random("yearly")
        draft = Draft(self._yearly)
        draft.spoilt += [
            self._spoilt(dirt.UNKNOWN_TYPE, kinds.CLASH, MALI, 2018),
            self._spoilt(dirt.UNREADABLE_NUMBER, kinds.AMBUSH, MALI, 2019),
            self._spoilt(dirt.UNREADABLE_DATE, kinds.CLASH, NIGER, 2019),
            self._spoilt(dirt.AT_ZERO, kinds.COMMUNAL, MALI, 2020),
            self._spoilt(dirt.NEGATIVE_DEATHS, kinds.ATTACK_ON_CIVILIANS, MALI, 2020),
            self._spoilt(dirt.UNKNOWN_PLACE_PRECISION, kinds.CLASH, BURKINA_FASO, 2021),
            self._spoilt(dirt.MISSING_ID, kinds.ARMY_OPERATION, MALI, 2021),
            self._ending_before_start(NIGER, 2020),
            *self._two_contents(MALI, 2022),
        ]
        sites = [event for event in self._yearly if event.kind.is_strict]
        draft.repeated += [sites[-1], self._yearly[100], self._yearly[-1]]
        return FeedFile(
            feed="ucdp_ged",
            path="ucdp_ged/ged231-csv.zip",
            edition="23.1",
            about="The yearly release: one CSV of 49 columns, zipped, with a Mac's leftovers beside it.",
            covers_from=date(1989, 1, 1),
            covers_until=date(YEARLY_LAST_YEAR, 12, 31),
            authority=2301,
            content=lambda records: files.zipped(
                "GEDEvent_v23_1.csv", files.release_csv(records, files.PLAIN_WITH_WORDS)
            ),
            rows=draft.rows(random),
        )

    def _told_in_month(self, month: int, events: list[Event]) -> list[Event]:
        """A month of 2023 as its last issue tells it."""
        random = self._random(f"told in month {month}")
        told = with_candidate_dirt(events, random)
        return told + self._uncoded(random, (1, 1, 1), LAST_DAY.year, month) if month in (2, 5, 8) else told

    def _candidate_month(self, month: int) -> FeedFile:
        random = self._random(f"month {month}")
        told = self._months[month]
        draft = Draft(self._april_before(told, random) if month == REISSUED_MONTH else told)
        if month == 2:
            draft.spoilt.append(self._spoilt(dirt.UNKNOWN_TYPE, kinds.CLASH, NIGER, LAST_DAY.year, month))
        elif month == 6:
            draft.spoilt.append(self._ending_before_start(MALI, LAST_DAY.year, month))
        elif month == 8:
            draft.repeated.append(next(event for event in told if event.kind.is_strict))
        style, suffix, about = _MONTH_STYLES.get(month, (files.ALL_QUOTED if month < 6 else files.PLAIN, "", ""))
        first_day = date(LAST_DAY.year, month, 1)
        return FeedFile(
            feed="ucdp_candidate",
            path=f"ucdp_candidate/GEDEvent_v23_0_{month}.csv{suffix}",
            edition=f"23.0.{month}",
            about=f"Candidates of {first_day:%B %Y}{about}.",
            covers_from=first_day,
            covers_until=first_day.replace(day=monthrange(LAST_DAY.year, month)[1]),
            authority=0,
            content=_candidate_writer(style, suffix),
            rows=draft.rows(random),
        )

    def _april_before(self, final: list[Event], random: Random) -> list[Event]:
        """April as first issued: one attack is missing, one is told that never was, six are told differently."""
        sites = [event for event in final if event.kind.is_strict]
        missing, revised = sites[0], {event.event_id for event in [*sites[1:4], *final[-3:]]}
        told = [
            as_told_before(event, random) if event.event_id in revised else event
            for event in final
            if event is not missing
        ]
        return [*told, self._world.event(kinds.ATTACK_ON_SITE, MALI, LAST_DAY.year, 4)]

    def _april_again(self, first_issue: FeedFile) -> FeedFile:
        return replace(
            first_issue,
            path="ucdp_candidate/reissued/GEDEvent_v23_0_4.csv",
            about="April 2023 again, under the same number: replaces all of the first issue.",
            rows=Draft(self._months[REISSUED_MONTH]).rows(self._random("april again")),
        )

    def _uncoded(
        self, random: Random, counts: tuple[int, int, int], year: int, month: int | None = None
    ) -> list[Event]:
        """Candidates whose actors have no number yet: gunmen at a site, communal, against civilians."""
        wanted = zip(
            (kinds.UNCODED_GUNMEN_AT_SITE, kinds.UNCODED_COMMUNAL, kinds.UNCODED_ON_CIVILIANS), counts, strict=True
        )
        told = [
            self._world.event(kind, random.choice(COUNTRIES), year, month)
            for kind, count in wanted
            for _ in range(count)
        ]
        return [event.changed(code_status="Check dyad") for event in told]

    def _wreck(self) -> tuple[list[str], bytes]:
        """A web export of Niger that a spreadsheet has opened and saved."""
        random = self._random("wreck")
        events = [event for event in self._yearly if event.country is NIGER and event.day.year <= 2021]
        chosen = events[:24]
        chosen[3] = chosen[3].changed(where_description="north of town\n\n///\n\nnear the border")
        random.shuffle(chosen)
        text = files.wrecked_by_spreadsheet(files.web_export_csv(event.record for event in chosen))
        return sorted(event.event_id for event in chosen), text.encode()


_MONTH_STYLES: dict[int, tuple[Style, str, str]] = {
    7: (files.HEADERLESS, "", ", without a header"),
    9: (files.PLAIN, ".gz", ", gzipped"),
}


def _candidate_writer(style: Style, suffix: str) -> Callable[[list[Record]], bytes]:
    def write(records: list[Record]) -> bytes:
        text = files.release_csv(records, style)
        return files.gzipped(text) if suffix == ".gz" else text.encode()

    return write
