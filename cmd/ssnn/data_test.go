package main

import (
	"bytes"
	"testing"
)

// An interrupted download says how to go on with it, and is no failure.
func TestDataInterruptedIsCode130(t *testing.T) {
	var errs bytes.Buffer
	code := fail(stoppedError{"ssnn data get n-mnist --to x"}, console{out: nil, err: &errs}, false)
	if want := "ssnn: interrupted; go on with: ssnn data get n-mnist --to x\n"; code != 130 ||
		errs.String() != want {

		t.Errorf("exit code %d, %q, want 130, %q", code, errs.String(), want)
	}
}
