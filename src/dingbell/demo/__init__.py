"""`dingbell demo`: the product, the simulator and a small plant, for a first look."""
