package zsnmp

import (
	"context"
	"time"
)

// Pong is what a service says of itself.
type Pong struct {
	Protocol string // ZSNMP/1
	Version  string // of the service
	Uptime   time.Duration
}

// service makes a call to the service itself.
func (c *Client) service(ctx context.Context, op string, options []Option) (map[string]any, error) {
	request := map[string]any{}
	for _, option := range options {
		request[option.key] = option.value
	}
	request["op"] = op
	return c.Request(ctx, request)
}

// Ping asks whether the service is there.
func (c *Client) Ping(ctx context.Context, options ...Option) (Pong, error) {
	reply, err := c.service(ctx, "ping", options)
	if err != nil {
		return Pong{}, err
	}
	f := fields(reply)
	return Pong{f.text("protocol"), f.text("version"), f.milliseconds("uptime_ms", 0)}, nil
}

// Info is a map of the service's counters (int64) and texts, as docs/PROTOCOL.md names them.
func (c *Client) Info(ctx context.Context, options ...Option) (map[string]any, error) {
	reply, err := c.service(ctx, "info", options)
	if err != nil {
		return nil, err
	}
	info, _ := reply["info"].(map[string]any)
	return info, nil
}

// A DeviceState is what the service knows of a device.
type DeviceState struct {
	Peer        string        // udp:192.0.2.1:161
	State       string        // up, or down for at least some credentials
	Changes     int           // from up to down and back, so far
	Down        time.Duration // for how long it has been down
	Worker      int
	Sessions    int
	Queued      int
	InFlight    int
	Requests    int
	Timeouts    int           // tries that were not answered
	Failures    int           // requests that failed since the last answer
	RTT         time.Duration // smoothed; -1 where there never was an answer
	SeenAgo     time.Duration // since the last answer; -1 where there never was one
	GetNames    int           // of one GET; 0 where no end to that is known
	Repetitions int           // of its next GETBULK; 0 where nothing is known
	Quirks      []string
}

// Devices tells of devices the service knows, and how many these are in all. Limit and Sort are options for
// it.
func (c *Client) Devices(ctx context.Context,
	options ...Option) (devices []DeviceState, known int, err error) {
	reply, err := c.service(ctx, "devices", options)
	if err != nil {
		return nil, 0, err
	}
	list, _ := reply["devices"].([]any)
	for _, device := range list {
		if device, ok := device.(map[string]any); ok {
			devices = append(devices, deviceState(device))
		}
	}
	return devices, fields(reply).number("known"), nil
}

func deviceState(f fields) DeviceState {
	state := DeviceState{
		Peer: f.text("peer"), State: f.text("state"), Changes: f.number("changes"),
		Down: f.milliseconds("down_ms", 0), Worker: f.number("worker"), Sessions: f.number("sessions"),
		Queued: f.number("queued"), InFlight: f.number("in_flight"), Requests: f.number("requests"),
		Timeouts: f.number("timeouts"), Failures: f.number("failures"), RTT: -1,
		SeenAgo: f.milliseconds("seen_ms_ago", -1), GetNames: f.number("get_names"),
		Repetitions: f.number("repetitions"),
	}
	if us, ok := f["rtt_us"].(int64); ok {
		state.RTT = time.Duration(us) * time.Microsecond
	}
	quirks, _ := f["quirks"].([]any)
	for _, quirk := range quirks {
		if quirk, ok := quirk.(string); ok {
			state.Quirks = append(state.Quirks, quirk)
		}
	}
	return state
}

// fields are those of a reply. What is not there, or is of another type than it should be, counts as nothing.
type fields map[string]any

func (f fields) text(key string) string {
	text, _ := f[key].(string)
	return text
}

func (f fields) number(key string) int {
	n, _ := f[key].(int64)
	return int(n)
}

func (f fields) milliseconds(key string, none time.Duration) time.Duration {
	if ms, ok := f[key].(int64); ok {
		return time.Duration(ms) * time.Millisecond
	}
	return none
}
