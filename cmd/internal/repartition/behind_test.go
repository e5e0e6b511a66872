package repartition

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/tierwatch/tierwatch/cmd/internal/explaining"
	"github.com/tierwatch/tierwatch/cmd/internal/load"
	"github.com/tierwatch/tierwatch/cmd/internal/snapshot"
	"github.com/tierwatch/tierwatch/cmd/internal/trial"
	"github.com/tierwatch/tierwatch/deploy/kafkatest"
	"github.com/tierwatch/tierwatch/pipeline/fold"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
	"github.com/tierwatch/tierwatch/schemas/topics"
)

// closed is how many days are closed when the tests' snapshots are taken: alerts are open
// then, and the second policy is in force.
const closed = 60

// closedDays is a bank with a history of days, and its snapshot. What comes behind refers to
// what lies before: payments come twice, with another amount, as another version and are
// taken back, and reversals wait for what they take back.
func closedDays(t *testing.T, b *trial.Bank) *snapshot.Snapshot {
	t.Helper()
	back := b.Backfill(opened)
	b.Days(back, opened, opened, opened+closed-1)
	day := opened + int32(closed)
	for c := range 12 {
		who := fmt.Sprint("C", c)
		b.Put(back, b.Pay("old", who, day, int64(c+1)*1_000_00), b.Pay("older", who, day-9, int64(c+1)*300_00))
		b.Put(back, b.Pay("early", who, day, 40_00, undo("future", pb.ReversalKind_FULL)))
		if c%3 == 0 {
			b.Put(back, &pb.LogRecord{Override: &pb.TierOverride{
				CustomerId: who, Scheme: "card", Tier: "gold", UntilDay: day + 15, EventTime: b.Calendar.Cut(day) - 60, SourceSeq: 1, BusinessDay: day,
			}})
		}
	}
	b.Close(back, day)
	if err := back.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	return shot(t, b)
}

// undo makes a payment take another one back.
func undo(id string, kind pb.ReversalKind) func(*pb.Transaction) {
	return func(x *pb.Transaction) {
		x.TxnType, x.Direction, x.ReversalOf, x.ReversalKind = pb.TxnType_REVERSAL, pb.Direction_DEBIT, trial.Source+":"+id, kind
	}
}

// goesOn writes what comes behind the snapshot: until the day after which one is left.
func goesOn(t *testing.T, b *trial.Bank) {
	t.Helper()
	back := b.Backfill(opened)
	day := opened + int32(closed) + 1
	for c := range 12 {
		who, amount := fmt.Sprint("C", c), int64(c+1)*1_000_00
		switch c % 4 {
		case 0:
			b.Put(back, b.Pay("old", who, day-1, amount))
		case 1:
			b.Put(back, b.Pay("old", who, day-1, amount+1))
		case 2:
			b.Put(back, b.Pay("old", who, day-1, amount*2, func(x *pb.Transaction) { x.Version = 2 }))
		default:
			b.Put(back, b.Pay("undone", who, day, amount, undo("old", pb.ReversalKind_FULL)))
		}
		b.Put(back, b.Pay("older", who, day-10, int64(c+1)*300_00, func(x *pb.Transaction) { x.Status = pb.TxnStatus_REVERSED }))
		if c%2 == 0 {
			b.Put(back, b.Pay("future", who, day, 40_00))
		}
	}
	b.Days(back, opened, day, day+35)
	if err := back.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// shot is a snapshot of the newest day.
func shot(t *testing.T, b *trial.Bank) *snapshot.Snapshot {
	t.Helper()
	s, err := snapshot.Take(t.Context(), b.Deployment, snapshot.Options{
		Out: filepath.Join(t.TempDir(), "s"), Program: "test", Progress: func(string, int64, int64, int64) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// nexts are the offsets from which a log goes on behind a snapshot.
func nexts(s *snapshot.Snapshot) (list []int64) {
	for id := range s.Partitions {
		list = append(list, s.Next(int32(id)))
	}
	return list
}

// cutBehind deletes the log before a snapshot.
func cutBehind(t *testing.T, b *trial.Bank, s *snapshot.Snapshot) {
	t.Helper()
	var to kadm.Offsets
	for id, next := range nexts(s) {
		to.Add(kadm.Offset{Topic: b.Namespace.Topic(topics.Events), Partition: int32(id), At: next})
	}
	done, err := admin(t, b).DeleteRecords(t.Context(), to)
	if err == nil {
		err = done.Error()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// from are the options of a repartition from a snapshot.
func from(s *snapshot.Snapshot, out string, n int32, to topics.Namespace) *Options {
	o := quietly(n, to)
	o.From, o.Out, o.Program = s, out, "test"
	return o
}

// sound is a snapshot whose files are whole.
func sound(t *testing.T, dir string) *snapshot.Snapshot {
	t.Helper()
	s, err := snapshot.Open(dir)
	if err == nil {
		err = s.Check(0, func(int) {})
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestFromASnapshotItSaysTheSame: of each customer the fold of a log that was made from a
// snapshot says what that of the old one has said behind its CLOSE; and what is written
// into it has the outcome that it has in a bank that had so many partitions from its start.
func TestFromASnapshotItSaysTheSame(t *testing.T) {
	for _, n := range []int32{5, 2} {
		t.Run(fmt.Sprint("three to ", n), func(t *testing.T) {
			b, always := bank(t, 3), bank(t, int(n))
			s, same := closedDays(t, b), closedDays(t, always)
			goesOn(t, b)
			goesOn(t, always)
			b.Fold()
			b.Folded()
			cutBehind(t, b, s)
			out := filepath.Join(t.TempDir(), "new")
			now := repartitioned(t, b, from(s, out, n, ""))
			made := sound(t, out)
			if made.MadeOf != s.Digest || made.Epoch != 2 || made.Namespace != "tierwatch-e2" || made.Day != s.Day || len(made.Partitions) != int(n) {
				t.Errorf("the new snapshot: %+v", made.Manifest)
			}
			sameBefore(t, s, made)
			now.Fold()
			now.Folded()
			was := saidBehind(t, b, nexts(s))
			sameSaid(t, "behind the CLOSE", said(t, now), was)
			for _, topic := range []topics.ID{topics.Alerts, topics.TierChanges, topics.Snapshots, topics.Verdicts, topics.DLQ} {
				if !slices.ContainsFunc(keysOf(was), func(k string) bool { return strings.HasPrefix(k, string(topic)+" of ") }) {
					t.Errorf("nothing in %s is compared", topic)
				}
			}
			begins(t, now, s.Day)
			knowsAlerts(t, b, s, now, made)
			for _, bank := range []*trial.Bank{now, always} {
				back := bank.Backfill(opened)
				bank.Days(back, opened, opened+closed+38, opened+closed+60)
				if err := back.Handover(t.Context(), opened+closed+60); err != nil {
					t.Fatal(err)
				}
				if err := back.Release(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			always.Fold()
			always.Folded()
			now.Folded()
			sameSaid(t, "further days", said(t, now), saidBehind(t, always, nexts(same)))
			for c := range 12 {
				who := fmt.Sprint("C", c)
				if got, want := viewed(t, now, who, made, 0), viewed(t, always, who, same, 0); !reflect.DeepEqual(got.Schemes, want.Schemes) ||
					!reflect.DeepEqual(got.Accounts, want.Accounts) || len(got.Alerts) != len(want.Alerts) {
					t.Errorf("%s: %+v, want %+v", who, got, want)
				}
			}
			again(t, now, made)
		})
	}
}

// sameBefore wants two snapshots to tell a warehouse the same of the time before, but for
// the epoch and the terms.
func sameBefore(t *testing.T, s, made *snapshot.Snapshot) {
	t.Helper()
	was, err := s.Beginning()
	if err != nil {
		t.Fatal(err)
	}
	is, err := made.Beginning()
	if err != nil {
		t.Fatal(err)
	}
	if len(was.Records) < 3 || len(is.Records) != len(was.Records) || is.Day != s.Day || is.Cut != was.Cut || is.Term != 0 {
		t.Fatalf("before the new log: %+v, before the old one: %+v", is, was)
	}
	for i, r := range was.Records {
		r = unsigned(r)
		if r.Engine != nil {
			r.Engine.Epoch = made.Epoch
		}
		if !is.Records[i].EqualVT(r) {
			t.Errorf("before the new log: %v, want %v", is.Records[i], r)
		}
	}
}

// knowsAlerts wants those that were open at the CLOSE to be shown of both logs, of the
// second without the text that it does not have.
func knowsAlerts(t *testing.T, b *trial.Bank, s *snapshot.Snapshot, now *trial.Bank, made *snapshot.Snapshot) {
	t.Helper()
	n := 0
	for c := range 12 {
		who := fmt.Sprint("C", c)
		was, is := viewed(t, b, who, s, s.Day).Alerts, viewed(t, now, who, made, s.Day).Alerts
		n += len(was)
		for i := range was {
			if was[i].TextEn == "" || i >= len(is) || is[i].TextEn != "" {
				t.Errorf("alerts of %s: %+v, of the old log %+v", who, is, was)
				break
			}
			was[i].TextEn, was[i].TextZh, was[i].ActBy = "", "", ""
		}
		if !slices.Equal(is, was) {
			t.Errorf("alerts of %s: %+v, of the old log %+v", who, is, was)
		}
	}
	if n == 0 {
		t.Error("no alert is open at the CLOSE")
	}
}

// viewed is what explain shows of a customer, at a closed day or now (0).
func viewed(t *testing.T, b *trial.Bank, who string, s *snapshot.Snapshot, at int32) *explaining.View {
	t.Helper()
	x, alerts, err := explaining.Replay(t.Context(), b.Deployment, explaining.Question{Customer: who, At: at, From: s}, func(int64, int64) {})
	if err != nil {
		t.Fatal(err)
	}
	return explaining.New(x, alerts, "CNY")
}

func keysOf(m map[string][]string) (list []string) {
	for k := range m {
		list = append(list, k)
	}
	return list
}

// begins wants a log that begins behind a CLOSE, which is not there any more, and time in
// it as of one writer.
func begins(t *testing.T, b *trial.Bank, day int32) {
	t.Helper()
	for id, list := range records(t, b, topics.Events) {
		if list[0].Offset != 1 {
			t.Errorf("partition %d begins at offset %d", id, list[0].Offset)
		}
		closed, ticked := day, int64(0)
		for _, r := range list {
			rec := new(pb.LogRecord)
			if err := rec.UnmarshalVT(r.Value); err != nil {
				t.Fatal(err)
			}
			switch {
			case len(r.Key) > 0:
				continue
			case termOf(rec) != 0, rec.Engine != nil, rec.Policy != nil:
				t.Errorf("partition %d, offset %d: %v", id, r.Offset, rec)
			case rec.Tick != nil:
				if rec.Tick.At <= ticked {
					t.Errorf("partition %d, offset %d: a TICK without effect", id, r.Offset)
				}
				ticked = rec.Tick.At
			case rec.Close != nil:
				if closed++; rec.Close.Day != closed {
					t.Errorf("partition %d, offset %d: CLOSE of %d, want %d", id, r.Offset, rec.Close.Day, closed)
				}
			}
		}
	}
}

// again makes a third log of a log that was made from a snapshot; and wants it to be
// refused without one, as any log that was cut.
func again(t *testing.T, b *trial.Bank, made *snapshot.Snapshot) {
	t.Helper()
	b.Rest()
	refuses(t, b, quietly(4, ""), ErrCut, "begins at offset 1", "--from")
	was := said(t, b)
	third := repartitioned(t, b, from(made, filepath.Join(t.TempDir(), "third"), 4, ""))
	third.Fold()
	third.Folded()
	sameSaid(t, "the third log", said(t, third), was)
	if third.Namespace != "tierwatch-e3" {
		t.Errorf("the third log is %s", third.Namespace)
	}
}

// TestFromASnapshotKilledAnywhere: ended between any two steps, in the midst of the state
// and of the copy, the same command makes the same log, snapshot and state.
func TestFromASnapshotKilledAnywhere(t *testing.T) {
	b := bank(t, 3)
	s := closedDays(t, b)
	goesOn(t, b)
	cutBehind(t, b, s)
	dir := t.TempDir()
	whole := repartitioned(t, b, from(s, filepath.Join(dir, "whole"), 5, "whole"))
	want := bytesOf(t, whole, topics.Events)
	undone(t, b)

	const to = topics.Namespace("killed")
	out, put := filepath.Join(dir, "killed"), 0
	for _, stage := range []string{StageState, StagePut} { // in the second partition
		ctx, cancel := context.WithCancel(t.Context())
		o := from(s, out, 5, to)
		o.Progress = func(at string, done, _ int64) {
			if at == stage && done > 0 {
				cancel()
			}
		}
		if _, _, err := Run(ctx, b.Deployment, o); !errors.Is(err, context.Canceled) {
			t.Fatalf("while %s: %v", stage, err)
		}
		cancel()
		if stage == StagePut {
			put = len(records(t, b.At(to, 5), topics.State)[0])
		}
		if _, err := os.Stat(out); stage == StageState && !errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("half a snapshot: %v", err)
		}
	}
	for _, step := range steps {
		o := from(s, out, 5, to)
		o.between = func(name string) error {
			if name == step.name {
				return errKilled
			}
			return nil
		}
		if _, _, err := Run(t.Context(), b.Deployment, o); !errors.Is(err, errKilled) {
			t.Fatalf("before %q: %v", step.name, err)
		}
		if step.name != "copy the log" {
			continue
		}
		for n := int64(3); n+7 < int64(len(want)); n += 150 {
			killedCopying(t, b, from(s, out, 5, to), n)
		}
	}
	made := repartitioned(t, b, from(s, out, 5, to))
	if got := bytesOf(t, made, topics.Events); !slices.Equal(got, want) {
		t.Errorf("%d records, want %d: %v", len(got), len(want), firstOther(got, want))
	}
	if n := len(records(t, made, topics.State)[0]); n != put || n == 0 {
		t.Errorf("the state of a partition was put in its place twice: %d records, and %d before", n, put)
	}
	one, two := sound(t, filepath.Join(dir, "whole")), sound(t, out)
	for id := range two.Partitions {
		if a, b := stateOf(t, one, int32(id)), stateOf(t, two, int32(id)); !slices.Equal(a, b) {
			t.Errorf("partition %d of the snapshot: %s", id, firstOther(b, a))
		}
	}
	for _, b := range []*trial.Bank{whole, made} {
		b.Fold()
		b.Folded()
	}
	sameSaid(t, "killed", said(t, made), said(t, whole))
	if p, _, err := Run(t.Context(), b.Deployment, from(s, out, 5, to)); err != nil || !p.Done {
		t.Errorf("once more: %+v, %v", p, err)
	}
}

// stateOf is what a snapshot has of a partition, as text.
func stateOf(t *testing.T, s *snapshot.Snapshot, id int32) (list []string) {
	t.Helper()
	if err := s.Read(id, func(key, value []byte) { list = append(list, fmt.Sprintf("%q %x", key, value)) }); err != nil {
		t.Fatal(err)
	}
	return list
}

// TestWhatCannotBeFromASnapshotIsRefused, each with its remedy, and the log stays in use.
func TestWhatCannotBeFromASnapshotIsRefused(t *testing.T) {
	b := bank(t, 3)
	s := closedDays(t, b)
	goesOn(t, b)
	dir := t.TempDir()
	out := filepath.Join(dir, "new")
	other := bank(t, 3)
	closedDays(t, other)
	other.Days(other.Backfill(opened), opened, opened+closed+1, opened+closed+2)
	foreign := shot(t, other)
	refuses(t, b, from(foreign, out, 5, ""), snapshot.ErrOther, "the log has none")
	two := closedDays(t, bank(t, 2))
	refuses(t, b, from(two, out, 5, ""), snapshot.ErrOther, "is of 2 partitions, the log has 3")
	taken := shot(t, b)
	refuses(t, b, from(s, taken.Dir, 5, ""), snapshot.ErrTaken, "another snapshot than the one of", "name a new directory")
	trial.Write(t, dir, "mine", "text")
	refuses(t, b, from(s, dir, 5, ""), os.ErrExist, "not empty")
	if err := b.Control().NoteFile(t.Context(), &pb.LoadedFile{Sha256: "half", Name: "core.csv", Position: 7, Load: []string{"half"}}); err != nil {
		t.Fatal(err)
	}
	refuses(t, b, from(s, out, 5, ""), ErrNothing, "a load of core.csv was interrupted", "bring it to its end", "`tierwatch load --give-up FILE`")
	if _, err := load.GiveUp(t.Context(), b.Control(), []string{"core.csv"}); err != nil {
		t.Fatal(err)
	}
	path := s.Path(1)
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	damaged := slices.Clone(file)
	damaged[len(damaged)/2] ^= 1
	if err := os.WriteFile(path, damaged, 0o600); err != nil {
		t.Fatal(err)
	}
	refuses(t, b, from(s, out, 5, ""), snapshot.ErrDamaged, path, "copy it again")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	if left := b.Control().Table().Left; left != nil {
		t.Errorf("the log was left: %v", left)
	}
	if _, err := os.Stat(out); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a snapshot was made: %v", err)
	}

	newer := shot(t, b)
	twin := otherwise(t, b, newer)
	cutBehind(t, b, newer)
	refuses(t, b, from(s, out, 5, ""), snapshot.ErrCut, "name a newer snapshot")
	stops := from(newer, out, 5, "")
	stops.between = func(name string) error {
		if name == "copy the log" {
			return errKilled
		}
		return nil
	}
	refuses(t, b, stops, errKilled)
	refuses(t, b, quietly(5, ""), ErrCut)
	refuses(t, b, from(twin, out, 5, ""), ErrOther, "from another snapshot")
	now := b.At("tierwatch-e2", 5)
	if err := now.Control().Table().Writable(); err == nil || !strings.Contains(err.Error(), "--from SNAPSHOT --out DIR --yes") {
		t.Errorf("a writer of the unfinished log: %v", err)
	}
}

// otherwise is a snapshot of the same day, taken by another version of the program.
func otherwise(t *testing.T, b *trial.Bank, of *snapshot.Snapshot) *snapshot.Snapshot {
	t.Helper()
	s, err := snapshot.Take(t.Context(), b.Deployment, snapshot.Options{
		Out: filepath.Join(t.TempDir(), "s"), From: of, Program: "other", Progress: func(string, int64, int64, int64) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestADayThatAWriterHalfClosedIsNoBeginning: partitions that have a CLOSE of different
// writers do not stand at one place of the log.
func TestADayThatAWriterHalfClosedIsNoBeginning(t *testing.T) {
	b := bank(t, 3)
	lived(t, b, 10, true) // the last day's
	s := shot(t, b)
	out := filepath.Join(t.TempDir(), "new")
	refuses(t, b, from(s, out, 5, ""), fold.ErrParted, "the writer of the CLOSE is that of the term", "in partition 1", "make one of another day")
	if left := b.Control().Table().Left; left != nil {
		t.Errorf("the log was left: %v", left)
	}
	before, err := snapshot.Take(t.Context(), b.Deployment, snapshot.Options{
		Out: filepath.Join(t.TempDir(), "s"), Day: opened + 10, Program: "test", Progress: func(string, int64, int64, int64) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	b.Fold()
	b.Folded()
	now := repartitioned(t, b, from(before, out, 5, ""))
	now.Fold()
	now.Folded()
	sameSaid(t, "with a half closed day behind it", said(t, now), saidBehind(t, b, nexts(before)))
}

// TestWhatHasNoEffectBehindTheCLOSE: what the log held before is known to the copy, so
// that a writer who had been replaced, and a day or a time that had come, are left out.
func TestWhatHasNoEffectBehindTheCLOSE(t *testing.T) {
	b := bank(t, 3)
	b.PublishRate(opened, "USD", 7) // so that the writer's term is not 0
	s := closedDays(t, b)
	term := b.Control().Table().Backfill.Offset
	for id := range b.Partitions {
		appendTo(t, b, id,
			&pb.LogRecord{Close: &pb.Close{Term: term, Day: s.Day, Cut: b.Calendar.Cut(s.Day)}},
			&pb.LogRecord{Tick: &pb.Tick{Term: term, At: b.Calendar.Cut(s.Day - 2), BusinessDay: s.Day - 1, UtcOffset: 8 * 3600}},
			&pb.LogRecord{Close: &pb.Close{Term: 0, Day: s.Day + 9, Cut: b.Calendar.Cut(s.Day + 9)}},
		)
	}
	goesOn(t, b)
	b.Fold()
	b.Folded()
	now := repartitioned(t, b, from(s, filepath.Join(t.TempDir(), "new"), 5, ""))
	begins(t, now, s.Day)
	now.Fold()
	now.Folded()
	sameSaid(t, "behind the CLOSE", said(t, now), saidBehind(t, b, nexts(s)))
}

// TestTheFoldMustNotRunYet: a fold of the new log that was started before its state is
// there would begin with nothing.
func TestTheFoldMustNotRunYet(t *testing.T) {
	b := bank(t, 3)
	s := closedDays(t, b)
	out := filepath.Join(t.TempDir(), "new")
	o := from(s, out, 5, "")
	o.between = func(name string) error {
		if name != "put the state in place" {
			return nil
		}
		now := b.At("tierwatch-e2", 5)
		now.Fold()
		group := now.Namespace.Group("fold")
		kafkatest.Until(t, "the fold joined", func() bool {
			found, err := admin(t, b).DescribeGroups(t.Context(), group)
			return err == nil && len(found[group].Members) > 0
		})
		return nil
	}
	refuses(t, b, o, ErrRunning, "stop the role fold of tierwatch-e2")
}
