"""Makes the MATLAB files of this folder, of the first 300 events of a RAW file that make_numpy.py keeps: python3 make_matlab.py

Needs scipy.
"""
import numpy as np
from scipy.io import savemat

all = np.load("fields.npy")[:300]
columns = {"ts": all["t"].astype(np.float64), "x": all["x"], "y": all["y"].astype(np.uint8 if all["y"].max() < 256 else np.uint16), "pol": all["p"]}
savemat("plain.mat", columns, oned_as="column")
savemat("compressed.mat", columns | {"note": "a text", "cell": np.array([1, "x"], object)}, do_compression=True, oned_as="row")
savemat("structure.mat", {"TD": columns}, oned_as="column")
