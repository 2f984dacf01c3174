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
// The sequence number counts datagrams, its highest bit says that a packet begins. A packet is
// passed on when all of it is there; of one that is not, nothing is.
const (
	networkMagic  = 0x1D378BC90B9A6658
	networkHeader = 20
	packetHeader  = 28
	mostPacket    = 64 << 20 // bytes
	packetBegins  = 1 << 63
	mostLost      = 1 << 32 // datagrams in a row; more is a number that makes no sense
)

// Lost counts datagrams that did not come, or too late, or of no use without one that did not come,
// or from another than the sender.
type Lost struct{ atomic.Int64 }

// count adds n, up to the largest number that there is: what a network says never makes it
// negative.
func (l *Lost) count(n uint64) {
	for {
		old := l.Load()
		if l.CompareAndSwap(old, old+int64(min(n, uint64(math.MaxInt64-old)))) {
			return
		}
	}
}

// datagrams reads the packets of one sender as a stream has them: behind one network header.
type datagrams struct {
	conn *net.UDPConn
	patience
	lost *Lost

	sender   netip.AddrPort // datagrams of others are lost
	sequence uint64         // of the next datagram
	packet   []byte         // what has come of the packet under way; its header first
	parts    int64          // in so many datagrams
	ready    bytes.Reader
	buf      [1 << 16]byte // of a datagram

	closed  atomic.Bool
	reading sync.Mutex
}

func listenDatagrams(address string, silence time.Duration, lost *Lost) (*Source, error) {
	at, err := net.ResolveUDPAddr("udp", address)
	if err != nil {
		return nil, err
	}
	conn, err := net.ListenUDP("udp", at)
	if err != nil {
		return nil, err
	}
	conn.SetReadBuffer(8 << 20) // as much as the system lets us have: what does not fit is lost
	return &Source{Name: listening("udp-listen", conn.LocalAddr()), Listens: true,
		close: conn.Close, next: func(ctx context.Context) (io.ReadCloser, string, error) {
			defer context.AfterFunc(ctx, func() { conn.SetReadDeadline(time.Unix(1, 0)) })()
			d := &datagrams{conn: conn, patience: patience{silence: silence}, lost: lost}
			for d.ready.Len() == 0 {
				if d.sender.IsValid() {
					// one that stays within its first packet does not keep others out
					d.begin(conn)
				} else {
					wait(conn, 0)
				}
				if ctx.Err() != nil {
					return nil, "", ctx.Err()
				}
				if err := d.receive(); err != nil {
					return nil, d.sender.String(), silent(err, silence)
				}
			}
			first, _ := io.ReadAll(&d.ready)
			header := binary.LittleEndian.AppendUint64(nil, networkMagic)
			header = append(header, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0)
			d.ready.Reset(append(header, first...))
			return d, d.sender.String(), nil
		}}, nil
}

// Close ends reading, so that the next stream has the socket, which is the source's, for itself.
func (d *datagrams) Close() error {
	d.closed.Store(true)
	err := d.conn.SetReadDeadline(time.Unix(1, 0))
	d.reading.Lock()
	defer d.reading.Unlock()
	return err
}

func (d *datagrams) Read(b []byte) (int, error) {
	d.reading.Lock()
	defer d.reading.Unlock()
	for d.ready.Len() == 0 {
		d.begin(d.conn)
		if d.closed.Load() {
			return 0, net.ErrClosed
		}
		if err := d.receive(); err != nil {
			return 0, silent(err, d.silence)
		}
	}
	return d.ready.Read(b)
}

// receive takes the sender's next datagram, and makes the packet that it completes ready. Those of
// others do not put off the deadline.
func (d *datagrams) receive() error {
	for {
		n, from, err := d.conn.ReadFromUDPAddrPort(d.buf[:])
		if err != nil {
			return err
		}
		if !d.sender.IsValid() {
			d.sender = from
		}
		if from == d.sender {
			return d.take(d.buf[:n])
		}
		d.lost.count(1)
	}
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
	case begins && sequence == 0: // the sender begins, maybe anew
		d.forget()
	case known && sequence < d.sequence: // too late: it has been counted
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
	size, number := int64(int32(binary.LittleEndian.Uint32(d.packet[4:]))), int64(int32(binary.LittleEndian.Uint32(d.packet[20:])))
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

// refuse is the error for a datagram.
func refuse(at int64, want, got string) error {
	return &events.FormatError{Format: "AEDAT 3.1 datagram", Offset: at, Want: want, Got: got}
}
