"""DingBell (钉铃): plant alarms to DingTalk."""

__version__ = "0.1.0"
