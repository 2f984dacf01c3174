package experiment

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"ssnn/internal/atomicfile"
	"ssnn/internal/plainjson"
	"ssnn/recipes"
)

// keptFile is the content of a file in a run's folder that keeps a measurement of its network.
// Earlier versions wrote the measurement alone.
type keptFile struct {
	Network  string          `json:"network"` // digest, see recipes.Machine.NetworkDigest
	Measured json.RawMessage `json:"measured"`
	SHA256   string          `json:"sha256"` // digest of the two above, one after the other
}

func (k keptFile) sum() string {
	sum := sha256.Sum256(append([]byte(k.Network), k.Measured...))
	return hex.EncodeToString(sum[:])
}

// kept reads a measurement that the file keeps, or measures and keeps it there: a run is measured
// once, and its recordings may be gone afterwards. A measurement of another network than the folder
// holds now is made again.
func kept[T any](machine recipes.Machine, dir, file string, measure func() (T, error)) (
	v T, err error) {

	path := filepath.Join(dir, file)
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return v, err
	}
	was, had := keptFile{}, err == nil
	if had {
		if was, err = parseKept(text, &v); err != nil {
			return v, fmt.Errorf("%s: %w; delete this file, and the network is measured again",
				path, err)
		}
		if was.Network == "" { // an earlier version wrote the file
			return v, nil
		}
	}
	network, err := machine.NetworkDigest(dir)
	if err != nil || had && was.Network == network {
		return v, err
	}
	if v, err = measure(); err != nil {
		return v, err
	}
	now := keptFile{Network: network}
	if now.Measured, err = json.Marshal(v); err != nil {
		return v, err
	}
	now.SHA256 = now.sum()
	return v, atomicfile.Write(path, func(w io.Writer) error {
		return json.NewEncoder(w).Encode(now)
	})
}

// parseKept reads a file that kept wrote.
func parseKept[T any](text []byte, v *T) (k keptFile, err error) {
	if json.Unmarshal(text, &k) == nil && k.Network != "" {
		if k.SHA256 != k.sum() {
			return k, errors.New("it is damaged: its contents do not fit the SHA-256 in it")
		}
		text = k.Measured
	} else {
		k = keptFile{}
	}
	return k, plainjson.Unmarshal(text, v)
}
