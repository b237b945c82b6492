// GETs and walks with gosnmp, as its documentation has it: a GoSNMP for each device, connected once
// and kept, and as many goroutines as there are requests in flight.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gosnmp/gosnmp"
)

const (
	upTime  = "1.3.6.1.2.1.1.3.0"
	ifTable = "1.3.6.1.2.1.2.2"
	version = "1.38.0"
)

type result struct {
	Name     string  `json:"name"`
	Version  string  `json:"version"`
	Ops      int64   `json:"ops"`
	Varbinds int64   `json:"varbinds"`
	Errors   int64   `json:"errors"`
	Elapsed  float64 `json:"elapsed_s"`
	CPU      float64 `json:"cpu_s"`
	P50      float64 `json:"p50_us"`
	P99      float64 `json:"p99_us"`
	RSS      int64   `json:"rss_kb"`
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "gosnmp:", err)
	os.Exit(1)
}

func addresses(path string) []string {
	file, err := os.Open(path)
	if err != nil {
		fail(err)
	}
	defer file.Close()
	var out []string
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if line := strings.TrimSpace(lines.Text()); line != "" {
			out = append(out, line)
		}
	}
	return out
}

func usage() (cpu float64, rss int64) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		fail(err)
	}
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return seconds(u.Utime) + seconds(u.Stime), u.Maxrss
}

// One operation: how many varbinds came.
func one(device *gosnmp.GoSNMP, walk bool) (int64, error) {
	if !walk {
		packet, err := device.Get([]string{upTime})
		if err != nil || len(packet.Variables) != 1 || packet.Variables[0].Type != gosnmp.TimeTicks {
			return 0, fmt.Errorf("no value: %v", err)
		}
		return 1, nil
	}
	var rows int64
	err := device.BulkWalk(ifTable, func(gosnmp.SnmpPDU) error { rows++; return nil })
	if err == nil && rows == 0 {
		err = fmt.Errorf("an empty table")
	}
	return rows, err
}

func main() {
	port := flag.Int("port", 0, "")
	path := flag.String("addresses", "", "")
	op := flag.String("op", "get", "")
	total := flag.Int64("total", 1000, "")
	concurrency := flag.Int("concurrency", 1, "")
	timeout := flag.Int("timeout-ms", 1000, "")
	flag.Parse()
	var devices []*gosnmp.GoSNMP
	for _, address := range addresses(*path) {
		device := &gosnmp.GoSNMP{Target: address, Port: uint16(*port), Community: "public",
			Version: gosnmp.Version2c, Timeout: time.Duration(*timeout) * time.Millisecond, Retries: 2,
			MaxOids: gosnmp.MaxOids, MaxRepetitions: 50}
		if err := device.Connect(); err != nil {
			fail(err)
		}
		devices = append(devices, device)
	}
	// Each goroutine has devices of its own: a GoSNMP is not to be shared.
	if *concurrency > len(devices) {
		*concurrency = len(devices)
	}
	var taken, varbinds, errors atomic.Int64
	latencies := make([][]float64, *concurrency)
	before, _ := usage()
	start := time.Now()
	var group sync.WaitGroup
	for i := 0; i < *concurrency; i++ {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			for at := i; taken.Add(1) <= *total; at += *concurrency {
				if at >= len(devices) {
					at = i
				}
				began := time.Now()
				n, err := one(devices[at], *op == "walk")
				if err != nil {
					errors.Add(1)
				}
				varbinds.Add(n)
				latencies[i] = append(latencies[i], float64(time.Since(began).Microseconds()))
			}
		}(i)
	}
	group.Wait()
	elapsed := time.Since(start).Seconds()
	after, rss := usage()
	var all []float64
	for _, some := range latencies {
		all = append(all, some...)
	}
	sort.Float64s(all)
	out, err := json.Marshal(result{"gosnmp", version, *total, varbinds.Load(), errors.Load(), elapsed,
		after - before, all[len(all)/2], all[len(all)*99/100], rss})
	if err != nil {
		fail(err)
	}
	fmt.Println(string(out))
}
