//go:build linux

package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"ssnn/internal/testcert"
)

// freeAddress sets a variable to an address where nobody listens.
func freeAddress(ts *testscript.TestScript, _ bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], l.Addr().String())
	ts.Check(l.Close())
}

// certificate writes NAME.crt and NAME.key into the folder of the script; requests trust it.
func certificate(ts *testscript.TestScript, _ bool, args []string) {
	_, err := testcert.Write(ts.MkAbs("."), args[0])
	ts.Check(err)
}

// request sends a file, or nothing, as soon as somebody listens, and prints status and reply. An
// address may begin with https:// and have NAME:PASSWORD@ before it; then server.crt is trusted.
// What follows a ^ is the host that the request names.
func request(ts *testscript.TestScript, _ bool, args []string) {
	var body []byte
	if len(args) > 2 {
		var err error
		body, err = os.ReadFile(ts.MkAbs(args[2]))
		ts.Check(err)
	}
	for attempt := 0; ; attempt++ {
		url, host, _ := strings.Cut(args[1], "^")
		if !strings.Contains(url, "://") {
			url = "http://" + url
		}
		r, err := http.NewRequest(args[0], url, bytes.NewReader(body))
		ts.Check(err)
		r.Close, r.Host = true, host
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: trusting(ts)}}
		reply, err := client.Do(r)
		if err != nil && attempt < 500 {
			time.Sleep(10 * time.Millisecond)
			continue
		}
		ts.Check(err)
		defer reply.Body.Close()
		to := ts.Stdout()
		fmt.Fprint(to, reply.StatusCode, " ")
		_, err = io.Copy(to, reply.Body)
		ts.Check(err)
		return
	}
}

// trusting trusts the script's server.crt, where it is there.
func trusting(ts *testscript.TestScript) *tls.Config {
	text, err := os.ReadFile(ts.MkAbs("server.crt"))
	if err != nil {
		return nil
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	return &tls.Config{RootCAs: pool}
}
