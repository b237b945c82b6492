package main

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	zsnmp "github.com/zsnmp/zsnmp/clients/go"
	compatible "github.com/zsnmp/zsnmp/clients/go/gosnmp"
)

const ifDescr = ".1.3.6.1.2.1.2.2.1.2"

// The system group without sysUpTime, types and names of interfaces: what does not change between two reads.
var still = []string{".1.3.6.1.2.1.1.1.0", ".1.3.6.1.2.1.1.2.0", ".1.3.6.1.2.1.1.5.0", ".1.3.6.1.2.1.2.1.0",
	".1.3.6.1.2.1.2.2.1.2.1", ".1.3.6.1.2.1.2.2.1.5.1", ".1.3.6.1.2.1.31.1.1.1.15.1", ".1.3.6.1.2.1.99.0"}

// outcome is what a call gave, of whichever package: names, types and values, or the error-status.
func outcome(packet any, err error) string {
	if err != nil {
		return "an error"
	}
	v := reflect.ValueOf(packet).Elem()
	return fmt.Sprintf("%v %v %s", v.FieldByName("Error"), v.FieldByName("ErrorIndex"),
		variables(v.FieldByName("Variables")))
}

func rows(pdus any, err error) string {
	if err != nil {
		return "an error"
	}
	return variables(reflect.ValueOf(pdus))
}

func variables(pdus reflect.Value) (text string) {
	for i := 0; i < pdus.Len(); i++ {
		pdu := pdus.Index(i)
		value := pdu.FieldByName("Value")
		text += fmt.Sprintf("\n%v %v %#v", pdu.FieldByName("Name"), pdu.FieldByName("Type"),
			value.Interface())
	}
	return text
}

func TestPackageGosnmpGivesWhatItsModelGives(t *testing.T) {
	if os.Getenv("BUILD_DIR") == "" {
		t.Skip("BUILD_DIR does not say where zsnmpd is")
	}
	_, port := start(`^listening (\d+)`, "zsnmp-sim", "--port", "0")
	_, endpoint := start(`ready on (\S+)`, "zsnmpd", "--bind", "tcp://127.0.0.1:*")
	client, err := zsnmp.Dial(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var udp uint16
	if _, err := fmt.Sscan(port, &udp); err != nil {
		t.Fatal(err)
	}
	model, ours := pair(udp, client)
	if err := errors.Join(model.Connect(), ours.Connect()); err != nil {
		t.Fatal(err)
	}
	same := func(name, a, b string) {
		t.Helper()
		if a != b || a == "" {
			t.Errorf("%s: %s\ninstead of %s", name, b, a)
		}
	}
	same("Get", outcome(model.Get(still)), outcome(ours.Get(still)))
	same("GetNext", outcome(model.GetNext(still[2:])), outcome(ours.GetNext(still[2:])))
	same("GetBulk", outcome(model.GetBulk(still[4:5], 0, 3)), outcome(ours.GetBulk(still[4:5], 0, 3)))
	for _, root := range []string{ifDescr, "1.3.6.1.2.1.1.5", ".1.3.6.1.2.1.1.5.0",
		".1.3.6.1.2.1.1.5.0.1"} {
		same("WalkAll "+root, rows(model.WalkAll(root))+".", rows(ours.WalkAll(root))+".")
		same("BulkWalkAll "+root, rows(model.BulkWalkAll(root))+".", rows(ours.BulkWalkAll(root))+".")
	}
	contact := ".1.3.6.1.2.1.1.4.0"
	same("Set",
		outcome(model.Set([]gosnmp.SnmpPDU{{Name: contact, Type: gosnmp.OctetString, Value: "a"}})),
		outcome(ours.Set([]compatible.SnmpPDU{{Name: contact, Type: compatible.OctetString, Value: "a"}})))
	model.Version, ours.Version = gosnmp.Version1, compatible.Version1
	same("Get by version 1", outcome(model.Get(still[:1])), outcome(ours.Get(still[:1])))
	same("GetBulk by version 1", outcome(model.GetBulk(still, 0, 1)), outcome(ours.GetBulk(still, 0, 1)))
	same("BulkWalkAll by version 1", rows(model.BulkWalkAll(still[0])), rows(ours.BulkWalkAll(still[0])))
	same("WalkAll by version 1", rows(model.WalkAll(ifDescr)), rows(ours.WalkAll(ifDescr)))
	model.Version, ours.Version = gosnmp.Version3, compatible.Version3
	if err := errors.Join(model.Connect(), ours.Connect()); err != nil {
		t.Fatal(err)
	}
	same("Get by version 3", outcome(model.Get(still)), outcome(ours.Get(still)))
}

// pair is one device to both of them.
func pair(port uint16, client *zsnmp.Client) (*gosnmp.GoSNMP, *compatible.GoSNMP) {
	const address, user, authPass, privPass = "127.60.0.1", "sha-aes128", "authpass-sha", "privpass-aes128"
	model := &gosnmp.GoSNMP{Target: address, Port: port, Community: "private", Version: gosnmp.Version2c,
		Timeout: time.Second, Retries: 1, SecurityModel: gosnmp.UserSecurityModel, MsgFlags: gosnmp.AuthPriv,
		SecurityParameters: &gosnmp.UsmSecurityParameters{UserName: user,
			AuthenticationProtocol: gosnmp.SHA, AuthenticationPassphrase: authPass,
			PrivacyProtocol: gosnmp.AES, PrivacyPassphrase: privPass}}
	ours := &compatible.GoSNMP{Target: address, Port: port, Community: "private", Client: client,
		Version: compatible.Version2c, Timeout: time.Second, Retries: 1,
		SecurityModel: compatible.UserSecurityModel, MsgFlags: compatible.AuthPriv,
		SecurityParameters: &compatible.UsmSecurityParameters{UserName: user,
			AuthenticationProtocol: compatible.SHA, AuthenticationPassphrase: authPass,
			PrivacyProtocol: compatible.AES, PrivacyPassphrase: privPass}}
	return model, ours
}
