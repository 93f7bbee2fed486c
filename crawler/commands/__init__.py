"""Scrapy commands of the project: `scrapy crawl` with podium's checks, table and exit codes."""
