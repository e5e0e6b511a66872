package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/tierwatch/tierwatch/cmd/internal/headroom"
	"github.com/tierwatch/tierwatch/deploy/embedded"
)

// scale multiplies customers and events: see doc.go.
type scale float64

func (s scale) of(n int) int { return max(1, int(float64(s)*float64(n))) }

func readScale() (scale, error) {
	text := os.Getenv("BENCH_SCALE")
	if text == "" {
		return 1, nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f <= 0 || f > 100 {
		return 0, fmt.Errorf("BENCH_SCALE is %q: give a number above 0, at most 100", text)
	}
	return scale(f), nil
}

// say tells on standard error what goes on.
func say(format string, args ...any) { fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...) }

// measurement is one part of the table.
type measurement struct {
	name string
	// asked: it takes long, and is made only if it is named.
	asked bool
	// brokers: it is made on the embedded broker and, with -kafka, on Apache Kafka.
	brokers bool
	run     func(args []string, s scale, t *table) error
}

func measurements() []measurement {
	return []measurement{
		{name: "fold", run: func(args []string, s scale, t *table) error {
			b, err := parseFold(args, s)
			if err != nil {
				return err
			}
			return b.run(t)
		}},
		{name: "restore", run: func(args []string, s scale, t *table) error {
			b, err := parseRestore(args, s)
			if err != nil {
				return err
			}
			return b.run(t)
		}},
		{name: "whole", brokers: true, run: func(args []string, s scale, t *table) error {
			b, err := parseWhole(args, s)
			if err != nil {
				return err
			}
			return b.run(t)
		}},
		{name: "latency", asked: true, run: runSteady("latency")},
		{name: "endurance", asked: true, run: runSteady("endurance")},
		{name: "catchup", asked: true, run: func(args []string, s scale, t *table) error {
			b, err := parseCatchUp(args, s)
			if err != nil {
				return err
			}
			return b.run(t)
		}},
		{name: "scale", asked: true, run: func(args []string, s scale, t *table) error {
			b, err := parseScale(args, s)
			if err != nil {
				return err
			}
			return b.run(t)
		}},
		{name: "peer", asked: true, run: func(args []string, s scale, t *table) error {
			b, err := parsePeer(args, s)
			if err != nil {
				return err
			}
			return b.run(t)
		}},
		{name: "peer-fold", asked: true, run: func(args []string, s scale, t *table) error {
			b, err := parsePeerFold(args, s)
			if err != nil {
				return err
			}
			return b.run(t)
		}},
	}
}

// runSteady is latency or endurance: a run at a steady rate.
func runSteady(name string) func(args []string, s scale, t *table) error {
	return func(args []string, s scale, t *table) error {
		b, err := parseSteady(name, args, s)
		if err != nil {
			return err
		}
		return b.run(t)
	}
}

func main() {
	if handled, code := embedded.ChildMain(os.Args); handled {
		os.Exit(code)
	}
	release := headroom.Keep() // as the program does
	err := run(os.Args[1:])
	release()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// onKafka, in place of a name, asks for all measurements, those of a broker on Apache
// Kafka too.
const onKafka = "-kafka"

// run does the named measurement, or all of them.
func run(args []string) error {
	s, err := readScale()
	if err != nil {
		return err
	}
	var t table
	if len(args) == 0 || len(args) == 1 && args[0] == onKafka {
		if err := runAll(len(args) == 1, s, &t); err != nil {
			return err
		}
		return t.print(os.Stdout)
	}
	var known []string
	for _, m := range measurements() {
		known = append(known, m.name)
		if args[0] == m.name {
			err := m.run(args[1:], s, &t)
			if err != nil { // what was measured is told all the same
				err = fmt.Errorf("measure %s: %w", m.name, err)
			}
			return errors.Join(t.print(os.Stdout), err)
		}
	}
	return fmt.Errorf("no measurement is called %q: there are %s", args[0], strings.Join(known, ", "))
}

// runAll does all measurements that need not be asked for.
func runAll(apache bool, s scale, t *table) error {
	for _, m := range measurements() {
		if m.asked {
			continue
		}
		turns := [][]string{nil}
		if apache && m.brokers {
			turns = append(turns, []string{onKafka})
		}
		for _, args := range turns {
			if err := m.run(args, s, t); err != nil {
				return fmt.Errorf("measure %s: %w", strings.Join(append([]string{m.name}, args...), " "), err)
			}
		}
	}
	return nil
}
