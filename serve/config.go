package serve

import (
	"cmp"
	"fmt"
	"log/slog"
	"runtime"
	"time"
)

// Config says how much work is taken on at once, and for how long. The zero value of each field
// stands for the default that its comment names.
type Config struct {
	// requests that are computed at the same time: as many as there are processors
	Workers int
	Threads int // of each worker: 1. The answers are the same with any
	Waiting int // requests that may wait for a worker: DefaultWaiting
	// that are open at the same time, in Serve; further ones wait to be accepted:
	// DefaultConnections
	Connections int
	// that one address may have open at the same time, in Serve; further ones are closed at once:
	// half of Connections, so that no address alone shuts the others out. IPv6 addresses count by
	// their first 64 bits
	Each int
	// Serve, told to end, says so at /readyz for so long before it takes no more, so that whoever
	// shares requests out over several services leaves this one out in time: 0
	Unready time.Duration
	Log     *slog.Logger // gets a line for each request; nil: none
	// names that requests may give in their header Host, beside localhost and IP addresses; AnyHost
	// allows all
	Hosts []string
	// name of a web configuration file: TLS, in Serve, and who may ask; none: no TLS and everybody.
	// It is the file that Prometheus' exporters take with --web.config.file
	WebConfig string
	Body      int64         // bytes of a body: DefaultBody
	Bodies    int64         // of all bodies together, in blocks of 64 KiB: 8 times Body
	Events    int           // of a recording: DefaultEvents
	Receive   time.Duration // until a body must have come: DefaultReceive
	// from then to the answer: DefaultAnswer. A network is not interrupted, only waiting and
	// reading are
	Answer time.Duration
}

// The defaults.
const (
	DefaultWaiting     = 64
	DefaultConnections = 1024
	DefaultBody        = 32 << 20
	DefaultEvents      = 1 << 23
	DefaultReceive     = 30 * time.Second
	DefaultAnswer      = 10 * time.Second
)

// withDefaults returns c with the default for each zero, or an error if a value is not valid.
func (c Config) withDefaults() (Config, error) {
	for _, limit := range []struct {
		name string
		n    int64
	}{
		{"Workers", int64(c.Workers)}, {"Threads", int64(c.Threads)},
		{"Waiting", int64(c.Waiting)}, {"Connections", int64(c.Connections)},
		{"Each", int64(c.Each)}, {"Body", c.Body}, {"Bodies", c.Bodies},
		{"Events", int64(c.Events)}, {"Receive", int64(c.Receive)},
		{"Answer", int64(c.Answer)}, {"Unready", int64(c.Unready)},
	} {
		if limit.n < 0 {
			return c, fmt.Errorf("%s is %d, want 0 or more", limit.name, limit.n)
		}
	}
	c.Workers = cmp.Or(c.Workers, runtime.GOMAXPROCS(0))
	c.Threads = cmp.Or(c.Threads, 1)
	c.Waiting = cmp.Or(c.Waiting, DefaultWaiting)
	c.Connections = cmp.Or(c.Connections, DefaultConnections)
	c.Each = cmp.Or(c.Each, (c.Connections+1)/2)
	c.Body = cmp.Or(c.Body, DefaultBody)
	c.Bodies = cmp.Or(c.Bodies, 8*inBlocks(c.Body))
	c.Events = cmp.Or(c.Events, DefaultEvents)
	c.Receive = cmp.Or(c.Receive, DefaultReceive)
	c.Answer = cmp.Or(c.Answer, DefaultAnswer)
	if c.Bodies < inBlocks(c.Body) {
		return c, fmt.Errorf("%d bytes for all bodies, want at least %d, the memory of the "+
			"largest body", c.Bodies, inBlocks(c.Body))
	}
	return c, nil
}

// inBlocks returns the number of bytes of memory that a body of n bytes takes.
func inBlocks(n int64) int64 { return (n + blockSize - 1) / blockSize * blockSize }
