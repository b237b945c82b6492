package main

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/zsnmp/zsnmp/clients/go/internal/testservice"
)

func TestPollPrintsATable(t *testing.T) {
	service := testservice.Start(t)
	service.Say(t, "rule 127.70.0.3: dead")
	program := filepath.Join(t.TempDir(), "poll")
	if text, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	good := []string{service.Peer("127.70.0.1"), service.Peer("127.70.0.2")}
	text, err := exec.Command(program, append([]string{"-endpoint", service.Endpoint}, good...)...).Output()
	lines := strings.Split(string(text), "\n")
	row := regexp.MustCompile(`^127\.70\.0\.(\d):\d+ +sim-127-70-0-(\d) +[\dhms]+ +4 +[\d.]+[mµ]?s$`)
	if err != nil || len(lines) != 4 || !row.MatchString(lines[1]) || !row.MatchString(lines[2]) {
		t.Errorf("%v: %s", err, text)
	}
	command := exec.Command(program, "-endpoint", service.Endpoint)
	command.Stdin = strings.NewReader(good[0] + "\n" + service.Peer("127.70.0.3") + "\n")
	text, err = command.Output()
	lines = strings.Split(string(text), "\n")
	if err == nil || len(lines) != 4 || !row.MatchString(lines[1]) || !strings.Contains(lines[2], "timeout") {
		t.Errorf("%v: %s", err, text)
	}
}
