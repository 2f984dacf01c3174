package atomicfile

import (
	"encoding/json"
	"io"
)

// WriteLines replaces a file, as [Write] does, by a file with a line of JSON for each value.
func WriteLines[T any](path string, values []T) error {
	return Write(path, func(w io.Writer) error {
		lines := json.NewEncoder(w)
		for _, v := range values {
			if err := lines.Encode(v); err != nil {
				return err
			}
		}
		return nil
	})
}
