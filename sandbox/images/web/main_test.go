package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// call sends one request to a new server and returns status and body.
func call(s *Server, method, target string, header ...string) (int, string) {
	request := httptest.NewRequest(method, target, nil)
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	recorder := httptest.NewRecorder()
	s.Handler().ServeHTTP(recorder, request)
	return recorder.Code, recorder.Body.String()
}

func testServer() *Server {
	return newServer(Identity{Pod: "web-1", Node: "worker", Version: "7"}, func(int) {})
}

func TestSaysWhereItRuns(t *testing.T) {
	if _, body := call(testServer(), "GET", "/"); body != "pod: web-1\nnode: worker\nversion: 7\n" {
		t.Errorf("text: %q", body)
	}
	_, body := call(testServer(), "GET", "/", "Accept", "application/json")
	if strings.TrimSpace(body) != `{"pod":"web-1","node":"worker","version":"7"}` {
		t.Errorf("json: %q", body)
	}
	t.Setenv("NODE_NAME", "")
	if node := env("NODE_NAME", "unknown"); node != "unknown" {
		t.Errorf("without NODE_NAME: %q", node)
	}
}

func TestHealthAndReadinessTurnSeparately(t *testing.T) {
	s := testServer()
	for _, turn := range []struct {
		post              string
		health, readiness int
	}{{"/unhealthy", 503, 200}, {"/healthy", 200, 200}, {"/unready", 200, 503}, {"/ready", 200, 200}} {
		call(s, "POST", turn.post)
		health, _ := call(s, "GET", "/healthz")
		readiness, _ := call(s, "GET", "/readyz")
		if health != turn.health || readiness != turn.readiness {
			t.Errorf("after %s: healthz %d, readyz %d", turn.post, health, readiness)
		}
	}
}

func TestRefusesWhatIsOutOfBounds(t *testing.T) {
	for target, want := range map[string]int{
		"/?delay=2h": 400, "/?delay=-1s": 400, "/?delay=soon": 400, "/cpu?seconds=61": 400, "/memory?mib=1025": 400,
		"/memory?seconds=-1": 400, "/exit?code=256": 400, "/nowhere": 404, "/unhealthy": 405,
	} {
		if status, body := call(testServer(), "GET", target); status != want {
			t.Errorf("%s: %d %q, want %d", target, status, body, want)
		}
	}
}

func TestHungryWithinBounds(t *testing.T) {
	s := testServer()
	if status, body := call(s, "GET", "/memory?mib=2&seconds=0"); status != 200 || body != "held 2 MiB for 0 s\n" {
		t.Errorf("memory: %d %q", status, body)
	}
	if status, _ := call(s, "GET", "/cpu?seconds=0"); status != 200 {
		t.Errorf("cpu: %d", status)
	}
	s.heldMiB.Store(1000)
	s.busy.Store(maxBusy)
	for _, target := range []string{"/memory?mib=64", "/cpu"} {
		if status, _ := call(s, "GET", target); status != 429 {
			t.Errorf("%s: %d, want 429", target, status)
		}
	}
	if s.heldMiB.Load() != 1000 || s.busy.Load() != maxBusy {
		t.Error("a refused request kept its share")
	}
}

func TestDelays(t *testing.T) {
	start := time.Now()
	call(testServer(), "GET", "/?delay=50ms")
	if took := time.Since(start); took < 50*time.Millisecond {
		t.Errorf("answered after %s", took)
	}
}

func TestExitsWithTheCode(t *testing.T) {
	code := -1
	call(newServer(Identity{}, func(c int) { code = c }), "GET", "/exit?code=3")
	if code != 3 {
		t.Errorf("exit code %d", code)
	}
}

// TestStopsOnSIGTERM runs this test binary again, as a real process that receives a real signal.
func TestStopsOnSIGTERM(t *testing.T) {
	if address := os.Getenv("WEB_TEST_ADDRESS"); address != "" {
		if err := serve(address, testServer()); err != nil {
			t.Fatal(err)
		}
		return
	}
	probe := httptest.NewServer(nil)
	address := probe.Listener.Addr().String()
	probe.Close()
	command := exec.Command(os.Args[0], "-test.run=^TestStopsOnSIGTERM$")
	command.Env = append(os.Environ(), "WEB_TEST_ADDRESS="+address)
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = command.Process.Kill() }()
	get := func(path string) int {
		response, err := http.Get("http://" + address + path)
		if err != nil {
			return 0
		}
		defer response.Body.Close()
		return response.StatusCode
	}
	for tries := 0; get("/healthz") != 200; tries++ {
		if tries == 100 {
			t.Fatal("did not start")
		}
		time.Sleep(50 * time.Millisecond)
	}
	slow := make(chan int)
	go func() { slow <- get("/?delay=500ms") }()
	time.Sleep(100 * time.Millisecond)
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if status := <-slow; status != 200 {
		t.Errorf("the request under way got %d", status)
	}
	if err := command.Wait(); err != nil {
		t.Errorf("did not stop cleanly: %v", err)
	}
}
