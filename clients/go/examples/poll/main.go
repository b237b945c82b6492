// Command poll asks many devices for their names, and prints a table of them.
//
//	poll -endpoint tcp://127.0.0.1:7161 -community public 192.0.2.1 192.0.2.2 …
//	poll < devices.txt
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"text/tabwriter"
	"time"

	zsnmp "github.com/zsnmp/zsnmp/clients/go"
)

const (
	sysUpTime = "1.3.6.1.2.1.1.3.0"
	sysName   = "1.3.6.1.2.1.1.5.0"
	ifNumber  = "1.3.6.1.2.1.2.1.0"

	barWidth = 40
)

func main() {
	endpoint := flag.String("endpoint", "tcp://127.0.0.1:7161", "where the service is")
	community := flag.String("community", "public", "of all devices")
	limit := flag.Duration("limit", time.Minute, "how long all of it may take")
	flag.Parse()
	peers := flag.Args()
	if len(peers) == 0 {
		peers = words(os.Stdin)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, *limit)
	defer cancel()
	if err := poll(ctx, *endpoint, *community, peers); err != nil {
		fmt.Fprintln(os.Stderr, "poll:", err)
		os.Exit(1)
	}
}

func words(from io.Reader) (out []string) {
	scanner := bufio.NewScanner(from)
	scanner.Split(bufio.ScanWords)
	for scanner.Scan() {
		out = append(out, scanner.Text())
	}
	return out
}

func poll(ctx context.Context, endpoint, community string, peers []string) error {
	client, err := zsnmp.Dial(endpoint)
	if err != nil {
		return err
	}
	defer client.Close()
	var batch zsnmp.Batch
	for _, peer := range peers {
		device := client.Device(peer, zsnmp.Community(community), zsnmp.Timing(true))
		batch.Get(device, sysName, sysUpTime, ifNumber)
	}
	results := make([]zsnmp.Result, batch.Len())
	done := 0
	client.DoFunc(ctx, &batch, func(i int, reply *zsnmp.Reply, err error) {
		results[i] = zsnmp.Result{Reply: reply, Err: err}
		done++
		progress(done, len(results))
	})
	return table(os.Stdout, peers, results)
}

// progress draws a bar on a terminal, and nothing elsewhere.
func progress(done, all int) {
	info, err := os.Stderr.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return
	}
	full := barWidth * done / all
	fmt.Fprintf(os.Stderr, "\r[%s%s] %d of %d", strings.Repeat("#", full), strings.Repeat(".", barWidth-full),
		done, all)
	if done == all {
		fmt.Fprintln(os.Stderr)
	}
}

func table(to io.Writer, peers []string, results []zsnmp.Result) error {
	out := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "PEER\tNAME\tUP\tINTERFACES\tRTT")
	failed := 0
	for i, result := range results {
		if result.Err != nil {
			failed++
			fmt.Fprintf(out, "%s\t%v\n", peers[i], result.Err)
			continue
		}
		name, _ := result.Reply.Lookup(sysName)
		ticks, _ := result.Reply.Lookup(sysUpTime)
		interfaces, _ := result.Reply.Lookup(ifNumber)
		hundredths, _ := ticks.Uint()
		up := time.Duration(hundredths) * 10 * time.Millisecond
		fmt.Fprintf(out, "%s\t%s\t%v\t%v\t%v\n", peers[i], name, up.Truncate(time.Minute), interfaces,
			result.Reply.RTT)
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d devices failed", failed, len(peers))
	}
	return nil
}
