package experiment

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"ssnn/internal/atomicfile"
)

// kept reads what was measured of a run from a file of its folder, or measures it and keeps it there.
func kept[T any](path string, measure func() (T, error)) (v T, err error) {
	text, err := os.ReadFile(path)
	if err == nil {
		if err := json.Unmarshal(text, &v); err != nil {
			return v, fmt.Errorf("%s: %w; without this file the network is measured again", path, err)
		}
		return v, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return v, err
	}
	if v, err = measure(); err != nil {
		return v, err
	}
	return v, atomicfile.Write(path, func(w io.Writer) error { return json.NewEncoder(w).Encode(v) })
}
