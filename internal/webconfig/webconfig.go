// Package webconfig protects the program's listeners by TLS and passwords, as a web configuration
// file says: the file that Prometheus' exporters take with --web.config.file
// (github.com/prometheus/exporter-toolkit, docs/web-configuration.md). The toolkit reads the file
// and configures TLS; how passwords are checked is our own, for the reasons in
// docs/decisions/032-tls-and-passwords.md.
package webconfig

import (
	"crypto/tls"
	"log"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// lookEach is the time after which the file is checked for changes again.
const lookEach = time.Second

// File is a web configuration file in use. It is read again when it changes. If the changed file is
// invalid, the error is logged in one line and the rules before stay in use. A nil File protects
// nothing.
type File struct {
	path      string
	encrypted bool // fixed when the program begins, as is http2
	http2     bool
	passwords passwords

	mu     sync.Mutex
	rules  *rules
	looked time.Time
	seen   os.FileInfo // the version of the file that was read last
}

// Open reads a web configuration file. For the path "" it returns nil. The error names the file
// and, if it is known, the line; a file that protects nothing is an error too.
func Open(path string) (*File, error) {
	if path == "" {
		return nil, nil
	}
	f := &File{path: path, looked: time.Now()}
	f.seen, _ = os.Stat(path)
	var err error
	if f.rules, err = read(path); err != nil {
		return nil, err
	}
	f.encrypted, f.http2 = f.rules.tls != nil, f.rules.http2
	f.offer(f.rules.tls)
	return f, nil
}

// offer sets the protocols that clients may choose from to those that Serve speaks.
func (f *File) offer(c *tls.Config) {
	switch {
	case c == nil:
	case f.http2:
		c.NextProtos = []string{"h2", "http/1.1"}
	default:
		c.NextProtos = []string{"http/1.1"}
	}
}

// Scheme is the scheme of the URLs that f protects: "https" or "http".
func (f *File) Scheme() string {
	if f != nil && f.encrypted {
		return "https"
	}
	return "http"
}

// now returns the rules that are in force.
func (f *File) now() *rules {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.looked) < lookEach {
		return f.rules
	}
	f.looked = time.Now()
	info, err := os.Stat(f.path)
	if err == nil && f.seen != nil && info.ModTime().Equal(f.seen.ModTime()) &&
		info.Size() == f.seen.Size() && os.SameFile(info, f.seen) {

		return f.rules
	}
	if err != nil && f.seen == nil {
		return f.rules // the error was logged before
	}
	f.seen = info
	next, err := read(f.path)
	switch {
	case err != nil:
		log.Printf("%v; what it said before stays in force", err)
	case (next.tls != nil) != f.encrypted:
		log.Printf("%s: TLS begins or ends with the program alone; what it said before stays in "+
			"force", f.path)
	default:
		f.offer(next.tls)
		f.rules = next
	}
	return f.rules
}

// Serve is server.Serve, with TLS if the file asks for it.
func (f *File) Serve(server *http.Server, l net.Listener) error {
	if f.Scheme() == "http" {
		return server.Serve(l)
	}
	server.Protocols = new(http.Protocols)
	server.Protocols.SetHTTP1(true)
	server.Protocols.SetHTTP2(f.http2)
	server.TLSConfig = &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			return f.now().tls, nil
		},
	}
	return server.ServeTLS(l, "", "")
}

// Handler passes requests that the file admits to h, and answers the others with the reason.
func (f *File) Handler(h http.Handler) http.Handler {
	if f == nil {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := f.Admit(w, r); err != nil {
			http.Error(w, err.Error(), err.Status)
			return
		}
		h.ServeHTTP(w, r)
	})
}
