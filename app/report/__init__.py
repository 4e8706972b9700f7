"""The daily report: one self-contained HTML file and the same as Markdown, from the published file alone."""
