package zsnmp

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"sync"
	"time"
)

// --- the levels above: calls ---

// A level does the messages of a body, and tells what is wrong with what comes back.
type level func(ctx context.Context, client *Client, messages, wants []map[string]any) error

func runCalls(ctx context.Context, c vectorCase, client *Client, run level) error {
	wants := gathered(c.Replies)
	for at := 0; at < len(c.Send); {
		var group sync.WaitGroup
		var failures [64]error
		// Bodies are sent together until one is to come after a reply.
		for first := at; at < len(c.Send) && (at == first || c.Send[at].After == 0); at++ {
			messages := messagesOf(c.Send[at].Map)
			expected := make([]map[string]any, len(messages))
			for i, message := range messages {
				expected[i] = wants[fmt.Sprint(message["id"])]
				delete(message, "id")
			}
			failure := &failures[at-first]
			group.Add(1)
			go func() {
				defer group.Done()
				*failure = run(ctx, client, messages, expected)
			}()
		}
		group.Wait()
		if err := errors.Join(failures[:]...); err != nil {
			return err
		}
	}
	return nil
}

func messagesOf(body any) (messages []map[string]any) {
	switch body := fromJSON(body).(type) {
	case map[string]any:
		return []map[string]any{body}
	case []any:
		for _, message := range body {
			messages = append(messages, message.(map[string]any))
		}
	}
	return messages
}

// gathered puts the parts of replies together, by their ids and without these.
func gathered(replies []map[string]any) map[string]map[string]any {
	out := map[string]map[string]any{}
	for _, reply := range replies {
		reply := fromJSON(reply).(map[string]any)
		id := fmt.Sprint(reply["id"])
		delete(reply, "id")
		if before, ok := out[id]; ok {
			last := reply["varbinds"]
			if optional, ok := last.(may); ok {
				last = optional.value
			}
			if rows := joined(before["varbinds"], last); rows != nil {
				reply["varbinds"] = rows
			}
		}
		out[id] = reply
	}
	return out
}

func requestLevel(ctx context.Context, client *Client, messages, wants []map[string]any) error {
	for i, message := range messages {
		reply, err := client.Request(ctx, message)
		if err := differError(wants[i]["error"], err, "request"); err != nil {
			return err
		}
		if err := differ(wants[i], reply, "request"); err != nil {
			return err
		}
	}
	return nil
}

func differError(want any, err error, where string) error {
	if want == nil {
		return err
	}
	var e *Error
	if !errors.As(err, &e) {
		return fmt.Errorf("%s: %#v instead of an error", where, err)
	}
	return differ(want, map[string]any{"code": int64(e.Code), "name": e.Name, "message": e.Message,
		"index": int64(e.Index), "retryable": e.Retryable, "sent": e.Sent}, where+" error")
}

func interfaceLevel(ctx context.Context, client *Client, messages, wants []map[string]any) error {
	if len(messages) > 1 {
		return batchLevel(ctx, client, messages, wants)
	}
	message, want := messages[0], wants[0]
	switch message["op"] {
	case "ping":
		pong, err := client.Ping(ctx, optionsOf(message)...)
		if want["error"] != nil {
			return differError(want["error"], err, "Ping")
		}
		return errors.Join(err, differ(want, map[string]any{"pong": true, "protocol": pong.Protocol,
			"version": pong.Version, "uptime_ms": pong.Uptime.Milliseconds()}, "Ping"))
	case "info":
		info, err := client.Info(ctx, optionsOf(message)...)
		if want["error"] != nil {
			return differError(want["error"], err, "Info")
		}
		return errors.Join(err, differ(want, map[string]any{"info": info}, "Info"))
	case "devices":
		devices, known, err := client.Devices(ctx, optionsOf(message)...)
		if want["error"] == nil && (err != nil || known < len(devices) || len(devices) == 0) {
			return fmt.Errorf("Devices: %v, %d, %v", devices, known, err)
		}
		return differError(want["error"], err, "Devices")
	}
	if message["op"] == "walk" && message["stream"] != nil {
		return rowsLevel(ctx, client, message, want)
	}
	device, oids, settings := typed(client, message)
	var reply *Reply
	var err error
	switch message["op"] {
	case "get":
		reply, err = device.Get(ctx, oids...)
	case "get_next":
		reply, err = device.GetNext(ctx, oids...)
	case "get_bulk":
		reply, err = device.GetBulk(ctx, oids...)
	case "walk":
		reply, err = device.WalkAll(ctx, oids...)
	case "set":
		reply, err = device.Set(ctx, settings...)
	default:
		return fmt.Errorf("an operation that the interface lacks: %v", message["op"])
	}
	return differReply(message, want, reply, err)
}

func batchLevel(ctx context.Context, client *Client, messages, wants []map[string]any) error {
	var batch Batch
	for _, message := range messages {
		device, oids, settings := typed(client, message)
		switch message["op"] {
		case "get":
			batch.Get(device, oids...)
		case "get_next":
			batch.GetNext(device, oids...)
		case "get_bulk":
			batch.GetBulk(device, oids...)
		case "walk":
			batch.WalkAll(device, oids...)
		case "set":
			batch.Set(device, settings...)
		default:
			return requestLevel(ctx, client, messages, wants)
		}
	}
	for i, result := range client.Do(ctx, &batch) {
		if err := differReply(messages[i], wants[i], result.Reply, result.Err); err != nil {
			return err
		}
	}
	return nil
}

func rowsLevel(ctx context.Context, client *Client, message, want map[string]any) error {
	device, oids, _ := typed(client, message)
	rows := device.Rows(ctx, oids...)
	defer rows.Close()
	reply := &Reply{}
	for rows.Next() {
		reply.Varbinds = append(reply.Varbinds, rows.Varbind())
	}
	end := rows.Reply()
	end.Varbinds = reply.Varbinds
	var e *Error
	if errors.As(rows.Err(), &e) {
		if e.Kind() == ErrWalk {
			return differReply(message, want, &end, nil)
		}
		e.Varbinds = end.Varbinds
	}
	return differReply(message, want, &end, rows.Err())
}

// typed makes the same of a message as a program would write.
func typed(client *Client, message map[string]any) (device *Device, oids []string, settings []Setting) {
	rest := maps.Clone(message)
	list, _ := message["oids"].([]any)
	for _, oid := range list {
		switch oid := oid.(type) {
		case string:
			oids = append(oids, oid)
		case []any:
			oids = append(oids, strings.Trim(strings.ReplaceAll(fmt.Sprint(oid), " ", "."), "[]"))
		}
	}
	if len(oids) == len(list) && len(list) > 0 && message["op"] != "set" {
		delete(rest, "oids")
	}
	list, _ = message["set"].([]any)
	for _, setting := range list {
		setting, ok := setting.([]any)
		if !ok || len(setting) != 3 {
			break
		}
		oid, isText := setting[0].(string)
		letter, isLetter := setting[1].(string)
		if isText && isLetter {
			settings = append(settings, Setting{oid, letter, setting[2]})
		}
	}
	if len(settings) == len(list) && len(list) > 0 && message["op"] == "set" {
		delete(rest, "set")
	}
	peer, isText := message["peer"].(string)
	if isText {
		delete(rest, "peer")
	}
	return client.Device(peer, optionsOf(rest)...), oids, settings
}

var typedOptions = map[string]any{
	"version": Version, "community": Community, "user": User, "auth_proto": AuthProto, "auth_pass": AuthPass,
	"auth_key": AuthKey, "priv_proto": PrivProto, "priv_pass": PrivPass, "priv_key": PrivKey, "level": Level,
	"engine_id": EngineID, "context": Context, "context_engine_id": ContextEngineID,
	"non_repeaters": NonRepeaters, "max_repetitions": MaxRepetitions, "bulk": Bulk, "limit": Limit,
	"stream": Stream, "form": Form, "exceptions": Exceptions, "timing": Timing, "timeout_ms": Timeout,
	"retries": Retries, "deadline_ms": Deadline, "priority": Priority, "device_window": DeviceWindow,
	"device_queue_max": DeviceQueueMax, "device_interval_ms": DeviceInterval, "sort": Sort,
}

// optionsOf uses the function of a key where its value has the type for it.
func optionsOf(message map[string]any) (options []Option) {
	for key, value := range message {
		if key == "op" {
			continue
		}
		option := Param(key, value)
		switch make := typedOptions[key].(type) {
		case func(string) Option:
			if text, ok := value.(string); ok {
				option = make(text)
			}
		case func([]byte) Option:
			if raw, ok := value.([]byte); ok {
				option = make(raw)
			}
		case func(bool) Option:
			if flag, ok := value.(bool); ok {
				option = make(flag)
			}
		case func(int) Option:
			if n, ok := value.(int64); ok {
				option = make(int(n))
			}
		case func(time.Duration) Option:
			if ms, ok := value.(int64); ok {
				option = make(time.Duration(ms) * time.Millisecond)
			}
		}
		options = append(options, option)
	}
	return options
}

// differReply holds what a call returned against a reply of the protocol.
func differReply(message, want map[string]any, reply *Reply, err error) error {
	if err := differError(want["error"], err, "interface"); err != nil {
		return err
	}
	var e *Error
	if errors.As(err, &e) {
		reply = &e.Reply
	}
	expected := maps.Clone(want)
	delete(expected, "error")
	delete(expected, "more")
	return differ(expected, asProtocol(message, expected, reply), "interface")
}

// asProtocol writes a Reply as the map that it was; what is empty counts as missing where that is expected.
func asProtocol(message, want map[string]any, reply *Reply) map[string]any {
	out := map[string]any{"peer": reply.Peer, "varbinds": asForm(message, want["varbinds"], reply.Varbinds),
		"complete": reply.Complete, "stop": reply.Stop, "rtt_us": reply.RTT.Microseconds(),
		"tries": int64(reply.Tries)}
	quirks := []any{}
	for _, quirk := range reply.Quirks {
		quirks = append(quirks, quirk)
	}
	out["quirks"] = quirks
	next := []any{}
	for _, place := range reply.Next {
		if place == "" {
			next = append(next, nil)
		} else {
			next = append(next, place)
		}
	}
	out["next"] = next
	if _, isList := want["next"].([]any); !isList && len(next) == 1 {
		out["next"] = next[0]
	}
	for key, value := range out {
		_, there := want[key]
		_, optional := want[key].(may)
		if (!there || optional) && isEmpty(value) {
			delete(out, key)
		}
	}
	return out
}

func isEmpty(value any) bool {
	v := reflect.ValueOf(value)
	return v.IsZero() || (v.Kind() == reflect.Slice || v.Kind() == reflect.Map) && v.Len() == 0
}

// asForm writes varbinds in the form that was asked for, and without saying so in maps.
func asForm(message map[string]any, want any, varbinds []Varbind) any {
	if message["form"] == "list" {
		list := []any{}
		for _, v := range varbinds {
			list = append(list, []any{v.OID, int64(v.Type), plain(v.Value)})
		}
		return list
	}
	m := map[string]any{}
	for _, v := range varbinds {
		m[v.OID] = plain(v.Value)
		if message["exceptions"] == true && !v.Exists() {
			m[v.OID] = v.Type
		}
	}
	return m
}

// plain is a value as Client.Request has it, which knows no types.
func plain(value any) any {
	if n, ok := value.(uint64); ok && n <= 1<<63-1 {
		return int64(n)
	}
	return value
}
