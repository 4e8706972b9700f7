"""The viewer: reads the published file and draws it; it computes nothing and knows nothing of ours but the settings."""
