package zsnmp

import (
	"fmt"
	"time"
)

// A Type is the ASN.1 tag of a value. In the maps of Client.Request the last three also stand for the value
// itself.
type Type uint8

// The types that a device may answer with.
const (
	Integer        Type = 2   // int64
	OctetString    Type = 4   // []byte; BITS too
	Null           Type = 5   // nil
	ObjectID       Type = 6   // string, as in "1.3.6.1.2.1.1.3.0"
	IPAddress      Type = 64  // string, as in "192.0.2.1"; []byte where a device sends other than 4 bytes
	Counter32      Type = 65  // uint64
	Gauge32        Type = 66  // uint64; Unsigned32 too
	TimeTicks      Type = 67  // uint64, hundredths of a second
	Opaque         Type = 68  // []byte
	NsapAddress    Type = 69  // []byte
	Counter64      Type = 70  // uint64
	UInteger32     Type = 71  // uint64
	OpaqueCounter  Type = 118 // uint64
	OpaqueFloat    Type = 120 // float32
	OpaqueDouble   Type = 121 // float64
	OpaqueInteger  Type = 122 // int64
	OpaqueUnsigned Type = 123 // uint64
	NoSuchObject   Type = 128 // nil
	NoSuchInstance Type = 129 // nil
	EndOfMibView   Type = 130 // nil
)

var typeNames = map[Type]string{
	Integer: "INTEGER", OctetString: "OCTET STRING", Null: "NULL", ObjectID: "OBJECT IDENTIFIER",
	IPAddress: "IpAddress", Counter32: "Counter32", Gauge32: "Gauge32", TimeTicks: "TimeTicks",
	Opaque: "Opaque", NsapAddress: "NsapAddress", Counter64: "Counter64", UInteger32: "UInteger32",
	OpaqueCounter: "Opaque Counter64", OpaqueFloat: "Opaque float", OpaqueDouble: "Opaque double",
	OpaqueInteger: "Opaque Integer64", OpaqueUnsigned: "Opaque Unsigned64", NoSuchObject: "noSuchObject",
	NoSuchInstance: "noSuchInstance", EndOfMibView: "endOfMibView",
}

func (t Type) String() string {
	if name, ok := typeNames[t]; ok {
		return name
	}
	return fmt.Sprintf("type %d", uint8(t))
}

// A Varbind is a name and its value. The Go type of Value follows from Type, as its constants say.
//
// A device with the option Form("map") gives no types: Type is then 0, but for the exceptions that
// Exceptions(true) asks for, and an integer is an int64 where it fits, else a uint64.
type Varbind struct {
	OID   string // without a leading dot
	Type  Type
	Value any
}

// Exists reports whether the device has the object: whether there is neither noSuchObject, noSuchInstance nor
// endOfMibView in its place.
func (v Varbind) Exists() bool { return v.Type < NoSuchObject }

// Uint gives the number of an integer of any type; ok is false for all else and below zero.
func (v Varbind) Uint() (n uint64, ok bool) {
	switch value := v.Value.(type) {
	case uint64:
		return value, true
	case int64:
		return uint64(value), value >= 0
	}
	return 0, false
}

// String gives the value as text: bytes as they are, numbers in decimal, exceptions by their names.
func (v Varbind) String() string {
	switch value := v.Value.(type) {
	case nil:
		if v.Type == 0 {
			return Null.String()
		}
		return v.Type.String()
	case []byte:
		return string(value)
	}
	return fmt.Sprint(v.Value)
}

// A Setting is an object to set. Type is the letter that snmpset takes, and Value what docs/PROTOCOL.md has
// for it: text is a string, bytes are a []byte, an OID may be a []uint32.
type Setting struct {
	OID   string
	Type  string
	Value any
}

// A Reply is what a device answered.
type Reply struct {
	Peer     string
	Varbinds []Varbind // in the device's order, nothing left out
	Complete bool      // walks: all there is was seen
	Stop     string    // walks: why it ended
	Next     []string  // walks that are not complete: for Start; one for each root, "" where nothing is left
	Quirks   []string  // what the device did wrong
	RTT      time.Duration
	Tries    int // packets sent; this and RTT with Timing(true)
}

// Lookup finds the first varbind of this name.
func (r *Reply) Lookup(oid string) (Varbind, bool) {
	for _, v := range r.Varbinds {
		if v.OID == oid {
			return v, true
		}
	}
	return Varbind{}, false
}
