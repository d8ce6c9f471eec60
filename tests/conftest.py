from __future__ import annotations

import os

from hypothesis import settings

# The same examples in every run of CI, new ones on every other machine; and no test is decided by time.
settings.register_profile("kuaixun", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("kuaixun")
