package webconfig

import (
	"net/http"
	"net/netip"
)

// Refusal says why a request is not admitted.
type Refusal struct {
	Status int
	why    string
}

func (r *Refusal) Error() string { return r.why }

// Admit says whether a request may be answered, nil if so, and sets the headers of its reply that
// the file and the refusal ask for. It reads nothing of the body.
func (f *File) Admit(w http.ResponseWriter, r *http.Request) *Refusal {
	if f == nil {
		return nil
	}
	rules := f.now()
	for key, value := range rules.headers {
		w.Header().Set(key, value)
	}
	if rules.limiter != nil && !rules.limiter.Allow() {
		w.Header().Set("Retry-After", "1")
		return &Refusal{http.StatusTooManyRequests,
			"more requests than rate_limit allows; try again"}
	}
	if len(rules.users) == 0 {
		return nil
	}
	if name, password, given := r.BasicAuth(); given {
		at, _ := netip.ParseAddrPort(r.RemoteAddr)
		right, busy := f.passwords.right(r.Context(), Network(at.Addr()), rules.users, name,
			password)
		switch {
		case right:
			return nil
		case busy:
			w.Header().Set("Retry-After", "1")
			return &Refusal{http.StatusTooManyRequests,
				"too many passwords are being checked; try again"}
		}
	}
	w.Header().Set("WWW-Authenticate", `Basic realm="ssnn", charset="UTF-8"`)
	return &Refusal{http.StatusUnauthorized, "no such name and password, want those of a user of " +
		"this service"}
}

// Network is whose address one is: an address of IPv4, or the 64 bits of IPv6 that one customer has
// (RFC 6177); of what is no address, as that of a socket in the file system, none.
func Network(ip netip.Addr) netip.Prefix {
	ip = ip.Unmap().WithZone("")
	bits := 64
	if ip.Is4() {
		bits = 32
	}
	p, _ := ip.Prefix(bits)
	return p
}
