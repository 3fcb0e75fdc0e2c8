"""Notes written by hand with the classes that a reader would give them, and a run of the real models over them.

The sentences are invented; none is a record of a feed. A note may say nothing clear: then the class is `unknown`, and
any other answer is worse than none. What the models make of a note is read from the build file, so seeds, macros and
models are those of the nightly job.
"""

import csv
from pathlib import Path

import duckdb

from orchestration.settings import Settings
from tests.dbt_calls import dbt

FOLDER = Path(__file__).parent
SEEDS = ("text_rules", "definitions")
MODELS = ("dim_definitions", "int_incidents__classified_texts", "int_incidents__classified", "int_attacks__counted")
FIELDS = ("initiator_family", "site_evidence", "target_class", "is_strict", "weapon_modes")
STRICT = "attack_on_military_position.strict"

_ACTORS = """
create table intermediate.int_actors__resolved as
select * from (
    values
        ('army', 'state_forces', false, false),
        ('jihadists', 'al_qaeda_affiliated', true, false),
        ('unidentified', 'unidentified', false, false),
        ('militia', 'communal_militia', false, false),
        ('volunteers', 'communal_militia', false, true),
        ('peacekeepers', 'foreign_and_un_forces', false, false),
        ('rebels', 'other', false, false),
        ('civilians', 'civilians', false, false)
) as actors (actor_name, family, is_jihadist, is_pro_government)
"""

_REPORTS = """
create table intermediate.int_reports__told as
select
    note_id as report_version_id,
    note_id as report_id,
    case when feed = 'ucdp' then 'ucdp' else feed end as id_space,
    'notes' as batch_id,
    'MLI' as country_code,
    date '2022-01-01' as occurred_date,
    timestamp '2022-02-01' as first_seen_at,
    timestamp '2022-02-01' as valid_from,
    nullif(violence_type, '') as violence_type,
    nullif(event_type, '') as event_type,
    nullif(source_event_type, '') as source_event_type,
    nullif(target_types, '') as target_types,
    cast(null as varchar) as weapon_types,
    cast(null as boolean) as is_suicide_attack,
    nullif(side_a, '') as side_a_name,
    nullif(side_b, '') as side_b_name,
    cast(null as varchar) as place_name,
    cast(null as varchar) as place_description,
    text as headline
from read_csv(?, all_varchar = true, header = true)
"""

_CLASSES = """
select
    notes.report_id as note_id,
    classified.* exclude (report_id),
    coalesce(
        (
            select bool_or(definition_id = ?)
            from intermediate.int_attacks__counted as attacks
            where attacks.report_version_id = notes.report_version_id
        ),
        false
    ) as is_strict
from intermediate.int_reports__told as notes
left join intermediate.int_incidents__classified as classified
    on notes.report_version_id = classified.report_version_id
order by notes.report_id
"""


def notes(name: str) -> list[dict[str, str]]:
    """The rows of `<name>.csv`: a note, its codes, and what a reader would make of it."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def classified(name: str, folder: Path) -> dict[str, dict[str, str]]:
    """What the models make of each note of a file, by note, as text.

    Args:
        name: of the file of notes.
        folder: an empty folder to build in.

    Raises:
        AssertionError: dbt failed.
    """
    settings = Settings(data_dir=folder)
    settings.build_dir.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(settings.build_file)) as connection:
        connection.execute("create schema intermediate")
        connection.execute(_ACTORS)
        connection.execute(_REPORTS, [str(FOLDER / f"{name}.csv")])
    done = dbt(settings, "build", "--resource-type", "seed", "--resource-type", "model", "--select", *SEEDS, *MODELS)
    assert done.returncode == 0, done.stdout + done.stderr
    with duckdb.connect(str(settings.build_file), read_only=True) as connection:
        rows = connection.sql(_CLASSES, params=[STRICT]).pl().to_dicts()
    return {row["note_id"]: {field: _as_text(value) for field, value in row.items()} for row in rows}


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value or "")
