package zsnmp

import (
	"context"
	"fmt"
	"slices"
)

// A Device is whom to ask, and how. It holds no connection, costs little, and may be used by any number of
// goroutines.
type Device struct {
	client  *Client
	options []Option // each key once

	// What of them goes into each request as it is; the calls' own keys are looked up.
	head     []byte
	pairs    int
	err      error
	deadline any
	oids     bool // given in place of those of a call
	set      bool
}

// Device is the device at a peer such as 192.0.2.1, 192.0.2.1:1161 or tcp:host:161.
func (c *Client) Device(peer string, options ...Option) *Device {
	d := &Device{client: c, options: []Option{{"peer", peer}, Form("list")}}
	return d.With(options...)
}

// With is the same device asked in another way: later options replace earlier ones of the same key.
//
//	sysName, err := device.With(zsnmp.Retries(0)).Get(ctx, "1.3.6.1.2.1.1.5.0")
func (d *Device) With(options ...Option) *Device {
	other := &Device{client: d.client, options: make([]Option, len(d.options), len(d.options)+len(options))}
	copy(other.options, d.options)
	for _, option := range options {
		same := func(o Option) bool { return o.key == option.key }
		if at := slices.IndexFunc(other.options, same); at >= 0 {
			other.options[at] = option
		} else {
			other.options = append(other.options, option)
		}
	}
	e := newEncoder()
	for _, option := range other.options {
		switch key := option.key; {
		case option.value == nil || key == "id" || key == "op":
		case key == "deadline_ms":
			other.deadline = option.value
		default:
			other.oids = other.oids || key == "oids"
			other.set = other.set || key == "set"
			e.pair(key, option.value)
			other.pairs++
		}
	}
	other.err = e.err
	other.head = e.bytes()
	return other
}

// option is the value that was given for a key.
func (d *Device) option(key string) any {
	for _, option := range d.options {
		if option.key == key {
			return option.value
		}
	}
	return nil
}

// request makes a call of an operation with OIDs or settings.
func (d *Device) request(ctx context.Context, op string, oids []string, settings []Setting) (*call, *Error) {
	if d.err != nil {
		return nil, badRequest(d.err)
	}
	id := d.client.lastID.Add(1)
	e := newEncoder()
	e.number("id", id)
	e.text("op", op)
	e.buffer.Write(d.head)
	pairs := 2 + d.pairs
	if len(oids) > 0 && !d.oids {
		e.keep(e.EncodeString("oids"))
		e.keep(e.EncodeArrayLen(len(oids)))
		for _, oid := range oids {
			e.keep(e.EncodeString(oid))
		}
		pairs++
	}
	if len(settings) > 0 && !d.set {
		e.settings(settings)
		pairs++
	}
	if deadline := deadlineOf(ctx, d.deadline); deadline != nil {
		e.pair("deadline_ms", deadline)
		pairs++
	}
	body, failure := e.message(pairs)
	if failure != nil {
		return nil, failure
	}
	return &call{id: id, body: body, isSet: op == "set"}, nil
}

func (e *encoder) settings(settings []Setting) {
	e.keep(e.EncodeString("set"))
	e.keep(e.EncodeArrayLen(len(settings)))
	for i, setting := range settings {
		e.keep(e.EncodeArrayLen(3))
		e.keep(e.EncodeString(setting.OID))
		e.keep(e.EncodeString(setting.Type))
		if err := e.value(setting.Value, nestedAsked-2); err != nil {
			e.keep(fmt.Errorf("set: number %d: %w", i+1, err))
		}
	}
}

func (d *Device) do(ctx context.Context, op string, oids []string, settings []Setting) (*Reply, error) {
	k, failure := d.request(ctx, op, oids, settings)
	if failure != nil {
		return nil, failure
	}
	k.in = newInbox()
	parts, err := d.client.finish(ctx, k)
	if err != nil {
		return nil, err
	}
	reply, failure := decodeReplies(parts)
	if failure != nil {
		return nil, failure
	}
	return reply, nil
}

// Get reads objects.
func (d *Device) Get(ctx context.Context, oids ...string) (*Reply, error) {
	return d.do(ctx, "get", oids, nil)
}

// GetNext reads the objects that come behind these.
func (d *Device) GetNext(ctx context.Context, oids ...string) (*Reply, error) {
	return d.do(ctx, "get_next", oids, nil)
}

// GetBulk reads several objects behind each of these: see MaxRepetitions and NonRepeaters.
func (d *Device) GetBulk(ctx context.Context, oids ...string) (*Reply, error) {
	return d.do(ctx, "get_bulk", oids, nil)
}

// Set writes objects, all or none. The reply tells what the device says they are now.
func (d *Device) Set(ctx context.Context, settings ...Setting) (*Reply, error) {
	return d.do(ctx, "set", nil, settings)
}

// WalkAll reads all below the roots, which are asked for at the same time, into memory. A walk that the
// device does not let go to its end is told by Complete and Stop of the reply.
func (d *Device) WalkAll(ctx context.Context, roots ...string) (*Reply, error) {
	return d.do(ctx, "walk", roots, nil)
}

// Walk reads all below a root and calls each for every row while the device is still asked. An error of each
// ends the walk and is returned as it is.
func (d *Device) Walk(ctx context.Context, root string, each func(Varbind) error) error {
	rows := d.Rows(ctx, root)
	defer rows.Close()
	for rows.Next() {
		if err := each(rows.Varbind()); err != nil {
			return err
		}
	}
	return rows.Err()
}
