package events

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// The sample's own table says how many elements each packet has.
func TestAEDAT4Sample(t *testing.T) {
	data, err := os.ReadFile(recording("sample.aedat4"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := Detect(bytes.NewReader(data), Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := Summarise(r)
	if err != nil || r.Format() != "AEDAT 4" || r.Sensor() != (Size{320, 240}) ||
		s.Events != 111954 || s.On != 55023 {

		t.Errorf("%s, %v, %d events, %d on, %v, want AEDAT 4, 320x240, 111954 and 55023 on",
			r.Format(), r.Sensor(), s.Events, s.On, err)
	}
	if s.First != 1605537493718345 || s.Last != 1605537494308262 {
		t.Errorf("%d to %d us", s.First, s.Last)
	}

	d := r.(*aedat4)
	unpacked, err := d.unpack(bytes.NewReader(data[d.end:]))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(unpacked)
	if err != nil {
		t.Fatal(err)
	}
	root, ok := rootTable(raw[4:], "FTAB")
	if !ok {
		t.Fatal("no table at the end of the packets")
	}
	at, _ := root.field(0, 4)
	at += int(binary.LittleEndian.Uint32(root.b[at:]))
	n, total := int(binary.LittleEndian.Uint32(root.b[at:])), 0
	for i := range n {
		entry := at + 4 + 4*i
		entry += int(binary.LittleEndian.Uint32(root.b[entry:]))
		list := entry - int(int32(binary.LittleEndian.Uint32(root.b[entry:])))
		packet := flatTable{root.b, entry, list, int(binary.LittleEndian.Uint16(root.b[list:]))}
		info, ok := packet.field(1, 8)
		if !ok || int32(binary.LittleEndian.Uint32(root.b[info:])) == d.stream {
			elements, _ := packet.uint64(2)
			total += int(elements)
		}
	}
	if total != s.Events {
		t.Errorf("%d events in %d packets, by the table %d", s.Events, n, total)
	}
}

// flat is a FlatBuffer whose root has fields of four, eight or a vector of bytes each.
func flat(identifier string, fields ...any) []byte {
	list := 4 + 2*len(fields)
	b := binary.LittleEndian.AppendUint32(nil, uint32(8+list))
	b = append(b, identifier...)
	b = binary.LittleEndian.AppendUint16(b, uint16(list))
	b = binary.LittleEndian.AppendUint16(b, 0)
	at := 4
	var offsets []int
	for _, f := range fields {
		offsets = append(offsets, at)
		b = binary.LittleEndian.AppendUint16(b, uint16(at))
		at += 4
		if _, long := f.(int64); long {
			at += 4
		}
	}
	root := len(b)
	b = binary.LittleEndian.AppendUint32(b, uint32(list))
	b = append(b, make([]byte, at-4)...)
	for i, f := range fields {
		to := root + offsets[i]
		switch f := f.(type) {
		case int:
			binary.LittleEndian.PutUint32(b[to:], uint32(f))
		case int64:
			binary.LittleEndian.PutUint64(b[to:], uint64(f))
		case vector:
			binary.LittleEndian.PutUint32(b[to:], uint32(len(b)-to))
			b = binary.LittleEndian.AppendUint32(b, uint32(f.n))
			b = append(b, f.data...)
		}
	}
	return append(binary.LittleEndian.AppendUint32(nil, uint32(len(b))), b...)
}

type vector struct {
	n    int
	data []byte
}

// aedat4File is a recording of packets, each of one stream.
func aedat4File(compression int, ended bool, packets ...[]Event) []byte {
	info := `<dv version="2.0"><node name="outInfo"><node name="0"><attr ` +
		`key="typeIdentifier">FRME</attr></node>` +
		`<node name="1"><attr key="typeIdentifier">EVTS</attr><node name="info"><attr ` +
		`key="sizeX">64</attr><attr key="sizeY">48</attr></node></node></node></dv>`
	header := func(end int64) []byte {
		return append([]byte(aedat4Line), flat("IOHE", compression, end,
			vector{len(info), []byte(info)})...)
	}
	var b []byte
	var table []aedat4Entry
	pack := func(data []byte) []byte {
		var packed bytes.Buffer
		switch compression {
		case 0:
			packed.Write(data)
		case 1, 2:
			w := lz4.NewWriter(&packed)
			w.Write(data)
			w.Close()
		default:
			w, _ := zstd.NewWriter(&packed)
			w.Write(data)
			w.Close()
		}
		return packed.Bytes()
	}
	add := func(stream int32, data []byte, all []Event) {
		packed := pack(data)
		b = binary.LittleEndian.AppendUint32(b, uint32(stream))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(packed)))
		entry := aedat4Entry{At: int64(len(header(0)) + len(b)), Stream: stream,
			Size: int32(len(packed)), Elements: int64(len(all))}
		if len(all) > 0 {
			entry.First, entry.Last = all[0].T, all[len(all)-1].T
		}
		table = append(table, entry)
		b = append(b, packed...)
	}
	for _, p := range packets {
		var data []byte
		for _, e := range p {
			data = binary.LittleEndian.AppendUint64(data, uint64(e.T))
			data = binary.LittleEndian.AppendUint16(data, e.X)
			data = binary.LittleEndian.AppendUint16(data, e.Y)
			data = append(data, byte(bit(e.On)), 0, 0, 0)
		}
		add(1, flat("EVTS", vector{len(p), data}), p)
		add(0, []byte("a frame"), nil)
	}
	if !ended {
		return append(header(-1), b...)
	}
	return slices.Concat(header(int64(len(header(0))+len(b))), b,
		pack(flat("FTAB", aedat4Table(table))))
}

// aedat4Entry is what the table at the end says of a packet.
type aedat4Entry struct {
	At           int64
	Stream, Size int32
	Elements     int64
	First, Last  Micros
}

// aedat4Table is a vector of tables: offsets, one list of fields that all share, and the entries.
func aedat4Table(all []aedat4Entry) vector {
	var b bytes.Buffer
	write := func(v any) { binary.Write(&b, binary.LittleEndian, v) }
	const entry = 4 + 8 + 8 + 3*8
	list := 4 * len(all)
	for i := range all {
		write(uint32(list + 16 + entry*i - 4*i))
	}
	write([]uint16{14, entry, 4, 12, 20, 28, 36, 0})
	for i, e := range all {
		write(int32(16 + entry*i))
		write(e)
	}
	return vector{len(all), b.Bytes()}
}

func TestAEDAT4(t *testing.T) {
	packets := [][]Event{{{5, 1, 2, true}, {6, 63, 47, false}}, {}, {{1 << 50, 3, 4, true}}}
	want := slices.Concat(packets...)
	for compression := range 5 {
		for _, ended := range []bool{true, false} {
			data := aedat4File(compression, ended, packets...)
			if got, err := readAll(data); err != nil || !slices.Equal(got, want) {
				t.Errorf("compression %d: %v, %v, want %v", compression, got, err, want)
			}
			testCuts(t, fmt.Sprint("AEDAT 4, compression ", compression), data)
		}
	}
}

func TestAEDAT4Refuses(t *testing.T) {
	good := aedat4File(0, true, []Event{{T: 5}})
	for want, data := range map[string][]byte{
		"want compression 0 to 4": aedat4File(9, false),
		"want packets up to the table at byte": good[:bytes.Index(good,
			[]byte("a frame"))-8],
		"bytes of a packet, got 3 at the end of the file": good[:bytes.Index(good,
			[]byte("a frame"))+3],
		"want a time of at least 5 us": aedat4File(0, true, []Event{{T: 5}},
			[]Event{{T: 4}}),
		"want a FlatBuffer EVTS in a packet of events": bytes.Replace(good, []byte("EVTS\x06"),
			[]byte("EVTX\x06"), 1),
		"that names a stream of events (EVTS), got no such": bytes.Replace(good, []byte(">EVTS<"),
			[]byte(">IMUS<"), 1),
		"want a FlatBuffer IOHE": bytes.Replace(good, []byte("IOHE"), []byte("IOHX"), 1),
		"a packet that can be unpacked": bytes.Replace(aedat4File(1, true, []Event{{T: 5}}),
			[]byte("\x04\x22\x4d\x18"), []byte("\x04\x22\x4d\x19"), 1),
	} {
		if _, err := readAll(data); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// FuzzAEDAT4: no packet makes the reader panic.
func FuzzAEDAT4(f *testing.F) {
	for compression := range 5 {
		f.Add(aedat4File(compression, compression%2 == 0,
			[]Event{{5, 1, 2, true}, {6, 63, 47, false}}, []Event{{T: 9}}))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		data = append([]byte(aedat4Line), bytes.TrimPrefix(data, []byte(aedat4Line))...)
		all, err := readAll(data)
		checkWindow(t, data, all, err)
	})
}

// Frames of LZ4 are unpacked as reading them as streams does, whatever their options; those that
// are another kind, cut or damaged are left to that.
func TestUnpackLZ4Frame(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 10))
	data := make([]byte, 300_000)
	for i := range data {
		data[i] = byte(random.IntN(1 + i/1000%7))
		if i > 5000 && random.IntN(50) > 0 {
			data[i] = data[i-4999]
		}
	}
	random.Shuffle(9000, func(i, j int) { data[i], data[j] = byte(random.Uint32()), data[i] })
	quickly := 0
	for _, n := range []int{0, 1, 100, 70_000, 300_000} {
		for _, options := range [][]lz4.Option{
			{lz4.ChecksumOption(false)}, {lz4.ChecksumOption(true)},
			{lz4.ChecksumOption(false), lz4.BlockSizeOption(lz4.Block64Kb)},
			{lz4.ChecksumOption(false), lz4.BlockSizeOption(lz4.Block256Kb),
				lz4.SizeOption(uint64(n))},
			{lz4.ChecksumOption(false), lz4.BlockChecksumOption(true)},
		} {
			var b bytes.Buffer
			z := lz4.NewWriter(&b)
			if err := z.Apply(options...); err != nil {
				t.Fatal(err)
			}
			z.Write(data[:n])
			z.Close()
			frame := b.Bytes()
			got, whole := unpackLZ4Frame([]byte("before"), frame, 1<<20)
			if whole {
				quickly++
			}
			if whole && string(got) != "before"+string(data[:n]) {
				t.Fatalf("%d bytes, %v: other bytes", n, options)
			}
			if _, whole := unpackLZ4Frame(nil, frame[:len(frame)-1], 1<<20); whole {
				t.Errorf("%d bytes, %v: a frame that is cut", n, options)
			}
			if _, whole := unpackLZ4Frame(nil, append(frame, 0), 1<<20); whole {
				t.Errorf("%d bytes, %v: a frame with more behind it", n, options)
			}
		}
	}
	if quickly != 15 {
		t.Errorf("%d frames were unpacked quickly, want 15", quickly)
	}
}

// A frame whose blocks refer to those before, as liblz4 makes them unless told otherwise
// (lz4.frame.compress of Python with block_linked).
func TestUnpackLinkedLZ4Frame(t *testing.T) {
	want := make([]byte, 200_000)
	state := uint32(1)
	for i := range want {
		if i%5000 == 0 {
			state = 1 + uint32(i/5000/20)
		}
		state = (state*1103515245 + 12345) & 0x7fffffff
		want[i] = byte(state >> 16)
	}
	got, whole := unpackLZ4Frame(nil, testdata(t, "lz4/linked.lz4"), 1<<20)
	if !whole || !bytes.Equal(got, want) {
		t.Errorf("%d bytes, whole %v, want %d", len(got), whole, len(want))
	}
}

// Of several streams of events the first is read, or the one that is named by its number or its
// camera; all are listed. dv-processing made the file (testdata/make_aedat4.py).
func TestAEDAT4Streams(t *testing.T) {
	data := testdata(t, "streams.aedat4")
	for topic, right := range map[string]bool{"": false, "0": false, "left": false, "1": true,
		"right": true} {

		r := open(t, data, Options{Topic: topic})
		sensor, row := Size{346, 260}, uint16(0)
		if right {
			sensor, row = Size{640, 480}, 1
		}
		var want []Event
		for i := range uint16(20) {
			want = append(want, Event{T: 1_700_000_000_000_000 + 100*Micros(i), X: i, Y: 2*i + row,
				On: i%2 == 1})
		}
		got, err := ReadAll(r)
		if err != nil || !slices.Equal(got, want) || r.Sensor() != sensor {
			t.Errorf("topic %q: %v, sensor %v, %v; want %v, %v", topic, got, r.Sensor(), err, want,
				sensor)
		}
		streams := []Topic{{Name: "0", Type: "events left", Events: true, Read: !right},
			{Name: "1", Type: "events right", Events: true, Read: right}}
		if all := Topics(r); !slices.Equal(all, streams) {
			t.Errorf("topic %q: %v, want %v", topic, all, streams)
		}
	}
	_, err := detect(data, Options{Topic: "2"})
	if want := `no stream "2" of events, want one of 0 left, 1 right`; err == nil ||
		!strings.Contains(err.Error(), want) {

		t.Errorf("error %v, want %q", err, want)
	}
}
