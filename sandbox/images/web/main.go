// Command web is the demo application of the lessons: a web server that says where it runs, and
// that can be made slow, unhealthy, or hungry for CPU or memory on request. See README.md for all
// requests.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// Bounds on what one request, and all requests together, can ask for.
const (
	maxDelay         = time.Minute
	maxCPUSeconds    = 60
	maxBusy          = 8
	maxMemoryMiB     = 1024
	maxMemorySeconds = 300
	shutdownGrace    = 10 * time.Second
)

// Identity is what the server reports about itself.
type Identity struct {
	Pod     string `json:"pod"`
	Node    string `json:"node"`
	Version string `json:"version"`
}

// Server answers the requests. Its zero value is neither healthy nor ready: use newServer.
type Server struct {
	identity Identity
	healthy  atomic.Bool
	ready    atomic.Bool
	busy     atomic.Int64
	heldMiB  atomic.Int64
	exit     func(code int)
}

func newServer(identity Identity, exit func(code int)) *Server {
	s := &Server{identity: identity, exit: exit}
	s.healthy.Store(true)
	s.ready.Store(true)
	return s
}

// Handler returns all routes. Each request writes one log line.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.who)
	mux.HandleFunc("GET /healthz", report(&s.healthy))
	mux.HandleFunc("GET /readyz", report(&s.ready))
	mux.HandleFunc("POST /healthy", set(&s.healthy, true))
	mux.HandleFunc("POST /unhealthy", set(&s.healthy, false))
	mux.HandleFunc("POST /ready", set(&s.ready, true))
	mux.HandleFunc("POST /unready", set(&s.ready, false))
	mux.HandleFunc("/cpu", s.cpu)
	mux.HandleFunc("/memory", s.memory)
	mux.HandleFunc("/exit", s.leave)
	return logged(mux)
}

func (s *Server) who(w http.ResponseWriter, r *http.Request) {
	if text := r.URL.Query().Get("delay"); text != "" {
		delay, err := time.ParseDuration(text)
		if err != nil || delay < 0 || delay > maxDelay {
			http.Error(w, fmt.Sprintf("delay must be a duration up to %s, for example 2s", maxDelay), http.StatusBadRequest)
			return
		}
		sleep(r.Context(), delay)
	}
	if strings.Contains(r.Header.Get("Accept"), "application/json") {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(s.identity)
		return
	}
	fmt.Fprintf(w, "pod: %s\nnode: %s\nversion: %s\n", s.identity.Pod, s.identity.Node, s.identity.Version)
}

// cpu keeps one core busy for a while.
func (s *Server) cpu(w http.ResponseWriter, r *http.Request) {
	seconds, ok := number(w, r, "seconds", 5, maxCPUSeconds)
	if !ok {
		return
	}
	defer s.busy.Add(-1)
	if s.busy.Add(1) > maxBusy {
		http.Error(w, fmt.Sprintf("busy with %d such requests already", maxBusy), http.StatusTooManyRequests)
		return
	}
	var rounds uint64
	for end := time.Now().Add(time.Duration(seconds) * time.Second); time.Now().Before(end) && r.Context().Err() == nil; {
		for range 100_000 {
			rounds++
		}
	}
	fmt.Fprintf(w, "counted to %d in %d s\n", rounds, seconds)
}

// memory holds memory for a while. It writes to every page, because untouched memory does not
// count.
func (s *Server) memory(w http.ResponseWriter, r *http.Request) {
	mib, ok := number(w, r, "mib", 64, maxMemoryMiB)
	if !ok {
		return
	}
	seconds, ok := number(w, r, "seconds", 30, maxMemorySeconds)
	if !ok {
		return
	}
	defer s.heldMiB.Add(int64(-mib))
	if s.heldMiB.Add(int64(mib)) > maxMemoryMiB {
		http.Error(w, fmt.Sprintf("no more than %d MiB together", maxMemoryMiB), http.StatusTooManyRequests)
		return
	}
	held := make([]byte, mib<<20)
	for i := 0; i < len(held); i += 4096 {
		held[i] = 1
	}
	sleep(r.Context(), time.Duration(seconds)*time.Second)
	fmt.Fprintf(w, "held %d MiB for %d s\n", len(held)>>20, seconds)
	held = nil
	debug.FreeOSMemory()
}

// leave ends the program, as a crash would.
func (s *Server) leave(w http.ResponseWriter, r *http.Request) {
	code, ok := number(w, r, "code", 1, 255)
	if !ok {
		return
	}
	log.Printf("asked to exit with code %d", code)
	s.exit(code)
}

func report(state *atomic.Bool) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if !state.Load() {
			http.Error(w, "no", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	}
}

func set(state *atomic.Bool, value bool) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		state.Store(value)
		fmt.Fprintln(w, "done")
	}
}

// number parses a whole number from 0 to limit from the query. If there is none, it answers the
// request itself.
func number(w http.ResponseWriter, r *http.Request, name string, fallback, limit int) (int, bool) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return fallback, true
	}
	value, err := strconv.Atoi(text)
	if err != nil || value < 0 || value > limit {
		http.Error(w, fmt.Sprintf("%s must be a whole number from 0 to %d", name, limit), http.StatusBadRequest)
		return 0, false
	}
	return value, true
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// statusWriter remembers the status for the log.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		recorder := &statusWriter{w, http.StatusOK}
		next.ServeHTTP(recorder, r)
		from, _, _ := net.SplitHostPort(r.RemoteAddr)
		log.Printf("%s %s %d %s from %s", r.Method, strconv.QuoteToASCII(r.URL.RequestURI()),
			recorder.status, time.Since(start).Round(time.Microsecond), from)
	})
}

func env(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}

func main() {
	host, _ := os.Hostname()
	port := flag.String("port", env("PORT", "8080"), "port to listen on; also PORT")
	version := flag.String("version", env("VERSION", "1"), "version to tell; also VERSION")
	node := flag.String("node", env("NODE_NAME", "unknown"), "node to tell; also NODE_NAME")
	flag.Parse()
	log.SetOutput(os.Stdout)
	log.SetFlags(log.LstdFlags | log.LUTC)
	identity := Identity{Pod: host, Node: *node, Version: *version}
	if err := serve(":"+*port, newServer(identity, os.Exit)); err != nil {
		log.Fatal(err)
	}
}

// serve runs until SIGTERM or SIGINT. It then stops being ready and finishes the requests in
// progress.
func serve(address string, s *Server) error {
	// Process 1 of a container ignores signals without a handler: without this, SIGTERM would do
	// nothing.
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	server := &http.Server{Addr: address, Handler: s.Handler(), ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	log.Printf("web version %s listens on %s", s.identity.Version, address)
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	log.Print("told to stop: finishing what is under way")
	s.ready.Store(false)
	grace, cancel := context.WithTimeout(context.Background(), shutdownGrace)
	defer cancel()
	if err := server.Shutdown(grace); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	log.Print("stopped")
	return nil
}
