// Package gosnmp has the names of github.com/gosnmp/gosnmp, so that a program for it asks its devices through
// a ZSNMP service once its import is another. What differs stands in the README of the module.
//
// All GoSNMP of a process share one connection to the service: that at the endpoint in the environment
// variable ZSNMP_ENDPOINT, or else at DefaultEndpoint. The field Client names another.
package gosnmp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	zsnmp "github.com/zsnmp/zsnmp/clients/go"
)

const (
	// MaxOids is the most OIDs of a request where GoSNMP.MaxOids is 0.
	MaxOids = 60
	// DefaultEndpoint is where zsnmpd is by default.
	DefaultEndpoint = "tcp://127.0.0.1:7161"

	defaultMaxRepetitions = 50
	mib2                  = ".1.3.6.1.2.1" // walked where no root is given
)

// A GoSNMP is a device and how it is asked. Unlike its model it may be used by any number of goroutines, as
// long as none of them changes its fields.
type GoSNMP struct {
	// Conn is there between Connect and its Close.
	Conn io.Closer

	Target    string // name or address
	Port      uint16 // 161 where it is 0
	Transport string // udp, where it is empty, or tcp
	Community string
	Version   SnmpVersion

	// Context ends calls. A deadline is passed on to the service.
	Context context.Context
	// Timeout is that of one try; 0 lets the service adapt to the device.
	Timeout time.Duration
	Retries int

	MaxOids        int    // of Get, GetNext and GetBulk
	MaxRepetitions uint32 // the most rows of a packet of BulkWalk; 50 where it is 0

	MsgFlags           SnmpV3MsgFlags
	SecurityModel      SnmpV3SecurityModel
	SecurityParameters SnmpV3SecurityParameters
	ContextEngineID    string // as bytes
	ContextName        string

	// Client is the connection to the service, if it is not to be the shared one. Its model has no such
	// field.
	Client *zsnmp.Client
}

// Default has the settings that are usual.
var Default = &GoSNMP{Port: 161, Transport: "udp", Community: "public", Version: Version2c,
	Timeout: 2 * time.Second, Retries: 3, MaxOids: MaxOids}

var shared struct {
	sync.Mutex // guards client
	client     *zsnmp.Client
}

func sharedClient() (*zsnmp.Client, error) {
	shared.Lock()
	defer shared.Unlock()
	if shared.client == nil {
		endpoint := os.Getenv("ZSNMP_ENDPOINT")
		if endpoint == "" {
			endpoint = DefaultEndpoint
		}
		client, err := zsnmp.Dial(endpoint)
		if err != nil {
			return nil, err
		}
		shared.client = client
	}
	return shared.client, nil
}

// A connection is what a GoSNMP has of the one that it shares.
type connection struct {
	client *zsnmp.Client
	closed atomic.Bool
}

func (c *connection) Close() error {
	if c.closed.Swap(true) {
		return net.ErrClosed
	}
	return nil
}

// Connect has to come before all else. It sends nothing.
func (x *GoSNMP) Connect() error {
	if x.MaxOids < 0 {
		return errors.New("field MaxOids cannot be less than 0")
	}
	if _, err := x.security(); err != nil {
		return err
	}
	client := x.Client
	if client == nil {
		var err error
		if client, err = sharedClient(); err != nil {
			return err
		}
	}
	x.Conn = &connection{client: client}
	return nil
}

// device is whom the fields describe now.
func (x *GoSNMP) device(options ...zsnmp.Option) (*zsnmp.Device, error) {
	conn, ok := x.Conn.(*connection)
	if !ok {
		return nil, errors.New("&GoSNMP.Conn is missing. Provide a connection or use Connect()")
	}
	if conn.closed.Load() {
		return nil, net.ErrClosed
	}
	all, err := x.security()
	if err != nil {
		return nil, err
	}
	all = append(all, zsnmp.Version(x.Version.String()), zsnmp.Retries(x.Retries))
	if x.Timeout > 0 {
		all = append(all, zsnmp.Timeout(x.Timeout))
	}
	return conn.client.Device(x.peer(), append(all, options...)...), nil
}

func (x *GoSNMP) peer() string {
	transport, host := x.Transport, x.Target
	if transport == "" {
		transport = "udp"
	}
	if strings.Contains(host, ":") {
		transport, host = strings.TrimSuffix(transport, "6")+"6", "["+host+"]"
	}
	port := x.Port
	if port == 0 {
		port = 161
	}
	return transport + ":" + host + ":" + strconv.Itoa(int(port))
}

// security is what the fields say of who asks.
func (x *GoSNMP) security() ([]zsnmp.Option, error) {
	if x.Version != Version3 {
		return []zsnmp.Option{zsnmp.Community(x.Community)}, nil
	}
	if x.SecurityModel != UserSecurityModel {
		return nil, errors.New("SecurityModel has to be UserSecurityModel")
	}
	if x.SecurityParameters == nil {
		return nil, errors.New("SNMPV3 SecurityParameters must be set")
	}
	options := x.SecurityParameters.options(x.MsgFlags & AuthPriv)
	if x.ContextName != "" {
		options = append(options, zsnmp.Context(x.ContextName))
	}
	if x.ContextEngineID != "" {
		options = append(options, zsnmp.ContextEngineID([]byte(x.ContextEngineID)))
	}
	return options, nil
}

func (x *GoSNMP) context() context.Context {
	if x.Context == nil {
		return context.Background()
	}
	return x.Context
}

func (x *GoSNMP) count(oids []string) error {
	most := x.MaxOids
	if most == 0 {
		most = MaxOids
	}
	if len(oids) > most {
		return fmt.Errorf("oid count (%d) is greater than MaxOids (%d)", len(oids), most)
	}
	return nil
}

// ask makes a call of a device, and a packet of what it answers.
func (x *GoSNMP) ask(oids []string, options []zsnmp.Option,
	call func(*zsnmp.Device) (*zsnmp.Reply, error)) (*SnmpPacket, error) {
	if err := x.count(oids); err != nil {
		return nil, err
	}
	device, err := x.device(options...)
	if err != nil {
		return nil, err
	}
	reply, err := call(device)
	packet := &SnmpPacket{Version: x.Version, Community: x.Community, ContextName: x.ContextName}
	var failure *zsnmp.Error
	if errors.As(err, &failure) && failure.Kind() == zsnmp.ErrDevice {
		// An error-status is not an error here.
		packet.Error, packet.ErrorIndex = SNMPError(failure.Code), uint8(min(failure.Index, 255))
		reply = &failure.Reply
	} else if err != nil {
		return nil, err
	}
	for _, v := range reply.Varbinds {
		packet.Variables = append(packet.Variables, pduOf(v))
	}
	return packet, nil
}

// Get reads objects.
func (x *GoSNMP) Get(oids []string) (*SnmpPacket, error) {
	return x.ask(oids, nil, func(d *zsnmp.Device) (*zsnmp.Reply, error) {
		return d.Get(x.context(), oids...)
	})
}

// GetNext reads the objects that come behind these.
func (x *GoSNMP) GetNext(oids []string) (*SnmpPacket, error) {
	return x.ask(oids, nil, func(d *zsnmp.Device) (*zsnmp.Reply, error) {
		return d.GetNext(x.context(), oids...)
	})
}

// GetBulk reads several objects behind each of these.
func (x *GoSNMP) GetBulk(oids []string, nonRepeaters uint8, maxRepetitions uint32) (*SnmpPacket, error) {
	if x.Version == Version1 {
		return nil, errors.New("GETBULK not supported in SNMPv1")
	}
	options := []zsnmp.Option{zsnmp.NonRepeaters(int(nonRepeaters)),
		zsnmp.MaxRepetitions(int(maxRepetitions))}
	return x.ask(oids, options, func(d *zsnmp.Device) (*zsnmp.Reply, error) {
		return d.GetBulk(x.context(), oids...)
	})
}

// Set writes objects, all or none.
func (x *GoSNMP) Set(pdus []SnmpPDU) (*SnmpPacket, error) {
	settings := make([]zsnmp.Setting, 0, len(pdus))
	for _, pdu := range pdus {
		letter, ok := letters[pdu.Type]
		if !ok {
			return nil, fmt.Errorf("a value of type %v can not be set", pdu.Type)
		}
		settings = append(settings, zsnmp.Setting{OID: pdu.Name, Type: letter, Value: pdu.Value})
	}
	return x.ask(nil, nil, func(d *zsnmp.Device) (*zsnmp.Reply, error) {
		return d.Set(x.context(), settings...)
	})
}

// Walk reads all below a root with GETNEXT.
func (x *GoSNMP) Walk(rootOid string, walkFn WalkFunc) error {
	return x.walk(rootOid, walkFn, zsnmp.Bulk(false))
}

// BulkWalk reads all below a root with GETBULK.
func (x *GoSNMP) BulkWalk(rootOid string, walkFn WalkFunc) error {
	if x.Version == Version1 {
		return errors.New("GETBULK not supported in SNMPv1")
	}
	repetitions := x.MaxRepetitions
	if repetitions == 0 {
		repetitions = defaultMaxRepetitions
	}
	return x.walk(rootOid, walkFn, zsnmp.MaxRepetitions(int(repetitions)))
}

func (x *GoSNMP) walk(root string, walkFn WalkFunc, option zsnmp.Option) error {
	if root == "" || root == "." {
		root = mib2
	}
	device, err := x.device(option)
	if err != nil {
		return err
	}
	rows := 0
	err = device.Walk(x.context(), root, func(v zsnmp.Varbind) error {
		rows++
		return walkFn(pduOf(v))
	})
	if err != nil || rows > 0 {
		return err
	}
	// What has nothing below it may be an object itself.
	packet, err := x.Get([]string{root})
	if err != nil || packet.Error != NoError {
		return err
	}
	for _, pdu := range packet.Variables {
		if pdu.Type == NoSuchObject || pdu.Type == NoSuchInstance {
			break
		}
		if err := walkFn(pdu); err != nil {
			return err
		}
	}
	return nil
}

// WalkAll is Walk into a slice.
func (x *GoSNMP) WalkAll(rootOid string) (results []SnmpPDU, err error) {
	err = x.Walk(rootOid, func(pdu SnmpPDU) error {
		results = append(results, pdu)
		return nil
	})
	return results, err
}

// BulkWalkAll is BulkWalk into a slice.
func (x *GoSNMP) BulkWalkAll(rootOid string) (results []SnmpPDU, err error) {
	err = x.BulkWalk(rootOid, func(pdu SnmpPDU) error {
		results = append(results, pdu)
		return nil
	})
	return results, err
}

// WalkFunc gets each object of a walk. An error of it ends the walk and is returned.
type WalkFunc func(dataUnit SnmpPDU) error

// An SnmpV3SecurityParameters is an *UsmSecurityParameters.
type SnmpV3SecurityParameters interface {
	options(level SnmpV3MsgFlags) []zsnmp.Option
}

// UsmSecurityParameters are those of a user of version 3.
type UsmSecurityParameters struct {
	UserName                 string
	AuthenticationProtocol   SnmpV3AuthProtocol
	AuthenticationPassphrase string
	PrivacyProtocol          SnmpV3PrivProtocol
	PrivacyPassphrase        string

	AuthoritativeEngineID string // as bytes; discovered where it is empty
	SecretKey             []byte // a localised key in place of AuthenticationPassphrase
	PrivacyKey            []byte // a localised key in place of PrivacyPassphrase
}

func (sp *UsmSecurityParameters) options(level SnmpV3MsgFlags) []zsnmp.Option {
	out := []zsnmp.Option{zsnmp.User(sp.UserName), zsnmp.Level(levels[level])}
	if level&AuthNoPriv != 0 {
		out = append(out, zsnmp.AuthProto(sp.AuthenticationProtocol.String()),
			phraseOrKey(zsnmp.AuthPass, sp.AuthenticationPassphrase, zsnmp.AuthKey, sp.SecretKey))
	}
	if level == AuthPriv {
		out = append(out, zsnmp.PrivProto(sp.PrivacyProtocol.String()),
			phraseOrKey(zsnmp.PrivPass, sp.PrivacyPassphrase, zsnmp.PrivKey, sp.PrivacyKey))
	}
	if sp.AuthoritativeEngineID != "" {
		out = append(out, zsnmp.EngineID([]byte(sp.AuthoritativeEngineID)))
	}
	return out
}

func phraseOrKey(asPhrase func(string) zsnmp.Option, phrase string, asKey func([]byte) zsnmp.Option,
	key []byte) zsnmp.Option {
	if len(key) > 0 {
		return asKey(key)
	}
	return asPhrase(phrase)
}
