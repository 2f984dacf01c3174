package events

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"ssnn/internal/names"
)

// Format names a file format of recordings in flags, recipes and requests. The empty Format stands
// for the format that a file's first bytes show, or its name where the format has no mark.
type Format string

// These formats have no mark at the beginning of a file, so content alone never shows them.
const (
	Bin   Format = "bin"   // 40-bit events
	CSV   Format = "csv"   // a table; one that names its columns needs no Format
	EVT2  Format = "evt2"  // words of EVT 2.0 without the header of a Prophesee RAW file
	EVT21 Format = "evt21" // words of EVT 2.1 without that header
	EVT3  Format = "evt3"  // words of EVT 3.0 without that header
	EVT4  Format = "evt4"  // words of EVT 4.0 without that header
)

// endings are the endings of file names that are usual for a format without a mark.
var endings = map[Format][]string{
	Bin: {".bin", ".bs2"},
	CSV: {".csv", ".txt", ".tsv"},
}

// Formats lists the words that UnmarshalText reads.
func Formats() []string {
	var all []string
	for _, f := range formats {
		if !slices.Contains(all, string(f.name)) {
			all = append(all, string(f.name))
		}
	}
	return all
}

// UnmarshalText reads one of Formats. No text at all is the empty Format.
func (f *Format) UnmarshalText(b []byte) error {
	if all := Formats(); len(b) > 0 && !slices.Contains(all, string(b)) {
		return fmt.Errorf("format is %q, want %s", b, names.List(all))
	}
	*f = Format(b)
	return nil
}

// named says whether a file's name is usual for a format.
func (f Format) named(name string) bool {
	return slices.Contains(endings[f], strings.ToLower(path.Ext(name)))
}

// under lists the file names that are usual for a format, for errors: "*.bin or *.bs2".
func (f Format) under() string {
	var all []string
	for _, e := range endings[f] {
		all = append(all, "*"+e)
	}
	return names.List(all)
}
