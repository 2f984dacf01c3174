package serve

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// allowHost refuses a request that names another host than this service. Otherwise a stranger's
// page whose name is made to mean this machine (DNS rebinding) could ask the service through the
// browser of whoever looks at the page; such a request names the stranger's host. An IP address
// cannot be made to mean another machine, and no browser leaves the host out.
func (s *Server) allowHost(r *http.Request) error {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	if _, err := netip.ParseAddr(host); err == nil || host == "" || host == "localhost" {
		return nil
	}
	if slices.ContainsFunc(s.config.Hosts, func(name string) bool {
		return name == AnyHost || strings.EqualFold(name, host)
	}) {
		return nil
	}
	return refuse(http.StatusMisdirectedRequest, "host %.100q, want an IP address, localhost or "+
		"a name that --host allows", host)
}

// AnyHost among Config.Hosts allows all names.
const AnyHost = "*"
