"""One Dagster graph from the raw tables through every dbt model to the published file, and the console command."""
