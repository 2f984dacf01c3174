package serve

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"ssnn/infer"
	"ssnn/internal/load"
)

var soak = flag.Duration("soak", 0, "how long each part of TestSoak runs")

// TestSoak sends recordings of N-MNIST to a server in a process of its own, at the highest rate
// that it sustains and at twice that rate:
//
//	go test ./serve -run Soak -soak 10m -v -timeout 30m
//
// The highest rate is that at which a client with a connection for each worker and as many again
// gets answers: then no worker is idle. Requests at that rate are sent 0.8 times as fast, which
// leaves room for what else the machine does, and 1.6 times as fast. Each is answered, to the bit,
// or refused with 503, at the lower rate at most one of fifty; and the server's memory does not
// grow by more than 32 MiB after the first fifth: of some 10^6 requests, 32 bytes each.
func TestSoak(t *testing.T) {
	if *soak == 0 {
		t.Skip("wants -soak DURATION")
	}
	url := startProcess(t, "")
	c := digits(t)
	c.URL = url + "/v1/recording?format=bin"
	c.Connections, c.Length = 2*runtime.GOMAXPROCS(0), min(*soak, 10*time.Second)
	most := load.Run(c)
	rate := float64(most.Answered) / most.Took.Seconds()
	t.Logf("%d connections, each with the next request after a reply: %v", c.Connections, most)
	c.Length = *soak
	for _, part := range []struct {
		name        string
		factor      float64
		connections int
	}{{"sustained", 0.8, 64}, {"twice", 1.6, 256}} {
		t.Run(part.name, func(t *testing.T) {
			c.Rate, c.Connections = part.factor*rate, part.connections
			watched := watch(t, http.DefaultClient, url, *soak)
			r := load.Run(c)
			first, later := watched()
			t.Logf("%v, %.1f %% refused; memory of the server at most %.1f MiB in use and %.1f "+
				"MiB resident at first, %.1f and %.1f MiB later",
				r, 100*float64(r.Refused)/float64(r.Sent), first.used, first.resident, later.used,
				later.resident)
			if r.Wrong > 0 || r.Lost > 0 || r.Sent != r.Answered+r.Refused {
				t.Errorf("first of those that were wrong or lost: %v", r.First)
			}
			if part.name == "sustained" && r.Refused > r.Sent/50 {
				t.Errorf("%d of %d refused", r.Refused, r.Sent)
			}
			if later.used > first.used+32 || later.resident > first.resident+32 {
				t.Error("memory grew")
			}
			answers(t, url)
		})
	}
}

// digits are requests with recordings, each of whose answers must be the one of predict.
func digits(t *testing.T) (c load.Config) {
	recogniser, err := openModel(t, infer.Options{}).Recogniser(1)
	if err != nil {
		t.Fatal(err)
	}
	defer recogniser.Close()
	var want [][]byte
	for _, name := range []string{"nmnist-7-60001.bin", "nmnist-5-00001.bin",
		"nmnist-0-00002.bin"} {
		p, err := recogniser.Predict(recordings + name)
		if err != nil {
			t.Fatal(err)
		}
		p.File = ""
		line, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, line[:len(line)-1]) // an answer goes on
		c.Bodies = append(c.Bodies, file(t, recordings+name))
	}
	c.Check = func(body int, reply []byte) error {
		if !bytes.HasPrefix(reply, want[body]) {
			return fmt.Errorf("got %s, want %s", reply, want[body])
		}
		return nil
	}
	return c
}

// memory is the most that a process had, in MiB.
type memory struct{ used, resident, bodies float64 }

func (m memory) most(n memory) memory {
	return memory{max(m.used, n.used), max(m.resident, n.resident), max(m.bodies, n.bodies)}
}

// watch looks at a server's metrics for so long, and says what it saw in the first fifth and later.
func watch(t *testing.T, client *http.Client, url string, length time.Duration) (
	ended func() (first, later memory)) {

	var seen [2]memory
	stop, done := make(chan struct{}), make(chan struct{})
	begin := time.Now()
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(length / 100):
			}
			text, err := metricsOf(client, url)
			if err != nil {
				t.Error(err)
				return
			}
			at := 0
			if time.Since(begin) > length/5 {
				at = 1
			}
			seen[at] = seen[at].most(memory{value(text, "go_memstats_heap_alloc_bytes") / (1 << 20),
				value(text, "process_resident_memory_bytes") / (1 << 20),
				value(text, "ssnn_serve_body_bytes") / (1 << 20)})
		}
	}()
	return func() (memory, memory) {
		close(stop)
		<-done
		return seen[0], seen[1]
	}
}

func metricsOf(client *http.Client, url string) (string, error) {
	r, err := client.Get(url + "/metrics")
	if err != nil {
		return "", err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	return string(text), err
}

// value is that of a metric, 0 if it is not there.
func value(text, name string) float64 {
	found := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) +
		` (\S+)$`).FindStringSubmatch(text)
	if found == nil {
		return 0
	}
	v, _ := strconv.ParseFloat(found[1], 64)
	return v
}

// startProcess starts this program once more, as a server with a web configuration file or none,
// and returns its URL. In the end the server must have ended well.
func startProcess(t *testing.T, web string) (url string) {
	ctx, cancel := context.WithCancel(context.Background())
	c := exec.CommandContext(ctx, os.Args[0], "-test.run", "^TestServerProcess$", "-test.timeout",
		"0")
	c.Env = append(os.Environ(), "SSNN_SERVE_SOAK=1", "SSNN_SERVE_WEB="+web)
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		cancel()
		if err := c.Wait(); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("the server: %v", err)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line)
}

// TestServerProcess is the server of TestSoak.
func TestServerProcess(t *testing.T) {
	if os.Getenv("SSNN_SERVE_SOAK") == "" {
		t.Skip("a part of TestSoak")
	}
	c := Config{WebConfig: os.Getenv("SSNN_SERVE_WEB")}
	if c.WebConfig != "" { // that of TestSoakBesideStrangers
		c.Body, c.Bodies, c.Receive, c.Hosts = 1<<20, soakBodies, 2*time.Second, []string{"x"}
	}
	s, err := New(openModel(t, infer.Options{}), c)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	fmt.Printf("%s://%v\n", s.web.Scheme(), l.Addr())
	if err := s.Serve(ctx, l, 10*time.Second); err != nil {
		t.Fatal(err)
	}
}
