"""A plain Python server around the reference network, with the protocol of ssnn serve for frames.

    python3 bench/serve/server.py MODEL --port PORT [--threads N]

POST /v1/frames: an .npy [T, C, H, W] in, a line of JSON out. N threads compute an operation of the network.
"""
import argparse
import io
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parent / "../pytorch"))
import files  # noqa: E402

p = argparse.ArgumentParser()
p.add_argument("model")
p.add_argument("--port", type=int, required=True)
p.add_argument("--threads", type=int, default=1)
a = p.parse_args()
torch.set_num_threads(a.threads)
net, metadata = files.network(a.model)
net.eval()
classes = json.loads(metadata["classes"])


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        frames = torch.from_numpy(np.load(io.BytesIO(body)).astype(np.float32, copy=False))
        with torch.inference_mode():
            logits = net(frames[:, None])["logits"][0]
            scores = torch.softmax(logits, 0)
        best = int(logits.argmax())
        line = json.dumps({"class": classes[best], "score": float(scores[best]), "scores": scores.tolist(),
                           "logits": logits.tolist(), "label": best}).encode() + b"\n"
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(line)))
        self.end_headers()
        self.wfile.write(line)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 256


Server(("127.0.0.1", a.port), Handler).serve_forever()
