package serve

import (
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"ssnn/internal/webconfig"
)

// lingerTime bounds how long a connection may go on sending after it was closed.
const lingerTime = 5 * time.Second

// connections is a listener that limits how many connections are open, in all and from one address,
// and that reads each connection empty before it closes it. Otherwise a sender of bytes that nobody
// read would get a TCP reset, and lose the reply that is on its way (RFC 9112, section 9.6). That
// is so whatever ends a connection: a refusal before the body has come, a body that is too slow, or
// a header that is not valid.
type connections struct {
	net.Listener
	each  int           // most connections from one address
	drain int64         // bytes of a closed connection that are passed over
	open  chan struct{} // one for each connection that is open
	// refused is called for each connection of an address that has too many.
	refused func(from string)

	ended   chan struct{} // closed by Close
	end     sync.Once
	closing sync.WaitGroup // connections that are being read empty

	mu     sync.Mutex
	counts map[netip.Prefix]int
}

func limit(l net.Listener, most, each int, drain int64, refused func(from string)) *connections {
	return &connections{
		Listener: l, each: each, drain: drain, open: make(chan struct{}, most), refused: refused,
		ended: make(chan struct{}), counts: map[netip.Prefix]int{},
	}
}

// Accept waits until another connection may be open. One from an address that has too many is
// closed at once.
func (l *connections) Accept() (net.Conn, error) {
	select {
	case l.open <- struct{}{}:
	case <-l.ended:
		return nil, net.ErrClosed
	}
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			<-l.open
			return nil, err
		}
		from := network(c.RemoteAddr())
		if l.enter(from) {
			return &connection{Conn: c, on: l, from: from}, nil
		}
		l.refused(c.RemoteAddr().String())
		c.Close()
	}
}

// Close ends accepting.
func (l *connections) Close() error {
	l.end.Do(func() { close(l.ended) })
	return l.Listener.Close()
}

// network returns the network that a connection counts for.
func network(a net.Addr) netip.Prefix {
	tcp, is := a.(*net.TCPAddr)
	if !is {
		return netip.Prefix{}
	}
	return webconfig.Network(tcp.AddrPort().Addr())
}

// enter counts a connection, and reports whether it may be open.
func (l *connections) enter(from netip.Prefix) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if from.IsValid() && l.counts[from] >= l.each {
		return false
	}
	l.counts[from]++
	return true
}

// leave takes a connection out of the count.
func (l *connections) leave(from netip.Prefix) {
	l.mu.Lock()
	if l.counts[from]--; l.counts[from] == 0 {
		delete(l.counts, from)
	}
	l.mu.Unlock()
	<-l.open
}

// wait waits, at most for a time, until all connections that were closed are read empty.
func (l *connections) wait(most time.Duration) {
	done := make(chan struct{})
	go func() {
		l.closing.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(most):
	}
}

// connection is one of a connections listener.
type connection struct {
	net.Conn
	on   *connections
	from netip.Prefix
	once sync.Once
}

// CloseWrite tells the other side, if the connection can, that nothing more will be sent.
func (c *connection) CloseWrite() error {
	if half, can := c.Conn.(interface{ CloseWrite() error }); can {
		return half.CloseWrite()
	}
	return net.ErrClosed
}

// Close does not wait until the connection has been read empty; it counts as open until then.
func (c *connection) Close() error {
	err := net.ErrClosed
	c.once.Do(func() {
		if err = c.CloseWrite(); err != nil { // the other side has gone
			err = c.Conn.Close()
			c.on.leave(c.from)
			return
		}
		c.Conn.SetReadDeadline(time.Now().Add(lingerTime))
		c.on.closing.Go(func() {
			io.CopyN(io.Discard, c.Conn, c.on.drain)
			c.Conn.Close()
			c.on.leave(c.from)
		})
	})
	return err
}
