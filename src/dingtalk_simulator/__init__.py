"""An in-memory DingTalk for laboratories, demonstrations and tests.

It answers the calls of DingTalk's open platform that an alarm notifier makes, refuses what DingTalk
refuses, and shows every group and person as a chat. It knows nothing of the product that calls it.
"""
