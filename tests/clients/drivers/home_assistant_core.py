"""Home Assistant's core, started as it starts itself, but without its web pages and what they need.

Takes the folder of its configuration.
"""

import sys

from homeassistant import bootstrap, runner

for always in ("DEFAULT_INTEGRATIONS", "CRITICAL_INTEGRATIONS", "FRONTEND_INTEGRATIONS"):
    getattr(bootstrap, always).clear()

sys.exit(runner.run(runner.RuntimeConfig(config_dir=sys.argv[1], skip_pip=True)))
