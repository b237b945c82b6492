//go:build go1.23

package zsnmp

import (
	"errors"
	"testing"
	"time"
)

func TestAllIsForRangeLoops(t *testing.T) {
	ctx, client := timeLimit(t), dial(t, shared.Endpoint)
	n := 0
	for row, err := range client.Device(shared.Peer("127.31.2.1")).All(ctx, ifIndex) {
		if err != nil || row.Value != int64(n+1) {
			t.Errorf("%v, %v", row, err)
		}
		n++
	}
	if n != 4 {
		t.Errorf("%d rows", n)
	}
	before := counter(t, client, "requests_cancelled")
	for range endless(t, client, "127.31.2.2", Stream(1)).All(ctx, ifIndex) {
		break
	}
	await(t, "cancelled", func() bool { return counter(t, client, "requests_cancelled") > before })
	shared.Say(t, "rule 127.31.2.3: dead")
	var errs []error
	dead := client.Device(shared.Peer("127.31.2.3"), Timeout(time.Millisecond))
	for _, err := range dead.All(ctx, ifIndex) {
		errs = append(errs, err)
	}
	if len(errs) != 1 || !errors.Is(errs[0], CodeTimeout) {
		t.Error(errs)
	}
}
