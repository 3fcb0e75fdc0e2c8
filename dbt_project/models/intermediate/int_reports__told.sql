{#- What stands now and what stood before, side by side. -#}
{% set relations = [
    ref('fct_reports'),
    ref('fct_superseded_reports'),
] %}

{% for reports in relations %}
select
    -- ids
    report_version_id,
    report_id,
    id_space,
    feed,
    batch_id,
    record_number,

    -- what it says
    country_code,
    {%- for column in event_columns() %}
    {{ column }},
    {%- endfor %}

    -- history
    first_seen_at,
    valid_from
from {{ reports }}
{{ "union all" if not loop.last }}
{% endfor %}
