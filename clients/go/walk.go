package zsnmp

import (
	"context"
	"slices"
	"strings"
	"time"
)

const (
	// streamRows is how many rows of a walk come at a time where nothing else was said.
	streamRows = 200
	// Where so many parts wait for a Rows that does not read, the service is told to stop the walk. When all
	// that waits has been read, it is begun anew behind its last row.
	partsMost = 8
	// Parts that come until the service has heard of it are kept up to so many, and then dropped.
	partsKept = 64
)

// Rows are the rows of a walk, which come while the device is still asked. They are for one goroutine:
//
//	rows := device.Rows(ctx, "1.3.6.1.2.1.2.2")
//	defer rows.Close()
//	for rows.Next() {
//		fmt.Println(rows.Varbind())
//	}
//	if err := rows.Err(); err != nil {
//
// A reader that is slower than the device costs no more memory than a few parts, whatever the size of the
// table: the walk waits, and with it nothing else does.
type Rows struct {
	device *Device
	ctx    context.Context
	roots  []string
	until  time.Time // of the option Deadline

	call   *call // nil where none is under way
	rows   []Varbind
	at     int // of the next one in rows
	row    Varbind
	count  uint64 // rows that came
	root   int    // the one that the last row was below
	places []string

	end   Reply
	err   *Error
	ended bool
}

// Rows begins a walk of all below the roots, one after the other. What goes wrong is told by Err.
func (d *Device) Rows(ctx context.Context, roots ...string) *Rows {
	r := &Rows{device: d, ctx: ctx, roots: roots, places: slices.Clone(roots)}
	if ms, ok := asUint(d.deadline); ok && ms > 0 && ms <= deadlineMost {
		r.until = time.Now().Add(time.Duration(ms) * time.Millisecond)
	}
	if d.option("stream") == nil {
		r.device = d.With(Stream(streamRows))
	}
	switch start := d.option("start").(type) {
	case string:
		r.places = []string{start}
	case []any:
		for i := 0; i < len(start) && i < len(roots); i++ {
			r.places[i], _ = start[i].(string)
		}
	}
	r.begin(r.device)
	return r
}

// begin sends the walk.
func (r *Rows) begin(device *Device) {
	if err := r.ctx.Err(); err != nil {
		r.fail(contextError(err, SentNo, false))
		return
	}
	k, failure := device.request(r.ctx, "walk", r.roots, nil)
	if failure != nil {
		r.fail(failure)
		return
	}
	k.in, k.most = newInbox(), partsMost
	if len(r.places) > 0 {
		k.keep = partsKept
	}
	if err := device.client.submit(k); err != nil {
		r.fail(closedError(SentNo))
		return
	}
	r.call = k
}

// Next moves on to the next row, and waits for it. It returns false behind the last one and where the walk
// fails.
func (r *Rows) Next() bool {
	for r.at == len(r.rows) {
		if r.ended {
			r.row = Varbind{}
			return false
		}
		r.read()
	}
	r.row = r.rows[r.at]
	r.at++
	return true
}

// Varbind is the row that Next moved to.
func (r *Rows) Varbind() Varbind { return r.row }

// Err is why the walk ended before all rows were seen: an *Error, with Stop, and Next to go on at. It is nil
// where Next has not returned false yet, where the walk is complete or has reached its Limit, and where Close
// ended it.
func (r *Rows) Err() error {
	if r.err == nil || r.at < len(r.rows) {
		return nil
	}
	return r.err
}

// Reply is what the end of the walk said, once it is there, without varbinds: Complete, Stop, Next, Quirks,
// RTT and Tries.
func (r *Rows) Reply() Reply { return r.end }

// Close ends the walk, where it is not over yet. It may be called more than once.
func (r *Rows) Close() {
	if r.call != nil {
		r.device.client.abandon(r.call)
		r.call = nil
	}
	r.rows, r.at, r.ended = nil, 0, true
}

// read takes the next part, or the end.
func (r *Rows) read() {
	d, err := r.call.in.next(r.ctx)
	if err != nil {
		r.fail(contextError(err, r.device.client.abandon(r.call), false))
		return
	}
	if d.err != nil {
		r.fail(d.err)
		return
	}
	reply, _, failure := decodeReply(d.raw)
	if !d.cut {
		r.take(reply.Varbinds)
	}
	if d.more && failure == nil {
		return
	}
	r.call = nil
	r.finish(reply, failure)
	if d.cut {
		r.resume(r.places)
	} else if d.stopped && failure != nil && failure.Code == CodeCancelled {
		r.resume(reply.Next)
	} else if failure != nil {
		r.fail(failure)
	} else if !reply.Complete && reply.Stop != "limit" {
		// The device's names did not grow. The reply has no error, but the walk is not whole.
		r.fail(&Error{Name: reply.Stop, Message: "the walk was cut off", Sent: SentYes, Reply: r.end})
	} else {
		r.ended = true
	}
}

// take keeps the rows of a part, and where they have got to.
func (r *Rows) take(rows []Varbind) {
	r.rows, r.at = rows, 0
	r.count += uint64(len(rows))
	if len(rows) == 0 || len(r.places) == 0 {
		return
	}
	last := rows[len(rows)-1].OID
	for r.root < len(r.places)-1 && !below(last, r.roots[r.root]) {
		r.places[r.root] = ""
		r.root++
	}
	r.places[r.root] = last
}

// finish keeps what the end of a walk, or of a piece of one, said.
func (r *Rows) finish(reply *Reply, failure *Error) {
	quirks, tries := r.end.Quirks, r.end.Tries
	if failure == nil {
		r.end = *reply
	} else {
		r.end = failure.Reply
	}
	r.end.Varbinds = nil
	r.end.Tries += tries
	for _, quirk := range quirks {
		if !slices.Contains(r.end.Quirks, quirk) {
			r.end.Quirks = append(r.end.Quirks, quirk)
		}
	}
}

// resume goes on with a walk that was stopped because it was not read, now that all parts of it are taken.
func (r *Rows) resume(next []string) {
	if len(next) == 0 {
		next = r.places
	}
	more := []Option{}
	if len(next) > 0 {
		more = append(more, Start(next...))
	}
	if limit, ok := asUint(r.device.option("limit")); ok && limit > 0 {
		if r.count >= limit {
			r.end.Stop, r.ended = "limit", true
			return
		}
		more = append(more, Param("limit", limit-r.count))
	}
	if !r.until.IsZero() {
		left := time.Until(r.until)
		if left <= 0 {
			r.fail(contextError(context.DeadlineExceeded, SentYes, false))
			return
		}
		more = append(more, Deadline(left))
	}
	r.begin(r.device.With(more...))
}

// fail ends the rows with an error that says where to go on.
func (r *Rows) fail(failure *Error) {
	own := *failure
	own.Varbinds = nil // they are rows
	if own.Stop == "" {
		own.Stop = own.Name
	}
	if own.Next == nil && r.count > 0 {
		own.Next = slices.Clone(r.places)
	}
	r.call, r.err, r.ended = nil, &own, true
	r.end.Stop, r.end.Next = own.Stop, own.Next
}

// below tells whether a name lies in the tree of a root.
func below(oid, root string) bool {
	root = strings.TrimPrefix(root, ".")
	return strings.HasPrefix(oid, root) && (len(oid) == len(root) || oid[len(root)] == '.')
}
