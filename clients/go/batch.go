package zsnmp

import "context"

// A Batch gathers requests that go out together. It is used once, by one goroutine.
type Batch struct{ calls []queuedCall }

type queuedCall struct {
	device   *Device
	op       string
	oids     []string
	settings []Setting
}

// A Result is what became of one request of a batch.
type Result struct {
	Reply *Reply
	Err   error // an *Error
}

// Get adds a Device.Get.
func (b *Batch) Get(device *Device, oids ...string) {
	b.calls = append(b.calls, queuedCall{device, "get", oids, nil})
}

// GetNext adds a Device.GetNext.
func (b *Batch) GetNext(device *Device, oids ...string) {
	b.calls = append(b.calls, queuedCall{device, "get_next", oids, nil})
}

// GetBulk adds a Device.GetBulk.
func (b *Batch) GetBulk(device *Device, oids ...string) {
	b.calls = append(b.calls, queuedCall{device, "get_bulk", oids, nil})
}

// WalkAll adds a Device.WalkAll.
func (b *Batch) WalkAll(device *Device, roots ...string) {
	b.calls = append(b.calls, queuedCall{device, "walk", roots, nil})
}

// Set adds a Device.Set.
func (b *Batch) Set(device *Device, settings ...Setting) {
	b.calls = append(b.calls, queuedCall{device, "set", nil, settings})
}

// Len is the number of requests.
func (b *Batch) Len() int { return len(b.calls) }

// Do sends a batch and waits for all replies, which come in the order of the requests. One that fails leaves
// the others alone; where the context ends, those that have no reply yet fail.
func (c *Client) Do(ctx context.Context, batch *Batch) []Result {
	results := make([]Result, batch.Len())
	c.DoFunc(ctx, batch, func(i int, reply *Reply, err error) { results[i] = Result{reply, err} })
	return results
}

// DoFunc sends a batch and calls each once for every request, by its place in the batch, as soon as its reply
// is there. It returns behind the last.
func (c *Client) DoFunc(ctx context.Context, batch *Batch, each func(i int, reply *Reply, err error)) {
	in := newInbox()
	calls := make([]*call, 0, batch.Len())
	waiting := make(map[int]*call, batch.Len())
	early := ctx.Err()
	for i, q := range batch.calls {
		k, failure := q.device.request(ctx, q.op, q.oids, q.settings)
		if failure == nil && early != nil {
			failure = contextError(early, SentNo, k.isSet)
		}
		if failure != nil {
			each(i, nil, failure)
			continue
		}
		k.in, k.index = in, i
		calls = append(calls, k)
		waiting[i] = k
	}
	if err := c.submit(calls...); err != nil {
		for i := range waiting {
			each(i, nil, err)
		}
		return
	}
	parts := map[int][][]byte{}
	for len(waiting) > 0 {
		d, err := in.next(ctx)
		if err != nil {
			for i, k := range waiting {
				each(i, nil, contextError(err, c.abandon(k), k.isSet))
			}
			return
		}
		if d.err == nil && d.more {
			parts[d.index] = append(parts[d.index], d.raw)
			continue
		}
		reply, failure := (*Reply)(nil), d.err
		if failure == nil {
			reply, failure = decodeReplies(append(parts[d.index], d.raw))
		}
		delete(waiting, d.index)
		delete(parts, d.index)
		if failure != nil {
			each(d.index, nil, failure)
		} else {
			each(d.index, reply, nil)
		}
	}
}
