"""Turns the crank: one Dagster graph from raw tables through every dbt model to the published file."""
