-- Every rule finds its example and does not find the text beside it.
with

examples as (

    select
        rule_id,
        pattern,
        example_match as example,
        true as is_expected
    from {{ ref('text_rules') }}

    union all

    select
        rule_id,
        pattern,
        example_no_match as example,
        false as is_expected
    from {{ ref('text_rules') }}

)

select * from examples
where {{ text_matches(normalized_text('example'), 'pattern') }} <> is_expected
