package hdf5

import (
	"bytes"
	"encoding/binary"
	"testing"

	"pgregory.net/rapid"
)

// What PackECF packs is what the filter unpacks.
func TestPackECF(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var rows []byte
		now := rapid.Int64Range(-1000, 1<<40).Draw(t, "begin")
		n := rapid.IntRange(0, 200).Draw(t, "events")
		longest := int64(1) << rapid.IntRange(0, 40).Draw(t, "longest gap")
		wide := rapid.IntRange(1, 2048).Draw(t, "width")
		for range n {
			if rapid.Bool().Draw(t, "later") {
				now += rapid.Int64Range(0, longest).Draw(t, "gap")
			}
			rows = binary.LittleEndian.AppendUint16(rows,
				uint16(rapid.IntRange(0, wide-1).Draw(t, "x")))
			rows = binary.LittleEndian.AppendUint16(rows,
				uint16(rapid.IntRange(0, wide-1).Draw(t, "y")))
			rows = append(rows, byte(rapid.IntRange(0, 1).Draw(t, "p")), 0, 0, 0)
			rows = binary.LittleEndian.AppendUint64(rows, uint64(now))
		}
		got, err := new(ecf).undo(PackECF(rows), len(rows))
		if err != nil || !bytes.Equal(got, rows) {
			t.Fatalf("unpacked %x, %v, packed %x", got, err, rows)
		}
	})
}
