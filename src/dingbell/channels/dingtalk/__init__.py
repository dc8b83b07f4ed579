"""DingTalk: group robots by webhook, persons through an app's robot."""
