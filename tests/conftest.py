from hypothesis import settings

pytest_plugins = ["pytester"]

# A busy machine is no failure; nothing here is a timed test.
settings.register_profile("unhurried", parent=settings.default, deadline=None)
settings.load_profile("unhurried")
