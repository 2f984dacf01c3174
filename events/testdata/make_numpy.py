"""Makes the NumPy files of this folder: python3 make_numpy.py expelliarmus.npy

The argument is the expected output of expelliarmus' test of EVT 3.0 (github.com/open-neuromorphic/expelliarmus), of which the first 500 events are
kept; its times are known to be wrong where the lower part of the clock runs over, which these do not reach.
"""
import sys
import numpy as np

all = np.load(sys.argv[1])[:500]
np.save("fields.npy", all)
np.save("lines.npy", np.stack([all["t"], all["x"], all["y"], all["p"]], axis=1).astype(">i4"))
np.save("milliseconds.npy", np.stack([all["x"], all["y"], all["p"], all["t"] / 1000], axis=1))
np.savez_compressed("arrays.npz", t=all["t"], x=all["x"], y=all["y"], p=all["p"].astype(bool))
np.savez("single.npz", all)
