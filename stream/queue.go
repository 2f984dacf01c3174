package stream

import (
	"sync"
	"sync/atomic"
	"time"

	"ssnn/events"
)

// queue holds the events that were read and not yet taken, in a ring.
type queue struct {
	mu       sync.Mutex
	changed  sync.Cond
	events   []events.Event
	arrivals []time.Duration // arrival of each event, since the stream began
	head, n  int
	closed   bool
	wait     bool // put waits for room instead of dropping events

	came, dropped *atomic.Int64
}

func newQueue(size int, wait bool, came, dropped *atomic.Int64) *queue {
	q := &queue{events: make([]events.Event, size), arrivals: make([]time.Duration, size),
		wait: wait, came: came, dropped: dropped}
	q.changed.L = &q.mu
	return q
}

// put appends events and reports whether it could; it cannot once the queue is closed. If there is
// no room, it drops the oldest events, or waits.
func (q *queue) put(all []events.Event, arrival time.Duration) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(all) > 0 {
		for q.wait && q.n == len(q.events) && !q.closed {
			q.changed.Wait()
		}
		if q.closed {
			return false
		}
		part := all[:min(len(all), len(q.events))]
		if room := len(q.events) - q.n; q.wait {
			part = part[:min(len(part), room)]
		} else if over := len(part) - room; over > 0 {
			q.dropped.Add(int64(over))
			q.leave(over)
		}
		at := (q.head + q.n) % len(q.events)
		copy(q.events, part[copy(q.events[at:], part):])
		for range part {
			q.arrivals[at] = arrival
			if at++; at == len(q.arrivals) {
				at = 0
			}
		}
		q.n += len(part)
		q.came.Add(int64(len(part)))
		all = all[len(part):]
		q.changed.Broadcast()
	}
	return true
}

// take moves the oldest events out, waits if there are none, and returns their number, which is 0
// when the queue is closed and empty.
func (q *queue) take(all []events.Event, arrivals []time.Duration) (n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.n == 0 && !q.closed {
		q.changed.Wait()
	}
	n = min(q.n, len(all))
	copy(all[copy(all[:n], q.events[q.head:]):n], q.events)
	copy(arrivals[copy(arrivals[:n], q.arrivals[q.head:]):n], q.arrivals)
	q.leave(n)
	q.changed.Broadcast()
	return n
}

// leave takes the n oldest events out.
func (q *queue) leave(n int) {
	q.head = (q.head + n) % len(q.events)
	q.n -= n
}

// close ends the queue: no event comes in any more, and those in it can still be taken.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.changed.Broadcast()
}
