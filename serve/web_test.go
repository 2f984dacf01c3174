package serve

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"ssnn/infer"
	"ssnn/internal/testcert"
)

// webFile is a web configuration file that lets alice in, whose password is "right", with or
// without TLS, and the configuration of clients that trust its certificate.
func webFile(t testing.TB, encrypted bool, cost int) (path string, trust *tls.Config) {
	t.Helper()
	dir := t.TempDir()
	hash, err := bcrypt.GenerateFromPassword([]byte("right"), cost)
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("basic_auth_users:\n  alice: %s\n", hash)
	pool, err := testcert.Write(dir, "server")
	if err != nil {
		t.Fatal(err)
	}
	if encrypted {
		text += "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n"
	}
	path = filepath.Join(dir, "web.yml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, &tls.Config{RootCAs: pool}
}

// Who has no password of a user gets one line of JSON on every path, which is logged and counted as
// every refusal is; who has one is answered.
func TestUsers(t *testing.T) {
	for _, encrypted := range []bool{false, true} {
		lines := make(logLines, 10)
		path, trust := webFile(t, encrypted, bcrypt.MinCost)
		s, url, _ := start(t, infer.Options{}, Config{Workers: 1, WebConfig: path,
			Log: slog.New(slog.NewJSONHandler(lines, nil))})
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: trust,
			ForceAttemptHTTP2: true}}
		defer client.CloseIdleConnections()
		body := file(t, seven)
		for _, c := range []struct {
			method, path, name, password string
			status                       int
		}{
			{"POST", "/v1/recording?format=bin", "", "", 401},
			{"POST", "/v1/recording?format=bin", "alice", "wrong", 401},
			{"POST", "/v1/recording?format=bin", "alice", "right", 200},
			{"POST", "/v1/recording", "bob", "right", 401}, {"GET", "/metrics", "", "", 401},
			{"GET", "/healthz", "", "", 401}, {"GET", "/nowhere", "", "", 401},
			{"GET", "/nowhere", "alice", "right", 404}, {"GET", "/readyz", "alice", "right", 200},
		} {
			r, err := http.NewRequest(c.method, url+c.path, bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			if c.name != "" {
				r.SetBasicAuth(c.name, c.password)
			}
			reply, err := client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			line, err := io.ReadAll(reply.Body)
			reply.Body.Close()
			if err != nil {
				t.Fatal(err)
			}
			isLine(t, line)
			if reply.StatusCode != c.status ||
				(reply.Header.Get("WWW-Authenticate") != "") != (c.status == 401) {
				t.Errorf("%+v: %s %v %s", c, reply.Status, reply.Header, line)
			}
			said := <-lines // it comes behind the reply
			var logged struct{ Status int }
			if err := json.Unmarshal([]byte(said), &logged); err != nil ||
				logged.Status != c.status || strings.Contains(said, "right") {
				t.Errorf("%+v: logged is %s, %v", c, said, err)
			}
		}
		if !encrypted {
			for _, request := range []string{"", "Authorization: Basic YWxpY2U6bm8=\r\n"} {
				for range 50 {
					if err := sendThenRead(url, "POST /v1/recording HTTP/1.1\r\nHost: x\r\n"+
						"Connection: close\r\n"+request+fmt.Sprintf("Content-Length: %d\r\n\r\n%s",
						20_000, strings.Repeat("x", 20_000)), 401); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		r := must(http.NewRequest("GET", url+"/metrics", nil))
		r.SetBasicAuth("alice", "right")
		reply, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(reply.Body)
		reply.Body.Close()
		if n := 3; !strings.Contains(string(text), fmt.Sprintf(
			`ssnn_serve_requests_total{path="/v1/recording",status="401"} %d`,
			map[bool]int{true: n, false: n + 100}[encrypted])) {

			t.Errorf("the refused are not counted:\n%s", text)
		}
		if taken := s.bodies.taken(); taken != 0 {
			t.Errorf("bodies have %d bytes, want none", taken)
		}
	}
}

// logLines are those of a log, each a write; those that have no room are left out.
type logLines chan string

func (l logLines) Write(b []byte) (int, error) {
	select {
	case l <- string(b):
	default:
	}
	return len(b), nil
}

func must(r *http.Request, err error) *http.Request {
	if err != nil {
		panic(err)
	}
	return r
}

// A stranger that sends half of a body, or nothing after the handshake, or HTTP to a port of TLS,
// or no TLS at all, does not keep its connection, and what there is to say to it comes.
func TestStrangersOverTLS(t *testing.T) {
	path, trust := webFile(t, true, bcrypt.MinCost)
	s, url, _ := start(t, infer.Options{}, Config{Workers: 1, WebConfig: path,
		Receive: 300 * time.Millisecond, Connections: 100, Each: 100})
	address := strings.TrimPrefix(url, "https://")
	begin := time.Now()
	var open []net.Conn
	for _, c := range []struct {
		encrypted   bool
		send, reply string
	}{
		{true, fmt.Sprintf(head, 1000) + "half of it", "HTTP/1.1 401 Unauthorized\r\n"},
		{true, "POST /v1/recording HTTP/1.1\r\n", ""}, {true, "", ""},
		{true, "no HTTP\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n"},
		{false, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.0 400 Bad Request\r\n"},
		{false, "", ""}, {false, "\x16\x03\x01\x00\xff\x01", ""},
	} {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if c.encrypted {
			own := trust.Clone()
			own.ServerName = "localhost"
			conn = tls.Client(conn, own)
		}
		io.WriteString(conn, c.send)
		open = append(open, conn)
		conn.SetReadDeadline(time.Now().Add(15 * time.Second))
		if c.reply == "" {
			continue
		}
		got := make([]byte, len(c.reply))
		if n, _ := io.ReadFull(conn, got); string(got[:n]) != c.reply {
			t.Errorf("%q: the reply is %q, want %q", c.send, got[:n], c.reply)
		}
	}
	for i, conn := range open {
		if _, err := io.ReadAll(conn); os.IsTimeout(err) {
			t.Errorf("connection %d is open after %v", i, time.Since(begin))
		}
	}
	r := must(http.NewRequest("POST", url+"/v1/recording?format=bin",
		bytes.NewReader(file(t, seven))))
	r.SetBasicAuth("alice", "right")
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: trust}}
	defer client.CloseIdleConnections()
	reply, err := client.Do(r)
	if err != nil || reply.StatusCode != 200 {
		t.Fatal(reply, err)
	}
	reply.Body.Close()
	if s.bodies.taken() != 0 {
		t.Error("bodies have memory")
	}
}

// A file that makes no sense is an error before anything listens.
func TestWrongWebConfig(t *testing.T) {
	path := filepath.Join(t.TempDir(), "web.yml")
	os.WriteFile(path, []byte("nonsense: 1\n"), 0o600)
	if _, err := New(openModel(t, infer.Options{}), Config{WebConfig: path}); err == nil ||
		!strings.Contains(err.Error(), path) {
		t.Errorf("%v, want an error with the file's name", err)
	}
}
