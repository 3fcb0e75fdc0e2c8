-- Every rule finds its example and does not find the text beside it, each in what the rule reads: words as they are
-- written, words among marks, or the order of the marks alone.
-- depends_on: {{ ref('text_rules') }}
{%- set patterns = text_patterns() %}
{%- set steps = {
    'marked_actors': ['sites'],
    'marked_sites': ['owners'],
    'marked_owners': ['rarest_acts'],
    'marked_rare_acts': ['attacks_told_closely', 'attacks', 'losses', 'acts', 'links'],
    'marked_links': ['ends'],
} %}

with

examples as (

    select
        rule_id,
        kind,
        reads,
        pattern,
        true as is_expected,
        {{ normalized_text('example_match') }} as part
    from {{ ref('text_rules') }}

    union all

    select
        rule_id,
        kind,
        reads,
        pattern,
        false as is_expected,
        {{ normalized_text('example_no_match') }} as part
    from {{ ref('text_rules') }}

),

{{ marking('examples', ['rule_id', 'kind', 'reads', 'pattern', 'is_expected'], patterns) }},

read as (

    select
        rule_id,
        pattern,
        is_expected,
        part as text_read
    from examples
    where reads = 'words'

    union all

    {%- for step, list_names in steps.items() %}
    select
        rule_id,
        pattern,
        is_expected,
        text_told as text_read
    from {{ step }}
    where
        reads = 'marks'
        and kind in (
            {%- for list_name in list_names %}
            {%- set is_last_list = loop.last %}
            {%- for kind in marks()[list_name] | map('first') %}
            '{{ kind }}'{{ ',' if not (loop.last and is_last_list) }}
            {%- endfor %}
            {%- endfor %}
        )

    union all
    {%- endfor %}

    select
        rule_id,
        pattern,
        is_expected,
        acts as text_read
    from ordered
    where reads = 'order'

)

select * from read
where {{ text_matches('text_read', 'pattern') }} <> is_expected
