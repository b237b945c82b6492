package zsnmp

import "time"

// An Option is a key of a request, as docs/PROTOCOL.md has it: how a device is asked. The service checks all
// of them; what is wrong is CodeBadRequest, its message beginning with the name of the key.
type Option struct {
	key   string
	value any
}

// Param gives a key by its name: one that this client does not know, or one that a call would give itself,
// such as oids. A value of nil is as good as no key.
func Param(key string, value any) Option { return Option{key, value} }

// Version is "1", "2c" (the default) or "3" (the default with a User).
func Version(version string) Option { return Option{"version", version} }

// Community is that of versions 1 and 2c, by default public.
func Community(community string) Option { return Option{"community", community} }

// User is that of version 3.
func User(name string) Option { return Option{"user", name} }

// AuthProto is MD5, SHA, SHA-224, SHA-256, SHA-384 or SHA-512.
func AuthProto(protocol string) Option { return Option{"auth_proto", protocol} }

// AuthPass is the pass phrase for it.
func AuthPass(phrase string) Option { return Option{"auth_pass", phrase} }

// AuthKey is a localised key in its place.
func AuthKey(key []byte) Option { return Option{"auth_key", key} }

// PrivProto is DES, AES, AES-192, AES-256, AES-192-C or AES-256-C.
func PrivProto(protocol string) Option { return Option{"priv_proto", protocol} }

// PrivPass is the pass phrase for it.
func PrivPass(phrase string) Option { return Option{"priv_pass", phrase} }

// PrivKey is a localised key in its place.
func PrivKey(key []byte) Option { return Option{"priv_key", key} }

// Level is noAuthNoPriv, authNoPriv or authPriv; by default the highest that the keys speak of.
func Level(level string) Option { return Option{"level", level} }

// EngineID is the authoritative engine; it spares the discovery, and is checked.
func EngineID(id []byte) Option { return Option{"engine_id", id} }

// Context is the context of version 3.
func Context(name string) Option { return Option{"context", name} }

// ContextEngineID is the engine of the context, by default the authoritative one.
func ContextEngineID(id []byte) Option { return Option{"context_engine_id", id} }

// NonRepeaters is for GetBulk: how many of the OIDs are asked for once.
func NonRepeaters(n int) Option { return Option{"non_repeaters", n} }

// MaxRepetitions is for GetBulk, by default 10, and for walks the most rows of a packet.
func MaxRepetitions(n int) Option { return Option{"max_repetitions", n} }

// Bulk says whether walks may use GETBULK; they do unless it is false.
func Bulk(bulk bool) Option { return Option{"bulk", bulk} }

// Start makes a walk begin behind an OID; with several roots behind one for each, "" where nothing is left.
// The Next of a walk that was cut off is meant for it.
func Start(next ...string) Option {
	if len(next) == 1 {
		return Option{"start", next[0]}
	}
	places := make([]any, len(next))
	for i, place := range next {
		if place != "" {
			places[i] = place
		}
	}
	return Option{"start", places}
}

// Limit is the most rows of a walk, or the most devices that Devices tells of.
func Limit(n int) Option { return Option{"limit", n} }

// Stream is how many rows come at a time; Rows and Walk have a default, other calls put the parts together.
func Stream(rows int) Option { return Option{"stream", rows} }

// Form is list, which has types, or map.
func Form(form string) Option { return Option{"form", form} }

// Exceptions tells noSuchObject, noSuchInstance and endOfMibView from each other with Form("map").
func Exceptions(tell bool) Option { return Option{"exceptions", tell} }

// Timing asks for RTT and Tries of the reply.
func Timing(timing bool) Option { return Option{"timing", timing} }

// Timeout is how long one try waits for its answer. Where it is not given the service adapts to the device.
func Timeout(d time.Duration) Option { return Option{"timeout_ms", milliseconds(d)} }

// Retries is the number of further tries, by default 2.
func Retries(n int) Option { return Option{"retries", n} }

// Deadline is how long a whole call may take. A context with a deadline does the same; the earlier one
// counts.
func Deadline(d time.Duration) Option { return Option{"deadline_ms", milliseconds(d)} }

// Priority is 0 (first) to 7, by default 4.
func Priority(n int) Option { return Option{"priority", n} }

// DeviceWindow starts a request only while fewer than so many requests of the device are under way.
func DeviceWindow(n int) Option { return Option{"device_window", n} }

// DeviceQueueMax refuses a request where so many wait for the device already.
func DeviceQueueMax(n int) Option { return Option{"device_queue_max", n} }

// DeviceInterval keeps each packet so far from any other packet to the device.
func DeviceInterval(d time.Duration) Option { return Option{"device_interval_ms", milliseconds(d)} }

// Must names keys that the service has to support, or else refuse the request.
func Must(keys ...string) Option { return Option{"must", keys} }

// Sort is the order in which Devices tells of devices: peer, requests, timeouts, rtt, queued or last_seen.
func Sort(key string) Option { return Option{"sort", key} }

// milliseconds rounds up: a time-out of a microsecond is none of zero, which means that there is none.
func milliseconds(d time.Duration) int64 {
	return int64((d + time.Millisecond - 1) / time.Millisecond)
}
