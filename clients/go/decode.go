package zsnmp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
	"time"

	"github.com/vmihailenco/msgpack/v5"
	"github.com/vmihailenco/msgpack/v5/msgpcode"
)

// A decoder reads MessagePack from memory. What a length claims is believed as far as there are bytes.
type decoder struct {
	*msgpack.Decoder
	reader bytes.Reader
	body   []byte
}

var decoders = sync.Pool{New: func() any {
	d := &decoder{}
	d.Decoder = msgpack.NewDecoder(&d.reader)
	return d
}}

func newDecoder(body []byte) *decoder {
	d := decoders.Get().(*decoder)
	d.body = body
	d.reader.Reset(body)
	d.ResetReader(&d.reader)
	return d
}

func (d *decoder) release() {
	d.body = nil
	d.reader.Reset(nil)
	decoders.Put(d)
}

// at is how much has been read.
func (d *decoder) at() int { return len(d.body) - d.reader.Len() }

// take gives the next bytes, as many as a header has said. They are those of the body.
func (d *decoder) take(n int, err error) ([]byte, error) {
	switch {
	case err != nil:
		return nil, err
	case n > d.reader.Len():
		return nil, io.ErrUnexpectedEOF
	case n <= 0:
		return nil, nil
	}
	at := d.at()
	_, err = d.reader.Seek(int64(n), io.SeekCurrent)
	return d.body[at : at+n], err
}

// text reads str or bin.
func (d *decoder) text() (string, error) {
	raw, err := d.take(d.DecodeBytesLen())
	return string(raw), err
}

func isArray(code byte) bool {
	return msgpcode.IsFixedArray(code) || code == msgpcode.Array16 || code == msgpcode.Array32
}

func isMap(code byte) bool {
	return msgpcode.IsFixedMap(code) || code == msgpcode.Map16 || code == msgpcode.Map32
}

// skip passes over one object.
func (d *decoder) skip() error {
	for left := 1; left > 0; left-- {
		code, err := d.PeekCode()
		if err != nil {
			return err
		}
		n := 0
		switch {
		case msgpcode.IsString(code) || msgpcode.IsBin(code):
			_, err = d.take(d.DecodeBytesLen())
		case msgpcode.IsExt(code):
			_, n, err = d.DecodeExtHeader()
			_, err = d.take(n, err)
		case isArray(code):
			n, err = d.DecodeArrayLen()
			left += n
		case isMap(code):
			n, err = d.DecodeMapLen()
			left += 2 * n
		default:
			err = d.Skip()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// level passes over one object, which may have so many levels at most.
func (d *decoder) level(most int) error {
	code, err := d.PeekCode()
	if err != nil {
		return err
	}
	n := 0
	switch {
	case isArray(code):
		n, err = d.DecodeArrayLen()
	case isMap(code):
		n, err = d.DecodeMapLen()
		n *= 2
	default:
		return d.skip()
	}
	if err == nil && most == 0 {
		err = errors.New("nested too deeply")
	}
	for ; err == nil && n > 0; n-- {
		err = d.level(most - 1)
	}
	return err
}

// A header is what the loop has to know of a reply.
type header struct {
	id       uint64
	numbered bool // there is an id, and it is a number
	more     bool
	raw      []byte
}

// scan splits a body into its replies.
func scan(body []byte, each func(header)) error {
	d := newDecoder(body)
	defer d.release()
	code, err := d.PeekCode()
	if err != nil {
		return err
	}
	replies := 1
	if isArray(code) {
		if replies, err = d.DecodeArrayLen(); err != nil {
			return err
		}
	}
	for ; replies > 0; replies-- {
		start := d.at()
		h, err := d.header()
		if err != nil {
			return err
		}
		h.raw = body[start:d.at()]
		each(h)
	}
	return nil
}

func (d *decoder) header() (h header, err error) {
	err = d.pairs(func(key string) (err error) {
		switch key {
		case "id":
			var code byte
			if code, err = d.PeekCode(); err != nil {
				return err
			}
			if msgpcode.IsFixedNum(code) || code >= msgpcode.Uint8 && code <= msgpcode.Uint64 {
				h.numbered = true
				h.id, err = d.DecodeUint64()
				return err
			}
		case "more":
			h.more, err = d.DecodeBool()
			return err
		}
		return d.skip()
	})
	return h, err
}

// pairs goes through a map with keys of text.
func (d *decoder) pairs(each func(key string) error) error {
	code, err := d.PeekCode()
	if err != nil {
		return err
	}
	if !isMap(code) {
		return errors.New("no map where one should be")
	}
	n, err := d.DecodeMapLen()
	for ; err == nil && n > 0; n-- {
		var key string
		if key, err = d.text(); err == nil {
			err = each(key)
		}
	}
	return err
}

// value reads anything, as Client.Request has it.
func (d *decoder) value(depth int) (any, error) {
	code, err := d.PeekCode()
	if err != nil {
		return nil, err
	}
	if depth > nestedMost {
		return nil, errors.New("nested too deeply")
	}
	switch {
	case code == msgpcode.Nil:
		return nil, d.DecodeNil()
	case code == msgpcode.True || code == msgpcode.False:
		return d.DecodeBool()
	case code == msgpcode.Float:
		return d.DecodeFloat32()
	case code == msgpcode.Double:
		return d.DecodeFloat64()
	case code >= msgpcode.Uint8 && code <= msgpcode.Uint64:
		n, err := d.DecodeUint64()
		if n <= math.MaxInt64 {
			return int64(n), err
		}
		return n, err
	case msgpcode.IsFixedNum(code) || code >= msgpcode.Int8 && code <= msgpcode.Int64:
		return d.DecodeInt64()
	case msgpcode.IsString(code):
		return d.text()
	case msgpcode.IsBin(code):
		raw, err := d.take(d.DecodeBytesLen())
		return append([]byte{}, raw...), err
	case msgpcode.IsExt(code):
		return d.ext()
	case isArray(code):
		return d.array(depth)
	}
	m, err := d.mapping(depth)
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (d *decoder) array(depth int) (any, error) {
	n, err := d.DecodeArrayLen()
	if err != nil {
		return nil, err
	}
	out := []any{}
	for ; n > 0; n-- {
		value, err := d.value(depth + 1)
		if err != nil {
			return nil, err
		}
		out = append(out, value)
	}
	return out, nil
}

func (d *decoder) mapping(depth int) (map[string]any, error) {
	out := map[string]any{}
	err := d.pairs(func(key string) (err error) {
		out[key], err = d.value(depth + 1)
		return err
	})
	return out, err
}

// ext reads an exception. What else there may be one day is left as it is.
func (d *decoder) ext() (any, error) {
	start := d.at()
	kind, n, err := d.DecodeExtHeader()
	data, err := d.take(n, err)
	if err == nil && kind == 1 && len(data) == 1 {
		return Type(data[0]), nil
	}
	return msgpack.RawMessage(bytes.Clone(d.body[start:d.at()])), err
}

// varbinds reads either form of them.
func (d *decoder) varbinds() ([]Varbind, error) {
	code, err := d.PeekCode()
	if err != nil {
		return nil, err
	}
	if isMap(code) {
		return d.varbindMap()
	}
	n, err := d.DecodeArrayLen()
	if err != nil || n <= 0 {
		return nil, err
	}
	// A varbind has four bytes at least: what a length claims is not believed beyond that.
	out := make([]Varbind, 0, min(n, d.reader.Len()/4))
	for ; n > 0; n-- {
		v, err := d.varbind()
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func (d *decoder) varbind() (v Varbind, err error) {
	n, err := d.DecodeArrayLen()
	if err != nil {
		return v, err
	}
	if n != 3 {
		return v, fmt.Errorf("a varbind of %d elements", n)
	}
	if v.OID, err = d.text(); err != nil {
		return v, err
	}
	tag, err := d.DecodeUint8()
	if err != nil {
		return v, err
	}
	v.Type = Type(tag)
	v.Value, err = d.value(0)
	if n, ok := v.Value.(int64); ok && n >= 0 && v.Type != Integer && v.Type != OpaqueInteger {
		v.Value = uint64(n)
	}
	return v, err
}

func (d *decoder) varbindMap() (out []Varbind, err error) {
	err = d.pairs(func(key string) error {
		v := Varbind{OID: key}
		value, err := d.value(0)
		if exception, ok := value.(Type); ok {
			v.Type = exception
		} else {
			v.Value = value
		}
		out = append(out, v)
		return err
	})
	return out, err
}

// next reads where a walk can go on: one OID, or one or nil for each root.
func (d *decoder) next() ([]string, error) {
	value, err := d.value(0)
	if err != nil {
		return nil, err
	}
	switch value := value.(type) {
	case string:
		return []string{value}, nil
	case []any:
		out := make([]string, len(value))
		for i, place := range value {
			out[i], _ = place.(string)
		}
		return out, nil
	}
	return nil, nil
}

func (d *decoder) failure() (*Error, error) {
	e := &Error{}
	err := d.pairs(func(key string) (err error) {
		switch key {
		case "code":
			var code uint64
			code, err = d.DecodeUint64()
			e.Code = Code(code)
		case "name":
			e.Name, err = d.text()
		case "message":
			e.Message, err = d.text()
		case "index":
			e.Index, err = d.DecodeInt()
		case "retryable":
			e.Retryable, err = d.DecodeBool()
		case "sent":
			e.Sent, err = d.text()
		default:
			err = d.skip()
		}
		return err
	})
	return e, err
}

func (d *decoder) quirks() (out []string, err error) {
	n, err := d.DecodeArrayLen()
	for ; err == nil && n > 0; n-- {
		var quirk string
		quirk, err = d.text()
		out = append(out, quirk)
	}
	return out, err
}

// decodeReply reads a reply of a device, or a part of one. A failure has what came before it.
func decodeReply(raw []byte) (*Reply, bool, *Error) {
	d := newDecoder(raw)
	defer d.release()
	reply, more := &Reply{}, false
	var failure *Error
	err := d.pairs(func(key string) (err error) {
		switch key {
		case "peer":
			reply.Peer, err = d.text()
		case "error":
			failure, err = d.failure()
		case "varbinds":
			reply.Varbinds, err = d.varbinds()
		case "more":
			more, err = d.DecodeBool()
		case "complete":
			reply.Complete, err = d.DecodeBool()
		case "stop":
			reply.Stop, err = d.text()
		case "next":
			reply.Next, err = d.next()
		case "quirks":
			reply.Quirks, err = d.quirks()
		case "rtt_us":
			var us int64
			us, err = d.DecodeInt64()
			reply.RTT = time.Duration(us) * time.Microsecond
		case "tries":
			reply.Tries, err = d.DecodeInt()
		default:
			err = d.skip()
		}
		return err
	})
	if err != nil {
		failure = malformed(err)
	}
	if failure != nil {
		failure.Reply = *reply
	}
	return reply, more, failure
}

// decodeReplies puts the parts of a reply together.
func decodeReplies(parts [][]byte) (*Reply, *Error) {
	var before []Varbind
	for i, raw := range parts {
		reply, _, failure := decodeReply(raw)
		if i == len(parts)-1 || failure != nil {
			if len(before) > 0 {
				reply.Varbinds = append(before, reply.Varbinds...)
			}
			if failure != nil {
				failure.Varbinds = reply.Varbinds
			}
			return reply, failure
		}
		before = append(before, reply.Varbinds...)
	}
	return nil, malformed(errors.New("no parts"))
}

// decodeMaps does so for Client.Request.
func decodeMaps(parts [][]byte) (map[string]any, error) {
	var before any
	var reply map[string]any
	for _, raw := range parts {
		d := newDecoder(raw)
		value, err := d.mapping(0)
		d.release()
		if err != nil {
			return nil, malformed(err)
		}
		reply = value
		before = joined(before, reply["varbinds"])
	}
	delete(reply, "id")
	if before != nil {
		reply["varbinds"] = before
	}
	if reply["error"] == nil {
		return reply, nil
	}
	_, failure := decodeReplies(parts)
	return reply, failure
}

// joined puts the varbinds of two parts together, in whichever form they are.
func joined(before, after any) any {
	switch after := after.(type) {
	case []any:
		if before, ok := before.([]any); ok {
			return append(before, after...)
		}
	case map[string]any:
		if before, ok := before.(map[string]any); ok {
			for oid, value := range after {
				before[oid] = value
			}
			return before
		}
	case nil:
		return before
	}
	return after
}

func malformed(err error) *Error {
	return &Error{Code: CodeInternal, Name: "internal", Message: "the reply can not be read: " + err.Error(),
		Sent: SentMaybe}
}
