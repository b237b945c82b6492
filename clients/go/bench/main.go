// Command bench compares GETs by this client with those by gosnmp, of 1,000 simulated devices: how many there
// are in a second, and what each costs in CPU time of the program and of zsnmpd.
//
//	BUILD_DIR=/…/build go run . -seconds 3
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gosnmp/gosnmp"

	zsnmp "github.com/zsnmp/zsnmp/clients/go"
	compatible "github.com/zsnmp/zsnmp/clients/go/gosnmp"
)

const (
	upTime  = "1.3.6.1.2.1.1.3.0"
	devices = 1000
)

// start runs a program for as long as the goroutine that calls it, and waits for the line that says that it
// is ready.
func start(ready string, name string, args ...string) (*exec.Cmd, string) {
	runtime.LockOSThread() // whose end is the signal
	command := exec.Command(filepath.Join(os.Getenv("BUILD_DIR"), "bin", name), args...)
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := command.StdoutPipe()
	if err != nil {
		log.Fatal(err)
	}
	command.Stderr = command.Stdout
	if err := command.Start(); err != nil {
		log.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if found := regexp.MustCompile(ready).FindStringSubmatch(lines.Text()); found != nil {
			return command, found[1]
		}
	}
	log.Fatalf("%s did not start", name)
	return nil, ""
}

// own is the CPU time of this process so far.
func own() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		log.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// of is that of another, in ticks of 10 ms.
func of(pid int) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		log.Fatal(err)
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	var ticks int
	for _, field := range fields[11:13] {
		n, err := strconv.Atoi(field)
		if err != nil {
			log.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// measure runs work in goroutines, each with devices of its own, until the time is over. Work returns its
// GETs.
func measure(name string, daemon int, length time.Duration, goroutines int, work func(first, step int) int) {
	var gets atomic.Int64
	var group sync.WaitGroup
	began, cpu, service := time.Now(), own(), of(daemon)
	for i := 0; i < goroutines; i++ {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			for time.Since(began) < length {
				gets.Add(int64(work(i, goroutines)))
			}
		}(i)
	}
	group.Wait()
	elapsed, n := time.Since(began), float64(gets.Load())
	each := func(d time.Duration) float64 { return float64(d.Microseconds()) / n }
	fmt.Printf("%-32s %8.0f GET/s %8.2f us of the program %8.2f us of zsnmpd\n", name, n/elapsed.Seconds(),
		each(own()-cpu), each(of(daemon)-service))
}

func main() {
	seconds := flag.Float64("seconds", 3, "how long each measurement takes")
	goroutines := flag.Int("goroutines", 200, "that ask at the same time")
	flag.Parse()
	length := time.Duration(*seconds * float64(time.Second))
	_, port := start(`^listening (\d+)`, "zsnmp-sim", "--port", "0")
	daemon, endpoint := start(`ready on (\S+)`, "zsnmpd", "--bind", "tcp://127.0.0.1:*")
	udp, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		log.Fatal(err)
	}
	client, err := zsnmp.Dial(endpoint)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	var peers [devices]*zsnmp.Device
	var direct [devices]*gosnmp.GoSNMP
	var through [devices]*compatible.GoSNMP
	for i := range peers {
		address := fmt.Sprintf("127.0.%d.%d", i/250, i%250+1)
		peers[i] = client.Device(address + ":" + port)
		direct[i] = &gosnmp.GoSNMP{Target: address, Port: uint16(udp), Community: "public",
			Version: gosnmp.Version2c, Timeout: time.Second, Retries: 2, MaxOids: gosnmp.MaxOids}
		through[i] = &compatible.GoSNMP{Target: address, Port: uint16(udp), Community: "public",
			Version: compatible.Version2c, Timeout: time.Second, Retries: 2, Client: client}
		if err := errors.Join(direct[i].Connect(), through[i].Connect()); err != nil {
			log.Fatal(err)
		}
	}
	ctx := context.Background()
	pid := daemon.Process.Pid
	measure("gosnmp", pid, length, *goroutines, func(first, step int) (n int) {
		for i := first; i < devices; i += step {
			if packet, err := direct[i].Get([]string{upTime}); err != nil || len(packet.Variables) != 1 {
				log.Fatalf("%v: %v", direct[i].Target, err)
			}
			n++
		}
		return n
	})
	measure("zsnmp, a Get for each", pid, length, *goroutines, func(first, step int) (n int) {
		for i := first; i < devices; i += step {
			if reply, err := peers[i].Get(ctx, upTime); err != nil || len(reply.Varbinds) != 1 {
				log.Fatal(err)
			}
			n++
		}
		return n
	})
	measure("zsnmp by way of package gosnmp", pid, length, *goroutines, func(first, step int) (n int) {
		for i := first; i < devices; i += step {
			if packet, err := through[i].Get([]string{upTime}); err != nil || len(packet.Variables) != 1 {
				log.Fatalf("%v: %v", through[i].Target, err)
			}
			n++
		}
		return n
	})
	measure("zsnmp, batches of 1,000", pid, length, 1, func(int, int) int {
		var batch zsnmp.Batch
		for _, peer := range peers {
			batch.Get(peer, upTime)
		}
		for _, result := range client.Do(ctx, &batch) {
			if result.Err != nil {
				log.Fatal(result.Err)
			}
		}
		return batch.Len()
	})
}
