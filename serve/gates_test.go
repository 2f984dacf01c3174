package serve

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"ssnn/infer"
)

// dial sends text to a server and returns the connection.
func dial(t testing.TB, url, text string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	return c
}

// readReply reads a reply to POST from a connection.
func readReply(t testing.TB, c net.Conn) (status int, line string) {
	t.Helper()
	c.SetReadDeadline(time.Now().Add(10 * time.Second))
	r, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: "POST"})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	isLine(t, b)
	return r.StatusCode, string(b)
}

const head = "POST /v1/recording?format=bin HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"

// A body that does not come in time, or whole, is refused while others are answered.
func TestSlowAndHalf(t *testing.T) {
	s, url, _ := start(t, infer.Options{}, Config{Receive: 300 * time.Millisecond})
	var slow []net.Conn
	for range 20 {
		slow = append(slow, dial(t, url, fmt.Sprintf(head, 1000)+"half of it"))
	}
	drip := dial(t, url, fmt.Sprintf(head, 1000))
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
				drip.Write([]byte("x"))
			}
		}
	}()
	header := dial(t, url, "POST /v1/recording HTTP/1.1\r\nHost:")
	answers(t, url)
	header.SetReadDeadline(time.Now().Add(3 * time.Second))
	if n, err := header.Read(make([]byte, 1)); n > 0 || os.IsTimeout(err) {
		t.Errorf("half a header: %d bytes, %v; want the connection closed", n, err)
	}
	for _, c := range append(slow, drip) {
		if status, line := readReply(t, c); status != 408 ||
			!strings.Contains(line, "of the body in 300ms") {

			t.Errorf("%d %s", status, line)
		}
	}
	half := dial(t, url, fmt.Sprintf(head, 1000)+"half of it")
	half.(*net.TCPConn).CloseWrite()
	if status, line := readReply(t, half); status != 400 ||
		!strings.Contains(line, "the body ends after 10 bytes") {

		t.Errorf("%d %s", status, line)
	}
	dial(t, url, fmt.Sprintf(head, 1000)+"half of it").Close()
	other := dial(t, url, "POST /v1/images HTTP/1.1\r\nHost: x\r\nContent-Length: "+
		"1000\r\n\r\nhalf of it")
	if status, line := readReply(t, other); status != 404 {
		t.Errorf("%d %s", status, line)
	}
	if _, err := other.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("%v, want the connection closed", err)
	}
	answers(t, url)
	if taken := s.bodies.taken(); taken != 0 {
		t.Errorf("bodies have %d bytes, want none", taken)
	}
}

// The time for a body ends with the body: it does not bear on waiting for a worker, nor on the
// connection's next request.
func TestTimeOfABodyEndsWithIt(t *testing.T) {
	s, url, _ := start(t, infer.Options{}, Config{Workers: 1, Receive: time.Second})
	body := file(t, seven)
	c := dial(t, url, "")
	r := bufio.NewReader(c)
	for range 2 {
		wk := <-s.workers
		time.AfterFunc(1300*time.Millisecond, func() { s.workers <- wk })
		fmt.Fprintf(c, head, len(body))
		c.Write(body)
		reply, err := http.ReadResponse(r, &http.Request{Method: "POST"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, reply.Body); err != nil || reply.StatusCode != 200 {
			t.Fatal(reply.Status, err)
		}
	}
}

// A gigabyte is refused before it has come, whether its length is said or not, and little of it is
// kept.
func TestGigabyte(t *testing.T) {
	s, url, _ := start(t, infer.Options{}, Config{})
	const giga = 1 << 30
	c := dial(t, url, fmt.Sprintf(head, giga))
	if status, line := readReply(t, c); status != 413 ||
		!strings.Contains(line, "a body of 1073741824 bytes") {

		t.Errorf("%d %s", status, line)
	}
	c = dial(t, url, "POST /v1/recording HTTP/1.1\r\nHost: x\r\nExpect: "+
		"100-continue\r\nContent-Length: 1073741824\r\n\r\n")
	if status, line := readReply(t, c); status != 413 { // without the word to go on
		t.Errorf("%d %s", status, line)
	}
	var sent int64
	c = dial(t, url, "POST /v1/recording HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
	chunk := []byte("100000\r\n" + strings.Repeat("\x00", 1<<20) + "\r\n")
	for sent < giga {
		c.SetWriteDeadline(time.Now().Add(5 * time.Second))
		n, err := c.Write(chunk)
		if sent += int64(n); err != nil {
			break
		}
	}
	if sent > giga/4 { // twice the body that may be, and what buffers on the way hold
		t.Errorf("%d bytes were taken, want little more than twice %d", sent, s.config.Body)
	}
	answers(t, url)
	if taken := s.bodies.taken(); taken != 0 {
		t.Errorf("bodies have %d bytes, want none", taken)
	}
}

// Connections over the limit wait until others are closed.
func TestConnections(t *testing.T) {
	_, url, _ := start(t, infer.Options{}, Config{Connections: 2, Each: 2})
	first, second := dial(t, url, ""), dial(t, url, "")
	third := dial(t, url, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
	third.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	if n, err := third.Read(make([]byte, 1)); n > 0 || !os.IsTimeout(err) {
		t.Errorf("%d bytes, %v over a third connection", n, err)
	}
	first.Close()
	second.Close()
	if status, line := readReply(t, third); status != 200 {
		t.Errorf("%d %s", status, line)
	}
	third.Close()
}

// A sender that looks for a reply when it has sent everything finds it, although it was refused
// before.
func TestRefusedWhileSending(t *testing.T) {
	s, url, _ := start(t, infer.Options{}, Config{Workers: 1, Waiting: 1})
	s.turns <- struct{}{}
	s.turns <- struct{}{}
	for _, size := range []int{1000, 200 << 10, 20 << 20} {
		c := dial(t, url, fmt.Sprintf(head, size))
		if _, err := c.Write(make([]byte, size)); err != nil {
			t.Fatal(err)
		}
		if status, line := readReply(t, c); status != 503 {
			t.Errorf("%d bytes: %d %s", size, status, line)
		}
	}
	<-s.turns
	<-s.turns
	answers(t, url)
}

// Whoever sends a body with "Connection: close" and then reads, finds the whole refusal, whatever
// part of the body came before it, and whatever it is refused for.
func TestRefusalsAreWhole(t *testing.T) {
	s, url, _ := start(t, infer.Options{}, Config{Workers: 1, Waiting: 1})
	s.turns <- struct{}{}
	s.turns <- struct{}{}
	defer func() { <-s.turns; <-s.turns }()
	const close = "Host: x\r\nConnection: close\r\n"
	body := strings.Repeat("x", 20_000)
	sized := fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)
	chunked := fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(body),
		body)
	for _, c := range []struct {
		request string
		status  int
	}{
		{"POST /v1/recording?format=bin HTTP/1.1\r\n" + close + sized, 503},
		{"POST /v1/recording?format=bin HTTP/1.1\r\n" + close + chunked, 503},
		{"POST /v1/recording?format=bin HTTP/1.1\r\n" + close + "Expect: 100-continue\r\n" + sized,
			503},
		{"POST /v1/recording?format=nope HTTP/1.1\r\n" + close + sized, 400},
		{"PUT /v1/recording HTTP/1.1\r\n" + close + sized, 405},
		{"POST /nowhere HTTP/1.1\r\n" + close + sized, 404},
	} {
		var senders sync.WaitGroup
		for range 8 {
			senders.Go(func() {
				for range 25 {
					if err := sendThenRead(url, c.request, c.status); err != nil {
						t.Errorf("%.60q: %v", c.request, err)
						return
					}
				}
			})
		}
		senders.Wait()
	}
}

// sendThenRead sends a request in parts over a connection of its own, reads the whole reply after
// that and wants its status, a line of JSON and then the end.
func sendThenRead(url, request string, status int) error {
	c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		return err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	for part := range slices.Chunk([]byte(request), 7000) {
		if _, err := c.Write(part); err != nil {
			return fmt.Errorf("sending: %w", err)
		}
		time.Sleep(time.Millisecond)
	}
	all := bufio.NewReader(c)
	r, err := http.ReadResponse(all, &http.Request{Method: "POST"})
	if err != nil {
		return err
	}
	line, err := io.ReadAll(r.Body)
	if err == nil {
		_, err = all.ReadByte()
	}
	if err != io.EOF || r.StatusCode != status || !json.Valid(line) {
		return fmt.Errorf("%d %s, %v, want %d, a line of JSON and the end", r.StatusCode, line, err,
			status)
	}
	return nil
}

// An address with too many connections gets no more until it closes one. IPv6 counts by network.
func TestConnectionsOfAnAddress(t *testing.T) {
	_, url, _ := start(t, infer.Options{}, Config{Connections: 10, Each: 2})
	const health = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
	first, second := dial(t, url, "GET"), dial(t, url, "GET")
	wait(t, func() bool {
		c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			return false
		}
		defer c.Close()
		c.SetReadDeadline(time.Now().Add(5 * time.Second))
		n, err := c.Read(make([]byte, 1)) // nothing was asked
		return n == 0 && err != nil && !os.IsTimeout(err)
	})
	first.Close()
	second.Close()
	wait(t, func() bool { return sendThenRead(url, health, 200) == nil })
	text, err := metricsOf(http.DefaultClient, url)
	if n := value(text, "ssnn_serve_refused_connections_total"); err != nil || n < 1 {
		t.Errorf("%v refused connections are counted, %v", n, err)
	}
	for _, c := range []struct{ a, b string }{
		{"192.0.2.1", "192.0.2.2"}, {"2001:db8::1", "2001:db8:0:1::1"}, {"::1", "127.0.0.1"},
	} {
		of := func(text string) netip.Prefix {
			at := netip.AddrPortFrom(netip.MustParseAddr(text), 1)
			return network(net.TCPAddrFromAddrPort(at))
		}
		if of(c.a) == of(c.b) {
			t.Errorf("%s and %s count as %v and %v, want two", c.a, c.b, of(c.a), of(c.b))
		}
	}
	a, b := net.ParseIP("2001:db8::1"), net.ParseIP("2001:db8::ffff:2")
	if network(&net.TCPAddr{IP: a}) != network(&net.TCPAddr{IP: b}) ||
		network(&net.TCPAddr{IP: net.ParseIP("::ffff:192.0.2.1")}) !=
			network(&net.TCPAddr{IP: net.IP{192, 0, 2, 1}}) {

		t.Error("addresses of one network, or one in two notations, count as two")
	}
}

// All bodies together have so much memory.
func TestBodiesShareMemory(t *testing.T) {
	s, url, _ := start(t, infer.Options{}, Config{Body: 1 << 20, Bodies: 2 << 20})
	var open []net.Conn
	for range 3 {
		c := dial(t, url, fmt.Sprintf(head, 1<<20))
		c.Write(make([]byte, 900_000))
		open = append(open, c)
	}
	responses := make(chan *http.Response, len(open))
	for _, c := range open {
		go func() {
			if r, err := http.ReadResponse(bufio.NewReader(c), nil); err == nil {
				responses <- r
			}
		}()
	}
	refused := 0
	patience := time.After(20 * time.Second) // until the first is refused; two have room
	for waiting := true; waiting; {
		select {
		case r := <-responses:
			if r.StatusCode != 503 || r.Header.Get("Retry-After") == "" {
				t.Error(r.Status, r.Header)
			}
			refused++
			patience = time.After(1500 * time.Millisecond)
		case <-patience:
			waiting = false
		}
	}
	if refused == 0 || refused == 3 {
		t.Errorf("%d of 3 were refused", refused)
	}
	for _, c := range open {
		c.Close()
	}
	wait(t, func() bool { return s.bodies.taken() == 0 })
	answers(t, url)
}

// Whatever bodies come at once, of known or unknown length, whole or broken off, there are never
// more blocks than all bodies may have, and each is free in the end.
func TestBodiesNeverPassTheirBudget(t *testing.T) {
	const most = 20
	s, url, _ := start(t, infer.Options{}, Config{Body: 1 << 20, Bodies: most * blockSize,
		Waiting: 100})
	stop := make(chan struct{})
	var watching, senders sync.WaitGroup
	var peak int64
	watching.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(100 * time.Microsecond):
				peak = max(peak, s.bodies.taken())
			}
		}
	})
	var refused atomic.Int64
	for sender := range 16 {
		senders.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(sender)))
			for range 12 {
				size := random.IntN(1<<20) + 1
				var body io.Reader = bytes.NewReader(make([]byte, size))
				if random.IntN(2) == 0 {
					body = io.MultiReader(body) // of unknown length
				}
				ctx, cancel := context.WithCancel(context.Background())
				if random.IntN(4) == 0 {
					time.AfterFunc(time.Millisecond, cancel)
				}
				r, _ := http.NewRequestWithContext(ctx, "POST", url+"/v1/frames", body)
				if reply, err := http.DefaultClient.Do(r); err == nil {
					if reply.StatusCode == 503 {
						refused.Add(1)
					}
					reply.Body.Close()
				}
				cancel()
			}
		})
	}
	senders.Wait()
	close(stop)
	watching.Wait()
	wait(t, func() bool { return s.bodies.taken() == 0 })
	if s.bodies.made > most || len(s.bodies.free) != s.bodies.made || peak > s.config.Bodies {
		t.Errorf("%d blocks are there and %d free, at most %d bytes were taken; want at most %d",
			s.bodies.made, len(s.bodies.free), peak, s.config.Bodies)
	}
	if refused.Load() == 0 || s.bodies.made < most/2 {
		t.Errorf("%d were refused, %d blocks made: the budget was not reached", refused.Load(),
			s.bodies.made)
	}
}

// What is read of a body is what came, wherever the blocks end.
func TestContent(t *testing.T) {
	for _, size := range []int{1, blockSize - 1, blockSize, blockSize + 1, 3*blockSize + 5} {
		s := &Server{config: Config{Body: 1 << 20, Bodies: 1 << 20}, bodies: blocks{most: 16}}
		want := make([]byte, size)
		for i := range want {
			want[i] = byte(uint64(i) * 2654435761 >> 13)
		}
		body, err := s.receive(httptest.NewRequest("POST", "/", bytes.NewReader(want)))
		if err != nil {
			t.Fatal(err)
		}
		if err := iotest.TestReader(body.reader(context.Background()), want); err != nil {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

// wait waits for what will be true.
func wait(t testing.TB, true func() bool) {
	t.Helper()
	for range 500 {
		if true() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("it did not come true in 5 s")
}

// Over the number that may wait requests are refused at once; those that wait are answered; a
// sender that goes gives its place up.
func TestOverload(t *testing.T) {
	s, url, _ := start(t, infer.Options{}, Config{Workers: 1, Waiting: 3, Answer: time.Minute})
	hold := func() func() {
		wk := <-s.workers
		return func() { s.workers <- wk }
	}
	body := file(t, seven)
	request := fmt.Sprintf(head, len(body)) + string(body)

	release := hold()
	gone := dial(t, url, request)
	var waiting []net.Conn
	for range 3 {
		waiting = append(waiting, dial(t, url, request))
	}
	wait(t, func() bool { return len(s.turns) == 4 })
	for range 5 {
		status, header, line := post(t, url+"/v1/recording?format=bin", bytes.NewReader(body))
		if status != 503 || header.Get("Retry-After") != "1" ||
			!bytes.Contains(line, []byte("3 requests are waiting")) {

			t.Errorf("%d %v %s", status, header, line)
		}
	}
	gone.Close()
	wait(t, func() bool { return len(s.turns) == 3 })
	release()
	for _, c := range waiting {
		if status, line := readReply(t, c); status != 200 {
			t.Errorf("%d %s", status, line)
		}
	}
	answers(t, url)
}

// One that waits too long is refused.
func TestNoAnswerInTime(t *testing.T) {
	s, url, _ := start(t, infer.Options{}, Config{Workers: 1, Answer: 300 * time.Millisecond})
	wk := <-s.workers
	if status, _, line := post(t, url+"/v1/recording?format=bin",
		bytes.NewReader(file(t, seven))); status != 504 ||
		!bytes.Contains(line, []byte("no answer in time: 300ms")) {

		t.Errorf("%d %s", status, line)
	}
	s.workers <- wk
	wait(t, func() bool {
		status, _, _ := post(t, url+"/v1/recording?format=bin", bytes.NewReader(file(t, seven)))
		return status == 200
	})
}

// Reading is given up when its time is over: a body cannot be read any longer, whatever the reader
// does.
func TestReadingHasAnEnd(t *testing.T) {
	_, url, _ := start(t, infer.Options{}, Config{Workers: 1, Answer: 30 * time.Millisecond,
		Events: math.MaxInt32})
	if status, _, line := post(t, url+"/v1/recording",
		bytes.NewReader(zipped(t, 5_000_000))); status != 504 {
		t.Errorf("%d %s", status, line)
	}
	answers(t, url)
	ctx, cancel := context.WithCancelCause(context.Background())
	u := upload{io.NewSectionReader(strings.NewReader("abc"), 0, 3), ctx}
	if n, err := u.Read(make([]byte, 1)); n != 1 || err != nil {
		t.Error(n, err)
	}
	cancel(errLate)
	if n, err := u.Read(make([]byte, 1)); n != 0 || err != errLate {
		t.Error(n, err)
	}
	if n, err := u.ReadAt(make([]byte, 1), 0); n != 0 || err != errLate {
		t.Error(n, err)
	}
}

// At the end nothing new is taken, what is under way is answered, and what takes too long is cut
// off.
func TestShutdown(t *testing.T) {
	for _, late := range []bool{false, true} {
		s, url, end := start(t, infer.Options{}, Config{Workers: 1})
		wk := <-s.workers
		body := file(t, seven)
		c := dial(t, url, fmt.Sprintf(head, len(body))+string(body))
		wait(t, func() bool { return len(s.turns) == 1 })
		http.DefaultClient.CloseIdleConnections()
		var ended sync.WaitGroup
		var err error
		ended.Go(func() { err = end() })
		wait(t, s.ending.Load)
		wait(t, func() bool {
			_, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
			return err != nil
		})
		if late {
			ended.Wait()
			if err == nil || !strings.Contains(err.Error(), "cut off") {
				t.Errorf("got %v, want an error that says what was cut off", err)
			}
			s.workers <- wk
			continue
		}
		s.workers <- wk
		if status, line := readReply(t, c); status != 200 {
			t.Errorf("%d %s", status, line)
		}
		ended.Wait()
		if err != nil {
			t.Error(err)
		}
	}
}
