package zsnmp

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vmihailenco/msgpack/v5"
	"github.com/zsnmp/zsnmp/clients/go/internal/testservice"
)

func TestDialRefusesWhatIsWrong(t *testing.T) {
	key := strings.Repeat("0", 40)
	for name, dial := range map[string]func() (*Client, error){
		"endpoint":  func() (*Client, error) { return Dial("nowhere") },
		"heartbeat": func() (*Client, error) { return Dial(shared.Endpoint, Heartbeat(0)) },
		"patience":  func() (*Client, error) { return Dial(shared.Endpoint, Patience(-time.Second)) },
		"keys":      func() (*Client, error) { return Dial(shared.Endpoint, Curve("short", key, key)) },
		"no server": func() (*Client, error) { return Dial(shared.Endpoint, Curve("", key, key)) },
	} {
		if client, err := dial(); err == nil {
			t.Errorf("%s: no error", name)
			_ = client.Close()
		}
	}
}

func TestEachGoroutineGetsItsOwnReply(t *testing.T) {
	ctx, client := timeLimit(t), dial(t, shared.Endpoint)
	var group sync.WaitGroup
	for i := 0; i < 200; i++ {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			device := client.Device(shared.Peer(fmt.Sprintf("127.30.0.%d", i+1)))
			for n := 0; n < 20; n++ {
				reply, err := device.Get(ctx, sysName)
				want := fmt.Sprintf("sim-127-30-0-%d", i+1)
				if err != nil || len(reply.Varbinds) != 1 || reply.Varbinds[0].String() != want {
					t.Errorf("%s: %v, %v", want, reply, err)
					return
				}
			}
		}(i)
	}
	group.Wait()
}

func TestOperations(t *testing.T) {
	ctx, client := timeLimit(t), dial(t, shared.IPC)
	device := client.Device(shared.Peer("127.30.1.1"), Community("private"), Timing(true))
	if got := nameOf(t)(device.Get(ctx, sysDescr, sysName)); got != "sim-127-30-1-1" {
		t.Error(got)
	}
	reply, err := device.GetNext(ctx, sysContact)
	if got := nameOf(t)(reply, err); got != "sim-127-30-1-1" || reply.RTT <= 0 || reply.Tries != 1 {
		t.Errorf("%s, %v", got, reply)
	}
	reply, err = device.With(MaxRepetitions(3), NonRepeaters(1)).GetBulk(ctx, sysDescr, ifIndex)
	if err != nil || len(reply.Varbinds) != 4 || reply.Varbinds[3].OID != ifIndex+".3" {
		t.Errorf("%v, %v", reply, err)
	}
	if n := reply.Varbinds[3].Value; n != int64(3) {
		t.Errorf("%#v is no int64", n)
	}
	reply, err = device.WalkAll(ctx, ifIndex, ifDescr)
	if err != nil || len(reply.Varbinds) != 8 || !reply.Complete {
		t.Errorf("%v, %v", reply, err)
	}
	if _, err = device.Set(ctx, Setting{sysContact, "s", []byte("a\x00b")}); err != nil {
		t.Error(err)
	}
	reply, err = device.Get(ctx, sysContact, sysContact+".9")
	if err != nil || string(reply.Varbinds[0].Value.([]byte)) != "a\x00b" || reply.Varbinds[1].Exists() {
		t.Errorf("%v, %v", reply, err)
	}
	if v := reply.Varbinds[1]; v.Type != NoSuchObject && v.Type != NoSuchInstance || v.Value != nil {
		t.Errorf("%#v", v)
	}
}

func TestOptionsOfADeviceReplaceEachOther(t *testing.T) {
	ctx, client := timeLimit(t), dial(t, shared.Endpoint)
	device := client.Device(shared.Peer("127.30.1.2"), Community("nobody"), Timeout(time.Millisecond),
		Retries(0))
	if _, err := device.Get(ctx, sysName); !errors.Is(err, CodeTimeout) {
		t.Error(err)
	}
	good := device.With(Community("public"), Timeout(time.Second))
	if got := nameOf(t)(good.Get(ctx, sysName)); got != "sim-127-30-1-2" {
		t.Error(got)
	}
	// A value of nil takes an option away; one of a call's own keys comes in place of what the call says.
	own := good.With(Param("community", nil), Param("oids", [][]int{{1, 3, 6, 1, 2, 1, 1, 5, 0}}))
	if got := nameOf(t)(own.Get(ctx, sysDescr)); got != "sim-127-30-1-2" {
		t.Error(got)
	}
	_, err := good.With(Must("quantum"), Param("quantum", 1)).Get(ctx, sysName)
	if !errors.Is(err, CodeUnsupported) {
		t.Error(err)
	}
}

func TestErrorsTellWhatFailed(t *testing.T) {
	ctx, client := timeLimit(t), dial(t, shared.Endpoint)
	shared.Say(t, "rule 127.30.2.9: dead")
	at := func(address string, options ...Option) *Device {
		soon := []Option{Timeout(200 * time.Millisecond), Retries(0)}
		return client.Device(shared.Peer(address), append(soon, options...)...)
	}
	one := []string{sysName}
	v3 := []Option{User("sha"), AuthProto("SHA"), AuthPass("a wrong pass phrase"), Timeout(time.Second)}
	for _, c := range []struct {
		name   string
		device *Device
		oids   []string
		code   Code
		kind   Kind
		sent   string
		again  bool
		index  int
	}{
		{"device", at("127.30.2.1", Version("1")), []string{"1.3.6.1.9"}, CodeNoSuchName, ErrDevice, SentYes,
			false, 1},
		{"transport", at("127.30.2.9"), one, CodeTimeout, ErrTransport, SentMaybe, true, 0},
		{"usm", at("127.30.2.1", v3...), one, CodeWrongDigest, ErrUSM, SentYes, false, 0},
		{"request", at("127.30.2.1"), []string{sysName, "x"}, CodeBadRequest, ErrRequest, SentNo, false, 2},
		{"no oids", at("127.30.2.1"), nil, CodeBadRequest, ErrRequest, SentNo, false, 0},
		{"value", at("127.30.2.1", Param("x", func() {})), one, CodeBadRequest, ErrRequest, SentNo, false, 0},
		{"size", at("127.30.2.1", Param("x", make([]byte, bodyMost))), one, CodeTooLarge, ErrRequest, SentNo,
			false, 0},
	} {
		_, err := c.device.Get(ctx, c.oids...)
		e := failure(t, err)
		if !errors.Is(err, c.code) || !errors.Is(err, c.kind) || e.Sent != c.sent || e.Retryable != c.again ||
			e.Index != c.index {
			t.Errorf("%s: %#v", c.name, e)
		}
		if errors.Is(err, CodeInternal) || errors.Is(err, ErrInternal) || errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v is something else too", c.name, err)
		}
	}
}

func TestErrorKeepsWhatCameBefore(t *testing.T) {
	ctx, client := timeLimit(t), dial(t, shared.Endpoint)
	shared.Say(t, "rule 127.30.2.2: walk=stop:2")
	reply, err := client.Device(shared.Peer("127.30.2.2")).WalkAll(ctx, ifIndex)
	e := failure(t, err)
	if reply != nil || e.Code != CodeGenErr || len(e.Varbinds) != 2 || e.Stop != "device_error" ||
		len(e.Next) != 1 || e.Next[0] != ifIndex+".2" {
		t.Errorf("%v, %#v", reply, e)
	}
	if !strings.Contains(err.Error(), shared.Peer("127.30.2.2")) || !strings.Contains(err.Error(), "genErr") {
		t.Error(err)
	}
}

func TestRequestTakesAndGivesMaps(t *testing.T) {
	ctx, client := timeLimit(t), dial(t, shared.Endpoint)
	peer := shared.Peer("127.30.3.1")
	reply, err := client.Request(ctx, map[string]any{"id": "mine", "op": "get", "peer": peer,
		"oids": []string{sysName}, "community": nil, "new": map[string]int{"key": 1}})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(reply); got != fmt.Sprintf("map[peer:%s varbinds:map[%s:%v]]", peer, sysName,
		[]byte("sim-127-30-3-1")) {
		t.Error(got)
	}
	reply, err = client.Request(ctx, map[string]any{"op": "get", "peer": peer,
		"oids": []string{"1.3.6.1.2.1.1.99.0"}, "exceptions": true})
	if v := reply["varbinds"].(map[string]any)["1.3.6.1.2.1.1.99.0"]; err != nil || v != NoSuchObject {
		t.Errorf("%#v, %v", v, err)
	}
	reply, err = client.Request(ctx, map[string]any{"op": "dance"})
	if !errors.Is(err, CodeUnsupported) || reply["error"] == nil {
		t.Errorf("%v, %v", reply, err)
	}
	for _, form := range []string{"map", "list"} {
		reply, err = client.Request(ctx, map[string]any{"op": "walk", "peer": peer, "oids": []string{ifIndex},
			"stream": 1, "form": form})
		rows, isMap := reply["varbinds"].(map[string]any)
		list, isList := reply["varbinds"].([]any)
		if err != nil || len(rows)+len(list) != 4 || isMap == isList || reply["complete"] != true {
			t.Errorf("%s: %v, %v", form, reply, err)
		}
	}
	_, err = client.Request(ctx, map[string]any{"op": "get", "x": func() {}})
	if !errors.Is(err, CodeBadRequest) {
		t.Error(err)
	}
}

// What the service would refuse together with all that others have in the same message.
func TestRequestThatIsTooDeepCostsOthersNothing(t *testing.T) {
	t.Parallel()
	service := testservice.Start(t)
	client := dial(t, service.Endpoint)
	nested := func(levels int) any {
		var value any = 1
		for ; levels > 0; levels-- {
			value = []any{value}
		}
		return value
	}
	device := client.Device(service.Peer("127.40.10.1"))
	var batch Batch
	batch.Get(device, sysName)
	batch.Get(device.With(Param("x", nested(nestedAsked))), sysName)
	batch.Get(device.With(Param("x", nested(nestedAsked+1))), sysName)
	batch.Get(device.With(Param("x", msgpack.RawMessage("\x01\x02"))), sysName)
	batch.Get(device.With(Param("x", msgpack.RawMessage("\x92\x01"))), sysName)
	batch.Set(device, Setting{sysName, "s", nested(nestedAsked - 1)})
	for i, result := range client.Do(timeLimit(t), &batch) {
		if i < 2 && result.Err != nil || i >= 2 && !errors.Is(result.Err, CodeBadRequest) {
			t.Errorf("%d: %v", i, result.Err)
		}
	}
	_, err := client.Request(timeLimit(t), map[string]any{"op": "ping", "x": nested(nestedAsked + 1)})
	if !errors.Is(err, CodeBadRequest) || failure(t, err).Sent != SentNo {
		t.Errorf("%v", err)
	}
}

func TestService(t *testing.T) {
	ctx, client := timeLimit(t), dial(t, shared.Endpoint)
	pong, err := client.Ping(ctx)
	if err != nil || pong.Protocol != "ZSNMP/1" || pong.Version == "" {
		t.Errorf("%v, %v", pong, err)
	}
	info, err := client.Info(ctx)
	if err != nil || info["version"] != pong.Version {
		t.Errorf("%v, %v", info, err)
	}
	nameOf(t)(client.Device(shared.Peer("127.30.3.2")).Get(ctx, sysName))
	devices, known, err := client.Devices(ctx, Limit(1), Sort("last_seen"))
	if err != nil || len(devices) != 1 || known < 1 || devices[0].State == "" || devices[0].Peer == "" {
		t.Errorf("%v, %d, %v", devices, known, err)
	}
	if _, _, err = client.Devices(ctx, Sort("beauty")); !errors.Is(err, CodeBadRequest) {
		t.Error(err)
	}
}

func TestCancelledContextEndsACallAndItsRequest(t *testing.T) {
	client := dial(t, shared.Endpoint)
	shared.Say(t, "rule 127.30.4.1: dead")
	device := client.Device(shared.Peer("127.30.4.1"), Timeout(10*time.Minute))
	before, known := counter(t, client, "requests_cancelled"), counter(t, client, "requests_accepted")
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() {
		_, err := device.Get(ctx, sysName)
		ended <- err
	}()
	await(t, "accepted", func() bool { return counter(t, client, "requests_accepted") > known })
	cancel()
	err := <-ended
	e := failure(t, err)
	if !errors.Is(err, context.Canceled) || e.Code != CodeCancelled || e.Sent != SentMaybe {
		t.Errorf("%#v", e)
	}
	await(t, "cancelled", func() bool { return counter(t, client, "requests_cancelled") == before+1 })
}

func TestDeadlineOfAContextIsThatOfTheRequest(t *testing.T) {
	client := dial(t, shared.Endpoint)
	shared.Say(t, "rule 127.30.4.2: dead")
	device := client.Device(shared.Peer("127.30.4.2"), Timeout(10*time.Minute))
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err := device.Get(ctx, sysName)
	e := failure(t, err)
	if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, CodeDeadline) || !e.Retryable {
		t.Errorf("%#v", e)
	}
	<-ctx.Done()
	_, err = device.Set(ctx, Setting{sysContact, "s", "late"})
	if e := failure(t, err); !errors.Is(err, context.DeadlineExceeded) || e.Sent != SentNo || !e.Retryable {
		t.Errorf("%#v", e)
	}
	// The service is told: it ends the request also for one who waits longer.
	_, err = device.With(Deadline(50*time.Millisecond)).Get(timeLimit(t), sysName)
	if e := failure(t, err); !errors.Is(err, context.DeadlineExceeded) || e.Unwrap() != nil {
		t.Errorf("%#v", e)
	}
}

func TestDeadlineIsTheEarlierOne(t *testing.T) {
	soon, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	far, cancelFar := context.WithTimeout(context.Background(), 100*time.Hour)
	defer cancelFar()
	none := context.Background()
	for _, c := range []struct {
		ctx         context.Context
		given, want any
	}{
		{none, nil, nil}, {none, 5, 5}, {soon, 5, 5}, {soon, uint16(7), uint16(7)}, {far, nil, nil},
		{far, 9, 9}, {soon, "5", "5"}, {soon, -1, -1},
	} {
		if got := deadlineOf(c.ctx, c.given); got != c.want {
			t.Errorf("%v: %v", c, got)
		}
	}
	for _, given := range []any{nil, 0, uint64(1) << 40} {
		if got, ok := deadlineOf(soon, given).(int64); !ok || got > 3600000 || got < 3500000 {
			t.Errorf("%v: %v", given, got)
		}
	}
}

func TestCloseEndsCalls(t *testing.T) {
	client := dial(t, shared.Endpoint)
	shared.Say(t, "rule 127.30.4.3: dead")
	device := client.Device(shared.Peer("127.30.4.3"), Timeout(10*time.Minute))
	watch := dial(t, shared.Endpoint)
	before := counter(t, watch, "requests_accepted")
	ended := make(chan error)
	go func() {
		_, err := device.Get(context.Background(), sysName)
		ended <- err
	}()
	rows := device.Rows(context.Background(), ifTable)
	await(t, "accepted", func() bool { return counter(t, watch, "requests_accepted") >= before+2 })
	var group sync.WaitGroup
	for i := 0; i < 3; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			if err := client.Close(); err != nil {
				t.Error(err)
			}
		}()
	}
	group.Wait()
	if err := <-ended; !errors.Is(err, ErrClosed) || failure(t, err).Sent != SentMaybe {
		t.Errorf("%#v", err)
	}
	if rows.Next() || !errors.Is(rows.Err(), ErrClosed) {
		t.Errorf("%#v", rows.Err())
	}
	if _, err := device.Get(context.Background(), sysName); !errors.Is(err, ErrClosed) {
		t.Errorf("%#v", err)
	}
	rows = device.Rows(context.Background(), ifTable)
	if rows.Next() || !errors.Is(rows.Err(), ErrClosed) {
		t.Errorf("%#v", rows.Err())
	}
}

func TestCurve(t *testing.T) {
	ctx, keys := timeLimit(t), shared.Curve
	client := dial(t, keys.Endpoint, Curve(keys.ServerKey, keys.ClientPublic, keys.ClientSecret))
	if got := nameOf(t)(client.Device(shared.Peer("127.30.5.1")).Get(ctx, sysName)); got != "sim-127-30-5-1" {
		t.Error(got)
	}
	for name, curve := range map[string]DialOption{
		"another server": Curve(keys.ClientPublic, keys.ClientPublic, keys.ClientSecret),
		"another client": Curve(keys.ServerKey, keys.ServerKey, keys.ClientSecret),
		"no keys":        func(*settings) {},
	} {
		stranger := dial(t, keys.Endpoint, curve, Patience(500*time.Millisecond))
		_, err := stranger.Ping(ctx)
		if !errors.Is(err, ErrServiceLost) || !strings.Contains(err.Error(), "handshake") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
