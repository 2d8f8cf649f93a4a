"""Settings of the report's tests."""

from hypothesis import settings

# Fewer examples, since results are large; no deadline, since machines are shared.
settings.register_profile("report", max_examples=40, deadline=None)
settings.load_profile("report")
