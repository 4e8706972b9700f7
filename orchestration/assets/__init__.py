"""The assets of the graph: raw tables, dbt models, the published file."""
