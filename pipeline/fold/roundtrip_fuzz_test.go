package fold_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tierwatch/tierwatch/pipeline/day"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	"github.com/tierwatch/tierwatch/pipeline/oracle/gen"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// FuzzSavedAndRestored: whatever the log, what was saved bit by bit is what a partition
// that is restored from it would save, byte for byte; and folding on, both say and save
// the same.
func FuzzSavedAndRestored(f *testing.F) {
	policy, err := os.ReadFile("../../deploy/examples/demo/policy.yaml")
	if err != nil {
		f.Fatal(err)
	}
	// Alerts that wait for hours, so that there are timers.
	first := strings.Replace(string(policy), "MISS_PROJECTED:            {cooldown: 7d}", "MISS_PROJECTED: {cooldown: 7d, hold: 2h, dwell: 3h}", 1)
	policies := [2]string{first, strings.Replace(first, "version: 1", "version: 2", 1)}
	for seed := range byte(12) {
		acts := make([]byte, 250*actBytes)
		_, _ = rand.NewChaCha8([32]byte{seed}).Read(acts) // never fails
		f.Add(acts, uint16(seed)*100, seed%7, seed%3)
	}
	f.Fuzz(func(t *testing.T, acts []byte, cut uint16, every, chunk byte) {
		var log [][]byte
		for _, r := range logOf(acts, policies).Records {
			v, err := r.MarshalVT()
			if err != nil {
				t.Fatal(err)
			}
			log = append(log, v)
		}
		savedAndRestored(t, log, 1+int(cut)%len(log), 1+int(every), 1+int(chunk))
	})
}

// An act of a log is so many bytes: what, who, when and how much.
const actBytes = 4

// mostDays is how long a log may be: entries are forgotten within it.
const mostDays = 700

// logOf makes acts of bytes: bookings on time, late, repeated, reversed; what else is told
// of a customer; and days that pass.
func logOf(acts []byte, policies [2]string) *gen.Log {
	l := &gen.Log{}
	start := gen.Day("2025-01-01")
	l.Begin(policies[0], start)
	d, booked, second := start, 0, false
	pass := func(days int32) {
		for ; days > 0 && d < start+mostDays; days-- {
			l.Close(d)
			d++
			l.Tick(d)
		}
	}
	for ; len(acts) >= actBytes; acts = acts[actBytes:] {
		what, who, when, much := acts[0]%32, acts[1], acts[2], int64(acts[3])
		customer := fmt.Sprintf("C%d", who%4)
		account, at := fmt.Sprintf("%sA%d", customer, who/4%2), int64(d)*86400+int64(when)*300
		switch what {
		default:
			booked++
			l.Book(customer, account, d-[8]int32{0, 0, 0, 0, 1, 3, 40, 100}[when%8], (much-90)*2_000_00)
		case 18, 19:
			booked++
			l.Book(customer, account, d, much*100, gen.Reverses(fmt.Sprintf("t%d", max(1, booked-int(when)%8)), pb.ReversalKind(1+much%2)))
		case 20:
			l.Add(l.Records[len(l.Records)-1-int(much)%len(l.Records)/4])
		case 21:
			l.Balance(customer, account, d-1, much*1_000_00)
		case 22:
			l.Seed(customer, "card", [4]string{"mass", "gold", "platinum", "diamond"}[much%4], d-int32(when), uint32(much%3), d+int32(when%90))
		case 23:
			l.Override(customer, "card", "gold", d, d+int32(much))
		case 24:
			l.Rate(d, "USD", (1+much)*1e12)
		case 25:
			booked++
			l.Book(customer, customer+"F", d, much*100, gen.InUnit(pb.AccountType_FUND, "FND1", much*7))
			l.Rate(d, "FND1", (1+much)*1e11)
		case 26:
			l.Add(&pb.LogRecord{Rm: &pb.RmAssignment{CustomerId: customer, RmId: fmt.Sprint("R", much), BranchPath: []string{"HQ", fmt.Sprint(when)}, EventTime: at, SourceSeq: much, BusinessDay: d}})
		case 27:
			l.Add(&pb.LogRecord{Complaint: &pb.Complaint{CustomerId: customer, ComplaintId: fmt.Sprint(much % 5), Open: when%2 == 0, EventTime: at, BusinessDay: d}})
		case 28:
			l.Add(&pb.LogRecord{Credit: &pb.CreditStatus{CustomerId: customer, AccountId: account, Dpd: int32(much), LimitMinor: 1000, EventTime: at, BusinessDay: d}})
		case 29:
			l.Add(&pb.LogRecord{Profile: &pb.CustomerProfile{CustomerId: customer, DisplayName: fmt.Sprint("W", much), PhoneTail: fmt.Sprint(when), EventTime: at, SourceSeq: much, BusinessDay: d}})
		case 30:
			if !second {
				l.Policy(policies[1], 2, day.MonthEnd(d+1)+1)
				second = true
			}
			l.TickAt(d, 43200+int64(when)*150)
		case 31:
			pass(int32(much % 24))
		}
		if what < 8 {
			pass(1)
		}
	}
	pass(1)
	return l
}

// life is a partition, its topic, and what it says.
type life struct {
	t     *testing.T
	part  *fold.Partition
	topic stateTopic
	said  map[string][]byte // by customer and kind
	out   fold.Outputs
	saves fold.Saves
}

func (l *life) keep() {
	for _, o := range l.out.List {
		key := fmt.Sprint(o.Customer, "/", o.Kind)
		l.said[key] = append(l.said[key], fmt.Sprintf("%d.%d:%x\n", o.Offset, o.Sub, o.Value)...)
	}
	l.out.Reset()
}

// play folds records first to last, and now and then saves some of what has changed; in
// the end all of it.
func (l *life) play(log [][]byte, first, last, every, chunk int) {
	for i := first; i < last; i++ {
		if err := l.part.Apply(int64(i), log[i], &l.out); err != nil {
			l.t.Fatalf("offset %d: %v", i, err)
		}
		l.part.Drain(chunk, &l.out)
		l.keep()
		if i%every == 0 {
			l.save(i%3, i+1)
		}
	}
	for l.part.Draining() && !l.part.Drain(1000, &l.out) {
	}
	l.keep()
	l.save(l.part.Unsaved(), last)
}

func (l *life) save(n, next int) {
	l.part.Save(n, &l.saves)
	l.part.SaveProgress(int64(next), &l.saves)
	l.topic.put(&l.saves)
}

func (l *life) restored() *fold.Partition {
	from := fold.NewLoading(fold.Options{Partition: 3, Saves: true})
	for _, r := range l.topic.list {
		from.Take(r.Key, r.Value)
	}
	p, _, err := from.Done()
	if err != nil {
		l.t.Fatalf("restore: %v", err)
	}
	return p
}

// anew is what a partition would save that had never saved anything.
func anew(p *fold.Partition, next int) map[string]string {
	var saves fold.Saves
	p.SaveAnew(int64(next), &saves)
	all := map[string]string{}
	for _, r := range saves.List {
		all[string(r.Key)] = string(r.Value)
	}
	return all
}

func savedAndRestored(t *testing.T, log [][]byte, cut, every, chunk int) {
	t.Helper()
	one := &life{t: t, part: fold.New(fold.Options{Partition: 3, Saves: true}), said: map[string][]byte{}}
	one.play(log, 0, cut, every, chunk)
	if cut%2 == 0 {
		one.topic.compact()
	}

	alike(t, "as it is restored", anew(one.part, cut), anew(one.restored(), cut))

	two := &life{t: t, part: one.restored(), topic: stateTopic{list: slices.Clone(one.topic.list)}}
	one.said, two.said = map[string][]byte{}, map[string][]byte{}
	one.play(log, cut, len(log), every, chunk)
	two.play(log, cut, len(log), every, chunk)
	compareSaid(t, fmt.Sprintf("restored behind record %d of %d", cut, len(log)), one.said, two.said)
	want := anew(one.part, len(log))
	alike(t, "when both have folded on", want, anew(two.part, len(log)))
	alike(t, "restored once more", want, anew(two.restored(), len(log)))
}

func alike(t *testing.T, when string, want, got map[string]string) {
	t.Helper()
	for key, w := range want {
		if got[key] != w {
			t.Fatalf("%s, record %q is %x, want %x", when, key, got[key], w)
		}
	}
	for key := range got {
		if _, ok := want[key]; !ok {
			t.Fatalf("%s, there is a record %q too many", when, key)
		}
	}
}
