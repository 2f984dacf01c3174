"""Makes the bags of this folder: see README.md. Needs rosbags and mcap (PyPI), NumPy, and the bag
test_events_1.bag of ros-event-camera/event_camera_py as its argument."""

import shutil
import struct
import sys
from pathlib import Path

import numpy as np
from mcap.writer import CompressionType, IndexType, Writer as McapWriter
from rosbags.rosbag1 import Reader as Reader1, Writer as Writer1
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer as Writer2
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

PACKET = """std_msgs/Header header
uint32 height
uint32 width
uint64 seq
uint64 time_base
string encoding
bool is_bigendian
uint8[] events
"""
ARRAY = "std_msgs/Header header\nuint32 height\nuint32 width\n{0}/Event[] events\n"
EVENT = "uint16 x\nuint16 y\n{0} ts\nbool polarity\n"

out = Path(__file__).parent
ros1, ros2 = get_typestore(Stores.ROS1_NOETIC), get_typestore(Stores.ROS2_HUMBLE)
for store, time in ((ros1, "time"), (ros2, "builtin_interfaces/Time")):
    store.register(get_types_from_msg(PACKET, "event_camera_msgs/msg/EventPacket"))
    for package in ("dvs_msgs", "prophesee_event_msgs"):
        store.register(get_types_from_msg(EVENT.format(time), package + "/msg/Event"))
        store.register(get_types_from_msg(ARRAY.format(package), package + "/msg/EventArray"))

SECOND = 1_700_000_000_000_000_000  # ns


def header(store, number, ns):
    time = store.types["builtin_interfaces/msg/Time"](sec=ns // 10**9, nanosec=ns % 10**9)
    words = {"stamp": time, "frame_id": "camera"}
    if store is ros1:
        words["seq"] = number
    return store.types["std_msgs/msg/Header"](**words)


def packet(store, number, ns, base, encoding, data, size=(640, 480)):
    return store.types["event_camera_msgs/msg/EventPacket"](
        header=header(store, number, ns), height=size[1], width=size[0], seq=number, time_base=base,
        encoding=encoding, is_bigendian=False, events=np.frombuffer(data, np.uint8))


def series(number, n=50):
    """n events: the i-th of all at 100 i us, x = 7 i modulo 300, y = 3 i modulo 200, on where i is odd."""
    i = np.arange(number * n, (number + 1) * n)
    return 100 * i, 7 * i % 300, 3 * i % 200, i % 2


def array(store, package, number, ns):
    event = store.types[package + "/msg/Event"]
    time = store.types["builtin_interfaces/msg/Time"]
    all = [event(x=int(x), y=int(y), polarity=bool(p),
                 ts=time(sec=(SECOND + int(t) * 1000) // 10**9, nanosec=(SECOND + int(t) * 1000) % 10**9))
           for t, x, y, p in zip(*series(number))]
    return store.types[package + "/msg/EventArray"](header=header(store, number, ns), height=200, width=300,
                                                    events=all)


def evt2(number):
    words, high = [], -1
    for t, x, y, p in zip(*series(number)):
        if t >> 6 != high:
            high = t >> 6
            words.append(8 << 28 | high)
        words.append(p << 28 | (t & 63) << 22 | x << 11 | y)
    return np.array(words, "<u4").tobytes()


def evt3(t, x, y, p):
    words = []
    for t, x, y, p in zip(t, x, y, p):
        words += [8 << 12 | t >> 12 & 0xfff, 6 << 12 | t & 0xfff, y, 2 << 12 | p << 11 | x]
    return np.array(words, "<u2").tobytes()


def coded(encoding, number):
    t, x, y, p = series(number)
    if encoding == "mono":
        data = (p << 63 | y << 48 | x << 32 | t * 1000 - int(t[0]) * 1000).astype("<u8").tobytes()
        return SECOND + int(t[0]) * 1000, data
    if encoding == "libcaer":
        base = SECOND - (2**31 - 1000) * 1000  # the clock runs over in the first packet
        low = t + 2**31 - 1000
        if number > 0:
            base += 2**31 * 1000
        word = (x << 17 | y << 2 | p << 1 | 1).astype("<u4")
        return base, np.stack([word, (low % 2**31).astype("<u4")], 1).tobytes()
    if encoding == "libcaer_cmp":
        words = []
        for d, x, y, p in zip(t - t[0], x, y, p):
            words += [0 << 12 | d >> 12, 1 << 12 | d & 0xfff, 2 << 12 | x, 3 << 12 | p << 11 | y]
        words += [4 << 12 | 1 << 11 | 10, 5 << 12 | 0b101]  # two more, 10 and 12 below
        return SECOND + int(t[0]) * 1000, np.array(words, "<u2").tobytes()
    return 0, evt2(number) if encoding == "evt2" else evt3(t, x, y, p)


def real(n):
    with Reader1(sys.argv[1]) as bag:
        for i, (_, ns, data) in enumerate(bag.messages()):
            if i == n:
                break
            at = 12
            at += 4 + struct.unpack_from("<I", data, at)[0] + 8 + 16
            at += 4 + struct.unpack_from("<I", data, at)[0] + 1
            size, = struct.unpack_from("<I", data, at)
            yield i, ns, bytes(data[at + 4:at + 4 + size])


def write1(name, topics, compression=None, chunk=1 << 20):
    """topics: name, type, messages as (ns, message)."""
    path = out / name
    path.unlink(missing_ok=True)
    bag = Writer1(path)
    bag.chunk_threshold = chunk
    if compression:
        bag.set_compression(compression)
    with bag:
        all = []
        for topic, kind, messages in topics:
            c = bag.add_connection(topic, kind, typestore=ros1)
            all += [(ns, c, ros1.serialize_ros1(m, kind)) for ns, m in messages]
        for ns, c, data in sorted(all, key=lambda m: m[0]):
            bag.write(c, ns, data)


def write2(name, topics, plugin=StoragePlugin.SQLITE3, mode=CompressionMode.NONE):
    path = out / name
    shutil.rmtree(path, ignore_errors=True)
    bag = Writer2(path, version=9, storage_plugin=plugin)
    bag.set_compression(mode, CompressionFormat.ZSTD)
    with bag:
        all = []
        for topic, kind, messages in topics:
            c = bag.add_connection(topic, kind, typestore=ros2)
            all += [(ns, c, ros2.serialize_cdr(m, kind)) for ns, m in messages]
        for ns, c, data in sorted(all, key=lambda m: m[0]):
            bag.write(c, ns, data)


def write_mcap(name, kind, messages, encoding, **options):
    path = out / name
    with open(path, "wb") as f:
        w = McapWriter(f, chunk_size=4096, **options)
        w.start()
        schema = w.register_schema(kind, "ros2msg", b"")
        channel = w.register_channel("/events", encoding, schema)
        for ns, data in messages:
            w.add_message(channel, ns, data, ns)
        w.finish()


K = "event_camera_msgs/msg/EventPacket"
CAMERA = "/event_camera/events"
for store, name in ((ros1, "1"), (ros2, "2")):
    cut = [(CAMERA, K, [(ns, packet(store, i, ns, 0, "evt3", d)) for i, ns, d in real(8)])]
    if store is ros1:
        write1("evt3-none.bag", cut)
        write1("evt3-bz2.bag", cut, Writer1.CompressionFormat.BZ2)
        write1("evt3-lz4.bag", cut, Writer1.CompressionFormat.LZ4)
    else:
        write2("evt3-file-zstd", cut, mode=CompressionMode.FILE)
        write2("evt3-message-zstd", cut, mode=CompressionMode.MESSAGE)
        write2("evt3-mcap-zstd", cut, StoragePlugin.MCAP, CompressionMode.STORAGE)
        write2("evt3-mcap-message-zstd", cut, StoragePlugin.MCAP, CompressionMode.MESSAGE)

ARRAYS = [("dvs_msgs/msg/EventArray", "/dvs/events", "dvs_msgs"),
          ("prophesee_event_msgs/msg/EventArray", "/prophesee/events", "prophesee_event_msgs")]
times = [(SECOND + i * 5_000_000, i) for i in range(6)]
for store, write in ((ros1, write1), (ros2, write2)):
    n = "1.bag" if store is ros1 else "2"
    topics = [(topic, kind, [(ns, array(store, package, i, ns)) for ns, i in times])
              for kind, topic, package in ARRAYS]
    text = store.types["std_msgs/msg/String"]
    other = ("/chatter", "std_msgs/msg/String", [(ns + 7, text(data="no events " * 20)) for ns, i in times])
    write("array-" + n, topics[:1] + [other])
    write("two-topics-" + n, topics + [other])

for encoding in ("mono", "libcaer", "libcaer_cmp", "evt2"):
    messages = [(ns, packet(ros2, i, ns, *[coded(encoding, i)[0], encoding, coded(encoding, i)[1]], (300, 200)))
                for ns, i in times]
    write2("packet-" + encoding, [(CAMERA, K, messages)], StoragePlugin.MCAP)

data = [(ns, bytes(ros2.serialize_cdr(array(ros2, "dvs_msgs", i, ns), ARRAYS[0][0]))) for ns, i in times]
for how in ("NONE", "LZ4", "ZSTD"):
    write_mcap(f"array-{how.lower()}.mcap", ARRAYS[0][0], data, "cdr", compression=CompressionType[how])
write_mcap("array-unchunked.mcap", ARRAYS[0][0], data, "cdr", use_chunking=False)
write_mcap("array-no-index.mcap", ARRAYS[0][0], data, "cdr", index_types=IndexType.NONE)
ros1data = [(ns, bytes(ros1.serialize_ros1(array(ros1, "dvs_msgs", i, ns), ARRAYS[0][0]))) for ns, i in times]
write_mcap("array-ros1.mcap", "dvs_msgs/EventArray", ros1data, "ros1", compression=CompressionType.LZ4)
whole = (out / "array-zstd.mcap").read_bytes()
(out / "array-cut.mcap").write_bytes(whole[:len(whole) * 2 // 3])
bag = bytearray((out / "array-1.bag").read_bytes())
at = bag.index(b"index_pos=") + 10
end, = struct.unpack_from("<Q", bag, at)
bag[at:at + 8] = bytes(8)  # as a bag is before it is ended
(out / "array-not-ended.bag").write_bytes(bag[:end])

# 40 s of a clock of EVT 3.0 that runs over twice: 2,000 packets of 5 events each, among messages of another
# topic, in small chunks.
long = out / "long"
shutil.rmtree(long, ignore_errors=True)
long.mkdir()
rng = np.random.default_rng(1)


def slow(number):
    t = np.sort(rng.integers(0, 20_000, 5)) + 20_000 * number
    return evt3(t, rng.integers(0, 300, 5), rng.integers(0, 200, 5), rng.integers(0, 2, 5))


packets = [(SECOND + i * 20_000_000 + int(rng.integers(0, 10**7)), slow(i)) for i in range(2000)]

text = ros1.types["std_msgs/msg/String"]
write1("long/long.bag", [(CAMERA, K, [(ns, packet(ros1, i, ns, 0, "evt3", d, (300, 200))) for i, (ns, d) in enumerate(packets)]),
                         ("/chatter", "std_msgs/msg/String", [(ns + 5, text(data="no events")) for ns, _ in packets])],
       Writer1.CompressionFormat.LZ4, 8192)
cdr = [(ns, bytes(ros2.serialize_cdr(packet(ros2, i, ns, 0, "evt3", d, (300, 200)), K))) for i, (ns, d) in enumerate(packets)]
write_mcap("long/long.mcap", K, cdr, "cdr", compression=CompressionType.ZSTD)
write2("long/bag", [(CAMERA, K, [(ns, packet(ros2, i, ns, 0, "evt3", d, (300, 200))) for i, (ns, d) in enumerate(packets)])])
(long / "bag" / "bag.db3").rename(long / "long.db3")
shutil.rmtree(long / "bag")
