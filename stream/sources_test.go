package stream

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"ssnn/events"
)

var everyTenth = Config{Window: 300_000, Hop: 100_000}

// packets are events as AEDAT 3.1 has them, behind the header of a file.
func packets(t testing.TB, all []events.Event) []byte {
	var file bytes.Buffer
	w, err := events.NewWriter(&file, "aedat", events.Size{Width: 34, Height: 34})
	if err != nil {
		t.Fatal(err)
	}
	for len(all) > 0 {
		n := min(1000, len(all))
		w.Write(all[:n])
		all = all[n:]
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	_, b, _ := bytes.Cut(file.Bytes(), []byte("#!END-HEADER\r\n"))
	return b
}

// header is what AEDAT 3.1 puts before a stream by TCP, and before each datagram.
func header(sequence uint64) []byte {
	b := binary.LittleEndian.AppendUint64(nil, networkMagic)
	return append(binary.LittleEndian.AppendUint64(b, sequence), 1, 0, 1, 0)
}

// pieces are the datagrams of packets, numbered from 0 on.
func pieces(packets []byte) (all [][]byte) {
	for len(packets) > 0 {
		packet := packets[:packetHeader+8*int(binary.LittleEndian.Uint32(packets[20:]))]
		packets = packets[len(packet):]
		for begins := uint64(packetBegins); len(packet) > 0; begins = 0 {
			n := min(len(packet), 1452)
			all = append(all, append(header(uint64(len(all))|begins), packet[:n]...))
			packet = packet[n:]
		}
	}
	return all
}

// served are the decisions and lines of a source under test.
type served struct {
	t       *testing.T
	address string
	mu      sync.Mutex
	decided []Decision
	lines   []string
	stop    func() error
}

func serve(t *testing.T, name string, silence time.Duration) (*served, *Stream, *Lost) {
	v, all, lost := serveAll(t, name, 1, silence)
	return v, all[0], lost
}

func serveAll(t *testing.T, name string, senders int, silence time.Duration) (*served, []*Stream,
	*Lost) {

	var all []*Stream
	m := openModel(t, false)
	for range senders {
		s, err := New(m, everyTenth, 1)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	lost := new(Lost)
	src, err := OpenSource(name, senders, silence, lost)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	_, address, _ := strings.Cut(src.Name, "://")
	v := &served{t: t, address: address}
	v.stop = func() error {
		cancel()
		err := <-done
		src.Close()
		for _, s := range all {
			s.Close()
		}
		return err
	}
	go func() {
		done <- ServeAll(ctx, all, src, 0, func(d Decision) error {
			v.mu.Lock()
			defer v.mu.Unlock()
			v.decided = append(v.decided, d)
			return nil
		}, func(line string) {
			v.mu.Lock()
			defer v.mu.Unlock()
			v.lines = append(v.lines, line)
		})
	}()
	return v, all, lost
}

// await waits until the last line has a text, and takes the decisions until then.
func (v *served) await(text string) (decided []Decision) {
	v.t.Helper()
	for range 500 {
		v.mu.Lock()
		if n := len(v.lines); n > 0 && strings.Contains(v.lines[n-1], text) {
			decided, v.decided = v.decided, nil
			v.lines = nil
			v.mu.Unlock()
			return decided
		}
		v.mu.Unlock()
		time.Sleep(10 * time.Millisecond)
	}
	v.t.Fatalf("got the lines %q, want one with %q", v.lines, text)
	return nil
}

// check compares decisions but for their latency.
func check(t *testing.T, what string, got, want []Decision) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d decisions, want %d", what, len(got), len(want))
	}
	for i := range want {
		g, w := got[i], want[i]
		if g.End != w.End || g.Class != w.Class || g.Events != w.Events ||
			!slices.Equal(g.Logits, w.Logits) || g.Cut != w.Cut {

			t.Fatalf("%s, window %d: %v, want %v", what, i, g, w)
		}
	}
}

// One sender after the other by TCP: each is decided like the recording; cut, damaged and silent
// ones end with a line, and what came of them is decided.
func TestListenTCP(t *testing.T) {
	m, all := openModel(t, false), digits(t)
	want, _ := run(t, m, everyTenth, all)
	part, _ := run(t, m, everyTenth, all[:9000])
	few, _ := run(t, m, everyTenth, all[:300])
	v, s, _ := serve(t, "tcp-listen://127.0.0.1:0", 300*time.Millisecond)
	good := append(header(0), packets(t, all)...)
	begun := packets(t, all[:9000])
	damaged := slices.Concat(header(0), begun,
		[]byte("\xff\xff no packet at all, no packet at all"))
	cut := slices.Concat(header(0), begun, packets(t, all[9000:])[:100])
	cut = cut[:len(cut)-100+packetHeader] // the header of a packet of 1000 events, and none of them
	for _, c := range []struct {
		sends  []byte
		silent bool
		line   string
		want   []Decision
	}{
		{good, false, "has ended", want},
		{damaged, false, "AEDAT 3.1, byte 72104: want a type of events of at least 0, got -1",
			part},
		{cut, false, "more events of a packet, got the end of the file", part},
		{slices.Concat(header(0), begun), true, "no events came for 300ms", part},
		// not 4 KiB
		{slices.Concat(header(0), packets(t, all[:300])), true, "no events came for 300ms", few},
		{nil, false, "an empty file", nil},
		{good, false, "has ended", want},
	} {
		conn, err := net.Dial("tcp", v.address)
		if err != nil {
			t.Fatal(err)
		}
		conn.Write(c.sends)
		if !c.silent {
			conn.Close()
		}
		check(t, c.line, v.await(c.line), c.want)
		conn.Close()
	}
	if err := v.stop(); err != nil {
		t.Errorf("stopped: %v", err)
	}
	if s.Events.Load() != s.Decided.Load()+s.Dropped.Load() || s.Dropped.Load() != 0 {
		t.Errorf("%d events, %d decided, %d dropped", s.Events.Load(), s.Decided.Load(),
			s.Dropped.Load())
	}
}

// A listener that fails again and again is asked less and less often, and goes on where it no
// longer does; one that was closed ends.
func TestListenerFails(t *testing.T) {
	s, err := New(openModel(t, false), everyTenth, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	good := slices.Concat(header(0), packets(t, digits(t)))
	full := &net.OpError{Op: "accept", Net: "tcp", Err: syscall.EMFILE}
	n, began := 0, time.Now()
	src := &Source{Name: "tcp-listen://x:1", Listens: true, next: func(context.Context) (io.ReadCloser, string, error) {
		switch n++; {
		case n == 6:
			return io.NopCloser(bytes.NewReader(good)), "y:2", nil
		case n < 8:
			return nil, "", full
		}
		return nil, "", &net.OpError{Op: "accept", Net: "tcp", Err: net.ErrClosed}
	}}
	var lines []string
	var wait time.Duration
	err = s.Serve(context.Background(), src, 0, func(Decision) error { return nil },
		func(line string) {
			if lines = append(lines, line); strings.HasSuffix(line, "from y:2") {
				wait = time.Since(began)
			}
		})
	if !errors.Is(err, net.ErrClosed) || len(lines) != 8 || wait < 155*time.Millisecond {
		t.Errorf("%v, the lines %q, the stream after %v; want an end and 5, 10, 20, 40 and 80 ms "+
			"of pauses before the stream", err, lines, wait)
	}
}

// Connecting to a sender ends with it, or with an error where it breaks off.
func TestConnect(t *testing.T) {
	m, all := openModel(t, false), digits(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	good := append(header(0), packets(t, all)...)
	for want, sends := range map[string]func(c *net.TCPConn){
		"":                         func(c *net.TCPConn) { c.Write(good); c.Close() },
		"want 8 bytes of an event": func(c *net.TCPConn) { c.Write(good[:len(good)-3]); c.Close() },
		"reset by peer": func(c *net.TCPConn) {
			c.Write(good)
			time.Sleep(50 * time.Millisecond)
			c.SetLinger(0)
			c.Close()
		},
		"no events came for 200ms": func(c *net.TCPConn) {
			c.Write(good)
			time.Sleep(400 * time.Millisecond)
			c.Close()
		},
	} {
		go func() {
			if c, err := l.Accept(); err == nil {
				sends(c.(*net.TCPConn))
			}
		}()
		src, err := OpenSource("tcp://"+l.Addr().String(), 1, 200*time.Millisecond, nil)
		if err != nil {
			t.Fatal(err)
		}
		s, err := New(m, everyTenth, 1)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		err = s.Serve(context.Background(), src, 0, func(Decision) error { n++; return nil },
			func(line string) { t.Error(line) })
		if fmt.Sprint(err) != "<nil>" && want == "" || !strings.Contains(fmt.Sprint(err), want) ||
			n == 0 {

			t.Errorf("%d decisions, %v, want %q", n, err, want)
		}
		s.Close()
	}
	src, err := OpenSource("tcp://127.0.0.1:1", 1, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := src.Next(context.Background()); err == nil ||
		!strings.Contains(err.Error(), "refused") {

		t.Errorf("got %v, want refused", err)
	}
	for _, bad := range []string{"http://x:1", "tcp-listen://nowhere", "udp-listen://x:y"} {
		if src, err := OpenSource(bad, 1, 0, nil); err == nil {
			t.Errorf("%s is %+v", bad, src)
		}
	}
}

// By UDP packets come in pieces; what is lost takes its packet with it and is counted, and what is
// no datagram of the format ends a stream.
func TestListenUDP(t *testing.T) {
	m, all := openModel(t, false), digits(t)
	want, _ := run(t, m, everyTenth, all)
	v, s, lost := serve(t, "udp-listen://127.0.0.1:0", 300*time.Millisecond)
	conn, err := net.Dial("udp", v.address)
	if err != nil {
		t.Fatal(err)
	}
	send := func(all ...[]byte) {
		for i, b := range all {
			conn.Write(b)
			if i%16 == 15 {
				time.Sleep(time.Millisecond) // so that none is lost for want of room
			}
		}
	}
	sent := pieces(packets(t, all))
	send(sent...)
	check(t, "whole", v.await("no events came for 300ms"), want)

	// The third packet, of 4,096 events, is in datagrams 46 to 68. One of them does not come, one
	// twice, and another sender's is none of ours.
	stranger, err := net.Dial("udp", v.address)
	if err != nil {
		t.Fatal(err)
	}
	send(sent[:40]...)
	time.Sleep(20 * time.Millisecond)
	stranger.Write(sent[40])
	time.Sleep(20 * time.Millisecond)
	send(sent[40:50]...)
	send(sent[49])
	send(sent[51:]...)
	less, _ := run(t, m, everyTenth, slices.Concat(all[:8192], all[12288:]))
	check(t, "one lost", v.await("no events came for 300ms"), less)
	if lost.Load() != 1+23 { // the stranger's, and those of the packet
		t.Errorf("%d datagrams lost, want 24", lost.Load())
	}

	for line, bad := range map[string][]byte{
		"datagram, byte 0: want a header of 20 bytes": []byte("hello"),
		"datagram, byte 16: want version 1": append(slices.Clone(header(46 | packetBegins)[:16]), 9,
			0, 1, 0, 1, 2, 3),
		"datagram, byte 8: want the rest of a packet": append(header(22|packetBegins),
			sent[23][networkHeader:]...),
		"datagram, byte 24: want a packet of at most": append(header(46|packetBegins),
			bytes.Repeat([]byte{0x7f}, 28)...),
	} {
		begin, part := sent[:46], all[:8192]
		if strings.Contains(line, "the rest") {
			begin, part = sent[:22], nil
		}
		send(begin...)
		send(bad)
		decided := v.await(line)
		if n := len(decided); part != nil {
			want, _ := run(t, m, everyTenth, part)
			check(t, line, decided, want)
		} else if n != 0 {
			t.Errorf("%s: %d decisions of a packet that is not whole", line, n)
		}
	}
	send(sent...)
	check(t, "whole again", v.await("no events came for 300ms"), want)
	if err := v.stop(); err != nil {
		t.Errorf("stopped: %v", err)
	}
	if s.Events.Load() != s.Decided.Load()+s.Dropped.Load() {
		t.Errorf("%d events, %d decided, %d dropped", s.Events.Load(), s.Decided.Load(),
			s.Dropped.Load())
	}
}

// A sender that dies within its first packet, or later, is given up after the silence, also while
// another one sends all the time; then that one is heard.
func TestListenUDPGivesUp(t *testing.T) {
	v, _, lost := serve(t, "udp-listen://127.0.0.1:0", 200*time.Millisecond)
	sent := pieces(packets(t, digits(t)))
	for _, n := range []int{1, 40} {
		dead, err := net.Dial("udp", v.address)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range sent[:n] {
			dead.Write(b)
		}
		time.Sleep(20 * time.Millisecond)
		other, err := net.Dial("udp", v.address)
		if err != nil {
			t.Fatal(err)
		}
		done, stop := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(done)
			for {
				select {
				case <-stop:
					return
				case <-time.After(10 * time.Millisecond):
					other.Write(sent[1])
				}
			}
		}()
		v.await(dead.LocalAddr().String() + ": no events came for 200ms")
		time.Sleep(50 * time.Millisecond)
		close(stop)
		<-done
		v.await(other.LocalAddr().String() + ": no events came for 200ms")
		dead.Close()
		other.Close()
	}
	if lost.Load() < 10 {
		t.Errorf("%d datagrams lost, want those of the others too", lost.Load())
	}
	if err := v.stop(); err != nil {
		t.Errorf("stopped: %v", err)
	}
}

// A datagram takes no memory of its own.
func TestDatagramMemory(t *testing.T) {
	src, err := OpenSource("udp-listen://127.0.0.1:0", 1, time.Second, new(Lost))
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	conn, err := net.Dial("udp", strings.TrimPrefix(src.Name, "udp-listen://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	sent := pieces(packets(t, digits(t)))
	for _, b := range sent { // they wait in the socket
		conn.Write(b)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	in, _, err := src.Next(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	for {
		if _, err := in.Read(make([]byte, 4096)); err != nil {
			break
		}
	}
	runtime.ReadMemStats(&after)
	if each := (after.TotalAlloc - before.TotalAlloc) / uint64(len(sent)); each > 10<<10 {
		t.Errorf("%d bytes allocated for each of %d datagrams, want less than 10 KiB", each,
			len(sent))
	}
}

// Prometheus is told what happened.
func TestMetrics(t *testing.T) {
	s, err := New(openModel(t, false), everyTenth, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	lost := new(Lost)
	lost.Add(3)
	m := NewMetrics(lost, s)
	all := digits(t)
	all = append(all, events.Event{T: all[len(all)-1].T, X: 34}) // which makes no sense
	classes := map[string]int{}
	if err := s.Run(context.Background(), opens(all), func(d Decision) error {
		m.Observe(d)
		classes[d.Name]++
		return nil
	}); err == nil {
		t.Fatal("an event outside of the sensor is accepted")
	}
	w := httptest.NewRecorder()
	m.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	want := []string{
		fmt.Sprintf("ssnn_stream_events_total %d", len(all)), "ssnn_stream_dropped_total 0",
		"ssnn_stream_undecided_total 1", fmt.Sprintf("ssnn_stream_decided_total %d", len(all)-1),
		"ssnn_stream_lost_datagrams_total 3", "ssnn_stream_blank_windows_total 0", "go_goroutines ",
	}
	n := 0
	for _, class := range s.model.Classes {
		want = append(want, fmt.Sprintf("ssnn_stream_decisions_total{class=%q} %d", class,
			classes[class]))
		n += classes[class]
	}
	want = append(want, fmt.Sprintf("ssnn_stream_latency_seconds_count %d", n))
	for _, line := range want {
		if !strings.Contains(w.Body.String(), line) {
			t.Errorf("no line %q in\n%s", line, w.Body)
		}
	}
	if want := fmt.Sprintf("%d events = %d decided + 0 dropped + 1 undecided, %d decisions, ",
		len(all), len(all)-1, n); !strings.HasPrefix(m.Summary().String(), want) {
		t.Errorf("got %s, want %s", m.Summary(), want)
	}
	if sum := m.Summary(); sum.Decisions != int64(n) || sum.Events != int64(len(all)) ||
		sum.Lost != 3 || sum.Worst < sum.Mean || sum.Mean <= 0 {

		t.Errorf("summary %+v", sum)
	}
}

// Bytes of which no event comes do not put the silence off, by TCP and in datagrams that come too
// late; then the next sender is heard.
func TestDrippingIsSilence(t *testing.T) {
	sent := pieces(packets(t, digits(t)))
	late := append(header(0), sent[0][networkHeader:]...) // goes on with a packet under way
	for _, c := range []struct {
		network     string
		begin, drip []byte
	}{
		{"tcp", []byte("#!AER-DAT2.0\r\n"), []byte("#")},
		{"udp", sent[0], late},
	} {
		v, _, _ := serve(t, c.network+"-listen://127.0.0.1:0", 300*time.Millisecond)
		slow, err := net.Dial(c.network, v.address)
		if err != nil {
			t.Fatal(err)
		}
		slow.Write(c.begin)
		stop, done := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(done)
			for {
				select {
				case <-stop:
					return
				case <-time.After(50 * time.Millisecond):
					slow.Write(c.drip)
				}
			}
		}()
		v.await("no events came for 300ms")
		close(stop)
		<-done
		slow.Close()
		if err := v.stop(); err != nil {
			t.Errorf("%s: stopped: %v", c.network, err)
		}
	}
}

// No sequence number makes the count of what was lost negative, or shuts the sender out.
func TestSequenceNumbers(t *testing.T) {
	begins := pieces(packets(t, digits(t)))[0]
	numbered := func(sequence uint64) []byte {
		return append(header(sequence|packetBegins), begins[networkHeader:]...)
	}
	for _, jump := range []uint64{mostLost + 5, 1 << 62, 1<<63 - 1} {
		d := &datagrams{lost: new(Lost)}
		for sequence := range uint64(2) {
			if err := d.take(append(header(sequence), begins[networkHeader:]...)); err != nil {
				t.Fatal(err)
			}
		}
		if err := d.take(numbered(jump)); err == nil || !strings.Contains(err.Error(),
			"a sequence number of at most 4294967296 after 2") {

			t.Errorf("%d: %v, want an error", jump, err)
		}
		if n := d.lost.Load(); n != 2 { // both without a beginning
			t.Errorf("%d: %d datagrams are lost, want 2", jump, n)
		}
	}
	var lost Lost
	for _, n := range []uint64{5, math.MaxUint64, math.MaxInt64, 1} {
		lost.count(n)
	}
	if lost.Load() != math.MaxInt64 {
		t.Errorf("%d are lost, want the largest number", lost.Load())
	}
}

// Two cameras that send at the same time are each decided like their own recording, whatever a
// third sender drips, and a sender more waits, or is lost, until one has ended.
func TestSenders(t *testing.T) {
	m := openModel(t, false)
	whole := digits(t)
	other := slices.Clone(whole[:9000])
	for i := range other { // seen in a mirror
		other[i].X = 33 - other[i].X
	}
	var want [2][]Decision
	for i, all := range [][]events.Event{whole, other} {
		want[i], _ = run(t, m, everyTenth, all)
	}
	for _, network := range []string{"tcp", "udp"} {
		v, streams, lost := serveAll(t, network+"-listen://127.0.0.1:0", 3, time.Second)
		dial := func() net.Conn {
			c, err := net.Dial(network, v.address)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		dripping := dial()
		defer dripping.Close()
		if network == "udp" { // it would end within its silence otherwise
			dripping.Write(pieces(packets(t, whole))[0])
		} else {
			dripping.Write([]byte("#!AER-DAT2.0\r\n"))
		}
		var from [2]string
		var sending sync.WaitGroup
		for i, all := range [][]events.Event{whole, other} {
			c := dial()
			from[i] = c.LocalAddr().String()
			sending.Go(func() {
				defer c.Close()
				if network == "tcp" {
					c.Write(header(0))
					for part := range slices.Chunk(packets(t, all), 5000) {
						c.Write(part)
						time.Sleep(time.Millisecond)
					}
					return
				}
				for i, b := range pieces(packets(t, all)) {
					if c.Write(b); i%8 == 7 {
						time.Sleep(time.Millisecond)
					}
				}
			})
		}
		sending.Wait()
		var got [2][]Decision
		for range 1000 {
			v.mu.Lock()
			for _, d := range v.decided {
				for i := range from {
					if d.From == from[i] {
						got[i] = append(got[i], d)
					}
				}
			}
			v.decided = nil
			v.mu.Unlock()
			if len(got[0]) >= len(want[0]) && len(got[1]) >= len(want[1]) {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		for i := range want {
			check(t, network+" from "+from[i], got[i], want[i])
		}
		if err := v.stop(); err != nil {
			t.Errorf("%s: stopped: %v", network, err)
		}
		var events int64
		for _, s := range streams {
			events += s.Decided.Load()
		}
		if events != int64(len(whole)+len(other)) || network == "tcp" && lost.Load() != 0 {
			t.Errorf("%s: %d events are decided, %d datagrams lost", network, events, lost.Load())
		}
	}
}
