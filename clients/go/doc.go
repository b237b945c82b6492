// Package zsnmp asks SNMP devices through a ZSNMP service, such as zsnmpd.
//
//	client, err := zsnmp.Dial("tcp://127.0.0.1:7161")
//	...
//	device := client.Device("192.0.2.1", zsnmp.Community("public"))
//	reply, err := device.Get(ctx, "1.3.6.1.2.1.1.5.0")
//
// One Client does for a whole program: any number of goroutines may use it at the same time. All names are
// those of docs/PROTOCOL.md, which says what each of them means. Errors are of the type *Error.
//
// Package gosnmp, in a directory below, has the names that programs for github.com/gosnmp/gosnmp use.
package zsnmp
