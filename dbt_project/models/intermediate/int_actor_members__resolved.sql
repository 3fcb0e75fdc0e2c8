{{ config(materialized='table') }}
-- depends_on: {{ ref('actor_rules') }}
{%- set rules = actor_rules() %}
{%- set has_left_a_group = '^(?:former|ex|anti)\\b|\\b(?:faction|splinter|dissidents?|defectors?)\\b' %}

with

groups as (

    select * from {{ ref('actor_groups') }}

),

seeded as (

    select
        {{ name_key('actor_name') }} as name_key,
        actor_id,
        valid_from_date,
        valid_until_date,
        source
    from {{ ref('actor_names') }}

),

-- A name that means different groups at different times has several rows; its first group stands for all of them where
-- spellings are compared.
seeded_keys as (

    select
        name_key,
        min(actor_id) as first_actor_id
    from seeded
    group by name_key

),

country_names as (

    select distinct
        {{ name_key('country_name') }} as name_key,
        country_code
    from {{ ref('countries') }}

    union

    select distinct
        {{ name_key('name') }} as name_key,
        country_code
    from {{ ref('country_names') }}

),

country_titles as (

    select
        country_code,
        min(country_name) as country_name
    from {{ ref('countries') }}
    group by country_code

),

names as (

    select distinct actor_name
    from {{ ref('int_actor_names__told') }}

),

bare as (

    select
        actor_name,
        {{ without_period('actor_name') }} as bare_name,
        {{ name_key(without_period('actor_name')) }} as name_key
    from names

),

-- Sides that act together are written as one name, with commas; a name that the seed knows is never cut.
cut as (

    select
        bare.actor_name,
        bare.bare_name as part
    from bare
    inner join seeded_keys on bare.name_key = seeded_keys.name_key

    union all

    select
        bare.actor_name,
        {{ text_parts('bare.bare_name', ', ') }}
    from bare
    left join seeded_keys on bare.name_key = seeded_keys.name_key
    where seeded_keys.name_key is null

),

parts as (

    select distinct part from cut
    where {{ name_key('part') }} is not null

),

-- 'Name (SHORT)', 'Name (Country)' and 'SHORT: Name' say one thing twice, or where.
taken_apart as (

    select
        part,
        {{ name_key('part') }} as name_key,
        {{ text_extracted('part', quoted_pattern('^(.*[^ ]) *[(][^()]+[)]$')) }} as stem,
        {{ text_extracted('part', quoted_pattern('^.*[^ ] *[(]([^()]+)[)]$')) }} as qualifier,
        {{ text_extracted('part', quoted_pattern('^([^:]+[^: ]) *: *[^:]+$')) }} as head,
        {{ text_extracted('part', quoted_pattern('^[^:]+: *([^:]+)$')) }} as tail
    from parts

),

qualified as (

    select
        taken_apart.part,
        taken_apart.name_key,
        {{ name_key('taken_apart.stem') }} as stem_key,
        case when {{ is_acronym('taken_apart.qualifier') }} then {{ name_key('taken_apart.qualifier') }} end
            as qualifier_key,
        case when {{ is_acronym('taken_apart.head') }} then {{ name_key('taken_apart.head') }} end as head_key,
        case when {{ is_acronym('taken_apart.head') }} then {{ name_key('taken_apart.tail') }} end as tail_key,
        {{ is_acronym('taken_apart.qualifier') }} as has_acronym,
        countries.country_code is not null as has_country
    from taken_apart
    left join country_names as countries on {{ name_key('taken_apart.qualifier') }} = countries.name_key

),

-- Who has left a group, or stands against it, is not that group.
spellings as (

    select
        part,
        name_key as spelling,
        1 as spelling_rank
    from qualified

    union all

    select
        part,
        stem_key as spelling,
        2 as spelling_rank
    from qualified
    where has_acronym or has_country

    union all

    select
        part,
        qualifier_key as spelling,
        2 as spelling_rank
    from qualified
    where not {{ text_matches('stem_key', quoted_pattern(has_left_a_group)) }}

    union all

    select
        part,
        head_key as spelling,
        2 as spelling_rank
    from qualified

    union all

    select
        part,
        tail_key as spelling,
        2 as spelling_rank
    from qualified

),

-- Two spellings in one name that mean two groups mean neither.
known_spellings as (

    select
        spellings.part,
        spellings.spelling_rank,
        min(spellings.spelling) as spelling
    from spellings
    inner join seeded_keys on spellings.spelling = seeded_keys.name_key
    group by spellings.part, spellings.spelling_rank
    having min(seeded_keys.first_actor_id) = max(seeded_keys.first_actor_id)

),

rule_keys as (

    select
        part,
        case when has_acronym then stem_key else name_key end as rule_key
    from qualified

),

rules_found as (

    select
        part,
        rule_key,
        {{ rule_of('rule_key', rules) }} as rule_id
    from rule_keys

),

named_in_rules as (

    select
        part,
        rule_id,
        nullif({{ named_in_rule('rule_key', 'rule_id', rules) }}, '') as named_key
    from rules_found
    where rule_id is not null

),

-- The country that a rule's name begins with; of 'guinea' and 'guinea bissau' the longer one.
countries_named as (

    select
        named_in_rules.part,
        country_names.country_code,
        named_in_rules.named_key = country_names.name_key as is_exact,
        row_number() over (
            partition by named_in_rules.part
            order by length(country_names.name_key) desc, country_names.country_code asc
        ) as country_rank
    from named_in_rules
    inner join country_names
        on
            named_in_rules.named_key = country_names.name_key
            or named_in_rules.named_key like country_names.name_key || ' %'

),

ruled as (

    select
        named_in_rules.part,
        named_in_rules.named_key,
        rules.rule_id,
        rules.actor_id,
        rules.family as ruled_family,
        rules.actor_name as title,
        rules.country as country_part,
        rules.source,
        coalesce(countries_named.is_exact, false) as is_exact,
        case when length(rules.country) = 3 then rules.country else countries_named.country_code end as country_code
    from named_in_rules
    inner join {{ ref('actor_rules') }} as rules on named_in_rules.rule_id = rules.rule_id
    left join countries_named
        on
            named_in_rules.part = countries_named.part
            and countries_named.country_rank = 1

),

-- A rule that needs a country applies where one is named.
applied as (

    select *
    from ruled
    where
        country_part is null
        or length(country_part) = 3
        or country_part in ('prefix or none', 'people')
        or (country_part = 'prefix or empty' and (named_key is null or named_key = 'international'))
        or (country_part in ('prefix', 'prefix or empty') and country_code is not null)
        or (country_part = 'exact' and is_exact)

),

-- What a rule makes: a group of the seed, the forces of a country, or the militia of a people.
by_rule as (

    select
        applied.part,
        applied.rule_id,
        applied.source,
        applied.ruled_family,
        groups.actor_id as group_id,
        groups.actor_id is null as is_made_by_rule,
        coalesce(
            groups.actor_id,
            applied.actor_id || '_' || coalesce(lower(applied.country_code), replace(applied.named_key, ' ', '_'))
        ) as actor_id,
        replace(applied.title, '{}', coalesce(country_titles.country_name, applied.named_key)) as title,
        case when groups.actor_id is null and applied.country_part <> 'people' then applied.country_code end
            as country_code
    from applied
    left join seeded_keys as peoples
        on
            applied.country_part = 'people'
            and applied.named_key = peoples.name_key
    left join groups
        on
            coalesce(peoples.first_actor_id, applied.actor_id) = groups.actor_id
            and (applied.country_part is null or applied.country_part <> 'people' or groups.family = 'communal_militia')
    left join country_titles on applied.country_code = country_titles.country_code

),

-- The seed's own spelling first, then the rules, then what brackets and colons say beside it.
chosen as (

    select
        parts.part,
        by_rule.rule_id,
        case
            when whole.spelling is not null then whole.spelling
            when by_rule.rule_id is null then beside.spelling
        end as spelling
    from parts
    left join known_spellings as whole on parts.part = whole.part and whole.spelling_rank = 1
    left join known_spellings as beside on parts.part = beside.part and beside.spelling_rank = 2
    left join by_rule on parts.part = by_rule.part

),

resolved_parts as (

    select
        chosen.part,
        seeded.actor_id,
        false as is_made_by_rule,
        groups.actor_name,
        groups.family as member_family,
        groups.is_jihadist,
        groups.is_pro_government,
        groups.country_code,
        seeded.source as stated_by,
        seeded.valid_from_date,
        seeded.valid_until_date
    from chosen
    inner join seeded on chosen.spelling = seeded.name_key
    inner join groups on seeded.actor_id = groups.actor_id

    union all

    select
        chosen.part,
        by_rule.actor_id,
        by_rule.is_made_by_rule,
        coalesce(groups.actor_name, by_rule.title) as actor_name,
        coalesce(groups.family, by_rule.ruled_family) as member_family,
        coalesce(groups.is_jihadist, false) as is_jihadist,
        coalesce(groups.is_pro_government, false) as is_pro_government,
        coalesce(groups.country_code, by_rule.country_code) as country_code,
        'rule ' || by_rule.rule_id || ': ' || by_rule.source as stated_by,
        cast(null as date) as valid_from_date,
        cast(null as date) as valid_until_date
    from chosen
    inner join by_rule on chosen.part = by_rule.part
    left join groups on by_rule.group_id = groups.actor_id
    where chosen.spelling is null

),

final as (

    select distinct
        cut.actor_name as name_told,
        cut.part as member_name,
        resolved_parts.actor_id,
        resolved_parts.actor_name,
        -- The word that the definitions use.
        resolved_parts.member_family as family,  -- noqa: RF04
        resolved_parts.country_code,
        resolved_parts.stated_by,
        coalesce(resolved_parts.is_jihadist, false) as is_jihadist,
        coalesce(resolved_parts.is_pro_government, false) as is_pro_government,
        coalesce(resolved_parts.is_made_by_rule, false) as is_made_by_rule,
        coalesce(resolved_parts.valid_from_date, cast('0001-01-01' as date)) as valid_from_date,
        coalesce(resolved_parts.valid_until_date, cast('9999-12-31' as date)) as valid_until_date
    from cut
    left join resolved_parts on cut.part = resolved_parts.part

)

select * from final
