//go:build linux

package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// freeAddress sets a variable to an address where nobody listens.
func freeAddress(ts *testscript.TestScript, _ bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], l.Addr().String())
	ts.Check(l.Close())
}

// request sends a file, or nothing, as soon as somebody listens, and prints status and reply.
func request(ts *testscript.TestScript, _ bool, args []string) {
	var body []byte
	if len(args) > 2 {
		var err error
		body, err = os.ReadFile(ts.MkAbs(args[2]))
		ts.Check(err)
	}
	for attempt := 0; ; attempt++ {
		r, err := http.NewRequest(args[0], "http://"+args[1], bytes.NewReader(body))
		ts.Check(err)
		r.Close = true
		reply, err := http.DefaultClient.Do(r)
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
