package serve

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"ssnn/internal/load"
)

// soakBodies is the memory of all bodies in TestSoakBesideStrangers, in bytes.
const soakBodies = 8 << 20

// stranger is a client that does not behave. It says what came of one connection: the status of
// the reply, 0 where there was none to be had.
type stranger struct {
	name string
	want string // the statuses that it may get, and no others
	do   func(s *strangers) (status int, err error)
}

// strangers are those of a soak.
type strangers struct {
	address string
	trust   *tls.Config
	user    string // the header that lets one in
}

// dial connects from an address of the strangers' own, where the system has one.
func (s *strangers) dial(encrypted bool) (net.Conn, error) {
	d := net.Dialer{Timeout: 10 * time.Second}
	if runtime.GOOS == "linux" {
		d.LocalAddr = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}
	}
	c, err := d.Dial("tcp", s.address)
	if err != nil {
		return nil, err
	}
	c.SetDeadline(time.Now().Add(time.Minute))
	if encrypted {
		return tls.Client(c, s.trust), nil
	}
	return c, nil
}

// request is the header of a request with a body of n bytes, by someone on a host.
func (s *strangers) request(host, user string, n int) string {
	return fmt.Sprintf("POST /v1/recording?format=bin HTTP/1.1\r\nHost: %s\r\n%s"+
		"Connection: close\r\nContent-Length: %d\r\n\r\n", host, user, n)
}

// heard reads the whole reply of a connection.
func heard(c net.Conn) (status int, err error) {
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0, err
	}
	defer r.Body.Close()
	_, err = io.Copy(io.Discard, r.Body)
	return r.StatusCode, err
}

// send sends something over a connection of its own and reads the reply.
func (s *strangers) send(encrypted bool, text string) (status int, err error) {
	c, err := s.dial(encrypted)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	if _, err := io.WriteString(c, text); err != nil {
		return 0, fmt.Errorf("sending: %w", err)
	}
	return heard(c)
}

var portOf = regexp.MustCompile(`[0-9.]+:[0-9]+->[0-9.]+:[0-9]+`)

// kinds are the ways in which clients do not behave.
var kinds = []stranger{
	{"slow", "408 503", func(s *strangers) (int, error) { // a byte now and then
		c, err := s.dial(true)
		if err != nil {
			return 0, err
		}
		defer c.Close()
		io.WriteString(c, s.request("x", s.user, 1000))
		for range 30 {
			time.Sleep(100 * time.Millisecond)
			io.WriteString(c, "x")
		}
		return heard(c)
	}},
	{"hoarding", "408 503", func(s *strangers) (int, error) { // nearly all of a large body
		return s.send(true, s.request("x", s.user, 1<<20)+strings.Repeat("x", 900_000))
	}},
	{"half-sent", "400 503", func(s *strangers) (int, error) {
		c, err := s.dial(true)
		if err != nil {
			return 0, err
		}
		defer c.Close()
		io.WriteString(c, s.request("x", s.user, 50_000)+strings.Repeat("x", 20_000))
		c.(*tls.Conn).CloseWrite()
		return heard(c)
	}},
	{"resetting", "0", func(s *strangers) (int, error) {
		raw, err := s.dial(false)
		if err != nil {
			return 0, err
		}
		c := tls.Client(raw, s.trust)
		io.WriteString(c, s.request("x", s.user, 50_000)+strings.Repeat("x", 20_000))
		time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond)
		raw.(*net.TCPConn).SetLinger(0)
		return 0, raw.Close()
	}},
	{"oversized", "413 503", func(s *strangers) (int, error) {
		return s.send(true, s.request("x", s.user, 1<<30)+strings.Repeat("x", 100_000))
	}},
	{"of another host", "421", func(s *strangers) (int, error) {
		return s.send(true, s.request("stranger.example", s.user, 20_000)+
			strings.Repeat("x", 20_000))
	}},
	{"with a wrong password", "401 429", func(s *strangers) (int, error) {
		r := http.Request{Header: http.Header{}}
		r.SetBasicAuth("alice", fmt.Sprint(rand.Uint64()))
		return s.send(true, s.request("x", "Authorization: "+r.Header.Get("Authorization")+"\r\n",
			20_000)+strings.Repeat("x", 20_000))
	}},
	{"without TLS", "400", func(s *strangers) (int, error) {
		return s.send(false, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
	}},
	{"with half a handshake", "0", func(s *strangers) (int, error) {
		c, err := s.dial(false)
		if err != nil {
			return 0, err
		}
		io.WriteString(c, "\x16\x03\x01\x00\xff\x01")
		time.Sleep(100 * time.Millisecond)
		return 0, c.Close()
	}},
}

// TestSoakBesideStrangers has good clients ask a server over TLS while all kinds of strangers are
// at it too:
//
//	go test ./serve -run BesideStrangers -soak 10m -v -timeout 30m
//
// Each request of the good ones is answered, to the bit, or refused with 503, and none is lost;
// each stranger that reads gets the whole of the refusal that is its due, but for one of a thousand
// for whose handshake there was no time. Bodies keep to their memory, all of which is free in the
// end, and the server's memory does not grow.
func TestSoakBesideStrangers(t *testing.T) {
	length := *soak
	if length == 0 {
		length = 3 * time.Second
	}
	path, trust := webFile(t, true, bcrypt.DefaultCost)
	trust.ServerName = "localhost"
	address := startProcess(t, path)
	at, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	at.User = url.UserPassword("alice", "right")
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: trust}}
	defer client.CloseIdleConnections()
	if _, err := metricsOf(client, at.String()); err != nil { // from now on alice is known
		t.Fatal(err)
	}
	r := must(http.NewRequest("GET", "/", nil))
	r.SetBasicAuth("alice", "right")
	s := &strangers{at.Host, trust, "Authorization: " + r.Header.Get("Authorization") + "\r\n"}
	ctx, stop := context.WithTimeout(context.Background(), length)
	defer stop()
	var all sync.WaitGroup
	counts := make([]sync.Map, len(kinds)) // by what came of a connection
	var told, untold atomic.Int64
	for i, kind := range kinds {
		for range 3 {
			all.Go(func() {
				for ctx.Err() == nil {
					status, err := kind.do(s)
					what := fmt.Sprint(status)
					if err != nil {
						what = portOf.ReplaceAllString(err.Error(), "")
						untold.Add(1)
					} else if told.Add(1); !strings.Contains(kind.want, what) {
						t.Errorf("one %s: status %s, want %s", kind.name, what, kind.want)
					}
					n, _ := counts[i].LoadOrStore(what, new(atomic.Int64))
					n.(*atomic.Int64).Add(1)
					time.Sleep(20 * time.Millisecond)
				}
			})
		}
	}
	c := digits(t)
	c.URL, c.TLS = at.String()+"/v1/recording?format=bin", trust
	c.Connections, c.Rate, c.Length = 16, 50, length
	watched := watch(t, client, at.String(), length)
	good := load.Run(c)
	first, later := watched()
	all.Wait()
	for i, kind := range kinds {
		var line strings.Builder
		counts[i].Range(func(what, n any) bool {
			fmt.Fprintf(&line, " %v: %d;", what, n.(*atomic.Int64).Load())
			return true
		})
		t.Logf("strangers %s:%s", kind.name, &line)
	}
	t.Logf("good clients: %v", good)
	t.Logf("memory of the server at most %.1f MiB in use and %.1f resident at first, %.1f and "+
		"%.1f later; bodies at most %.2f of %d MiB", first.used, first.resident, later.used,
		later.resident, max(first.bodies, later.bodies), soakBodies>>20)
	// where the machine gives the server no time for seconds, handshakes run out of theirs
	if n := untold.Load(); n > told.Load()/1000 && *soak > 0 {
		t.Errorf("%d strangers got no reply, %d did", n, told.Load())
	}
	if good.Wrong > 0 || good.Lost > 0 || good.Answered == 0 ||
		good.Sent != good.Answered+good.Refused {
		t.Errorf("first of those that were wrong or lost: %v", good.First)
	}
	if max(first.bodies, later.bodies) > soakBodies>>20 {
		t.Error("bodies have more memory than they may")
	}
	if *soak > 0 && (later.used > first.used+32 || later.resident > first.resident+32) {
		t.Error("memory grew")
	}
	wait(t, func() bool {
		text, err := metricsOf(client, at.String())
		return err == nil && value(text, "ssnn_serve_body_bytes") == 0 &&
			value(text, "ssnn_serve_in_turn") == 0
	})
}
