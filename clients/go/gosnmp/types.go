package gosnmp

import (
	"fmt"
	"log"
	"math/big"
	"reflect"

	zsnmp "github.com/zsnmp/zsnmp/clients/go"
)

// An SnmpPDU is a name with its value. Names, and values that are OIDs, begin with a dot.
type SnmpPDU struct {
	// Value is an int (Integer), uint (Counter32, Gauge32), uint32 (TimeTicks, Uinteger32), uint64
	// (Counter64), []byte (OctetString, Opaque), string (ObjectIdentifier, IPAddress), float32, float64 or
	// nil.
	Value interface{}
	Name  string
	Type  Asn1BER
}

// An SnmpPacket is what a device answered.
type SnmpPacket struct {
	Version     SnmpVersion
	Community   string
	ContextName string
	Error       SNMPError
	ErrorIndex  uint8
	Variables   []SnmpPDU
}

// Asn1BER is the type of a value.
type Asn1BER byte

// The types of values.
const (
	UnknownType      Asn1BER = 0x00
	Integer          Asn1BER = 0x02
	OctetString      Asn1BER = 0x04
	Null             Asn1BER = 0x05
	ObjectIdentifier Asn1BER = 0x06
	IPAddress        Asn1BER = 0x40
	Counter32        Asn1BER = 0x41
	Gauge32          Asn1BER = 0x42
	TimeTicks        Asn1BER = 0x43
	Opaque           Asn1BER = 0x44
	NsapAddress      Asn1BER = 0x45
	Counter64        Asn1BER = 0x46
	Uinteger32       Asn1BER = 0x47
	OpaqueFloat      Asn1BER = 0x78
	OpaqueDouble     Asn1BER = 0x79
	NoSuchObject     Asn1BER = 0x80
	NoSuchInstance   Asn1BER = 0x81
	EndOfMibView     Asn1BER = 0x82
)

var typeNames = map[Asn1BER]string{
	UnknownType: "UnknownType", Integer: "Integer", OctetString: "OctetString", Null: "Null",
	ObjectIdentifier: "ObjectIdentifier", IPAddress: "IPAddress", Counter32: "Counter32", Gauge32: "Gauge32",
	TimeTicks: "TimeTicks", Opaque: "Opaque", NsapAddress: "NsapAddress", Counter64: "Counter64",
	Uinteger32: "Uinteger32", OpaqueFloat: "OpaqueFloat", OpaqueDouble: "OpaqueDouble",
	NoSuchObject: "NoSuchObject", NoSuchInstance: "NoSuchInstance", EndOfMibView: "EndOfMibView",
}

func (t Asn1BER) String() string {
	if name, ok := typeNames[t]; ok {
		return name
	}
	return fmt.Sprintf("Asn1BER(%d)", byte(t))
}

// letters are what the service calls the types that can be set.
var letters = map[Asn1BER]string{
	Integer: "i", OctetString: "s", Null: "n", ObjectIdentifier: "o", IPAddress: "a", Counter32: "c",
	Gauge32: "u", TimeTicks: "t", Counter64: "C", Uinteger32: "u", OpaqueFloat: "F", OpaqueDouble: "D",
}

func pduOf(v zsnmp.Varbind) SnmpPDU {
	pdu := SnmpPDU{Name: "." + v.OID, Type: Asn1BER(v.Type), Value: v.Value}
	switch value := v.Value.(type) {
	case int64:
		if pdu.Type == Integer {
			pdu.Value = int(value)
		}
	case uint64:
		switch pdu.Type {
		case Counter32, Gauge32:
			pdu.Value = uint(value)
		case TimeTicks, Uinteger32:
			pdu.Value = uint32(value)
		}
	case string:
		if pdu.Type == ObjectIdentifier {
			pdu.Value = "." + value
		}
	}
	return pdu
}

// SNMPError is an error-status.
type SNMPError uint8

// The values of error-status.
const (
	NoError SNMPError = iota
	TooBig
	NoSuchName
	BadValue
	ReadOnly
	GenErr
	NoAccess
	WrongType
	WrongLength
	WrongEncoding
	WrongValue
	NoCreation
	InconsistentValue
	ResourceUnavailable
	CommitFailed
	UndoFailed
	AuthorizationError
	NotWritable
	InconsistentName
)

var errorNames = []string{"NoError", "TooBig", "NoSuchName", "BadValue", "ReadOnly", "GenErr", "NoAccess",
	"WrongType", "WrongLength", "WrongEncoding", "WrongValue", "NoCreation", "InconsistentValue",
	"ResourceUnavailable", "CommitFailed", "UndoFailed", "AuthorizationError", "NotWritable", "InconsistentName"}

func (e SNMPError) String() string {
	if int(e) < len(errorNames) {
		return errorNames[e]
	}
	return fmt.Sprintf("SNMPError(%d)", uint8(e))
}

// Errors of version 3, for errors.Is.
var (
	ErrDecryption           error = zsnmp.CodeDecryptionError
	ErrNotInTimeWindow      error = zsnmp.CodeNotInTimeWindow
	ErrUnknownEngineID      error = zsnmp.CodeUnknownEngineID
	ErrUnknownReportPDU     error = zsnmp.CodeOtherReport
	ErrUnknownSecurityLevel error = zsnmp.CodeUnsupportedSecurityLevel
	ErrUnknownUsername      error = zsnmp.CodeUnknownUser
	ErrWrongDigest          error = zsnmp.CodeWrongDigest
)

// SnmpVersion is a version of SNMP.
type SnmpVersion uint8

// The versions.
const (
	Version1  SnmpVersion = 0
	Version2c SnmpVersion = 1
	Version3  SnmpVersion = 3
)

func (v SnmpVersion) String() string {
	switch v {
	case Version1:
		return "1"
	case Version2c:
		return "2c"
	}
	return "3"
}

// SnmpV3SecurityModel has one value.
type SnmpV3SecurityModel uint8

// UserSecurityModel is USM.
const UserSecurityModel SnmpV3SecurityModel = 3

// SnmpV3MsgFlags are the level of security.
type SnmpV3MsgFlags uint8

// The levels. Reportable is there for its name: requests always are.
const (
	NoAuthNoPriv SnmpV3MsgFlags = 0
	AuthNoPriv   SnmpV3MsgFlags = 1
	AuthPriv     SnmpV3MsgFlags = 3
	Reportable   SnmpV3MsgFlags = 4
)

var levels = map[SnmpV3MsgFlags]string{NoAuthNoPriv: "noAuthNoPriv", AuthNoPriv: "authNoPriv",
	AuthPriv: "authPriv"}

// SnmpV3AuthProtocol is how messages are authenticated.
type SnmpV3AuthProtocol uint8

// The protocols.
const (
	NoAuth SnmpV3AuthProtocol = iota + 1
	MD5
	SHA
	SHA224
	SHA256
	SHA384
	SHA512
)

func (p SnmpV3AuthProtocol) String() string {
	return protocol([]string{"NoAuth", "MD5", "SHA", "SHA224", "SHA256", "SHA384", "SHA512"}, uint8(p))
}

// SnmpV3PrivProtocol is how messages are encrypted.
type SnmpV3PrivProtocol uint8

// The protocols. Those with a C have keys as Cisco devices extend them.
const (
	NoPriv SnmpV3PrivProtocol = iota + 1
	DES
	AES
	AES192
	AES256
	AES192C
	AES256C
)

func (p SnmpV3PrivProtocol) String() string {
	return protocol([]string{"NoPriv", "DES", "AES", "AES192", "AES256", "AES192C", "AES256C"}, uint8(p))
}

// protocol gives the names that the service takes too: hyphens do not count there.
func protocol(names []string, p uint8) string {
	if p >= 1 && int(p) <= len(names) {
		return names[p-1]
	}
	return fmt.Sprintf("protocol %d", p)
}

// ToBigInt gives the number of a value of any integer type, and 0 for all else.
func ToBigInt(value interface{}) *big.Int {
	n := new(big.Int)
	switch v := reflect.ValueOf(value); {
	case v.CanInt():
		n.SetInt64(v.Int())
	case v.CanUint():
		n.SetUint64(v.Uint())
	case v.Kind() == reflect.String:
		if _, ok := n.SetString(v.String(), 10); !ok {
			return new(big.Int)
		}
	}
	return n
}

// Partition tells whether a slice that is asked for in pieces of partitionSize is to be cut behind a place.
func Partition(currentPosition, partitionSize, sliceLength int) bool {
	if currentPosition < 0 || currentPosition >= sliceLength || partitionSize <= 0 {
		return false
	}
	return currentPosition == sliceLength-1 || currentPosition%partitionSize == partitionSize-1
}

// Check ends the program where there is an error.
func Check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// Check ends the program where there is an error.
func (x *GoSNMP) Check(err error) { Check(err) }
