{#
The materialization `table`: the old table is dropped and the new one made in one transaction. dbt's own makes the new one
under another name and renames both, which takes longer than the query of a small model.
#}

{% materialization table, adapter="duckdb" %}
    {%- set target = this.incorporate(type="table") -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set creation = create_table_as(False, target, compiled_code) -%}
    {{ run_hooks(pre_hooks) }}
    {% call statement("main") -%}
        {% if existing is not none %}drop {{ existing.type }} {{ existing }};{% endif %}
        {{ creation }}
    {%- endcall %}
    {%- do persist_docs(target, model) -%}
    {{ run_hooks(post_hooks) }}
    {%- do adapter.commit() -%}
    {{ return({"relations": [target]}) }}
{% endmaterialization %}

{# The same on Spark. dbt's own asks for the plan of a model three times; here it is asked for where the table is made. #}
{% materialization table, adapter="spark" %}
    {{ run_hooks(pre_hooks) }}
    {%- do make_on_spark(compiled_code) -%}
    {{ run_hooks(post_hooks) }}
    {{ return({"relations": [this.incorporate(type="table")]}) }}
{% endmaterialization %}

{# Every run on Spark builds all there is: Parquet files can neither delete nor update. #}
{% materialization incremental, adapter="spark" %}
    {{ run_hooks(pre_hooks) }}
    {%- do make_on_spark(compiled_code) -%}
    {{ run_hooks(post_hooks) }}
    {{ return({"relations": [this.incorporate(type="table")]}) }}
{% endmaterialization %}

{# Make the table of this model from its SQL, in place of the one that is there. #}
{% macro make_on_spark(model_sql) -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- if existing is not none -%}
        {%- do adapter.drop_relation(existing) -%}
    {%- endif -%}
    {%- call statement("main") -%}
        {{ create_table_as(False, this.incorporate(type="table"), with_stored_ctes(without_order(model_sql))) }}
    {%- endcall -%}
{%- endmacro %}

{# SQL without the `order by` of its last line: on many machines a sort of all rows, where files have no order to keep. #}
{% macro without_order(model_sql) -%}
    {{ return(modules.re.sub("\norder by [^()]*$", "", model_sql)) }}
{%- endmacro %}
