"""Works out the digest of digest_test.go's small file by its definition in digest.go, without ssnn."""

import hashlib
import json
import struct


def digest(metadata, tensors):
    """tensors: name -> (dtype, shape, bytes)"""
    number = lambda n: struct.pack("<Q", n)
    text = lambda s: number(len(s.encode())) + s.encode()
    entries = {k: v for k, v in metadata.items() if k != "sha256"}
    out = number(len(entries)) + b"".join(text(k) + text(entries[k]) for k in sorted(entries))
    out += number(len(tensors))
    for name in sorted(tensors):
        dtype, shape, data = tensors[name]
        out += text(name) + text(dtype) + number(len(shape)) + b"".join(map(number, shape))
        out += hashlib.sha256(data).digest()
    return hashlib.sha256(out).hexdigest()


def digest_of_file(path):
    """The digest that the file should have, and the one that it carries."""
    whole = open(path, "rb").read()
    (length,) = struct.unpack("<Q", whole[:8])
    header, body = json.loads(whole[8 : 8 + length]), whole[8 + length :]
    metadata = header.pop("__metadata__", {})
    cut = lambda e: body[e["data_offsets"][0] : e["data_offsets"][1]]
    tensors = {name: (e["dtype"], e["shape"], cut(e)) for name, e in header.items()}
    return digest(metadata, tensors), metadata.get("sha256")


if __name__ == "__main__":
    print(
        digest(
            {"recipe": "seed = 1\n", "classes": '["a", "b"]'},
            {"weight": ("F32", [2, 1], struct.pack("<2f", 1, -2)), "bias": ("I64", [1], struct.pack("<q", 3))},
        )
    )
