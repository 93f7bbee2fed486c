"""From the site to a Release: offices (one file each), pure reading, Scrapy plumbing, pure health."""
