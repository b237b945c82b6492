package zsnmp

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// endless is a device whose ifIndex has rows .1, .2, .2.1, .2.2, .2.3 and so on for ever.
func endless(t *testing.T, client *Client, address string, options ...Option) *Device {
	t.Helper()
	shared.Say(t, "rule "+address+": walk=endless:2")
	return client.Device(shared.Peer(address), options...)
}

// endlessRow is the name of such a row, by its number from 0.
func endlessRow(n int) string {
	if n < 2 {
		return fmt.Sprintf("%s.%d", ifIndex, n+1)
	}
	return fmt.Sprintf("%s.2.%d", ifIndex, n-1)
}

func names(rows []Varbind) (out []string) {
	for _, row := range rows {
		out = append(out, row.OID)
	}
	return out
}

func TestRowsAreThoseOfTheWhole(t *testing.T) {
	ctx, client := timeLimit(t), dial(t, shared.Endpoint)
	device := client.Device(shared.Peer("127.31.0.1"))
	whole, err := device.WalkAll(ctx, ifTable)
	if err != nil || len(whole.Varbinds) != 88 {
		t.Fatalf("%v, %v", whole, err)
	}
	for _, stream := range []int{0, 1, 7, 88, 1000} {
		streamed, err := device.With(Stream(stream)).WalkAll(ctx, ifTable)
		if err != nil || !slices.Equal(names(streamed.Varbinds), names(whole.Varbinds)) {
			t.Errorf("WalkAll by %d: %v", stream, err)
		}
		rows := device.With(Stream(stream)).Rows(ctx, ifTable)
		var seen []string
		for rows.Next() {
			if rows.Err() != nil {
				t.Error(rows.Err())
			}
			seen = append(seen, rows.Varbind().OID)
		}
		if rows.Err() != nil || !slices.Equal(seen, names(whole.Varbinds)) || !rows.Reply().Complete {
			t.Errorf("Rows by %d: %v, %v", stream, seen, rows.Err())
		}
		rows.Close()
	}
	var seen []string
	err = device.Walk(ctx, ifTable, func(v Varbind) error {
		seen = append(seen, v.OID)
		return nil
	})
	if err != nil || !slices.Equal(seen, names(whole.Varbinds)) {
		t.Errorf("Walk: %v, %v", seen, err)
	}
}

func TestRowsOfSeveralRoots(t *testing.T) {
	ctx, client := timeLimit(t), dial(t, shared.Endpoint)
	rows := client.Device(shared.Peer("127.31.0.2"), Stream(1)).Rows(ctx, ifDescr, "."+ifIndex)
	n := 0
	for ; rows.Next(); n++ {
		root := []string{ifDescr, ifIndex}[n/4]
		if want := fmt.Sprintf("%s.%d", root, n%4+1); rows.Varbind().OID != want {
			t.Errorf("%s instead of %s", rows.Varbind().OID, want)
		}
	}
	if rows.Err() != nil || n != 8 || !slices.Equal(rows.places, []string{"", ifIndex + ".4"}) {
		t.Errorf("%d, %v, %v", n, rows.Err(), rows.places)
	}
}

func TestCallbackEndsAWalk(t *testing.T) {
	ctx, client := timeLimit(t), dial(t, shared.Endpoint)
	before := counter(t, client, "requests_cancelled")
	enough := errors.New("enough")
	n := 0
	err := endless(t, client, "127.31.0.3", Stream(1)).Walk(ctx, ifIndex, func(Varbind) error {
		if n++; n == 3 {
			return enough
		}
		return nil
	})
	if err != enough || n != 3 {
		t.Errorf("%v, %d", err, n)
	}
	await(t, "cancelled", func() bool { return counter(t, client, "requests_cancelled") > before })
}

func TestClosedRowsEndTheWalk(t *testing.T) {
	ctx, client := timeLimit(t), dial(t, shared.Endpoint)
	before := counter(t, client, "requests_cancelled")
	rows := endless(t, client, "127.31.0.4", Stream(1)).Rows(ctx, ifIndex)
	if !rows.Next() || rows.Varbind().OID != endlessRow(0) {
		t.Fatalf("%v, %v", rows.Varbind(), rows.Err())
	}
	rows.Close()
	rows.Close()
	if rows.Next() || rows.Err() != nil {
		t.Errorf("%v, %v", rows.Varbind(), rows.Err())
	}
	await(t, "cancelled", func() bool { return counter(t, client, "requests_cancelled") > before })
}

func TestContextEndsRows(t *testing.T) {
	client := dial(t, shared.Endpoint)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	device := endless(t, client, "127.31.0.5", Stream(1))
	rows := device.Rows(ctx, ifIndex)
	for n := 0; rows.Next(); n++ {
		if n == 4 {
			cancel()
		}
	}
	e := failure(t, rows.Err())
	if !errors.Is(e, context.Canceled) || e.Stop != "cancelled" || len(e.Next) != 1 ||
		!below(e.Next[0], ifIndex) {
		t.Errorf("%#v", e)
	}
	if rows = device.Rows(ctx, ifIndex); rows.Next() || failure(t, rows.Err()).Sent != SentNo {
		t.Errorf("%#v", rows.Err())
	}
}

// A reader that does not read costs a few parts, others go on meanwhile, and in the end no row is missing or
// there twice.
func TestSlowReaderNeitherFillsMemoryNorDelaysOthers(t *testing.T) {
	ctx, client := timeLimit(t), dial(t, shared.Endpoint)
	device, other := endless(t, client, "127.31.0.6", Stream(10)), client.Device(shared.Peer("127.31.0.7"))
	rows := device.Rows(ctx, ifIndex)
	defer rows.Close()
	n := 0
	for pause := 0; pause < 3; pause++ {
		// The end of what was stopped comes behind few parts.
		in := rows.call.in
		await(t, "the walk's stop", func() bool {
			in.mu.Lock()
			defer in.mu.Unlock()
			return len(in.items) > 0 && in.items[len(in.items)-1].stopped && !in.items[len(in.items)-1].more
		})
		if got := nameOf(t)(other.Get(ctx, sysName)); got != "sim-127-31-0-7" {
			t.Error(got)
		}
		in.mu.Lock()
		if len(in.items) > partsKept+1 {
			t.Errorf("%d parts wait", len(in.items))
		}
		in.mu.Unlock()
		for read := 0; read < 500 || rows.call == nil || rows.call.in == in; read++ {
			if !rows.Next() {
				t.Fatal(rows.Err())
			}
			if want := endlessRow(n); rows.Varbind().OID != want {
				t.Fatalf("%s instead of %s", rows.Varbind().OID, want)
			}
			n++
		}
	}
}

func TestLimitCountsRowsOfAWalkThatWaited(t *testing.T) {
	ctx, client := timeLimit(t), dial(t, shared.Endpoint)
	before := counter(t, client, "requests_cancelled")
	device := endless(t, client, "127.31.0.8", Stream(10), MaxRepetitions(10), Limit(2005), Timing(true))
	shared.Say(t, "rule 127.31.0.8: delay=2")
	rows := device.Rows(ctx, ifIndex)
	await(t, "the walk's stop", func() bool { return counter(t, client, "requests_cancelled") > before })
	n := 0
	for ; rows.Next(); n++ {
		if want := endlessRow(n); rows.Varbind().OID != want {
			t.Fatalf("%s instead of %s", rows.Varbind().OID, want)
		}
	}
	end := rows.Reply()
	if rows.Err() != nil || n != 2005 || end.Stop != "limit" || end.Tries < 200 ||
		!slices.Equal(end.Next, []string{endlessRow(2004)}) {
		t.Errorf("%d, %v, %v", n, end, rows.Err())
	}
}

func TestWalkThatWaitsForSeveralRootsGoesOn(t *testing.T) {
	ctx, client := timeLimit(t), dial(t, shared.Endpoint)
	before := counter(t, client, "requests_cancelled")
	shared.Say(t, "rule 127.31.0.9: delay=2")
	device := client.Device(shared.Peer("127.31.0.9"), Stream(1), MaxRepetitions(1))
	rows := device.Rows(ctx, ifIndex, ifTable, ifDescr)
	await(t, "the walk's stop", func() bool { return counter(t, client, "requests_cancelled") > before })
	var seen []string
	for rows.Next() {
		seen = append(seen, rows.Varbind().OID)
	}
	var want []string
	for _, root := range []string{ifIndex, ifTable, ifDescr} {
		reply, err := device.WalkAll(ctx, root)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, names(reply.Varbinds)...)
	}
	if rows.Err() != nil || !rows.Reply().Complete || !slices.Equal(seen, want) {
		t.Errorf("%d rows instead of %d: %v", len(seen), len(want), rows.Err())
	}
}

func TestDeadlineOfAWalkThatWaits(t *testing.T) {
	ctx, client := timeLimit(t), dial(t, shared.Endpoint)
	before := counter(t, client, "requests_cancelled")
	rows := endless(t, client, "127.31.0.10", Stream(1), Deadline(300*time.Millisecond)).Rows(ctx, ifIndex)
	await(t, "the walk's stop", func() bool { return counter(t, client, "requests_cancelled") > before })
	await(t, "the deadline", func() bool { return time.Now().After(rows.until) })
	n := 0
	for rows.Next() {
		n++
	}
	e := failure(t, rows.Err())
	if e.Code != CodeDeadline || n < partsMost || !slices.Equal(e.Next, []string{endlessRow(n - 1)}) {
		t.Errorf("%d, %#v", n, e)
	}
}

func TestWalkThatIsCutOffSaysSo(t *testing.T) {
	ctx, client := timeLimit(t), dial(t, shared.Endpoint)
	for _, c := range []struct {
		address, rule string
		rows          int
		kind          Kind
		name, stop    string
	}{
		{"127.31.1.1", "walk=same:2", 2, ErrWalk, "loop", "loop"},
		{"127.31.1.2", "walk=decrease:2", 2, ErrWalk, "non_increasing", "non_increasing"},
		{"127.31.1.3", "walk=stop:2", 2, ErrDevice, "genErr", "device_error"},
		{"127.31.1.4", "walk=silent:2", 2, ErrTransport, "timeout", "timeout"},
	} {
		shared.Say(t, "rule "+c.address+": "+c.rule)
		device := client.Device(shared.Peer(c.address), MaxRepetitions(1), Timeout(100*time.Millisecond),
			Retries(1))
		rows := device.Rows(ctx, ifIndex)
		n := 0
		for rows.Next() {
			n++
		}
		e := failure(t, rows.Err())
		if n != c.rows || e.Kind() != c.kind || e.Name != c.name || e.Stop != c.stop || e.Retryable !=
			(c.kind == ErrTransport) || !slices.Equal(e.Next, []string{ifIndex + ".2"}) {
			t.Errorf("%s: %d rows, %#v", c.rule, n, e)
		}
		if errors.Is(e, CodeServiceLost) || errors.Is(e, ErrServiceLost) {
			t.Errorf("%s: the service is not lost", c.rule)
		}
		shared.Say(t, "rule "+c.address+": clear")
		reply, err := client.Device(shared.Peer(c.address), Start(e.Next...)).WalkAll(ctx, ifIndex)
		if err != nil || !slices.Equal(names(reply.Varbinds), []string{ifIndex + ".3", ifIndex + ".4"}) {
			t.Errorf("%s: %v, %v", c.rule, reply, err)
		}
	}
}

func TestLimitIsNoError(t *testing.T) {
	ctx, client := timeLimit(t), dial(t, shared.Endpoint)
	rows := client.Device(shared.Peer("127.31.1.5"), Limit(3)).Rows(ctx, ifIndex)
	n := 0
	for rows.Next() {
		n++
	}
	if end := rows.Reply(); rows.Err() != nil || n != 3 || end.Complete || end.Stop != "limit" ||
		!slices.Equal(end.Next, []string{ifIndex + ".3"}) {
		t.Errorf("%d, %v, %v", n, end, rows.Err())
	}
}

func TestStartHasAPlaceForEachRoot(t *testing.T) {
	ctx, client := timeLimit(t), dial(t, shared.Endpoint)
	device := client.Device(shared.Peer("127.31.1.6"), Start("", ifDescr+".3"))
	rows := device.Rows(ctx, ifIndex, ifDescr)
	if !rows.Next() || rows.Varbind().OID != ifDescr+".4" || rows.Next() || rows.Err() != nil {
		t.Errorf("%v, %v", rows.Varbind(), rows.Err())
	}
	rows = client.Device(shared.Peer("127.31.1.6"), Start("1.2")).Rows(ctx, ifIndex)
	if rows.Next() || !errors.Is(rows.Err(), CodeBadRequest) || !strings.HasPrefix(
		failure(t, rows.Err()).Message, "start") {
		t.Error(rows.Err())
	}
}
