package stream

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"ssnn/events"
)

// By UDP the packets of AEDAT 3.1 come in pieces (libcaer, network.h; cAER's output), each datagram
// with a header of 20 bytes, little-endian:
//
//	| magic number 8 | sequence number 8 | version 1 | format 1 | source 2 | up to 1,452 bytes of a packet |
//
// The sequence number counts datagrams, and its highest bit says that a packet begins. A packet is
// passed on only when all of it has come.
const (
	networkMagic  = 0x1D378BC90B9A6658
	networkHeader = 20
	packetHeader  = 28
	mostPacket    = 64 << 20 // bytes
	packetBegins  = 1 << 63
	mostLost      = 1 << 32 // datagrams in a row; a larger gap is taken for a damaged number
)

// Lost counts datagrams that did not come or came too late, that are of no use because another did
// not come, and those of senders beyond the number allowed.
type Lost struct{ atomic.Int64 }

// count adds n, at most up to the largest int64, so that numbers from a network cannot make it
// negative.
func (l *Lost) count(n uint64) {
	for {
		old := l.Load()
		if l.CompareAndSwap(old, old+int64(min(n, uint64(math.MaxInt64-old)))) {
			return
		}
	}
}

// udp shares a socket among its senders: each has its own datagrams, in its own order.
type udp struct {
	conn *net.UDPConn
	most int // largest number of senders at a time
	lost *Lost
	come chan *datagrams // senders that no stream has taken yet
	over chan struct{}   // closed when the socket gives no more
	err  error           // the reason

	mu      sync.Mutex
	senders map[netip.AddrPort]*datagrams
}

// mostWaiting bounds the datagrams of a sender that wait to be read; further ones are lost.
const mostWaiting = 4096

func listenDatagrams(address string, senders int, silence time.Duration, lost *Lost) (
	*Source, error) {

	at, err := net.ResolveUDPAddr("udp", address)
	if err != nil {
		return nil, err
	}
	conn, err := net.ListenUDP("udp", at)
	if err != nil {
		return nil, err
	}
	conn.SetReadBuffer(8 << 20) // the system may allow less; datagrams that do not fit are lost
	u := &udp{conn: conn, most: senders, lost: lost, come: make(chan *datagrams, senders),
		over: make(chan struct{}), senders: map[netip.AddrPort]*datagrams{}}
	go func() {
		u.err = u.read(silence)
		close(u.over)
	}()
	return &Source{Name: listening("udp-listen", conn.LocalAddr()), Listens: true,
		close: conn.Close, next: func(ctx context.Context) (io.ReadCloser, string, error) {
			select {
			case d := <-u.come:
				defer context.AfterFunc(ctx, d.end)()
				if err := d.first(); err != nil {
					d.Close()
					return nil, d.sender.String(), err
				}
				return d, d.sender.String(), nil
			case <-u.over:
				return nil, "", u.err
			case <-ctx.Done():
				return nil, "", ctx.Err()
			}
		}}, nil
}

// read hands each datagram to its sender, until the socket is closed. Those of senders beyond the
// number allowed are lost.
func (u *udp) read(silence time.Duration) error {
	buf := make([]byte, 1<<16)
	for {
		n, from, err := u.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return err
		}
		u.hand(buf[:n], from, silence)
	}
}

// hand hands a datagram to its sender.
func (u *udp) hand(b []byte, from netip.AddrPort, silence time.Duration) {
	u.mu.Lock()
	defer u.mu.Unlock()
	d := u.sender(from, silence)
	if d == nil {
		u.lost.count(1)
		return
	}
	select {
	case d.came <- append(d.spare(), b...):
	default:
		u.lost.count(1)
	}
}

// sender returns the sender of an address, makes a new one if there is room, or returns nil.
func (u *udp) sender(from netip.AddrPort, silence time.Duration) *datagrams {
	d := u.senders[from]
	if d == nil && len(u.senders) < u.most {
		d = &datagrams{patience: patience{silence: silence}, lost: u.lost, sender: from, on: u,
			came: make(chan []byte, mostWaiting), used: make(chan []byte, 64),
			done: make(chan struct{})}
		u.senders[from] = d
		u.come <- d // does not block: the channel has room for all senders
	}
	return d
}

// datagrams reads the packets of one sender as they are in a stream, behind one network header.
type datagrams struct {
	patience
	lost   *Lost
	sender netip.AddrPort
	on     *udp
	came   chan []byte
	used   chan []byte // memory for the next ones
	done   chan struct{}
	ending sync.Once
	late   *time.Timer // ends the waiting; nil if that has no limit

	sequence uint64 // sequence number of the next datagram
	packet   []byte // bytes so far of the packet under way, its header first
	parts    int64  // number of datagrams that they came in
	ready    bytes.Reader
}

// spare returns memory for a datagram.
func (d *datagrams) spare() []byte {
	select {
	case b := <-d.used:
		return b[:0]
	default:
		return nil
	}
}

// first waits for the first packet, and puts the network header before it. A sender that stays
// within its first packet does not keep others out.
func (d *datagrams) first() error {
	if err := d.more(); err != nil {
		return err
	}
	first, _ := io.ReadAll(&d.ready)
	header := binary.LittleEndian.AppendUint64(nil, networkMagic)
	header = append(header, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0)
	d.ready.Reset(append(header, first...))
	return nil
}

// end ends reading.
func (d *datagrams) end() { d.ending.Do(func() { close(d.done) }) }

// Close ends reading, and makes room for another sender. Datagrams that were not read are lost.
func (d *datagrams) Close() error {
	d.end()
	d.on.mu.Lock()
	defer d.on.mu.Unlock()
	if d.on.senders[d.sender] != d {
		return nil // closed already
	}
	delete(d.on.senders, d.sender)
	for {
		select {
		case <-d.came:
			d.lost.count(1)
		default:
			return nil
		}
	}
}

func (d *datagrams) Read(b []byte) (int, error) {
	if d.ready.Len() == 0 {
		if err := d.more(); err != nil {
			return 0, err
		}
	}
	return d.ready.Read(b)
}

// SetReadDeadline sets the time until which reading waits for datagrams.
func (d *datagrams) SetReadDeadline(until time.Time) error {
	switch {
	case until.IsZero():
	case d.late == nil:
		d.late = time.NewTimer(time.Until(until))
	default:
		d.late.Reset(time.Until(until))
	}
	return nil
}

// more takes datagrams until a packet is ready.
func (d *datagrams) more() error {
	for d.ready.Len() == 0 {
		d.begin(d)
		var late <-chan time.Time
		if d.late != nil {
			late = d.late.C
		}
		select {
		case b := <-d.came:
			err := d.take(b)
			select {
			case d.used <- b:
			default:
			}
			if err != nil {
				return err
			}
		case <-late:
			return silent(os.ErrDeadlineExceeded, d.silence)
		case <-d.done:
			return net.ErrClosed
		}
	}
	return nil
}

// take takes a datagram of the sender.
func (d *datagrams) take(b []byte) error {
	if len(b) <= networkHeader || binary.LittleEndian.Uint64(b) != networkMagic {
		return refuse(0, "a header of 20 bytes that begins with the magic number, and a packet",
			fmt.Sprintf("%d bytes, %x", len(b), b[:min(len(b), 8)]))
	}
	if b[16] != 1 || b[17] != 0 {
		return refuse(16, "version 1 and format 0 (RAW)", fmt.Sprintf("%d and %d", b[16], b[17]))
	}
	sequence := binary.LittleEndian.Uint64(b[8:])
	begins := sequence&packetBegins != 0
	sequence &^= packetBegins
	switch known := d.sequence > 0; {
	case begins && sequence == 0: // the sender begins, or begins anew
		d.forget()
	case known && sequence < d.sequence: // it is too late, and was counted as lost
		return nil
	case known && sequence-d.sequence > mostLost:
		return refuse(8, fmt.Sprintf("a sequence number of at most %d after %d", uint64(mostLost),
			d.sequence), fmt.Sprint(sequence))
	case known && sequence > d.sequence:
		d.lost.count(sequence - d.sequence)
		d.forget()
	}
	d.sequence = sequence + 1
	if begins && len(d.packet) > 0 {
		return refuse(8, "the rest of a packet", "the beginning of the next")
	}
	if !begins && len(d.packet) == 0 { // its beginning is lost
		d.lost.count(1)
		return nil
	}
	d.packet = append(d.packet, b[networkHeader:]...)
	d.parts++
	return d.complete()
}

// forget gives up the packet under way.
func (d *datagrams) forget() {
	d.lost.count(uint64(d.parts))
	d.packet, d.parts = d.packet[:0], 0
}

// complete makes the packet ready if all of it is there.
func (d *datagrams) complete() error {
	if len(d.packet) < packetHeader {
		return refuse(networkHeader, "28 bytes of a packet's header", fmt.Sprint(len(d.packet)))
	}
	size := int64(int32(binary.LittleEndian.Uint32(d.packet[4:])))
	number := int64(int32(binary.LittleEndian.Uint32(d.packet[20:])))
	if size < 1 || number < 0 || size*number > mostPacket {
		return refuse(networkHeader+4, "a packet of at most 64 MiB",
			fmt.Sprintf("%d events of %d bytes", number, size))
	}
	switch left := packetHeader + size*number - int64(len(d.packet)); {
	case left < 0:
		return refuse(networkHeader, "no more than the packet has",
			fmt.Sprintf("%d bytes more", -left))
	case left == 0:
		d.ready.Reset(append([]byte(nil), d.packet...))
		d.packet, d.parts = d.packet[:0], 0
	}
	return nil
}

// refuse returns the error for a datagram.
func refuse(at int64, want, got string) error {
	return &events.FormatError{Format: "AEDAT 3.1 datagram", Offset: at, Want: want, Got: got}
}
