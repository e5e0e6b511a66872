package ops

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/pprof"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Check says why a part is not ready, nil if it is.
type Check func(ctx context.Context) error

// Server answers /metrics; /healthz: 200 while the process works; /readyz: 200
// when every part is ready, else 503 with the reasons as JSON.
type Server struct {
	http     *http.Server
	listener net.Listener
	done     chan error

	mu     sync.Mutex
	checks map[string]Check
}

// Listen takes the address; ":0" is any free port.
// profiles adds /debug/pprof.
func Listen(ctx context.Context, addr string, metrics prometheus.Gatherer, profiles bool) (*Server, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen for metrics and health (http.addr): %w", err)
	}
	s := &Server{listener: l, checks: map[string]Check{}, done: make(chan error, 1)}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{EnableOpenMetrics: true}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", s.ready)
	if profiles {
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	s.http = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { s.done <- s.http.Serve(l) }()
	return s, nil
}

// Addr is the host and port it listens on.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Add registers a part; it is asked at each /readyz.
func (s *Server) Add(part string, check Check) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.checks[part] = check
}

// Stop ends the server.
func (s *Server) Stop(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if served := <-s.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

const patience = 3 * time.Second

func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	s.mu.Lock()
	checks := maps.Clone(s.checks)
	s.mu.Unlock()
	status, answer := http.StatusOK, map[string]string{}
	for name, check := range checks {
		answer[name] = "ready"
		if err := check(ctx); err != nil {
			status, answer[name] = http.StatusServiceUnavailable, err.Error()
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer)
}
