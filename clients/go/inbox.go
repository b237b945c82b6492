package zsnmp

import (
	"context"
	"sync"
	"sync/atomic"
)

// Where a call stands. The loop takes it from queued to sent, whoever gives it up from queued to dropped: so
// it is known for certain whether it may have been carried out.
const (
	queued int32 = iota
	sent
	dropped
)

// A call is a request on its way.
type call struct {
	id    uint64 // 0: nobody waits for the reply
	body  []byte // as MessagePack
	isSet bool
	in    *inbox
	index int // place in its batch
	most  int // parts that may wait in the inbox before the walk is stopped; 0: any number
	keep  int // and before those that follow are dropped
	state atomic.Int32

	stopped, cut bool // the loop's: why they are in a delivery
}

// A delivery is a reply, or a part of one, or why there is none.
type delivery struct {
	index int
	raw   []byte
	more  bool
	err   *Error

	stopped bool // the walk was stopped because many parts waited
	cut     bool // and those behind the last delivery were dropped
}

// An inbox hands what came from the loop, which never waits, to one goroutine, which does.
type inbox struct {
	mu    sync.Mutex // guards items
	items []delivery
	ready chan struct{}
}

func newInbox() *inbox { return &inbox{ready: make(chan struct{}, 1)} }

// put adds a delivery and tells how many wait.
func (in *inbox) put(d delivery) int {
	in.mu.Lock()
	in.items = append(in.items, d)
	n := len(in.items)
	in.mu.Unlock()
	nudge(in.ready)
	return n
}

// next waits for a delivery or the end of the context. What is there already goes first.
func (in *inbox) next(ctx context.Context) (delivery, error) {
	for {
		in.mu.Lock()
		if len(in.items) > 0 {
			d := in.items[0]
			in.items[0] = delivery{}
			in.items = in.items[1:]
			in.mu.Unlock()
			return d, nil
		}
		in.mu.Unlock()
		select {
		case <-in.ready:
		case <-ctx.Done():
			return delivery{}, ctx.Err()
		}
	}
}
