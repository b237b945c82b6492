package gosnmp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"testing"
	"time"

	zsnmp "github.com/zsnmp/zsnmp/clients/go"
	"github.com/zsnmp/zsnmp/clients/go/internal/testservice"
)

const (
	sysDescr   = ".1.3.6.1.2.1.1.1.0"
	sysUpTime  = ".1.3.6.1.2.1.1.3.0"
	sysContact = ".1.3.6.1.2.1.1.4.0"
	sysName    = ".1.3.6.1.2.1.1.5.0"
	ifIndex    = ".1.3.6.1.2.1.2.2.1.1"
)

var service *testservice.Service

func TestMain(m *testing.M) {
	var err error
	if service, err = testservice.Launch(); err == nil {
		err = os.Setenv("ZSNMP_ENDPOINT", service.Endpoint)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	status := m.Run()
	service.Stop()
	os.Exit(status)
}

func connected(t *testing.T, x *GoSNMP) *GoSNMP {
	t.Helper()
	x.Port = uint16(service.Port)
	if err := x.Connect(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = x.Conn.Close() })
	return x
}

func device(t *testing.T, address string) *GoSNMP {
	t.Helper()
	return connected(t, &GoSNMP{Target: address, Community: "private", Version: Version2c,
		Timeout: time.Second, Retries: 1})
}

// first is the value of the first variable.
func first(t *testing.T) func(*SnmpPacket, error) interface{} {
	return func(packet *SnmpPacket, err error) interface{} {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if packet.Error != NoError || len(packet.Variables) == 0 {
			t.Fatalf("%+v", packet)
		}
		return packet.Variables[0].Value
	}
}

func text(t *testing.T) func(*SnmpPacket, error) string {
	return func(packet *SnmpPacket, err error) string {
		t.Helper()
		return string(first(t)(packet, err).([]byte))
	}
}

func TestOperations(t *testing.T) {
	x := device(t, "127.50.0.1")
	if got := text(t)(x.Get([]string{sysName})); got != "sim-127-50-0-1" {
		t.Error(got)
	}
	if got := text(t)(x.GetNext([]string{sysContact})); got != "sim-127-50-0-1" {
		t.Error(got)
	}
	packet, err := x.GetBulk([]string{sysDescr, ifIndex}, 1, 3)
	if err != nil || len(packet.Variables) != 4 || packet.Variables[3].Name != ifIndex+".3" {
		t.Errorf("%+v, %v", packet, err)
	}
	if got := text(t)(x.Set([]SnmpPDU{{Name: sysContact, Type: OctetString, Value: "me"}})); got != "me" {
		t.Error(got)
	}
	walks := map[string]func(string) ([]SnmpPDU, error){"Walk": x.WalkAll, "BulkWalk": x.BulkWalkAll}
	for name, walk := range walks {
		if rows, err := walk(ifIndex); err != nil || len(rows) != 4 || rows[3].Value != 4 {
			t.Errorf("%s: %v, %v", name, rows, err)
		}
		// An object itself, and one that is not there.
		if rows, err := walk(sysName); err != nil || len(rows) != 1 || rows[0].Name != sysName {
			t.Errorf("%s: %v, %v", name, rows, err)
		}
		if rows, err := walk(sysName + ".7"); err != nil || len(rows) != 0 {
			t.Errorf("%s: %v, %v", name, rows, err)
		}
	}
	enough := errors.New("enough")
	if err := x.BulkWalk("", func(SnmpPDU) error { return enough }); err != enough {
		t.Error(err)
	}
}

func TestValuesHaveTheTypesOfTheModel(t *testing.T) {
	x := device(t, "127.50.0.2")
	for oid, want := range map[string]string{
		sysName:                     "OctetString []uint8",
		sysUpTime:                   "TimeTicks uint32",
		".1.3.6.1.2.1.1.2.0":        "ObjectIdentifier string",
		ifIndex + ".1":              "Integer int",
		".1.3.6.1.2.1.2.2.1.10.1":   "Counter32 uint",
		".1.3.6.1.2.1.2.2.1.5.1":    "Gauge32 uint",
		".1.3.6.1.2.1.31.1.1.1.6.1": "Counter64 uint64",
		".1.3.6.1.2.1.99.0":         "NoSuchObject <nil>",
	} {
		packet, err := x.Get([]string{oid})
		if err != nil || len(packet.Variables) != 1 {
			t.Fatal(packet, err)
		}
		v := packet.Variables[0]
		if got := fmt.Sprintf("%v %T", v.Type, v.Value); got != want || v.Name != oid {
			t.Errorf("%s: %s instead of %s", v.Name, got, want)
		}
	}
	for value, want := range map[zsnmp.Varbind]interface{}{
		{OID: "1.2", Type: zsnmp.ObjectID, Value: "1.3.6"}:          ".1.3.6",
		{OID: "1.2", Type: zsnmp.IPAddress, Value: "192.0.2.1"}:     "192.0.2.1",
		{OID: "1.2", Type: zsnmp.UInteger32, Value: uint64(1)}:      uint32(1),
		{OID: "1.2", Type: zsnmp.Counter64, Value: ^uint64(0)}:      ^uint64(0),
		{OID: "1.2", Type: zsnmp.OpaqueFloat, Value: float32(1.5)}:  float32(1.5),
		{OID: "1.2", Type: zsnmp.OpaqueInteger, Value: int64(-1)}:   int64(-1),
		{OID: "1.2", Type: zsnmp.Integer, Value: int64(-1 << 31)}:   -1 << 31,
		{OID: "1.2", Type: zsnmp.OpaqueDouble, Value: float64(0.1)}: 0.1,
	} {
		if got := pduOf(value); got.Value != want || got.Name != ".1.2" {
			t.Errorf("%v: %#v instead of %#v", value, got.Value, want)
		}
	}
}

func TestErrorStatusIsInThePacket(t *testing.T) {
	x := device(t, "127.50.0.3")
	packet, err := x.Set([]SnmpPDU{{Name: sysDescr, Type: OctetString, Value: []byte("x")}})
	if err != nil || packet.Error != NotWritable || packet.ErrorIndex != 1 {
		t.Errorf("%+v, %v", packet, err)
	}
	x.Version = Version1
	packet, err = x.Get([]string{sysName + ".7"})
	if err != nil || packet.Error != NoSuchName || packet.Error.String() != "NoSuchName" {
		t.Errorf("%+v, %v", packet, err)
	}
	if rows, err := x.WalkAll(ifIndex); err != nil || len(rows) != 4 {
		t.Errorf("%v, %v", rows, err)
	}
	if _, err := x.GetBulk([]string{sysName}, 0, 1); err == nil {
		t.Error("GETBULK with version 1")
	}
	if err := x.BulkWalk(sysName, nil); err == nil {
		t.Error("GETBULK with version 1")
	}
}

func TestWhatIsRefusedBeforeItIsSent(t *testing.T) {
	if _, err := (&GoSNMP{}).Get([]string{sysName}); err == nil {
		t.Error("no Connect")
	}
	for _, x := range []*GoSNMP{{MaxOids: -1}, {Version: Version3},
		{Version: Version3, SecurityModel: UserSecurityModel}} {
		if err := x.Connect(); err == nil {
			t.Errorf("%+v", x)
		}
	}
	x := device(t, "127.50.0.4")
	x.MaxOids = 1
	if _, err := x.Get([]string{sysName, sysDescr}); err == nil {
		t.Error("too many OIDs")
	}
	if _, err := x.Set([]SnmpPDU{{Name: sysName, Type: NoSuchObject}}); err == nil {
		t.Error("no type to set")
	}
	if err := x.Conn.Close(); err != nil {
		t.Error(err)
	}
	if _, err := x.Get([]string{sysName}); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
	if err := x.Conn.Close(); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
}

func TestVersion3(t *testing.T) {
	with := func(flags SnmpV3MsgFlags, usm UsmSecurityParameters) *GoSNMP {
		return connected(t, &GoSNMP{Target: "127.50.0.5", Version: Version3, Timeout: time.Second,
			SecurityModel: UserSecurityModel, MsgFlags: flags, SecurityParameters: &usm})
	}
	for name, x := range map[string]*GoSNMP{
		"noAuthNoPriv": with(NoAuthNoPriv, UsmSecurityParameters{UserName: "noauth"}),
		"authNoPriv": with(AuthNoPriv|Reportable, UsmSecurityParameters{UserName: "sha256",
			AuthenticationProtocol: SHA256, AuthenticationPassphrase: "authpass-sha256"}),
		"authPriv": with(AuthPriv, UsmSecurityParameters{UserName: "sha512-aes256c",
			AuthenticationProtocol: SHA512, AuthenticationPassphrase: "authpass-sha512",
			PrivacyProtocol: AES256C, PrivacyPassphrase: "privpass-aes256c",
			AuthoritativeEngineID: "\x80\x00\x7e\xd9\x01\x7f\x32\x00\x05"}),
	} {
		if got := text(t)(x.Get([]string{sysName})); got != "sim-127-50-0-5" {
			t.Errorf("%s: %s", name, got)
		}
		x.ContextName = "other"
		got := text(t)(x.Get([]string{sysDescr}))
		if got != "zsnmp simulated agent 127.50.0.5, context other" {
			t.Errorf("%s: %s", name, got)
		}
	}
	_, err := with(AuthNoPriv, UsmSecurityParameters{UserName: "sha", AuthenticationProtocol: SHA,
		AuthenticationPassphrase: "something else"}).Get([]string{sysName})
	if !errors.Is(err, ErrWrongDigest) || errors.Is(err, ErrUnknownUsername) {
		t.Error(err)
	}
	_, err = with(NoAuthNoPriv, UsmSecurityParameters{UserName: "nobody"}).Get([]string{sysName})
	if !errors.Is(err, ErrUnknownUsername) {
		t.Error(err)
	}
	_, err = with(AuthNoPriv, UsmSecurityParameters{UserName: "sha"}).Get([]string{sysName})
	if !errors.Is(err, zsnmp.CodeBadRequest) {
		t.Error(err)
	}
}

func TestContextAndTransport(t *testing.T) {
	x := device(t, "127.50.0.6")
	x.Transport = "tcp"
	if got := text(t)(x.Get([]string{sysName})); got != "sim-127-50-0-6" {
		t.Error(got)
	}
	x.Target, x.Transport = "::1", ""
	if got := x.peer(); got != fmt.Sprintf("udp6:[::1]:%d", service.Port) {
		t.Error(got)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	x.Context = ctx
	if _, err := x.Get([]string{sysName}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	own, err := zsnmp.Dial(service.IPC)
	if err != nil {
		t.Fatal(err)
	}
	x = connected(t, &GoSNMP{Target: "127.50.0.7", Version: Version2c, Community: "public", Client: own})
	if got := text(t)(x.Get([]string{sysName})); got != "sim-127-50-0-7" {
		t.Error(got)
	}
	if err := own.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Get([]string{sysName}); !errors.Is(err, zsnmp.ErrClosed) {
		t.Error(err)
	}
}

func TestHelpers(t *testing.T) {
	for value, want := range map[interface{}]string{-5: "-5", uint32(7): "7",
		^uint64(0): "18446744073709551615", "12": "12", "x": "0", nil: "0", 1.5: "0"} {
		if got := ToBigInt(value).String(); got != want {
			t.Errorf("%v: %s", value, got)
		}
	}
	var cuts []int
	for i := -1; i < 9; i++ {
		if Partition(i, 3, 8) {
			cuts = append(cuts, i)
		}
	}
	if fmt.Sprint(cuts) != "[2 5 7]" || Partition(0, 0, 1) {
		t.Error(cuts)
	}
	got := fmt.Sprint(Asn1BER(9), SNMPError(99), Version1, Version3, SHA224, AES192C, SnmpV3AuthProtocol(0))
	if got != "Asn1BER(9) SNMPError(99) 1 3 SHA224 AES192C protocol 0" {
		t.Error(got)
	}
}
