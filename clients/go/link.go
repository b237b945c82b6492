package zsnmp

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	zmq "github.com/pebbe/zmq4"
)

// A refused connection is tried again after the first of these, then after twice as long, up to the second.
const (
	reconnectFirst = 100 * time.Millisecond
	reconnectMost  = time.Second
)

// handshakes are the events of a connection that came up, or that was there and did not.
const handshakes = zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL |
	zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL | zmq.EVENT_HANDSHAKE_FAILED_AUTH

// A link is one DEALER, used by one goroutine, and what tells when there is something to do on it. Nothing it
// does blocks. It is never used again once its connection broke, so that what waits in it is not carried out
// by the service that comes next.
type link struct {
	socket, monitor *zmq.Socket
	watched         []*os.File
	up              bool // the connection was there
	refused         bool // a handshake failed
}

// open connects. A nudge on wake then means that the socket, and one on changed that the monitor may have
// something.
func open(context *zmq.Context, settings settings, name string, wake, changed chan struct{}) (*link, error) {
	l := &link{}
	var err error
	if l.socket, err = context.NewSocket(zmq.DEALER); err != nil {
		return nil, fmt.Errorf("zsnmp: socket: %w", err)
	}
	for _, step := range []struct {
		what string
		do   func() error
	}{
		{"options", func() error { return l.configure(settings) }},
		{"monitor", func() error { return l.listen(context, name, changed) }},
		{"watch", func() error { return l.watch(l.socket, wake) }},
		{"connect " + settings.endpoint, func() error { return l.socket.Connect(settings.endpoint) }},
	} {
		if err := step.do(); err != nil {
			l.close()
			return nil, fmt.Errorf("zsnmp: %s: %w", step.what, err)
		}
	}
	return l, nil
}

func (l *link) configure(s settings) error {
	errs := []error{
		l.socket.SetLinger(0),
		// Only a connection takes messages, and takes them with it when it breaks.
		l.socket.SetImmediate(true),
		l.socket.SetReconnectIvl(reconnectFirst),
		l.socket.SetReconnectIvlMax(reconnectMost),
		// These notice a dead host also while nothing is awaited.
		l.socket.SetHeartbeatIvl(s.heartbeat),
		l.socket.SetHeartbeatTimeout(s.patience),
	}
	if s.serverKey != "" {
		errs = append(errs, l.socket.SetCurveServerkey(s.serverKey),
			l.socket.SetCurvePublickey(s.publicKey), l.socket.SetCurveSecretkey(s.secretKey))
	}
	return errors.Join(errs...)
}

func (l *link) listen(context *zmq.Context, name string, changed chan struct{}) error {
	if err := l.socket.Monitor(name, handshakes|zmq.EVENT_DISCONNECTED); err != nil {
		return err
	}
	var err error
	if l.monitor, err = context.NewSocket(zmq.PAIR); err != nil {
		return err
	}
	if err := l.monitor.SetLinger(0); err != nil {
		return err
	}
	if err := l.monitor.Connect(name); err != nil {
		return err
	}
	return l.watch(l.monitor, changed)
}

// watch nudges a channel whenever a socket's descriptor becomes readable. That is an edge, which means: look
// until there is nothing more. The runtime's poller does the waiting, so that no thread does.
func (l *link) watch(socket *zmq.Socket, nudged chan struct{}) error {
	fd, err := socket.GetFd()
	if err != nil {
		return err
	}
	syscall.ForkLock.RLock()
	own, err := syscall.Dup(fd)
	if err == nil {
		syscall.CloseOnExec(own)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return err
	}
	file := os.NewFile(uintptr(own), "zeromq")
	l.watched = append(l.watched, file)
	conn, err := file.SyscallConn()
	if err != nil {
		return err
	}
	go func() {
		// One Read for ever: between two of them an edge would be lost. It ends when the file is closed.
		_ = conn.Read(func(uintptr) bool {
			nudge(nudged)
			return false
		})
	}()
	return nil
}

func nudge(channel chan struct{}) {
	select {
	case channel <- struct{}{}:
	default:
	}
}

// send reports false where there is no connection, or one that takes no more now.
func (l *link) send(body []byte) (bool, error) {
	_, err := l.socket.SendBytes(body, zmq.DONTWAIT)
	if isAgain(err) {
		return false, nil
	}
	return err == nil, err
}

// receive gives nil where nothing is there.
func (l *link) receive() ([]byte, error) {
	body, err := l.socket.RecvBytes(zmq.DONTWAIT)
	if isAgain(err) {
		return nil, nil
	}
	return body, err
}

// broken reads what the monitor has to say: whether a connection that was there is gone.
func (l *link) broken() (bool, error) {
	for {
		event, _, _, err := l.monitor.RecvEvent(zmq.DONTWAIT)
		switch {
		case isAgain(err):
			return false, nil
		case err != nil:
			return false, err
		case event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
			l.up = true
		case event == zmq.EVENT_DISCONNECTED && l.up:
			return true, nil
		case event&handshakes != 0:
			l.refused = true
		}
	}
}

func (l *link) close() {
	for _, file := range l.watched {
		_ = file.Close()
	}
	if l.monitor != nil {
		_ = l.monitor.Close()
	}
	_ = l.socket.Close()
}

func isAgain(err error) bool { return err != nil && zmq.AsErrno(err) == zmq.Errno(syscall.EAGAIN) }
