"""Settings file to frozen, checked values.

One TOML file. The first unknown key, wrong type or impossible combination stops the program with
a `SettingsError` that names the file, the dotted key and what is expected. Relative paths are
resolved against the folder of the settings file. ``config/gateway.toml`` explains every key.
"""

from gateway.settings.document import load
from gateway.settings.shape import Forward, Log, Pixels, Server, Settings, Storage, Tls

__all__ = ["Forward", "Log", "Pixels", "Server", "Settings", "Storage", "Tls", "load"]
