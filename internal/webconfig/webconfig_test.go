package webconfig

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"ssnn/internal/testcert"
)

// hashOf is a cheap hash of a password.
func hashOf(t testing.TB, password string) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return string(hash)
}

// write writes a file web.yml beside a certificate, server.crt and server.key.
func write(t testing.TB, text string) (path string, pool *x509.CertPool) {
	t.Helper()
	dir := t.TempDir()
	pool, err := testcert.Write(dir, "server")
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(dir, "web.yml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, pool
}

// again writes a file anew and has it looked at.
func (f *File) again(t testing.TB, text string) {
	t.Helper()
	if err := os.WriteFile(f.path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f.mu.Lock()
	f.looked = time.Time{}
	f.mu.Unlock()
}

const encrypted = "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n"

// What is wrong with a file is said in one line, which names it.
func TestWrongFiles(t *testing.T) {
	users := "basic_auth_users:\n  alice: " + hashOf(t, "a") + "\n"
	for text, want := range map[string]string{
		"":            "neither tls_server_config nor basic_auth_users: it protects nothing",
		"# not yet\n": "it protects nothing",
		"hello": "line 1: `hello`, want tls_server_config, http_server_config, rate_limit, " +
			"basic_auth_users",
		"\x00\x01":     "yaml: ",
		encrypted[:40]: "tls_server_config: missing one of key or key_file",
		"tls_config:\n  cert_file: x\n": `line 1: unknown key "tls_config"; the nearest known is ` +
			`"tls_server_config"`,
		encrypted + "  keyfile: x\n": `line 4: unknown key "keyfile"; the nearest known is ` +
			`"key_file"`,
		users + users: `line 3: key "basic_auth_users" stands twice`,
		"basic_auth_users:\n  alice: secret\n": `basic_auth_users, user "alice": want the bcrypt ` +
			`hash of a password, as htpasswd -nB NAME prints it: crypto/bcrypt: `,
		"basic_auth_users: [alice]\n":                           "line 1: ",
		strings.Replace(encrypted, "server.crt", "none.crt", 1): "none.crt",
		strings.Replace(encrypted, "server.key", "none.key", 1): "none.key",
		strings.Replace(encrypted, "server.key", "web.yml", 1):  "web.yml: tls: failed to find",
		strings.Replace(encrypted, "server.crt", "cut.crt", 1):  "cut.crt and ",
		encrypted + "  min_version: TLS9\n":                     "unknown TLS version: TLS9",
		encrypted + "  client_auth_type: Perhaps\n":             "invalid ClientAuth: Perhaps",
		encrypted + "  client_ca_file: server.crt\n":            "without a Client Auth Policy",
		encrypted + "  client_auth_type: RequireAndVerifyClientCert\n" +
			"  client_ca_file: web.yml\n": "" +
			"web.yml: no certificate in it, want those of the authorities that sign clients'",
		users + "rate_limit:\n  interval: 1s\n": "rate_limit: an interval of 1s and a burst of 0",
		users + "http_server_config:\n  headers:\n    X-Nope: x\n": `HTTP header "X-Nope" can ` +
			`not be configured`,
	} {
		path, _ := write(t, text)
		dir := filepath.Dir(path)
		whole, err := os.ReadFile(filepath.Join(dir, "server.crt"))
		if err != nil {
			t.Fatal(err)
		}
		os.WriteFile(filepath.Join(dir, "cut.crt"), whole[:len(whole)/2], 0o600)
		_, err = Open(path)
		if err == nil || !strings.HasPrefix(err.Error(), path+": ") ||
			!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {

			t.Errorf("%q: %v, want one line with %q", text, err, want)
		}
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none.yml")); !errors.Is(err, os.ErrNotExist) ||
		!strings.Contains(err.Error(), "none.yml") {

		t.Errorf("no file: %v", err)
	}
}

// ask is the status of a request, and its headers.
func ask(f *File, name, password string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", "/", nil)
	if name != "" {
		r.SetBasicAuth(name, password)
	}
	w := httptest.NewRecorder()
	f.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "in")
	})).ServeHTTP(w, r)
	return w
}

// Those of the file's users come in with their own password, and nobody else does.
func TestPasswords(t *testing.T) {
	path, _ := write(t, fmt.Sprintf("basic_auth_users:\n  alice: %s\n  bob: %s\n"+
		"http_server_config:\n  headers:\n    X-Frame-Options: deny\n", hashOf(t, "a"),
		hashOf(t, "b")))
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time it is known
		for _, c := range []struct {
			name, password string
			status         int
		}{
			{"alice", "a", 200}, {"bob", "b", 200}, {"alice", "b", 401}, {"bob", "", 401},
			{"carol", "a", 401}, {"", "", 401}, {"alice", "a\x00", 401}, {"Alice", "a", 401},
			{"alice", strings.Repeat("a", 100), 401},
		} {
			w := ask(f, c.name, c.password)
			if w.Code != c.status || (w.Header().Get("WWW-Authenticate") != "") !=
				(c.status == 401) || w.Header().Get("X-Frame-Options") != "deny" {

				t.Errorf("%q with %q: %d %v, want %d", c.name, c.password, w.Code, w.Header(),
					c.status)
			}
		}
	}
	if n := len(f.passwords.under) + len(f.passwords.of); n > 0 || len(f.passwords.known) != 2 {
		t.Errorf("%d checks are left, and %d passwords known, want none and 2", n,
			len(f.passwords.known))
	}
}

// A file that changes is read again; one that is wrong, empty or gone changes nothing, so that no
// moment of its writing lets strangers in.
func TestChanges(t *testing.T) {
	var lines bytes.Buffer
	log.SetOutput(&lines)
	defer log.SetOutput(os.Stderr)
	users := func(name, password string) string {
		return "basic_auth_users:\n  " + name + ": " + hashOf(t, password) + "\n"
	}
	path, _ := write(t, users("alice", "a"))
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "basic_auth_users:\n", "nonsense", users("alice", "a") +
		encrypted} {

		lines.Reset()
		f.again(t, text)
		if ask(f, "", "").Code != 401 || ask(f, "alice", "a").Code != 200 {
			t.Errorf("%q lets strangers in, or shuts users out", text)
		}
		if !strings.Contains(lines.String(), path) || strings.Count(lines.String(), "\n") != 1 {
			t.Errorf("%q: said is %q, want one line", text, lines.String())
		}
	}
	lines.Reset()
	os.Remove(path)
	for range 2 {
		f.looked = time.Time{}
		if ask(f, "", "").Code != 401 || ask(f, "alice", "a").Code != 200 {
			t.Error("without its file strangers come in, or users do not")
		}
	}
	if strings.Count(lines.String(), "\n") != 1 {
		t.Errorf("said is %q, want one line", lines.String())
	}
	f.again(t, users("alice", "new"))
	if ask(f, "alice", "a").Code != 401 || ask(f, "alice", "new").Code != 200 {
		t.Error("a new password does not count, or the old one does")
	}
	f.again(t, users("bob", "b"))
	if ask(f, "alice", "new").Code != 401 || ask(f, "bob", "b").Code != 200 {
		t.Error("a user who was taken out comes in, or a new one does not")
	}
}

// Whoever was right once waits for nobody; strangers of one address do not fill the line of those
// that are checked; who ask the same are checked once.
func TestStrangersDoNotShutOut(t *testing.T) {
	p := &passwords{}
	users := map[string]string{"alice": hashOf(t, "a"), "bob": hashOf(t, "b")}
	at := func(text string) netip.Prefix { return Network(netip.MustParseAddr(text)) }
	ctx := context.Background()
	if right, _ := p.right(ctx, at("192.0.2.1"), users, "alice", "a"); !right {
		t.Fatal("a right password is refused")
	}
	p.turn.Lock() // a check that takes for ever
	bad, cancel := context.WithCancel(ctx)
	var waiting sync.WaitGroup
	for i := range mostOfAnAddress {
		waiting.Go(func() { p.right(bad, at("192.0.2.9"), users, "alice", fmt.Sprint(i)) })
	}
	under := func() int {
		p.mu.Lock()
		defer p.mu.Unlock()
		return len(p.under)
	}
	for under() < mostOfAnAddress {
		time.Sleep(time.Millisecond)
	}
	if _, busy := p.right(ctx, at("192.0.2.9"), users, "alice", "more"); !busy {
		t.Error("one more password of an address waits, want it refused")
	}
	if right, busy := p.right(ctx, at("192.0.2.9"), users, "alice", "a"); !right || busy {
		t.Error("a known password waits for strangers'")
	}
	p.wait = 10 * time.Millisecond
	if right, busy := p.right(ctx, at("192.0.2.3"), users, "bob", "late"); right || !busy {
		t.Error("a password waits for longer than it may")
	}
	p.wait = 0
	answers := make(chan bool, 100)
	for range 100 { // new, all at once
		waiting.Go(func() {
			right, _ := p.right(ctx, at("192.0.2.2"), users, "bob", "b")
			answers <- right
		})
	}
	for under() < mostOfAnAddress+2 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	p.turn.Unlock()
	waiting.Wait()
	for range 100 {
		if !<-answers {
			t.Fatal("a right password is refused when many ask at once")
		}
	}
}

// TLS is as the file says; a certificate that changes is taken; a client without one of its own is
// turned away where the file asks for it; HTTP over a port of TLS is told so.
func TestTLS(t *testing.T) {
	log.SetOutput(io.Discard)
	defer log.SetOutput(os.Stderr)
	for _, http2 := range []bool{true, false} {
		path, pool := write(t, fmt.Sprintf("%shttp_server_config:\n  http2: %v\n", encrypted,
			http2))
		f, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if f.Scheme() != "https" {
			t.Errorf("the scheme is %s", f.Scheme())
		}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		server := &http.Server{Handler: f.Handler(http.HandlerFunc(
			func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Proto) }))}
		go f.Serve(server, l)
		defer server.Close()
		get := func(scheme string, c *tls.Config) (string, error) {
			client := &http.Client{Transport: &http.Transport{TLSClientConfig: c,
				ForceAttemptHTTP2: true, DisableKeepAlives: true}}
			r, err := client.Get(scheme + "://" + l.Addr().String())
			if err != nil {
				return "", err
			}
			defer r.Body.Close()
			text, err := io.ReadAll(r.Body)
			return string(text), err
		}
		want := map[bool]string{true: "HTTP/2.0", false: "HTTP/1.1"}[http2]
		if got, err := get("https", &tls.Config{RootCAs: pool}); got != want || err != nil {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
		if got, err := get("http", nil); !strings.Contains(got, "HTTP request to an HTTPS") {
			t.Errorf("HTTP over TLS's port: %q, %v", got, err)
		}
		if _, err := get("https", &tls.Config{}); err == nil {
			t.Error("a stranger's certificate is trusted")
		}
		next, err := testcert.Write(filepath.Dir(path), "server") // as it is renewed
		if err != nil {
			t.Fatal(err)
		}
		if got, err := get("https", &tls.Config{RootCAs: next}); got != want || err != nil {
			t.Errorf("a new certificate: got %q, %v, want %q", got, err, want)
		}
		if _, err := testcert.Write(filepath.Dir(path), "client"); err != nil {
			t.Fatal(err)
		}
		f.again(t, encrypted+"  client_auth_type: RequireAndVerifyClientCert\n"+
			"  client_ca_file: client.crt\n")
		if got, err := get("https", &tls.Config{RootCAs: next}); err == nil {
			t.Errorf("a client without a certificate gets %q", got)
		}
		own, err := tls.LoadX509KeyPair(filepath.Join(filepath.Dir(path), "client.crt"),
			filepath.Join(filepath.Dir(path), "client.key"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := get("https", &tls.Config{RootCAs: next,
			Certificates: []tls.Certificate{own}}); err != nil {
			t.Errorf("a client with its certificate: %v", err)
		}
	}
}

// More requests than the file allows are refused.
func TestRateLimit(t *testing.T) {
	path, _ := write(t, "basic_auth_users:\n  alice: "+hashOf(t, "a")+
		"\nrate_limit:\n  interval: 1h\n  burst: 2\n")
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{200, 200, 429} {
		if w := ask(f, "alice", "a"); w.Code != want {
			t.Errorf("request %d: %d, want %d", i, w.Code, want)
		}
	}
}

// No file admits everybody.
func TestNone(t *testing.T) {
	f, err := Open("")
	if err != nil || f.Scheme() != "http" || ask(f, "", "").Code != 200 {
		t.Errorf("%v, %v", f, err)
	}
}
