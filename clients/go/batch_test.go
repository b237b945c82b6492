package zsnmp

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"sync"
	"testing"
	"time"
)

func TestBatchTellsOfEachRequest(t *testing.T) {
	ctx, client := timeLimit(t), dial(t, shared.Endpoint)
	shared.Say(t, "rule 127.32.0.9: dead")
	device := func(last int, options ...Option) *Device {
		return client.Device(shared.Peer(fmt.Sprintf("127.32.0.%d", last)), options...)
	}
	var batch Batch
	batch.Get(device(1), sysName)
	batch.Get(device(9, Timeout(time.Millisecond), Retries(0)), sysName)
	batch.Get(device(2, Param("x", func() {})), sysName)
	batch.GetNext(device(3), sysContact)
	batch.GetBulk(device(4, MaxRepetitions(2)), ifIndex)
	batch.WalkAll(device(5, Stream(1)), ifIndex)
	batch.Set(device(6, Community("private")), Setting{sysContact, "s", "batched"})
	batch.Get(device(7), "x")
	results := client.Do(ctx, &batch)
	if len(results) != batch.Len() {
		t.Fatal(results)
	}
	for i, code := range map[int]Code{1: CodeTimeout, 2: CodeBadRequest, 7: CodeBadRequest} {
		if !errors.Is(results[i].Err, code) || results[i].Reply != nil {
			t.Errorf("%d: %v", i, results[i])
		}
	}
	for i, rows := range map[int]int{0: 1, 3: 1, 4: 2, 5: 4, 6: 1} {
		if results[i].Err != nil || len(results[i].Reply.Varbinds) != rows {
			t.Errorf("%d: %v", i, results[i])
		}
	}
	if got := results[6].Reply.Varbinds[0].String(); got != "batched" {
		t.Error(got)
	}
	if got := nameOf(t)(results[3].Reply, results[3].Err); got != "sim-127-32-0-3" {
		t.Error(got)
	}
	if none := client.Do(ctx, &Batch{}); len(none) != 0 {
		t.Error(none)
	}
}

// Larger than what goes into one message.
func TestBatchOfThousands(t *testing.T) {
	ctx, client := timeLimit(t), dial(t, shared.Endpoint)
	var batch Batch
	for i := 0; i < 3000; i++ {
		batch.Get(client.Device(shared.Peer(fmt.Sprintf("127.32.%d.%d", 1+i/250, i%250+1))), sysName)
	}
	seen := make([]int, batch.Len())
	client.DoFunc(ctx, &batch, func(i int, reply *Reply, err error) {
		seen[i]++
		want := fmt.Sprintf("sim-127-32-%d-%d", 1+i/250, i%250+1)
		if got := nameOf(t)(reply, err); got != want {
			t.Errorf("%s instead of %s", got, want)
		}
	})
	for i, n := range seen {
		if n != 1 {
			t.Errorf("%d: told %d times", i, n)
		}
	}
}

func TestContextEndsABatch(t *testing.T) {
	client := dial(t, shared.Endpoint)
	shared.Say(t, "rule 127.32.20.9: dead")
	var batch Batch
	batch.Get(client.Device(shared.Peer("127.32.20.1")), sysName)
	batch.Get(client.Device(shared.Peer("127.32.20.9"), Timeout(10*time.Minute)), sysName)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	told := map[int]error{}
	client.DoFunc(ctx, &batch, func(i int, _ *Reply, err error) {
		told[i] = err
		cancel() // once the first is there
	})
	if len(told) != 2 || told[0] != nil || !errors.Is(told[1], context.Canceled) {
		t.Error(told)
	}
	for _, result := range client.Do(ctx, &batch) {
		if !errors.Is(result.Err, context.Canceled) || failure(t, result.Err).Sent != SentNo {
			t.Errorf("%#v", result.Err)
		}
	}
	if err := client.Close(); err != nil {
		t.Error(err)
	}
	for _, result := range client.Do(context.Background(), &batch) {
		if !errors.Is(result.Err, ErrClosed) {
			t.Errorf("%#v", result.Err)
		}
	}
}

// Everything at once over one socket, much of it given up half-way: nothing hangs, and nobody gets what is
// another's.
func TestDisorder(t *testing.T) {
	client := dial(t, shared.Endpoint)
	shared.Say(t, "rule 127.33.0.0/24: delay=1+3")
	var group sync.WaitGroup
	for i := 0; i < 40; i++ {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			random := rand.New(rand.NewSource(int64(i)))
			address := fmt.Sprintf("127.33.0.%d", i+1)
			device := client.Device(shared.Peer(address), Stream(3))
			for n := 0; n < 30; n++ {
				limit := time.Duration(random.Intn(8000)) * time.Microsecond
				ctx, cancel := context.WithTimeout(context.Background(), limit)
				switch random.Intn(3) {
				case 0:
					reply, err := device.Get(ctx, sysName)
					if err == nil && reply.Varbinds[0].String() != fmt.Sprintf("sim-127-33-0-%d", i+1) {
						t.Errorf("%s: %v", address, reply)
					}
				case 1:
					rows := device.Rows(ctx, ifIndex)
					for stop := random.Intn(5); stop > 0 && rows.Next(); stop-- {
						if rows.Varbind().OID[:len(ifIndex)] != ifIndex {
							t.Error(rows.Varbind())
						}
					}
					rows.Close()
				case 2:
					var batch Batch
					batch.Get(device, sysName)
					batch.WalkAll(device, ifIndex)
					for _, result := range client.Do(ctx, &batch) {
						if (result.Err == nil) == (result.Reply == nil) {
							t.Error(result)
						}
					}
				}
				cancel()
			}
		}(i)
	}
	group.Wait()
	after := client.Device(shared.Peer("127.33.1.1"))
	if got := nameOf(t)(after.Get(timeLimit(t), sysName)); got != "sim-127-33-1-1" {
		t.Error(got)
	}
	await(t, "an empty client", func() bool {
		client.mu.Lock()
		defer client.mu.Unlock()
		return len(client.submitted)+len(client.abandoned) == 0
	})
}
