package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/tierwatch/tierwatch/cmd/internal/headroom"
)

// reading are the samples that a process shows at /metrics, by name and labels as
// they stand there.
type reading map[string]float64

// parseReading reads the text format; lines that are no samples are passed over.
func parseReading(text io.Reader) (reading, error) {
	r := reading{}
	lines := bufio.NewScanner(text)
	for lines.Scan() {
		line := lines.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		// A label's value may hold blanks, and a time may stand behind the value.
		name, rest := line, ""
		if end := strings.LastIndexByte(line, '}'); end >= 0 {
			name, rest = line[:end+1], line[end+1:]
		} else if at := strings.IndexByte(line, ' '); at >= 0 {
			name, rest = line[:at], line[at:]
		}
		fields := strings.Fields(rest)
		if len(fields) == 0 {
			return nil, fmt.Errorf("read metrics: %q has no value", line)
		}
		v, err := strconv.ParseFloat(fields[0], 64)
		if err != nil {
			return nil, fmt.Errorf("read metrics: %q: %w", line, err)
		}
		r[name] = v
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read metrics: %w", err)
	}
	return r, nil
}

// sum adds a metric up over all labels.
func (r reading) sum(name string) (sum float64) {
	for key, v := range r {
		if metric, _, _ := strings.Cut(key, "{"); metric == name {
			sum += v
		}
	}
	return sum
}

// alive is what of the process's heap its last collection found in use: it collects when
// the heap has doubled (nobody sets GOGC), and headroom is in use and never touched.
func (r reading) alive() int64 {
	return max(0, int64(r.sum("go_memstats_next_gc_bytes"))/2-headroom.Bytes)
}

// by adds a metric up by the value of a label; what has no such label is under "".
func (r reading) by(name, label string) map[string]float64 {
	all := map[string]float64{}
	for key, v := range r {
		metric, labels, _ := strings.Cut(key, "{")
		if metric != name {
			continue
		}
		value := ""
		for at := range strings.SplitSeq(strings.TrimSuffix(labels, "}"), ",") {
			if text, ok := strings.CutPrefix(at, label+"="); ok {
				value = strings.Trim(text, `"`)
			}
		}
		all[value] += v
	}
	return all
}

// byPartition is a metric of the partitions that a process holds.
func (r reading) byPartition(name string) map[int32]float64 {
	all := map[int32]float64{}
	for value, v := range r.by(name, "partition") {
		if p, err := strconv.ParseInt(value, 10, 32); err == nil {
			all[int32(p)] = v
		}
	}
	return all
}

// scrape asks a process for its metrics.
func scrape(ctx context.Context, addr string) (reading, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/metrics", http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("ask for metrics: %w", err)
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask for metrics: %w", err)
	}
	defer func() { _ = answer.Body.Close() }() // it was read
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ask for metrics: %s", answer.Status)
	}
	return parseReading(answer.Body)
}
