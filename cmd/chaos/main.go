package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/tierwatch/tierwatch/deploy/embedded"
)

// say tells on standard error what goes on.
func say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%s "+format+"\n", append([]any{time.Now().Format(time.TimeOnly)}, args...)...)
}

// options are the flags.
type options struct {
	seed      uint64
	duration  time.Duration
	customers int
	idle      int
	day       time.Duration
	kafka     int
	protocol  string
	volleys   time.Duration
	consult   int
	program   string
	out       string
	keep      bool
	plan      bool
	sum       bool
	files     []string
}

func parse(args []string) (options, error) {
	var o options
	f := flag.NewFlagSet("chaos", flag.ContinueOnError)
	f.Uint64Var(&o.seed, "seed", 1, "draws the faults and the bank")
	f.DurationVar(&o.duration, "duration", 60*time.Second, "of load and faults")
	f.IntVar(&o.customers, "customers", 300, "of the bank")
	f.IntVar(&o.idle, "idle", 4800, "further customers, of whom there is a booking now and then")
	f.DurationVar(&o.day, "day", 1500*time.Millisecond, "length of a business day")
	f.IntVar(&o.kafka, "kafka", 0, "nodes of Apache Kafka, 1 or 3, instead of the embedded broker")
	f.StringVar(&o.protocol, "protocol", "classic", "fold.group_protocol: classic, or consumer with Apache Kafka")
	f.DurationVar(&o.volleys, "volleys", 0, "between volleys, in which most of the roles' processes are killed at once; 0 for none")
	f.IntVar(&o.consult, "consult", 16, "customers of each partition that the oracle judges, which takes its time; 0 for all")
	f.StringVar(&o.program, "program", "bin/tierwatch", "the program under test")
	f.StringVar(&o.out, "out", "", "report file (chaos-SEED.json in the directory for temporary files)")
	f.BoolVar(&o.keep, "keep", false, "keep data and logs of the processes when nothing is wrong, too")
	f.BoolVar(&o.plan, "plan", false, "print the faults of the seed, and run nothing")
	f.BoolVar(&o.sum, "sum", false, "add the report files named up, and run nothing")
	if err := f.Parse(args); err != nil {
		return o, fmt.Errorf("read flags: %w", err)
	}
	o.files = f.Args()
	if err := o.check(); err != nil {
		return o, err
	}
	if o.out == "" {
		o.out = filepath.Join(os.TempDir(), fmt.Sprintf("chaos-%d.json", o.seed))
	}
	var err error
	if o.program, err = filepath.Abs(o.program); err != nil {
		return o, fmt.Errorf("program: %w", err)
	}
	return o, nil
}

// check fails with the first flag whose value cannot be.
func (o *options) check() error {
	switch {
	case o.duration < 5*time.Second:
		return fmt.Errorf("-duration %s: must be at least 5s", o.duration)
	case o.customers < 1:
		return fmt.Errorf("-customers %d: must be at least 1", o.customers)
	case o.idle < 0:
		return fmt.Errorf("-idle %d: must be at least 0", o.idle)
	case o.day < 500*time.Millisecond:
		return fmt.Errorf("-day %s: must be at least 500ms", o.day)
	case o.kafka != 0 && o.kafka != 1 && o.kafka != 3:
		return fmt.Errorf("-kafka %d: must be 1 or 3 nodes, or 0 for the embedded broker", o.kafka)
	case o.protocol != "classic" && o.protocol != "consumer":
		return fmt.Errorf("-protocol %s: must be classic or consumer", o.protocol)
	case o.protocol == "consumer" && o.kafka == 0:
		return errors.New("-protocol consumer: needs -kafka 1 or 3")
	case o.volleys != 0 && o.volleys < time.Second:
		return fmt.Errorf("-volleys %s: must be 0 or at least 1s", o.volleys)
	case o.consult < 0:
		return fmt.Errorf("-consult %d: must be 0 for all customers, or more", o.consult)
	}
	return nil
}

// reformAfter is how many days after the first the second version of the policy is published.
func (o *options) reformAfter() int32 { return int32(o.duration/o.day) / 2 } //nolint:gosec // days of a run

// scene is what the faults are drawn for.
func (o *options) scene() scene {
	s := scene{brokers: brokerNames(o.kafka), volleys: o.volleys, reform: time.Duration(o.reformAfter()) * o.day}
	if o.kafka > 0 {
		s.comeback = javaStart
	}
	return s
}

func main() {
	if handled, code := embedded.ChildMain(os.Args); handled {
		os.Exit(code)
	}
	os.Exit(chaos(os.Args[1:]))
}

// chaos returns the exit code.
func chaos(args []string) int {
	o, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		return 2
	}
	if o.plan {
		for _, f := range draw(o.seed, o.duration, o.scene()) {
			fmt.Println(f)
		}
		return 0
	}
	if o.sum {
		if err := sum(os.Stdout, o.files); err != nil {
			fmt.Fprintln(os.Stderr, "chaos:", err)
			return 1
		}
		return 0
	}
	ctx, end := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer end()
	return tell(run(ctx, o), o.out)
}

// tell writes the report into a file and its essence on standard output, and returns the
// exit code: 1 also where the file cannot be written.
func tell(r *report, path string) int {
	unwritten := r.write(path)
	if unwritten != nil {
		fmt.Fprintln(os.Stderr, "chaos:", unwritten)
	}
	for _, d := range r.First {
		fmt.Println(d)
	}
	fmt.Println(r.summary())
	if unwritten != nil || !r.sound() && !r.skipped() {
		return 1
	}
	return 0
}
