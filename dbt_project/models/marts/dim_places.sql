with

told as (

    select * from {{ ref('int_places__told') }}

),

country_codes as (

    select * from {{ ref('int_country_codes__resolved') }}

),

points as (

    select * from {{ source('reference', 'located_points') }}

),

-- Names that the seeds know.
admin1_names as (

    select distinct
        country_code,
        admin1_code,
        admin1_standard_name,
        {{ admin_key('name') }} as admin1_key
    from {{ ref('admin1_names') }}

),

admin2_names as (

    select distinct
        country_code,
        admin1_code,
        admin2_standard_name,
        {{ admin_key('name') }} as admin2_key
    from {{ ref('admin2_names') }}

),

-- Where a name stands for one area of the country only, it tells the area above it, too. An area that has changed from
-- one to another is one all the same.
admin2_parents as (

    select
        country_code,
        admin2_key,
        case when min(admin1_code) = max(admin1_code) then min(admin1_code) end as admin1_code,
        min(admin2_standard_name) as admin2_standard_name
    from admin2_names
    group by country_code, admin2_key
    having min(admin2_standard_name) = max(admin2_standard_name)

),

-- Names of areas whose boundaries were given; one that several areas share is told apart by the area above it.
areas as (

    select
        country_code,
        level,
        area_key,
        pcode,
        area_name,
        parent_pcode,
        count(*) over (partition by country_code, level, area_key) as namesake_count,
        count(*) over (partition by country_code, level, area_key, parent_pcode) as twin_count
    from (
        select
            country_code,
            level,
            {{ admin_key('name') }} as area_key,
            pcode,
            name as area_name,
            parent_pcode
        from {{ source('reference', 'boundaries') }}
        where level between 1 and 3
    ) as given

),

-- A country with an area of any level is one whose extent is known.
countries_given as (

    select distinct country_code
    from {{ source('reference', 'boundaries') }}
    where country_code is not null

),

located as (

    select
        told.*,
        country_codes.country_code,
        country_codes.iso2_code,
        country_codes.country_name,
        points.nearest_geoname_id,
        points.nearest_place_name,
        points.nearest_place_country_code,
        points.nearest_place_population,
        points.nearest_place_distance_km,
        points.witnessed_country_code,
        points.country_codes_near,
        points.area_country_code,
        points.area1_pcode,
        points.area1_name,
        points.area2_pcode,
        points.area2_name,
        points.area3_pcode,
        points.area3_name,
        points.distance_to_border_km,
        countries_given.country_code is not null as has_boundaries,
        told.latitude is not null
        and coalesce(told.place_precision, 'unstated') in ('exact', 'near', 'unstated') as is_located,
        {{ admin_key('told.admin1_name') }} as admin1_key,
        {{ admin_key('told.admin2_name') }} as admin2_key,
        {{ admin_key('told.admin3_name') }} as admin3_key
    from told
    left join country_codes
        on
            told.id_space = country_codes.id_space
            and told.source_country_code = country_codes.source_country_code
    left join points
        on
            told.latitude = points.latitude
            and told.longitude = points.longitude
    left join countries_given on country_codes.country_code = countries_given.country_code

),

named as (

    select
        located.*,
        coalesce(admin1_names.admin1_code, case when located.admin1_name is null then admin2_parents.admin1_code end)
            as admin1_code,
        case when located.admin1_name is not null then admin1_names.admin1_code is not null end as is_admin1_resolved,
        case
            when admin1_names.admin1_code is not null then admin2_names.admin2_standard_name
            when located.admin1_name is null then admin2_parents.admin2_standard_name
        end as admin2_standard_name
    from located
    left join admin1_names
        on
            located.country_code = admin1_names.country_code
            and located.admin1_key = admin1_names.admin1_key
    left join admin2_names
        on
            located.country_code = admin2_names.country_code
            and located.admin2_key = admin2_names.admin2_key
            and admin1_names.admin1_code = admin2_names.admin1_code
    left join admin2_parents
        on
            located.country_code = admin2_parents.country_code
            and located.admin2_key = admin2_parents.admin2_key

),

admin1_titles as (

    select distinct
        admin1_code,
        admin1_standard_name
    from {{ ref('admin1_names') }}

),

-- An area holds a point; of a place that is known to a district or a region only, the coordinates are but its middle.
resolved as (

    select
        named.*,
        admin1_titles.admin1_standard_name,
        area1.pcode as named_area1_pcode,
        area2.pcode as named_area2_pcode,
        area2.area_name as named_area2_name,
        area3.pcode as named_area3_pcode
    from named
    left join admin1_titles on named.admin1_code = admin1_titles.admin1_code
    left join areas as area1
        on
            named.country_code = area1.country_code
            and area1.level = 1
            and area1.namesake_count = 1
            and coalesce({{ admin_key('admin1_titles.admin1_standard_name') }}, named.admin1_key) = area1.area_key
    left join areas as area2
        on
            named.country_code = area2.country_code
            and area2.level = 2
            and coalesce({{ admin_key('named.admin2_standard_name') }}, named.admin2_key) = area2.area_key
            and area2.twin_count = 1
            and (
                area1.pcode = area2.parent_pcode
                or ((area1.pcode is null or area2.parent_pcode is null) and area2.namesake_count = 1)
            )
    left join areas as area3
        on
            named.country_code = area3.country_code
            and area3.level = 3
            and named.admin3_key = area3.area_key
            and area3.twin_count = 1
            and (
                area2.pcode = area3.parent_pcode
                or ((area2.pcode is null or area3.parent_pcode is null) and area3.namesake_count = 1)
            )

),

judged as (

    select
        *,
        cast(
            floor((latitude + 90) * 2) * 720 + floor((longitude + 180) * 2) + 1 as bigint
        ) as priogrid_gid,
        coalesce(admin2_standard_name, named_area2_name) as second_order_name,
        case when is_located then area1_pcode else named_area1_pcode end as admin1_pcode,
        case when is_located then area2_pcode else named_area2_pcode end as admin2_pcode,
        case when is_located then area3_pcode else named_area3_pcode end as admin3_pcode,
        case
            when is_located and area1_pcode is not null then 'polygon'
            when is_located then null
            when coalesce(named_area1_pcode, named_area2_pcode, named_area3_pcode) is not null then 'name'
        end as pcode_basis,
        case
            when country_code is null or latitude is null then null
            when area_country_code is not null then area_country_code <> country_code
            when has_boundaries then true
            when witnessed_country_code is not null
                then
                    witnessed_country_code <> country_code
                    and country_codes_near not like '%;' || country_code || ';%'
        end as has_country_disagreement,
        case
            when country_code is null or latitude is null then null
            when area_country_code is not null or has_boundaries then 'polygon'
            when witnessed_country_code is not null then 'populated_places'
            else 'none'
        end as country_check_basis
    from resolved

),

final as (

    select
        -- ids
        place_id,
        id_space,

        -- where, as told
        source_country_code,
        admin1_name,
        admin2_name,
        admin3_name,
        place_name,
        place_precision,
        latitude,
        longitude,
        priogrid_gid,

        -- where, by name
        country_code,
        iso2_code,
        country_name,
        admin1_code,
        admin1_standard_name,
        second_order_name as admin2_standard_name,

        -- where, by polygon; P-codes by name where no point is known
        area_country_code,
        admin1_pcode,
        admin2_pcode,
        admin3_pcode,
        pcode_basis,

        -- quality
        is_admin1_resolved,
        has_country_disagreement,
        country_check_basis,
        country_code is not null as is_country_resolved,
        case when admin2_name is not null then second_order_name is not null end as is_admin2_resolved,

        -- what holds a point and what is near it; nothing does of which only a district or a region is known
        case when is_located then area1_name end as area1_name,
        case when is_located then area2_name end as area2_name,
        case when is_located then area3_name end as area3_name,
        case when is_located then nearest_geoname_id end as nearest_geoname_id,
        case when is_located then nearest_place_name end as nearest_place_name,
        case when is_located then nearest_place_country_code end as nearest_place_country_code,
        case when is_located then nearest_place_population end as nearest_place_population,
        case when is_located then nearest_place_distance_km end as nearest_place_distance_km,
        case when is_located then distance_to_border_km end as distance_to_border_km
    from judged

)

select * from final
