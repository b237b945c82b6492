package zsnmp

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/zsnmp/zsnmp/clients/go/internal/testservice"
)

const (
	sysDescr   = "1.3.6.1.2.1.1.1.0"
	sysUpTime  = "1.3.6.1.2.1.1.3.0"
	sysContact = "1.3.6.1.2.1.1.4.0"
	sysName    = "1.3.6.1.2.1.1.5.0"
	ifTable    = "1.3.6.1.2.1.2.2"
	ifIndex    = "1.3.6.1.2.1.2.2.1.1"
	ifDescr    = "1.3.6.1.2.1.2.2.1.2"
)

// tooLong ends a test that hangs.
const tooLong = 30 * time.Second

// shared is the service of all tests that leave it as it is. Each uses devices of its own.
var shared *testservice.Service

func TestMain(m *testing.M) {
	var err error
	if shared, err = testservice.Launch("--curve"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	status := m.Run()
	shared.Stop()
	os.Exit(status)
}

func timeLimit(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), tooLong)
	t.Cleanup(cancel)
	return ctx
}

// await asks again until something holds.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(tooLong); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not in %v", what, tooLong)
		}
	}
}

func counter(t *testing.T, client *Client, name string) int64 {
	t.Helper()
	info, err := client.Info(timeLimit(t))
	if err != nil {
		t.Fatal(err)
	}
	n, ok := info[name].(int64)
	if !ok {
		t.Fatalf("%s is %#v", name, info[name])
	}
	return n
}

// failure is an error as what all calls return.
func failure(t *testing.T, err error) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%#v instead of an *Error", err)
	}
	return e
}

// nameOf takes the results of a call that reads sysName.
func nameOf(t *testing.T) func(*Reply, error) string {
	t.Helper()
	return func(reply *Reply, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		v, ok := reply.Lookup(sysName)
		if !ok {
			t.Fatalf("no sysName in %v", reply)
		}
		return v.String()
	}
}

func dial(t testing.TB, endpoint string, options ...DialOption) *Client {
	t.Helper()
	client, err := Dial(endpoint, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	return client
}
