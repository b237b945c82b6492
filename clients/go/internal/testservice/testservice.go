// Package testservice starts a zsnmpd and a zsnmp-sim for tests, by way of tests/vectors/serve.
package testservice

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// answerMost is how long the programs may take to start or to do what they are told.
const answerMost = 30 * time.Second

// A Service is a zsnmpd with a simulator of devices.
type Service struct {
	Endpoint string `json:"endpoint"`
	IPC      string `json:"ipc"`
	Port     int    `json:"port"` // of the simulator
	Vectors  string `json:"vectors"`
	Curve    struct {
		Endpoint     string `json:"endpoint"`
		ServerKey    string `json:"server_key"`
		ClientPublic string `json:"client_public"`
		ClientSecret string `json:"client_secret"`
	} `json:"curve"`

	stdin io.WriteCloser
	lines chan string
	done  chan error
}

// Root is the directory of the whole project.
func Root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", "..", "..")
}

// Build is the directory of the programs.
func Build() string {
	if dir := os.Getenv("BUILD_DIR"); dir != "" {
		return dir
	}
	return filepath.Join(Root(), "build")
}

// Start starts the two for as long as the test runs.
func Start(t testing.TB, args ...string) *Service {
	t.Helper()
	s, err := Launch(args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

// Launch starts the two. They end with Stop, and with this process.
func Launch(args ...string) (*Service, error) {
	command := exec.Command(filepath.Join(Root(), "tests", "vectors", "serve"), args...)
	command.Env = append(os.Environ(), "BUILD_DIR="+Build())
	command.Stderr = os.Stderr
	stdin, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	s := &Service{stdin: stdin, lines: make(chan string), done: make(chan error, 1)}
	go func() {
		for scanner := bufio.NewScanner(stdout); scanner.Scan(); {
			s.lines <- scanner.Text()
		}
		close(s.lines)
		s.done <- command.Wait()
	}()
	line, err := s.line()
	if err == nil {
		err = json.Unmarshal([]byte(line), s)
	}
	if err != nil {
		s.Stop()
		return nil, fmt.Errorf("tests/vectors/serve: %w", err)
	}
	return s, nil
}

func (s *Service) line() (string, error) {
	select {
	case line, ok := <-s.lines:
		if !ok {
			return "", io.ErrUnexpectedEOF
		}
		return line, nil
	case <-time.After(answerMost):
		return "", fmt.Errorf("no answer in %v", answerMost)
	}
}

// Say has serve obey a command, and returns what it answers behind ok.
func (s *Service) Say(t testing.TB, command string) string {
	t.Helper()
	if _, err := io.WriteString(s.stdin, command+"\n"); err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	line, err := s.line()
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	if !strings.HasPrefix(line, "ok") {
		t.Fatalf("%s: %s", command, line)
	}
	return strings.TrimSpace(strings.TrimPrefix(line, "ok"))
}

// Peer is a device of the simulator.
func (s *Service) Peer(address string) string { return fmt.Sprintf("%s:%d", address, s.Port) }

// Stop ends the two.
func (s *Service) Stop() {
	_ = s.stdin.Close()
	for range s.lines {
	}
	<-s.done
}
