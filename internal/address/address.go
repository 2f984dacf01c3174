// Package address explains errors of listening at an address.
package address

import (
	"errors"
	"fmt"
	"net"
	"syscall"
)

// Want adds to an error of listening at an address what was expected. If the machine does not grant
// the address, that is a port or an address that it would grant; for other errors it is form, the
// form of an address, such as "HOST:PORT, like 127.0.0.1:8080". A nil error stays nil.
func Want(err error, form string) error {
	var name *net.DNSError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.EADDRINUSE):
		form = "a port that no other program listens at, or port 0 for any that is free"
	case errors.Is(err, syscall.EACCES):
		form = "a port of 1024 or above, as this user may not listen at a lower one"
	case errors.Is(err, syscall.EADDRNOTAVAIL), errors.As(err, &name):
		form = "an address of this machine, such as 127.0.0.1"
	}
	return fmt.Errorf("%w, want %s", err, form)
}
