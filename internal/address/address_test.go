package address

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
)

func TestWant(t *testing.T) {
	const form = "HOST:PORT, like 127.0.0.1:8080"
	if err := Want(nil, form); err != nil {
		t.Error(err)
	}
	held, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	for address, want := range map[string]string{
		held.Addr().String(): "want a port that no other program listens at, or port 0",
		"8080":               "want " + form,
		"127.0.0.1:99999":    "want " + form,
		"192.0.2.1:0":        "want an address of this machine", // an address of nobody's, RFC 5737
	} {
		l, err := net.Listen("tcp", address)
		if err == nil {
			l.Close()
			t.Fatalf("listens at %s", address)
		}
		if got := Want(err, form); !strings.Contains(got.Error(), want) || !errors.Is(got, err) {
			t.Errorf("%s: %v, want %q in it", address, got, want)
		}
	}
	// Where a low port may be had, as by root, only the error itself can be tried.
	denied := fmt.Errorf("listen: %w", os.NewSyscallError("bind", syscall.EACCES))
	if got := Want(denied, form).Error(); !strings.Contains(got, "want a port of 1024 or above") {
		t.Errorf("%s", got)
	}
}
