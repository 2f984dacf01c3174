// Package load sends requests to a service, checks the replies and measures their latency.
package load

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Config says which requests are sent, and how fast.
type Config struct {
	URL    string // with NAME:PASSWORD@ before its host, for a service that asks for them
	TLS    *tls.Config
	Bodies [][]byte // sent by POST, in turn
	// Rate is the number of requests a second, which are sent even if earlier ones have not been
	// answered. 0: each connection sends one after the other.
	Rate        float64
	Connections int
	Length      time.Duration

	// Check returns an error if the reply to a body is wrong, or nil. A reply of status 503 is not
	// checked: it is counted as Refused.
	Check func(body int, reply []byte) error
}

// Result counts the outcomes of the requests: Sent = Answered + Refused + Wrong + Lost.
type Result struct {
	Sent     int
	Answered int           // with status 200 and a reply that Check accepts
	Refused  int           // with status 503
	Wrong    int           // with any other reply
	Lost     int           // without a reply
	First    error         // first error of the requests that were wrong or lost
	Took     time.Duration // duration of the whole run
	Median   time.Duration // latency of the answered requests, from the time at which each was due
	P99      time.Duration
	Most     time.Duration
}

// String returns the result as a line for people.
func (r Result) String() string {
	seconds := r.Took.Seconds()
	return fmt.Sprintf("%.0f requests a second: %d sent, %d answered (%.0f a second), %d "+
		"refused, %d wrong, %d lost; latency median %.2f ms, p99 %.2f ms, at most %.2f ms",
		float64(r.Sent)/seconds, r.Sent, r.Answered, float64(r.Answered)/seconds, r.Refused,
		r.Wrong, r.Lost, ms(r.Median), ms(r.P99), ms(r.Most))
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// Run sends requests for the time Length and returns their outcomes.
func Run(c Config) Result {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: c.Connections,
		MaxConnsPerHost: c.Connections, TLSClientConfig: c.TLS}, Timeout: time.Minute}
	defer client.CloseIdleConnections()
	var next atomic.Int64
	var wait sync.WaitGroup
	parts, latencies := make([]Result, c.Connections), make([][]time.Duration, c.Connections)
	begin := time.Now()
	for k := range c.Connections {
		wait.Go(func() {
			for r := &parts[k]; ; {
				i, due := int(next.Add(1)-1), time.Now()
				if c.Rate > 0 {
					due = begin.Add(time.Duration(float64(i) / c.Rate * float64(time.Second)))
				}
				if due.Sub(begin) > c.Length {
					return
				}
				time.Sleep(time.Until(due))
				r.Sent++
				body := i % len(c.Bodies)
				status, reply, err := post(client, c.URL, c.Bodies[body])
				switch {
				case err != nil:
					r.Lost++
				case status == http.StatusServiceUnavailable:
					r.Refused++
				case status != http.StatusOK:
					r.Wrong++
					err = fmt.Errorf("status %d: %.200s", status, reply)
				default:
					if err = c.Check(body, reply); err != nil {
						r.Wrong++
						break
					}
					r.Answered++
					latencies[k] = append(latencies[k], time.Since(due))
				}
				if r.First == nil {
					r.First = err
				}
			}
		})
	}
	wait.Wait()
	all := Result{Took: time.Since(begin)}
	for _, r := range parts {
		all.Sent += r.Sent
		all.Answered += r.Answered
		all.Refused += r.Refused
		all.Wrong += r.Wrong
		all.Lost += r.Lost
		all.First = cmp.Or(all.First, r.First)
	}
	sorted := slices.Concat(latencies...)
	slices.Sort(sorted)
	if n := len(sorted); n > 0 {
		all.Median, all.P99, all.Most = sorted[n/2], sorted[n*99/100], sorted[n-1]
	}
	return all
}

func post(client *http.Client, url string, body []byte) (status int, reply []byte, err error) {
	r, err := client.Post(url, "application/octet-stream", bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	defer r.Body.Close()
	reply, err = io.ReadAll(r.Body)
	return r.StatusCode, reply, err
}
