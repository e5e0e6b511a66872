package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tierwatch/tierwatch/cmd/internal/headroom"
)

const mib = 1 << 20

// held is what docs/reliability.md promises that a role holds at most of a backlog, MiB.
var held = map[string]int64{
	// Eight batches of 8,192 records of at most some 400 B, 64 MiB written and not
	// acknowledged, 50 MiB fetched.
	"ingest": 8*8192*400/mib + 64 + 50,
	// One poll and a slice, 32 MiB said ahead, 50 MiB fetched.
	"fold": 8192*400/mib + 1 + 32 + 50,
	// One batch that fills and one on its way, each with room for as much again and what
	// one poll adds, a copy of what is on its way, and 8 MiB fetched that are seven times
	// as much unpacked.
	"warehouse": 2*(2*32+8) + 40 + 7*8,
}

// peak is the most memory that a process had, and what it keeps of customers.
type peak struct {
	name string
	// resident is the most the system gave it, kept what the collector found alive when
	// it had caught up.
	resident, kept int64
}

// bound is what a process may take for what it holds and keeps: the collector lets a
// heap double before it collects, headroom is live to it and never touched, and program,
// stacks and metrics take some 64 MiB.
func (p peak) bound() int64 {
	role, _, _ := strings.Cut(p.name, "-")
	return 2*(p.kept+held[role]*mib) + headroom.Bytes + 64*mib
}

// watchPeaks begins to look at processes; the function it returns ends that and gives
// the most that each of them has had in its life.
func (b *catchup) watchPeaks(ctx context.Context, names ...string) func() []peak {
	ctx, end := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		for largest := int64(0); until(ctx, time.Now().Add(lookEvery)); {
			for _, name := range names {
				now := processMemory(b.crew.Members[name].PID())
				if name == warehouseMember && b.profiles != "" && now > largest+largest/20 {
					largest = now
					if err := b.profile(ctx, name); err != nil {
						say("no profile: %v", err)
					}
				}
			}
		}
	})
	return func() (list []peak) {
		end()
		wg.Wait()
		for _, name := range names {
			p := peak{name: name, resident: processPeak(b.crew.Members[name].PID())}
			if role, _, _ := strings.Cut(name, "-"); role == "fold" {
				p.kept = b.alive(name)
			}
			list = append(list, p)
		}
		return list
	}
}

// alive is what of a process's heap is in use, after a collection; 0 if it does not tell.
func (b *catchup) alive(name string) int64 {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := b.ask(ctx, name, "/debug/pprof/heap?gc=1", io.Discard); err != nil {
		return 0
	}
	m, err := scrape(ctx, b.http[name])
	if err != nil {
		return 0
	}
	return m.alive()
}

// profile writes down what is in a process's heap.
func (b *catchup) profile(ctx context.Context, name string) error {
	file, err := os.Create(b.profiles)
	if err != nil {
		return fmt.Errorf("write profile: %w", err)
	}
	return errors.Join(b.ask(ctx, name, "/debug/pprof/heap", file), file.Close())
}

// ask gets a page of a process.
func (b *catchup) ask(ctx context.Context, name, page string, to io.Writer) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+b.http[name]+page, http.NoBody)
	if err != nil {
		return fmt.Errorf("ask %s: %w", name, err)
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("ask %s: %w", name, err)
	}
	defer func() { _ = answer.Body.Close() }() // it was read
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("ask %s for %s: %s", name, page, answer.Status)
	}
	if _, err := io.Copy(to, answer.Body); err != nil {
		return fmt.Errorf("ask %s: %w", name, err)
	}
	return nil
}

// processPeak is the most memory that a process has had, bytes; 0 where it cannot be told.
func processPeak(pid int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	return peakOf(string(text))
}

// peakOf reads what /proc/PID/status holds.
func peakOf(status string) int64 {
	for line := range strings.Lines(status) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64) // 0 of what is none
			return kb << 10
		}
	}
	return 0
}

// judge tells the peaks, and fails if one is higher than what is promised.
func (b *catchup) judge() error {
	var over []string
	for _, p := range b.peaks {
		note := fmt.Sprintf("at most %s MB: %s", grouped(p.bound()/mb), kept(p.resident <= p.bound()))
		if p.kept > 0 {
			note += fmt.Sprintf("; %s MB are its customers", grouped(p.kept/mb))
		}
		b.table.add("most memory of "+p.name, grouped(p.resident/mb)+" MB", note)
		if p.resident > p.bound() {
			over = append(over, fmt.Sprintf("%s took %s MB, at most %s are promised", p.name, grouped(p.resident/mb), grouped(p.bound()/mb)))
		}
	}
	if len(over) > 0 {
		return errors.New(strings.Join(over, "; "))
	}
	return nil
}
