"""What finds and reads text in a picture: models inside installed packages, nothing fetched.

An engine gets pictures and gives boxes and text, all of it in memory. Text never leaves the process:
it is in no message, log or error. `engines` says what an engine is and loads those that a setting
names, `rapid` and `tesseract` are the two that come with the gateway, `plugin` loads further ones.
"""

from gateway.deidentify.pixel.engine.engines import (
    Detected,
    Detector,
    Engines,
    PageReader,
    Reader,
    engines,
    load,
)

__all__ = ["Detected", "Detector", "Engines", "PageReader", "Reader", "engines", "load"]
