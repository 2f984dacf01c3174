package stream

import (
	"encoding/binary"
	"io"
	"strings"
	"testing"
)

// Whatever datagrams come, what is passed on is whole packets of the size that they say, and what
// is no datagram is refused in a line; there is never more memory than what came.
func FuzzDatagrams(f *testing.F) {
	packet := make([]byte, packetHeader+16)
	binary.LittleEndian.PutUint32(packet[4:], 8)
	binary.LittleEndian.PutUint32(packet[20:], 2)
	datagram := func(sequence uint64, part []byte) []byte {
		b := binary.LittleEndian.AppendUint64(nil, networkMagic)
		b = binary.LittleEndian.AppendUint64(b, sequence)
		b = append(append(b, 1, 0, 0, 0), part...)
		return append([]byte{byte(len(b)), byte(len(b) >> 8)}, b...)
	}
	whole := datagram(packetBegins, packet)
	f.Add(whole)
	f.Add(append(datagram(packetBegins, packet[:30]), datagram(1, packet[30:])...))
	f.Add(append(append(datagram(packetBegins|5, packet[:30]), datagram(7, packet[30:])...),
		whole...))
	f.Add(datagram(packetBegins, append(packet, 0)))
	f.Fuzz(func(t *testing.T, data []byte) {
		d := &datagrams{lost: &Lost{}}
		for came := 0; len(data) >= 2; {
			n := min(int(binary.LittleEndian.Uint16(data)), len(data)-2)
			part := data[2 : 2+n]
			data = data[2+n:]
			came += n
			if err := d.take(part); err != nil {
				if text := err.Error(); strings.ContainsAny(text, "\n\r") {
					t.Fatalf("error %q, want one line", text)
				}
				return // the source ends
			}
			if d.lost.Load() < 0 || len(d.packet) > came {
				t.Fatalf("%d lost, %d bytes of a packet of %d that came", d.lost.Load(),
					len(d.packet), came)
			}
			if d.ready.Len() == 0 {
				continue
			}
			b, _ := io.ReadAll(&d.ready)
			size, number := int(binary.LittleEndian.Uint32(b[4:])),
				int(binary.LittleEndian.Uint32(b[20:]))
			if len(b) != packetHeader+size*number {
				t.Fatalf("a packet of %d bytes, want %d events of %d", len(b), number, size)
			}
		}
	})
}
