"""From the world to raw: sources, contracts and the append-only vintages. Knows nothing of Dagster, dbt or the app."""
