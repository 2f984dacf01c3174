package webconfig

import (
	"net/http"
	"net/netip"
)

// Refusal is the reason why a request is not admitted.
type Refusal struct {
	Status int
	why    string
}

func (r *Refusal) Error() string { return r.why }

// Admit returns nil if a request may be answered, or else why not. It sets the headers of the reply
// that the file and the refusal require. It does not read the body.
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

// Network returns the network that stands for the owner of an address: an IPv4 address itself, or
// the first 64 bits of an IPv6 address, which a customer has for itself (RFC 6177). For an invalid
// address, such as that of a socket in the file system, it returns the zero Prefix.
func Network(ip netip.Addr) netip.Prefix {
	ip = ip.Unmap().WithZone("")
	bits := 64
	if ip.Is4() {
		bits = 32
	}
	p, _ := ip.Prefix(bits)
	return p
}
