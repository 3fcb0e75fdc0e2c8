{#-
    Versions of reports follow from the batches alone, but nobody wants to derive three million of them again for
    a month of ten thousand. The ledger lists the batches that `int_reports__versioned` was built from. It is
    written in the transaction that builds the model, so the two never disagree.

    While the batches in use are those of the ledger and later ones, only the later ones are worked in. Anything
    else (a batch that went out of use, that came in before another, whose records were landed anew) is another
    history: the model is emptied, and with an empty ledger every batch is a later one.
-#}

{% macro ledger() -%}
    {{ return(this.incorporate(path={'identifier': this.identifier ~ '_ledger'})) }}
{%- endmacro %}

{#- A pre-hook: the ledger of a build file that has none yet. -#}
{% macro open_ledger() -%}
    {%- if is_incremental() -%}
    create table if not exists {{ ledger() }} as select * from {{ ref('int_batches__used') }} where false
    {%- endif -%}
{%- endmacro %}

{#- A pre-hook: empties `table` where the ledger does not tell the beginning of the history that we have now. -#}
{% macro forget_another_history(table) -%}
    {%- if is_incremental() -%}
    delete from {{ table }}
    where exists (select * from {{ ledger() }} except select * from {{ ref('int_batches__used') }})
    {%- endif -%}
{%- endmacro %}

{#- A post-hook: the batches that the model is built from. -#}
{% macro write_ledger() -%}
    create or replace table {{ ledger() }} as select * from {{ ref('int_batches__used') }}
{%- endmacro %}

{% macro last_arrival_in_ledger() -%}
    (select coalesce(max(arrival_number), 0) from {{ ledger() }})
{%- endmacro %}
