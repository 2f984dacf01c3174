package download

import "testing"

// What a server says of a range is a part of a file, or nothing.
func FuzzContentRange(f *testing.F) {
	for _, text := range []string{"bytes 100-199/200", "bytes */200", "bytes 0-0/1", "bytes 5-/",
		"", "bytes -1--1/-1",
		"bytes 9223372036854775808-1/2"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if from, total := contentRange(text); from < -1 || total < -1 ||
			total >= 0 && from >= total {

			t.Fatalf("%q: from %d of %d", text, from, total)
		}
	})
}
