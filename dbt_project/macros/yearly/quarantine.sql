{#-
    A CTE: the records in quarantine that might have been counted, once each, with year and country where they can be
    read. Not those that arrived valid in another batch, nor those of a batch that a later one of no less authority
    replaced: with another issue, or for the whole year, and in either case for the country of the record.
-#}
{% macro quarantined_by_year() -%}
quarantined as (

    select distinct
        batches.id_space,
        coalesce(records.source_event_id, records.quarantined_record_id) as record_key,
        country_codes.country_code,
        records.occurred_year as year
    from {{ ref('quarantined_records') }} as records
    inner join batches on records.batch_id = batches.batch_id
    left join country_codes
        on
            batches.id_space = country_codes.id_space
            and records.source_country_code = country_codes.source_country_code
    left join {{ ref('fct_reports') }} as reports
        on {{ report_id('batches.id_space', 'records.source_event_id') }} = reports.report_id
    where
        records.occurred_year is not null
        and reports.report_id is null
        and not exists (
            select 1
            from batches as later
            where
                later.id_space = batches.id_space
                and later.arrival_number > batches.arrival_number
                and later.authority >= batches.authority
                and (
                    later.country_scope is null
                    or later.country_scope = batches.country_scope
                    or later.country_scope like '%,' || records.source_country_code || ',%'
                )
                and (
                    later.scope_key = batches.scope_key
                    or (
                        later.scope_kind in ('full', 'window')
                        and extract(year from {{ moved_date('later.covers_from', -1, 'day') }}) < records.occurred_year
                        and extract(year from {{ moved_date('later.covers_until', 1, 'day') }}) > records.occurred_year
                    )
                )
        )

)
{%- endmacro %}
