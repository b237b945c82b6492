package zsnmp

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	zmq "github.com/pebbe/zmq4"

	"github.com/zsnmp/zsnmp/clients/go/internal/testservice"
)

// ask sends n GETs, each to a device and in a goroutine of its own, and returns their errors when all have
// ended.
func ask(t *testing.T, client *Client, service *testservice.Service, n int) (wait func() []error) {
	t.Helper()
	errs := make([]error, n)
	var group sync.WaitGroup
	for i := 0; i < n; i++ {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			peer := service.Peer(fmt.Sprintf("127.40.%d.%d", i/200, i%200+1))
			_, errs[i] = client.Device(peer, Timeout(10*time.Minute)).Get(context.Background(), sysName)
		}(i)
	}
	return func() []error {
		t.Helper()
		done := make(chan struct{})
		go func() {
			group.Wait()
			close(done)
		}()
		select {
		case <-done:
		case <-time.After(tooLong):
			t.Fatal("calls do not end")
		}
		return errs
	}
}

// allLost checks that every error says that the service is gone.
func allLost(t *testing.T, errs []error) {
	t.Helper()
	for _, err := range errs {
		e := failure(t, err)
		if !errors.Is(err, ErrServiceLost) || !errors.Is(err, CodeServiceLost) || e.Name != "service_lost" ||
			e.Sent != SentMaybe || !e.Retryable {
			t.Fatalf("%#v", e)
		}
	}
}

func works(t *testing.T, client *Client, service *testservice.Service) {
	t.Helper()
	device := client.Device(service.Peer("127.41.0.1"))
	if got := nameOf(t)(device.Get(timeLimit(t), sysName)); got != "sim-127-41-0-1" {
		t.Error(got)
	}
}

func TestServiceThatIsKilledAndStartedAgain(t *testing.T) {
	t.Parallel()
	service := testservice.Start(t)
	client := dial(t, service.Endpoint)
	watch := dial(t, service.Endpoint)
	service.Say(t, "rule 127.40.0.0/16: dead")
	service.Say(t, "rule 127.42.0.1: walk=endless:2 delay=5")
	walked := make(chan error)
	go func() {
		each := func(Varbind) error { return nil }
		device := client.Device(service.Peer("127.42.0.1"), Stream(1))
		walked <- device.Walk(context.Background(), ifIndex, each)
	}()
	await(t, "a walk", func() bool { return counter(t, watch, "varbinds") > 0 })
	for round := 0; round < 2; round++ {
		wait := ask(t, client, service, 1000)
		await(t, "in flight", func() bool { return counter(t, watch, "requests_in_flight") >= 1000 })
		service.Say(t, "kill")
		allLost(t, wait())
		later := ask(t, client, service, 1) // asked while there is none: waits for the next
		service.Say(t, "rule 127.40.0.1: alive")
		service.Say(t, "start")
		if errs := later(); errs[0] != nil {
			t.Error(errs[0])
		}
		service.Say(t, "rule 127.40.0.1: dead")
		works(t, client, service)
	}
	e := failure(t, <-walked)
	if e.Kind() != ErrServiceLost || e.Stop != "service_lost" || len(e.Next) != 1 ||
		!below(e.Next[0], ifIndex) {
		t.Errorf("%#v", e)
	}
}

func TestServiceThatIsSilentIsGivenUp(t *testing.T) {
	t.Parallel()
	service := testservice.Start(t)
	client := dial(t, service.Endpoint, Heartbeat(100*time.Millisecond), Patience(500*time.Millisecond))
	works(t, client, service)
	service.Say(t, "rule 127.40.0.0/16: dead")
	service.Say(t, "pause")
	wait := ask(t, client, service, 50)
	var batch Batch
	batch.Get(client.Device(service.Peer("127.40.1.1")), sysName)
	batch.Set(client.Device(service.Peer("127.40.1.1")), Setting{sysContact, "s", "x"})
	results := client.Do(context.Background(), &batch)
	allLost(t, wait())
	if get, set := failure(t, results[0].Err), failure(t, results[1].Err); !get.Retryable || set.Retryable ||
		get.Kind() != ErrServiceLost || set.Kind() != ErrServiceLost {
		t.Errorf("%#v, %#v", get, set)
	}
	service.Say(t, "resume")
	works(t, client, service)
}

// A program that was stopped for an hour has not lost its service by that.
func TestTimeInWhichTheProgramWasStoppedIsNoSilence(t *testing.T) {
	zctx, err := zmq.NewContext()
	if err != nil {
		t.Fatal(err)
	}
	s := settings{endpoint: "tcp://127.0.0.1:1", heartbeat: 5 * time.Second, patience: 15 * time.Second}
	l := newLoop(&Client{settings: s, context: zctx, wake: make(chan struct{}, 1)})
	if err := l.connect(); err != nil {
		t.Fatal(err)
	}
	k := &call{in: newInbox()}
	l.calls[1], l.heard = k, time.Now()
	l.arm(s.heartbeat)
	l.tick(l.due.Add(time.Hour))
	if len(k.in.items) != 0 {
		t.Errorf("lost by having been stopped: %v", k.in.items[0].err)
	}
	l.due = l.heard.Add(s.patience)
	l.tick(l.due)
	if len(k.in.items) != 1 || k.in.items[0].err.Code != CodeServiceLost {
		t.Errorf("silence was no loss: %v", k.in.items)
	}
	l.timer.Stop()
	l.link.close()
	if err := zctx.Term(); err != nil {
		t.Error(err)
	}
}

// What takes longer than the patience is waited for, as long as the service answers pings.
func TestServiceThatAnswersPingsIsThere(t *testing.T) {
	ctx := timeLimit(t)
	client := dial(t, shared.Endpoint, Heartbeat(20*time.Millisecond), Patience(time.Second))
	shared.Say(t, "rule 127.40.2.1: delay=2500")
	device := client.Device(shared.Peer("127.40.2.1"), Timeout(tooLong))
	if got := nameOf(t)(device.Get(ctx, sysName)); got != "sim-127-40-2-1" {
		t.Error(got)
	}
}

func TestCallsEndWhereThereNeverWasAService(t *testing.T) {
	t.Parallel()
	service := testservice.Start(t)
	service.Say(t, "kill")
	for _, endpoint := range []string{service.Endpoint, service.IPC} {
		client := dial(t, endpoint, Heartbeat(100*time.Millisecond), Patience(300*time.Millisecond))
		allLost(t, ask(t, client, service, 100)())
		allLost(t, ask(t, client, service, 1)())
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
		defer cancel()
		_, err := client.Ping(ctx)
		if e := failure(t, err); !errors.Is(err, context.DeadlineExceeded) || e.Sent != SentNo {
			t.Errorf("%#v", e)
		}
	}
}

func TestLostConnectionsLeaveNothingBehind(t *testing.T) {
	descriptors := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip(err)
		}
		return len(entries)
	}
	client := dial(t, liar(t, func(int, []byte) []byte { return []byte("no reply") }))
	lose := func() {
		if _, err := client.Ping(timeLimit(t)); !errors.Is(err, ErrServiceLost) {
			t.Fatal(err)
		}
	}
	lose()
	files, goroutines := descriptors(), runtime.NumGoroutine()
	for n := 0; n < 50; n++ {
		lose()
	}
	await(t, "an end of what was used", func() bool {
		return descriptors() < files+20 && runtime.NumGoroutine() < goroutines+20
	})
}

// Neither what was given up nor what was told to have failed is carried out by the service that comes.
func TestNothingIsCarriedOutLater(t *testing.T) {
	t.Parallel()
	service := testservice.Start(t)
	service.Say(t, "kill")
	client := dial(t, service.Endpoint, Heartbeat(100*time.Millisecond), Patience(300*time.Millisecond))
	device := client.Device(service.Peer("127.41.0.1"), Community("private"))
	write := Setting{sysName, "s", "written late"}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() {
		_, err := device.Set(ctx, write)
		ended <- err
	}()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) || failure(t, err).Sent != SentNo {
		t.Errorf("%#v", err)
	}
	_, err := device.Set(context.Background(), write)
	if !errors.Is(err, ErrServiceLost) || failure(t, err).Retryable {
		t.Errorf("%#v", err)
	}
	service.Say(t, "start")
	works(t, client, service)
	if n := counter(t, client, "requests_accepted"); n != 1 {
		t.Errorf("%d requests were accepted", n)
	}
}

func TestServiceThatStopsInOrder(t *testing.T) {
	t.Parallel()
	service := testservice.Start(t)
	client := dial(t, service.Endpoint)
	works(t, client, service)
	service.Say(t, "stop")
	service.Say(t, "start")
	works(t, client, service)
}

// A liar is a ROUTER that answers each body with what reply makes of it.
func liar(t *testing.T, reply func(n int, body []byte) []byte) (endpoint string) {
	t.Helper()
	socket, err := zmq.NewSocket(zmq.ROUTER)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(socket.SetLinger(0), socket.SetRcvtimeo(10*time.Millisecond),
		socket.Bind("tcp://127.0.0.1:*")); err != nil {
		t.Fatal(err)
	}
	if endpoint, err = socket.GetLastEndpoint(); err != nil {
		t.Fatal(err)
	}
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		defer socket.Close()
		for n := 0; ; {
			select {
			case <-end:
				return
			default:
			}
			frames, err := socket.RecvMessageBytes(0)
			if err != nil {
				continue // nothing came
			}
			if body := reply(n, frames[1]); body != nil {
				if _, err := socket.SendMessage(frames[0], body); err != nil {
					t.Error(err)
				}
			}
			n++
		}
	}()
	t.Cleanup(func() {
		close(end)
		<-ended
	})
	return endpoint
}

func TestWhatIsNoReplyEndsTheConnection(t *testing.T) {
	for name, body := range map[string]string{"reserved": "\xc1", "number": "\x05", "nil": "\xc0",
		"key": "\x81\x01\x02", "cut": "\x82\xa2id\x01\xa4", "long": "\xdf\xff\xff\xff\xff\xa2id\x01",
		"more": "\x82\xa2id\x01\xa4more\x01"} {
		reply := []byte(body)
		client := dial(t, liar(t, func(int, []byte) []byte { return reply }))
		if _, err := client.Ping(timeLimit(t)); !errors.Is(err, ErrServiceLost) {
			t.Errorf("%s: %#v", name, err)
		}
	}
}

func TestReplyThatIsOddEndsItsCall(t *testing.T) {
	for name, body := range map[string]string{"varbinds": "\x82\xa2id\x01\xa8varbinds\x07",
		"short": "\x82\xa2id\x01\xa8varbinds\x91\x91\xa11", "next": "\x82\xa2id\x01\xa4next\xc1",
		"error": "\x82\xa2id\x01\xa5error\x07"} {
		reply := []byte(body)
		client := dial(t, liar(t, func(int, []byte) []byte { return reply }))
		if _, err := client.Device("x").Get(timeLimit(t), sysName); !errors.Is(err, CodeInternal) &&
			!errors.Is(err, ErrServiceLost) {
			t.Errorf("%s: %#v", name, err)
		}
	}
	deep := make([]byte, 0, 2000)
	deep = append(deep, "\x82\xa2id\x01\xa1x"...)
	for i := 0; i < 1000; i++ {
		deep = append(deep, 0x91)
	}
	deep = append(deep, 0xc0)
	client := dial(t, liar(t, func(int, []byte) []byte { return deep }))
	if _, err := client.Request(timeLimit(t), map[string]any{"op": "ping"}); !errors.Is(err, CodeInternal) {
		t.Errorf("%#v", err)
	}
}

// A service that goes on sending is not listened to beyond a bound; what it said too much is asked for again.
func TestPartsBeyondTheBoundAreAskedForAgain(t *testing.T) {
	part := func(id any, n int, more bool) []byte {
		e := newEncoder()
		e.pair("id", id)
		e.pair("more", more)
		e.pair("complete", !more)
		e.keep(e.EncodeString("varbinds"))
		e.keep(e.EncodeMapLen(1))
		e.pair(fmt.Sprintf("1.3.%d", n), n)
		return e.finish(4)
	}
	const parts = 10 * partsKept
	starts := make(chan any, parts)
	endpoint := liar(t, func(_ int, body []byte) (reply []byte) {
		err := scan(body, func(h header) {
			d := newDecoder(h.raw)
			defer d.release()
			value, _ := d.value(0)
			request, _ := value.(map[string]any)
			if request["op"] != "walk" {
				return // to stop it
			}
			starts <- request["start"]
			first := 1
			if start, ok := request["start"].(string); ok {
				if _, err := fmt.Sscanf(start, "1.3.%d", &first); err != nil {
					t.Error(err)
				}
				first++
			}
			out := newEncoder()
			out.keep(out.EncodeArrayLen(parts - first + 1))
			for n := first; n <= parts; n++ {
				out.buffer.Write(part(request["id"], n, n < parts))
			}
			reply = out.bytes()
		})
		if err != nil {
			t.Error(err)
		}
		return reply
	})
	rows := dial(t, endpoint).Device("192.0.2.1", Form("map")).Rows(timeLimit(t), "1.3")
	n := 0
	for rows.Next() {
		if n++; rows.Varbind().OID != fmt.Sprintf("1.3.%d", n) {
			t.Fatalf("%v is row %d", rows.Varbind(), n)
		}
	}
	if rows.Err() != nil || n != parts || !rows.Reply().Complete {
		t.Errorf("%d rows, %v", n, rows.Err())
	}
	if start := <-starts; start != nil {
		t.Errorf("the first start is %v", start)
	}
	// How many were kept depends on how fast they were read: so many at least.
	var place int
	if _, err := fmt.Sscanf(fmt.Sprint(<-starts), "1.3.%d", &place); err != nil || place < partsKept {
		t.Errorf("went on at %d: %v", place, err)
	}
}

// A service that takes smaller messages than usual refuses one without saying whose it was.
func TestBodyThatIsRefusedEndsItsCalls(t *testing.T) {
	endpoint := liar(t, func(n int, body []byte) []byte {
		if n == 0 {
			e := newEncoder()
			e.pair("id", nil)
			e.pair("error", map[string]any{"code": 402, "name": "too_large", "message": "batch", "index": 0,
				"retryable": false, "sent": "no"})
			return e.finish(2)
		}
		if body[0]&0xf0 != 0x80 {
			t.Errorf("a batch: %x", body[0])
		}
		return append([]byte("\x82\xa4pong\xc3\xa2id"), body[4])
	})
	client := dial(t, endpoint)
	device := client.Device("192.0.2.1")
	for round, want := range []error{CodeTooLarge, nil} {
		var batch Batch
		batch.Get(device, sysName)
		batch.Get(device, sysName)
		for _, result := range client.Do(timeLimit(t), &batch) {
			if want != nil && (!errors.Is(result.Err, want) || failure(t, result.Err).Sent != SentMaybe) {
				t.Errorf("round %d: %#v", round, result.Err)
			}
			if want == nil && result.Err != nil {
				t.Errorf("round %d: %v", round, result.Err)
			}
		}
	}
}
