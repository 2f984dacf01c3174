"""Makes streams.aedat4, a recording of two cameras: python3 make_aedat4.py

Needs dv_processing. The cameras see 20 events each, those of the right one a row further down.
"""
import dv_processing as dv


def store(row):
    events = dv.EventStore()
    for i in range(20):
        events.push_back(1_700_000_000_000_000 + 100 * i, i, 2 * i + row, i % 2 == 1)
    return events


left, right = (dv.io.MonoCameraWriter.Config(name) for name in ("left", "right"))
left.addEventStream((346, 260))
right.addEventStream((640, 480))
writer = dv.io.StereoCameraWriter("streams.aedat4", left, right)
writer.left.writeEvents(store(0))
writer.right.writeEvents(store(1))
