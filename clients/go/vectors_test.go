package zsnmp

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	zmq "github.com/pebbe/zmq4"

	"github.com/zsnmp/zsnmp/clients/go/internal/testservice"
)

// caseMost is how long all of a case may take.
const caseMost = 30 * time.Second

// A vectorCase is a case of tests/vectors/*.json, as its README has it.
type vectorCase struct {
	Name string `json:"name"`
	Send []struct {
		Map       any      `json:"map"`
		Bytes     string   `json:"bytes"`
		Frames    []string `json:"frames"`
		Delimiter bool     `json:"delimiter"`
		After     int      `json:"after"`
	} `json:"send"`
	Replies []map[string]any `json:"replies"`
	Bodies  int              `json:"bodies"`
	Wire    bool             `json:"wire"`
	Untyped bool             `json:"untyped"`
}

func TestVectors(t *testing.T) {
	t.Parallel()
	service := testservice.Start(t)
	client := dial(t, service.Endpoint)
	results := map[string]string{}
	for _, c := range loadVectors(t, service) {
		t.Run(c.Name, func(t *testing.T) {
			// Without a deadline, which would be a key of each request.
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			defer time.AfterFunc(caseMost, cancel).Stop()
			err := runWire(c, service)
			if err == nil && !c.Wire {
				err = runCalls(ctx, c, client, requestLevel)
			}
			if err == nil && !c.Wire && !c.Untyped {
				err = runCalls(ctx, c, client, interfaceLevel)
			}
			results[c.Name] = "ok"
			if err != nil {
				results[c.Name] = err.Error()
				t.Error(err)
			}
		})
	}
	if len(results) == 0 {
		t.Fatal("no vectors were run")
	}
	writeResults(t, results)
}

func writeResults(t *testing.T, results map[string]string) {
	directory := os.Getenv("ZSNMP_VECTORS_RESULTS")
	if directory == "" {
		return
	}
	version, err := os.ReadFile(filepath.Join(testservice.Root(), "VERSION"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.MarshalIndent(map[string]any{"client": "Go", "style": "",
		"version": strings.TrimSpace(string(version)), "cases": results}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(directory, "go.json"), append(text, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

func loadVectors(t *testing.T, service *testservice.Service) (cases []vectorCase) {
	files, err := filepath.Glob(filepath.Join(service.Vectors, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		port := strconv.Itoa(service.Port)
		text = bytes.ReplaceAll(text, []byte("99999"), []byte(port))
		text = bytes.ReplaceAll(text, []byte("3939393939"), []byte(hex.EncodeToString([]byte(port))))
		var feature struct {
			Cases []vectorCase `json:"cases"`
		}
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		if err := decoder.Decode(&feature); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		cases = append(cases, feature.Cases...)
	}
	return cases
}

// --- the first level: bytes ---

func runWire(c vectorCase, service *testservice.Service) error {
	socket, err := zmq.NewSocket(zmq.DEALER)
	if err != nil {
		return err
	}
	defer socket.Close()
	if err := errors.Join(socket.SetLinger(0), socket.SetRcvtimeo(caseMost),
		socket.Connect(service.Endpoint)); err != nil {
		return err
	}
	w := &wire{socket: socket}
	for _, body := range c.Send {
		if err := w.receive(body.After); err != nil {
			return err
		}
		frames := [][]byte{unhex(body.Bytes)}
		for _, frame := range body.Frames {
			frames = append(frames, unhex(frame))
		}
		if body.Delimiter {
			frames = slices.Insert(frames, 0, []byte{})
		}
		if _, err := socket.SendMessage(frames); err != nil {
			return err
		}
	}
	if err := w.receive(len(c.Replies)); err != nil {
		return err
	}
	// A ping behind all shows that nothing else came.
	if _, err := socket.SendBytes(pingBody, 0); err != nil {
		return err
	}
	bodies := w.bodies
	if err := w.receive(len(c.Replies) + 1); err != nil {
		return err
	}
	if c.Bodies != 0 && c.Bodies != bodies {
		return fmt.Errorf("wire: %d bodies instead of %d", bodies, c.Bodies)
	}
	return judgeWire(c.Replies, w.replies)
}

type wire struct {
	socket  *zmq.Socket
	replies []map[string]any
	bodies  int
}

// receive reads until there are so many replies.
func (w *wire) receive(n int) error {
	for len(w.replies) < n {
		frames, err := w.socket.RecvMessageBytes(0)
		if err != nil {
			return fmt.Errorf("wire: %d replies instead of %d: %w", len(w.replies), n, err)
		}
		w.bodies++
		err = scan(frames[len(frames)-1], func(h header) {
			d := newDecoder(h.raw)
			defer d.release()
			value, _ := d.value(0)
			reply, _ := value.(map[string]any)
			w.replies = append(w.replies, reply)
		})
		if err != nil {
			return fmt.Errorf("wire: %w", err)
		}
	}
	return nil
}

func judgeWire(wants, replies []map[string]any) error {
	waiting := map[string][]map[string]any{}
	for _, reply := range replies {
		key := fmt.Sprintf("%#v", reply["id"])
		waiting[key] = append(waiting[key], reply)
	}
	for _, want := range wants {
		want := fromJSON(want).(map[string]any)
		key := fmt.Sprintf("%#v", want["id"])
		if len(waiting[key]) == 0 {
			return fmt.Errorf("wire: no reply for %s", key)
		}
		if err := differ(want, waiting[key][0], "wire "+key); err != nil {
			return err
		}
		waiting[key] = waiting[key][1:]
	}
	if pong := waiting["0"]; len(pong) != 1 || pong[0]["pong"] != true {
		return fmt.Errorf("wire: a reply that nobody expects: %#v", replies)
	}
	return nil
}
