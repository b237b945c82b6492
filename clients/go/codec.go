package zsnmp

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"
	"sync"
	"time"

	"github.com/vmihailenco/msgpack/v5"
	"github.com/vmihailenco/msgpack/v5/msgpcode"
)

// deadlineMost is the largest deadline_ms. A context that ends later ends the call by itself.
const deadlineMost = 86400000

// nestedMost is how deep a reply may be nested.
const nestedMost = 16

// nestedAsked is how deep the value of a key may be: a body may have 16 levels, of which the array of messages
// and the message are two. The service refuses all of a body that is deeper, with what others have in it.
const nestedAsked = 14

// arrayHeader leaves room for the number of messages in front of a batch, which compose knows last.
var arrayHeader = []byte{msgpcode.Array16, 0, 0}

func setArrayLen(body []byte, n int) { binary.BigEndian.PutUint16(body[1:], uint16(n)) }

// pingBody asks whether the service is there. Nobody waits for replies to number 0.
var pingBody = []byte("\x82\xa2id\x00\xa2op\xa4ping")

func encodeCancel(target uint64) []byte {
	e := newEncoder()
	e.number("id", 0)
	e.text("op", "cancel")
	e.number("target", target)
	return e.finish(3)
}

// An encoder writes the pairs of a map. Writing to memory does not fail, but for values that have no form.
type encoder struct {
	*msgpack.Encoder
	buffer bytes.Buffer
	err    error
}

var encoders = sync.Pool{New: func() any {
	e := &encoder{}
	e.Encoder = msgpack.NewEncoder(&e.buffer)
	e.UseCompactInts(true)
	return e
}}

func newEncoder() *encoder {
	e := encoders.Get().(*encoder)
	e.buffer.Reset()
	e.err = nil
	return e
}

func (e *encoder) keep(err error) {
	if e.err == nil {
		e.err = err
	}
}

func (e *encoder) text(key, value string) {
	e.keep(e.EncodeString(key))
	e.keep(e.EncodeString(value))
}

func (e *encoder) number(key string, value uint64) {
	e.keep(e.EncodeString(key))
	e.keep(e.EncodeUint(value))
}

func (e *encoder) pair(key string, value any) {
	e.keep(e.EncodeString(key))
	if err := e.value(value, nestedAsked); err != nil {
		e.keep(fmt.Errorf("%s: %w", key, err))
	}
}

// value writes anything that is one whole object of so many levels at most.
func (e *encoder) value(value any, levels int) error {
	start := e.buffer.Len()
	if err := e.Encode(value); err != nil {
		return err
	}
	d := newDecoder(e.buffer.Bytes()[start:])
	defer d.release()
	if err := d.level(levels); err != nil {
		return err
	}
	if d.reader.Len() > 0 {
		return errors.New("more than one object")
	}
	return nil
}

// bytes gives the encoder back.
func (e *encoder) bytes() []byte {
	out := bytes.Clone(e.buffer.Bytes())
	encoders.Put(e)
	return out
}

// finish puts the header of a map in front, and gives the encoder back.
func (e *encoder) finish(pairs int) []byte {
	out := make([]byte, 0, 3+e.buffer.Len())
	if pairs < 16 {
		out = append(out, msgpcode.FixedMapLow|byte(pairs))
	} else {
		out = binary.BigEndian.AppendUint16(append(out, msgpcode.Map16), uint16(pairs))
	}
	out = append(out, e.buffer.Bytes()...)
	encoders.Put(e)
	return out
}

// message is a whole request, if it is sound.
func (e *encoder) message(pairs int) ([]byte, *Error) {
	err := e.err
	body := e.finish(pairs)
	switch {
	case err != nil:
		return nil, badRequest(err)
	case len(body) > bodyMost:
		return nil, tooLarge(len(body))
	}
	return body, nil
}

// encodeMap encodes a request with an id, and the deadline of the context, of its own.
func encodeMap(id uint64, request map[string]any, ctx context.Context) ([]byte, *Error) {
	deadline := deadlineOf(ctx, request["deadline_ms"])
	e := newEncoder()
	e.number("id", id)
	pairs := 1
	for key, value := range request {
		if key != "id" && key != "deadline_ms" && value != nil {
			e.pair(key, value)
			pairs++
		}
	}
	if deadline != nil {
		e.pair("deadline_ms", deadline)
		pairs++
	}
	if pairs > math.MaxUint16 {
		e.keep(errors.New("too many keys"))
	}
	return e.message(pairs)
}

// deadlineOf is the deadline_ms of a request: the earlier one of what was given and that of the context; nil
// for none. What was given and is no number is left for the service to refuse.
func deadlineOf(ctx context.Context, given any) any {
	ms, ok := asUint(given)
	if given != nil && !ok {
		return given
	}
	end, has := ctx.Deadline()
	if !has {
		return given
	}
	left := max(time.Until(end).Milliseconds(), 1)
	if left > deadlineMost || ms > 0 && ms <= uint64(left) {
		return given
	}
	return left
}

// asUint takes integers of all types.
func asUint(value any) (uint64, bool) {
	v := reflect.ValueOf(value)
	switch {
	case value == nil:
		return 0, false
	case v.CanUint():
		return v.Uint(), true
	case v.CanInt():
		return uint64(v.Int()), v.Int() >= 0
	}
	return 0, false
}
