package tensorboard

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"testing"
	"time"
)

// The fields are those of event.proto and summary.proto, as TensorBoard reads them.
func TestRecords(t *testing.T) {
	var b bytes.Buffer
	at := time.Unix(1, 5e8)
	if err := WriteHeader(&b, at); err != nil {
		t.Fatal(err)
	}
	if err := WriteScalars(&b, at, 3, []Scalar{{"a/b", 0.5}}); err != nil {
		t.Fatal(err)
	}
	data := b.Bytes()
	want := []string{
		"09" + "000000000000f83f" + "1a0d" + hex.EncodeToString([]byte("brain.Event:2")),
		"09" + "000000000000f83f" + "1003" + "2a0c" + "0a0a" + "0a03" + "612f62" + "15" +
			"0000003f",
	}
	for _, w := range want {
		n := binary.LittleEndian.Uint64(data)
		if got := hex.EncodeToString(data[12 : 12+n]); got != w {
			t.Errorf("data %s, want %s", got, w)
		}
		if got := binary.LittleEndian.Uint32(data[8:]); got != masked(data[:8]) {
			t.Errorf("the length's sum is %x", got)
		}
		if got := binary.LittleEndian.Uint32(data[12+n:]); got != masked(data[12:12+n]) {
			t.Errorf("the data's sum is %x", got)
		}
		data = data[16+n:]
	}
	if len(data) > 0 {
		t.Errorf("%d bytes are left", len(data))
	}
}

// The check value of CRC-32C is e3069283; masked as record_writer.cc does.
func TestMasked(t *testing.T) {
	crc := uint32(0xe3069283)
	if got, want := masked([]byte("123456789")), (crc>>15|crc<<17)+0xa282ead8; got != want {
		t.Errorf("%x, want %x", got, want)
	}
}
