"""Puts a stand-in in the place of the engines of every pixel worker of a gateway that is started with it."""

import os
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "operate" / "pixels"))

import stand_in

from gateway.operate.pixels import engine

engine.load = stand_in.load_nothing if os.environ.get("STAND_IN") == "missing" else stand_in.load
