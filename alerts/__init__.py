"""From a release to a delivery: topics and their matching, messages, channels and the delivery worker."""
