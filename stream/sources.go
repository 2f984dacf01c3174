package stream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"ssnn/events"
	"ssnn/internal/address"
	"ssnn/internal/regular"
)

// Source yields streams, one after the other or several at a time.
type Source struct {
	Name    string // as the user wrote it, or the address at which it listens
	Listens bool   // after a stream it waits for the next one
	File    bool   // it is a recording on disk
	Waits   bool   // a slow reader can keep it waiting, so that no event need be dropped

	next  func(ctx context.Context) (io.ReadCloser, string, error)
	close func() error
}

// Next waits for the next stream, and returns it with the address of its sender. When ctx is done,
// the error is that of ctx.
func (s *Source) Next(ctx context.Context) (r io.ReadCloser, from string, err error) {
	r, from, err = s.next(ctx)
	if ctx.Err() != nil {
		if err == nil {
			r.Close()
		}
		return nil, "", ctx.Err()
	}
	return r, from, err
}

// Close ends listening.
func (s *Source) Close() error {
	if s.close == nil {
		return nil
	}
	return s.close()
}

// Sources explains what OpenSource opens.
const Sources = "a file, - for standard input, tcp://HOST:PORT to connect, " +
	"tcp-listen://[HOST]:PORT or udp-listen://[HOST]:PORT to listen"

// ErrSource is the error of OpenSource for a name that is none of [Sources].
var ErrSource = errors.New("want " + Sources)

// OpenSource opens one of [Sources]. TCP carries the bytes of a file, or the network streams of
// AEDAT 3.1 and 4; UDP carries the datagrams of AEDAT 3.1, from at most so many senders at a time.
// A stream from a network is an error if it has no event for the time silence; 0 sets no limit.
// Datagrams that did not come are added to lost.
func OpenSource(name string, senders int, silence time.Duration, lost *Lost) (*Source, error) {
	scheme, host, is := strings.Cut(name, "://")
	switch {
	case name == "-":
		return &Source{Name: "standard input", Waits: true,
			next: func(context.Context) (io.ReadCloser, string, error) {
				return io.NopCloser(os.Stdin), "", nil
			}}, nil
	case !is:
		return &Source{Name: name, File: true, Waits: true,
			next: func(context.Context) (io.ReadCloser, string, error) {
				if info, err := os.Stat(name); err != nil {
					return nil, "", regular.Want(err, Sources)
				} else if info.IsDir() { // a pipe is read like a file
					return nil, "", fmt.Errorf("got a folder, want %s", Sources)
				}
				f, err := os.Open(name)
				return f, "", err
			}}, nil
	case scheme == "tcp":
		return &Source{Name: name, next: func(ctx context.Context) (io.ReadCloser, string, error) {
			conn, err := new(net.Dialer).DialContext(ctx, "tcp", host)
			if err != nil {
				return nil, "", unmet(host, err)
			}
			return &connection{Conn: conn, patience: patience{silence: silence}}, "", nil
		}}, nil
	case scheme == "tcp-listen":
		l, err := net.Listen("tcp", host)
		if err != nil {
			return nil, unheard(name, err)
		}
		return &Source{Name: listening(scheme, l.Addr()), Listens: true, close: l.Close,
			next: func(ctx context.Context) (io.ReadCloser, string, error) {
				defer context.AfterFunc(ctx, func() { l.Close() })()
				conn, err := l.Accept()
				if err != nil {
					return nil, "", err
				}
				return &connection{Conn: conn, patience: patience{silence: silence}},
					conn.RemoteAddr().String(), nil
			}}, nil
	case scheme == "udp-listen":
		src, err := listenDatagrams(host, senders, silence, lost)
		if err != nil {
			return nil, unheard(name, err)
		}
		return src, nil
	}
	return nil, fmt.Errorf("%s: %w", name, ErrSource)
}

// unheard returns the error of an address at which ssnn cannot listen.
func unheard(name string, err error) error {
	scheme, _, _ := strings.Cut(name, "://")
	form := fmt.Sprintf("%s://[HOST]:PORT, like %s://127.0.0.1:7777", scheme, scheme)
	return fmt.Errorf("%s: %w", name, address.Want(err, form))
}

// unmet is the error of an address to which no connection can be made.
func unmet(host string, err error) error {
	if _, _, wrong := net.SplitHostPort(host); wrong != nil {
		return fmt.Errorf("%w, want tcp://HOST:PORT, like tcp://127.0.0.1:7777", err)
	}
	return fmt.Errorf("%w, want a server that sends events there; "+
		"tcp-listen:// waits for a sender instead", err)
}

// listening returns the name of a source with the port at which it listens.
func listening(scheme string, a net.Addr) string { return scheme + "://" + a.String() }

// patience limits how long a stream from a network may be without events. Bytes that make no event
// do not count, as a sender that sends a few now and then would keep others out.
type patience struct {
	silence time.Duration
	waiting bool // no event has come since the deadline was set
}

// begin sets the deadline of reading, unless it has been set since events came.
func (p *patience) begin(c interface{ SetReadDeadline(time.Time) error }) {
	if !p.waiting {
		wait(c, p.silence)
		p.waiting = true
	}
}

// heard notes that events came.
func (p *patience) heard() { p.waiting = false }

// connection is a net.Conn on which silence is an error.
type connection struct {
	net.Conn
	patience
}

func (c *connection) Read(b []byte) (int, error) {
	c.begin(c.Conn)
	n, err := c.Conn.Read(b)
	return n, silent(err, c.silence)
}

// hearing is a reader that notes on its network stream when events have come.
type hearing struct {
	events.Reader
	heard func()
}

func (h hearing) Read(all []events.Event) (int, error) {
	n, err := h.Reader.Read(all)
	if n > 0 {
		h.heard()
	}
	return n, err
}

// wait sets the time until which the next read waits.
func wait(c interface{ SetReadDeadline(time.Time) error }, silence time.Duration) {
	var until time.Time
	if silence > 0 {
		until = time.Now().Add(silence)
	}
	c.SetReadDeadline(until)
}

// silent puts the error of a read that waited too long into words.
func silent(err error, silence time.Duration) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("no events came for %v", silence)
	}
	return err
}
