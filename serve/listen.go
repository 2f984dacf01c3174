package serve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"ssnn/internal/webconfig"
)

// headerTime bounds how long the header of a request may take, and idleTime how long a connection
// may be without a request.
const (
	headerTime = 5 * time.Second
	idleTime   = time.Minute
	sendTime   = 10 * time.Second // time to send a reply
	readTime   = time.Second      // time in which the last replies must be read
)

// Serve answers the requests that come to l, by TLS where Config.WebConfig says so, until ctx is
// done. Then it says at /readyz that it is not ready, for the time Config.Unready. After that it
// takes no more requests, and finishes those that are under way, which have the time grace. It
// returns nil, or an error if some were cut off then. It closes l. It can be called once.
func (s *Server) Serve(ctx context.Context, l net.Listener, grace time.Duration) error {
	server := &http.Server{
		Handler: s, ReadHeaderTimeout: min(headerTime, s.config.Receive), IdleTimeout: idleTime,
		MaxHeaderBytes: 16 << 10,
		// WriteTimeout counts from the end of the header.
		WriteTimeout: webconfig.CheckTime + s.config.Receive + s.config.Answer + sendTime,
	}
	limited := limit(l, s.config.Connections, s.config.Each, s.config.Body,
		func(string) { s.metrics.refused.Inc() })
	failed := make(chan error, 1)
	go func() { failed <- s.web.Serve(server, limited) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	s.ending.Store(true)
	select {
	case err := <-failed:
		return err
	case <-time.After(s.config.Unready):
	}
	late, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	err := server.Shutdown(late)
	if errors.Is(err, context.DeadlineExceeded) {
		server.Close()
		return fmt.Errorf("requests were under way for %v after the end, and cut off", grace)
	}
	limited.wait(readTime)
	return err
}
