package zsnmp

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	zmq "github.com/pebbe/zmq4"
)

// bodyMost is the most bytes of a request. The service takes 8 MiB unless it was told otherwise.
const bodyMost = 8 << 20

// A DialOption is a setting of the connection.
type DialOption func(*settings)

type settings struct {
	endpoint                        string
	heartbeat, patience             time.Duration
	serverKey, publicKey, secretKey string
}

// Heartbeat is how long nothing may come while anything is awaited before the client sends a ping; by default
// 5 s.
func Heartbeat(d time.Duration) DialOption { return func(s *settings) { s.heartbeat = d } }

// Patience is how long nothing may come before the service counts as lost; by default 15 s.
func Patience(d time.Duration) DialOption { return func(s *settings) { s.patience = d } }

// Curve encrypts and authenticates the connection: the server's public key and the client's own pair, as Z85.
func Curve(serverKey, publicKey, secretKey string) DialOption {
	return func(s *settings) {
		s.serverKey, s.publicKey, s.secretKey = serverKey, publicKey, secretKey
	}
}

// A Client is a connection to a ZSNMP service. Any number of goroutines may use it at the same time: what
// they ask at the same moment goes out in one message.
type Client struct {
	settings settings
	context  *zmq.Context
	lastID   atomic.Uint64
	wake     chan struct{} // there is something to send or to receive
	closing  chan struct{}
	done     chan struct{} // the loop has ended

	mu        sync.Mutex // guards what follows
	submitted []*call
	abandoned []*call
	closed    bool
}

// Dial makes a client of the service at an endpoint such as tcp://127.0.0.1:7161 or
// ipc:///run/zsnmp/zsnmpd.sock. It does not wait for the service, which may come later; what it refuses is an
// endpoint or an option that is wrong.
func Dial(endpoint string, options ...DialOption) (*Client, error) {
	s := settings{endpoint: endpoint, heartbeat: 5 * time.Second, patience: 15 * time.Second}
	for _, option := range options {
		option(&s)
	}
	if s.heartbeat < time.Millisecond || s.patience < time.Millisecond {
		return nil, errors.New("zsnmp: Heartbeat and Patience have to be a millisecond or more")
	}
	if s.serverKey == "" && (s.publicKey != "" || s.secretKey != "") {
		return nil, errors.New("zsnmp: Curve needs the key of the server")
	}
	zctx, err := zmq.NewContext()
	if err != nil {
		return nil, fmt.Errorf("zsnmp: context: %w", err)
	}
	c := &Client{settings: s, context: zctx, wake: make(chan struct{}, 1),
		closing: make(chan struct{}), done: make(chan struct{})}
	l := newLoop(c)
	if err := l.connect(); err != nil {
		_ = zctx.Term()
		return nil, err
	}
	go l.run()
	return c, nil
}

// Close ends all calls under way with ErrClosed, and the connection.
func (c *Client) Close() error {
	c.mu.Lock()
	first := !c.closed
	c.closed = true
	c.mu.Unlock()
	if first {
		close(c.closing)
	}
	<-c.done
	if !first {
		return nil
	}
	return c.context.Term()
}

// submit hands calls to the loop, which ends each with a last delivery unless they are abandoned.
func (c *Client) submit(calls ...*call) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return closedError(SentNo)
	}
	c.submitted = append(c.submitted, calls...)
	nudge(c.wake)
	return nil
}

// abandon gives a call up: nothing will be delivered that is looked at. It tells whether it may have been
// sent.
func (c *Client) abandon(k *call) (sent string) {
	sent = SentMaybe
	if k.state.CompareAndSwap(queued, dropped) {
		sent = SentNo
	}
	c.mu.Lock()
	c.abandoned = append(c.abandoned, k)
	c.mu.Unlock()
	nudge(c.wake)
	return sent
}

// finish sends a call and waits for its reply, of which there are several parts where it streams.
func (c *Client) finish(ctx context.Context, k *call) ([][]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, contextError(err, SentNo, k.isSet)
	}
	if err := c.submit(k); err != nil {
		return nil, err
	}
	var parts [][]byte
	for {
		d, err := k.in.next(ctx)
		if err != nil {
			return nil, contextError(err, c.abandon(k), k.isSet)
		}
		if d.err != nil {
			return nil, d.err
		}
		parts = append(parts, d.raw)
		if !d.more {
			return parts, nil
		}
	}
}

// Request is the generic call: a request as a map, as docs/PROTOCOL.md has it, and its reply as one, without
// their ids, which are the client's own. Where the reply has an error, that is returned beside it. The parts
// of a walk with stream are put together.
//
// In a reply integers are int64 where they fit and else uint64, floats are float32 or float64, bin is a
// []byte, maps are map[string]any, arrays []any, and an exception is a Type.
func (c *Client) Request(ctx context.Context, request map[string]any) (map[string]any, error) {
	id := c.lastID.Add(1)
	body, failure := encodeMap(id, request, ctx)
	if failure != nil {
		return nil, failure
	}
	parts, err := c.finish(ctx, &call{id: id, body: body, isSet: isSet(request["op"]), in: newInbox()})
	if err != nil {
		return nil, err
	}
	return decodeMaps(parts)
}

// isSet tells an operation that may be given as bytes as well.
func isSet(op any) bool {
	bytes, _ := op.([]byte)
	return op == "set" || string(bytes) == "set"
}

func contextError(cause error, sent string, isSet bool) *Error {
	e := &Error{Code: CodeCancelled, Name: "cancelled", Message: "the caller gave the request up",
		Sent: sent, cause: cause}
	if errors.Is(cause, context.DeadlineExceeded) {
		e.Code, e.Name, e.Message = CodeDeadline, "deadline", "the deadline passed"
		e.Retryable = !isSet || sent == SentNo
	}
	return e
}

func closedError(sent string) *Error {
	return &Error{Code: CodeCancelled, Name: "cancelled", Message: "the client is closed", Sent: sent,
		cause: ErrClosed}
}

// badRequest is for what MessagePack has no form for.
func badRequest(err error) *Error {
	return &Error{Code: CodeBadRequest, Name: "bad_request", Message: err.Error(), Sent: SentNo}
}

func tooLarge(n int) *Error {
	return &Error{Code: CodeTooLarge, Name: "too_large", Sent: SentNo,
		Message: fmt.Sprintf("a request of %d bytes is larger than %d", n, bodyMost)}
}
