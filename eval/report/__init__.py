"""What scorecards look like: sections of tables and sentences (`sections`), then Markdown, HTML or JSON."""
