package zsnmp_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zsnmp/zsnmp/clients/go/internal/testservice"
)

// quickStart is the program of the README.
func quickStart(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "<!-- quick start: begin -->\n```go\n")
	program, _, ended := strings.Cut(rest, "```\n<!-- quick start: end -->")
	if !found || !ended {
		t.Fatal("README.md has no quick start")
	}
	return program
}

// The program of the README, with nothing but its two addresses changed, does what it should.
func TestQuickStartOfTheReadme(t *testing.T) {
	service := testservice.Start(t)
	program := quickStart(t)
	for _, change := range [][2]string{{"tcp://127.0.0.1:7161", service.Endpoint}, {"192.0.2.1",
		service.Peer("127.71.0.1")}} {
		if strings.Count(program, change[0]) != 1 {
			t.Fatalf("%s is not there once", change[0])
		}
		program = strings.Replace(program, change[0], change[1], 1)
	}
	directory := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(directory, []byte(program), 0o644); err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command("go", "run", directory).CombinedOutput()
	want := "1.3.6.1.2.1.1.5.0 OCTET STRING sim-127-71-0-1\n1.3.6.1.2.1.2.1.0 INTEGER 4\n" +
		"1.3.6.1.2.1.2.2.1.2.1 lo\n1.3.6.1.2.1.2.2.1.2.2 Ethernet0\n1.3.6.1.2.1.2.2.1.2.3 Ethernet1\n" +
		"1.3.6.1.2.1.2.2.1.2.4 Ethernet2\n"
	if err != nil || string(text) != want {
		t.Errorf("%v: %s", err, text)
	}
}
