"""An in-memory DingTalk for laboratories, demonstrations and tests.

It answers the calls of DingTalk's open platform that an alarm notifier makes, refuses what DingTalk
refuses, and shows every group and person as a chat. It knows nothing of the product that calls it.

Facts carry the page of DingTalk's documentation they come from ("D 0717" is page 0717 of its server API,
see dingtalk-api.md). Where DingTalk is silent the simulator chooses, and says so at the place: the order of
its checks (robot, admission), the error code of an unknown token (400101) and of fields other than those of
markdown (401102), what a block of 10 minutes does with calls made meanwhile (limits), where keywords are
searched and what becomes of the 51st mention (robot_message), where people outside an app's visible range
are listed (oto_messages), and that a repeated msgUuid is charged like any other call (robot).
"""
