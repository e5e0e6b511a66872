package worker

import (
	"errors"
	"fmt"
	"hash/fnv"
	"sort"
	"strings"

	"github.com/tierwatch/tierwatch/pipeline/fold"
)

// fakeFold counts the records of each customer and says so. Its drain tells
// every customer's count under the control record; a customer with a record of
// his own meanwhile is told first, as the real fold does.
//
// Records: "r<customer>" counts; tickTag is a tick; closeTag closes; "e" is an
// error, "p" panics.
type fakeFold struct {
	partition int32
	count     map[string]int
	last      map[string]int64 // control offset last drained
	cursor    fold.Cursor
	order     []string
}

const closeTag = "\x8a"

func newFakeFold(partition int32) *fakeFold {
	return &fakeFold{partition: partition, count: map[string]int{}, last: map[string]int64{}}
}

func fakeHash(customer string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(customer))
	return h.Sum64()
}

func (f *fakeFold) Apply(offset int64, value []byte, out *fold.Outputs) error {
	v := string(value)
	switch {
	case strings.HasPrefix(v, "r"):
		c := v[1:]
		if f.cursor.Draining && f.count[c] > 0 {
			f.close(c, out)
		}
		f.count[c]++
		f.say(out, fold.KindAlert, c, offset, fmt.Sprintf("%s #%d @%d", c, f.count[c], offset))
		if f.cursor.Draining && f.count[c] == 1 {
			f.last[c] = f.cursor.ControlOffset // born after the close
		}
	case v == closeTag:
		for !f.Drain(7, out) {
		}
		f.cursor = fold.Cursor{Draining: true, ControlOffset: offset}
		f.order = f.order[:0]
		for c := range f.count {
			f.order = append(f.order, c)
		}
		sort.Slice(f.order, func(i, j int) bool {
			hi, hj := fakeHash(f.order[i]), fakeHash(f.order[j])
			return hi < hj || hi == hj && f.order[i] < f.order[j]
		})
	case v == "e":
		f.say(out, fold.KindAlert, "nobody", offset, "must not be seen")
		return errors.New("cannot read")
	case v == "p":
		f.say(out, fold.KindAlert, "nobody", offset, "must not be seen")
		panic("broken")
	case value[0] == tickTag:
	default:
		return fmt.Errorf("unknown record %q", v)
	}
	return nil
}

func (f *fakeFold) close(c string, out *fold.Outputs) {
	if f.last[c] >= f.cursor.ControlOffset && f.last[c] > 0 {
		return
	}
	f.last[c] = f.cursor.ControlOffset
	f.say(out, fold.KindSnapshot, c, f.cursor.ControlOffset, fmt.Sprintf("%s closed with %d @%d", c, f.count[c], f.cursor.ControlOffset))
}

func (f *fakeFold) say(out *fold.Outputs, k fold.Kind, customer string, offset int64, text string) {
	out.List = append(out.List, fold.Output{Kind: k, Customer: customer, Value: []byte(text), Offset: offset})
}

func (f *fakeFold) Draining() bool      { return f.cursor.Draining }
func (f *fakeFold) Cursor() fold.Cursor { return f.cursor }
func (f *fakeFold) Clock() fold.Clock   { return fold.Clock{} }

func (f *fakeFold) Drain(n int, out *fold.Outputs) bool {
	if !f.cursor.Draining {
		return true
	}
	for ; n > 0 && len(f.order) > 0; n-- {
		c := f.order[0]
		f.order = f.order[1:]
		f.close(c, out)
		f.cursor.LastHash, f.cursor.LastCustomer = fakeHash(c), c
	}
	if len(f.order) == 0 {
		f.cursor = fold.Cursor{}
		return true
	}
	return false
}

// HoldsTicks and HoldsAll implement Fold: only a CLOSE is drained.
func (f *fakeFold) HoldsTicks() bool { return false }
func (f *fakeFold) HoldsAll() bool   { return false }
func (f *fakeFold) Visiting() bool   { return false }

// Warm implements Fold: there is nothing to read ahead.
func (f *fakeFold) Warm([][]byte) {}

func (f *fakeFold) DrainThrough(to fold.Cursor, out *fold.Outputs) {
	hash, customer := to.LastHash, to.LastCustomer
	for f.cursor.Draining && len(f.order) > 0 {
		h, c := fakeHash(f.order[0]), f.order[0]
		if h > hash || h == hash && c > customer {
			return
		}
		f.Drain(1, out)
	}
}
