package zsnmp

import (
	"fmt"
	"runtime"
	"time"
)

const (
	// What one message carries at most. Larger ones save nothing more, and keep the first reply waiting.
	batchCalls = 100
	batchBytes = 256 << 10
	// Bodies that are received before the loop looks at what there is to send.
	receiveMost = 100
	// After a socket could not be made.
	openAgain = time.Second
)

// A loop owns the socket and all calls that were submitted and have no reply yet. It runs in a goroutine of
// its own.
type loop struct {
	client  *Client
	link    *link // nil while none can be opened
	changed chan struct{}
	links   int // that were opened, for the names of their monitors
	calls   map[uint64]*call
	out     []*call // to be sent, some of them dropped or without a waiter
	body    []byte
	batch   int // calls that one message may carry

	timer   *time.Timer // runs while there are calls or no link
	ticking bool
	due     time.Time // when tick comes
	heard   time.Time // when something came, or the first call
	pinged  time.Time
}

func newLoop(c *Client) *loop {
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	return &loop{client: c, changed: make(chan struct{}, 1), calls: map[uint64]*call{}, batch: batchCalls,
		timer: timer}
}

func (l *loop) connect() (err error) {
	l.links++
	l.link, err = open(l.client.context, l.client.settings, fmt.Sprintf("inproc://monitor-%d", l.links),
		l.client.wake, l.changed)
	return err
}

func (l *loop) run() {
	defer close(l.client.done)
	for {
		l.collect()
		l.flush()
		if l.receive() {
			nudge(l.client.wake)
		}
		select {
		case <-l.client.wake:
			// Whoever else is about to ask does so first: what goes out together costs a fraction.
			runtime.Gosched()
		case <-l.changed:
			l.check()
		case <-l.timer.C:
			l.ticking = false
			l.tick(time.Now())
		case <-l.client.closing:
			l.close()
			return
		}
	}
}

// collect takes over what callers have submitted and abandoned.
func (l *loop) collect() {
	c := l.client
	c.mu.Lock()
	submitted, abandoned := c.submitted, c.abandoned
	c.submitted, c.abandoned = nil, nil
	c.mu.Unlock()
	if len(submitted) > 0 && len(l.calls) == 0 {
		l.heard = time.Now()
		l.pinged = l.heard
		l.arm(min(c.settings.heartbeat, c.settings.patience))
	}
	for _, k := range submitted {
		l.calls[k.id] = k
	}
	l.out = append(l.out, submitted...)
	for _, k := range abandoned {
		if l.calls[k.id] == k {
			delete(l.calls, k.id)
			l.cancel(k)
		}
	}
}

// cancel tells the service that nobody wants a reply any more, unless it does not know of the call.
func (l *loop) cancel(k *call) {
	if !k.state.CompareAndSwap(queued, dropped) && k.state.Load() == sent {
		l.out = append(l.out, &call{body: encodeCancel(k.id)})
	}
}

// flush sends what can be sent now, many calls in a message.
func (l *loop) flush() {
	for len(l.out) > 0 && l.link != nil {
		taken := l.compose()
		if len(l.body) > 0 {
			done, err := l.link.send(l.body)
			if err != nil {
				l.lose(err.Error())
				return
			}
			if !done {
				l.unsend(taken)
				return
			}
		}
		clear(l.out[:taken])
		l.out = l.out[taken:]
	}
}

// compose makes the next message of the first calls that wait, and tells of how many.
func (l *loop) compose() (taken int) {
	l.body = append(l.body[:0], arrayHeader...)
	calls := 0
	for _, k := range l.out {
		if calls == l.batch || calls > 0 && len(l.body)+len(k.body) > batchBytes {
			break
		}
		taken++
		if !k.state.CompareAndSwap(queued, sent) {
			continue // dropped
		}
		l.body = append(l.body, k.body...)
		calls++
	}
	switch calls {
	case 0:
		l.body = l.body[:0]
	case 1:
		l.body = l.body[len(arrayHeader):]
	default:
		setArrayLen(l.body, calls)
	}
	return taken
}

// unsend is for what the socket did not take: no part of it has left.
func (l *loop) unsend(taken int) {
	for _, k := range l.out[:taken] {
		k.state.CompareAndSwap(sent, queued)
	}
}

// receive reports whether there may be more.
func (l *loop) receive() bool {
	for n := 0; n < receiveMost; n++ {
		if l.link == nil {
			return false
		}
		body, err := l.link.receive()
		if err != nil {
			l.lose(err.Error())
			return false
		}
		if body == nil {
			return false
		}
		if n == 0 {
			l.heard = time.Now()
		}
		if err := scan(body, l.deliver); err != nil {
			l.lose("what came is no reply: " + err.Error())
			return false
		}
		if len(l.out) > 0 {
			return true // a walk is to be stopped, and soon
		}
	}
	return true
}

// deliver gives a reply, or a part of one, to whoever waits for it.
func (l *loop) deliver(h header) {
	if !h.numbered {
		l.refused(h.raw)
		return
	}
	k, ok := l.calls[h.id]
	if !ok {
		return // of a ping or a cancellation, or given up meanwhile
	}
	if !h.more {
		delete(l.calls, h.id)
	}
	if k.cut && h.more {
		return
	}
	waiting := k.in.put(delivery{index: k.index, raw: h.raw, more: h.more, stopped: k.stopped, cut: k.cut})
	if h.more && k.most > 0 && waiting >= k.most && !k.stopped {
		k.stopped = true
		l.cancel(k)
	}
	k.cut = h.more && k.keep > 0 && waiting >= k.keep
}

// refused is for an error without an id: the service did not take a message as a whole, and does not say
// which. That happens only where it is told to take smaller ones than usual. From then on messages carry one
// call each.
func (l *loop) refused(raw []byte) {
	_, _, err := decodeReply(raw)
	if err == nil {
		return
	}
	l.batch = 1
	err.Sent = SentMaybe
	l.end(func(k *call) *Error {
		own := *err
		own.Retryable = !k.isSet
		return &own
	})
}

// check looks at what the monitor says, once all that came before is delivered.
func (l *loop) check() {
	link := l.link
	if link == nil {
		return
	}
	broken, err := link.broken()
	if err != nil {
		l.lose(err.Error())
	} else if broken {
		for l.receive() {
		}
		if l.link == link {
			l.lose("the connection broke")
		}
	}
}

// tick sends a ping to a service that says nothing, and gives it up in the end.
func (l *loop) tick(now time.Time) {
	if l.link == nil {
		if err := l.connect(); err != nil {
			l.arm(openAgain)
		}
	}
	if len(l.calls) == 0 {
		return
	}
	s := &l.client.settings
	// A program that was stopped has not heard of its service either: that time does not count.
	if l.heard = l.heard.Add(max(now.Sub(l.due), 0)); l.heard.After(now) {
		l.heard = now
	}
	if now.Sub(l.heard) >= s.patience {
		reason := fmt.Sprintf("nothing came for %v", s.patience)
		if l.link != nil && l.link.refused {
			reason = "the handshake failed: other keys, or no ZSNMP service"
		}
		l.lose(reason)
		return
	}
	last := l.heard
	if l.pinged.After(last) {
		last = l.pinged
	}
	if now.Sub(last) >= s.heartbeat {
		// Where it can not be sent now there is no need of another later.
		l.pinged, last = now, now
		if l.link != nil {
			if _, err := l.link.send(pingBody); err != nil {
				l.lose(err.Error())
				return
			}
		}
	}
	l.arm(min(last.Add(s.heartbeat).Sub(now), l.heard.Add(s.patience).Sub(now)))
}

// arm makes tick come, unless it comes already.
func (l *loop) arm(d time.Duration) {
	if !l.ticking {
		l.ticking, l.due = true, time.Now().Add(d)
		l.timer.Reset(d)
	}
}

// lose ends all calls and drops the socket with all that waits in it, so that nothing of which a caller was
// told that it failed is carried out later; and connects anew.
func (l *loop) lose(reason string) {
	if l.link != nil {
		l.link.close()
		l.link = nil
	}
	l.end(func(k *call) *Error {
		return &Error{Code: CodeServiceLost, Name: nameServiceLost, Message: "the service is gone: " + reason,
			Retryable: !k.isSet, Sent: SentMaybe}
	})
	if err := l.connect(); err != nil {
		l.arm(openAgain)
	}
}

// end ends all calls with an error.
func (l *loop) end(failure func(*call) *Error) {
	for _, k := range l.calls {
		k.in.put(delivery{index: k.index, err: failure(k)})
	}
	clear(l.calls)
	l.out = nil
}

func (l *loop) close() {
	l.collect()
	l.end(func(k *call) *Error {
		if k.state.Load() == queued {
			return closedError(SentNo)
		}
		return closedError(SentMaybe)
	})
	l.timer.Stop()
	if l.link != nil {
		l.link.close()
	}
}
