module github.com/zsnmp/zsnmp/clients/go/bench

go 1.21

require (
	github.com/gosnmp/gosnmp v1.38.0
	github.com/zsnmp/zsnmp/clients/go v0.0.0
)

require (
	github.com/pebbe/zmq4 v1.4.0 // indirect
	github.com/vmihailenco/msgpack/v5 v5.4.1 // indirect
	github.com/vmihailenco/tagparser/v2 v2.0.0 // indirect
)

replace github.com/zsnmp/zsnmp/clients/go => ../
