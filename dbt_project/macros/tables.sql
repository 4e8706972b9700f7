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
