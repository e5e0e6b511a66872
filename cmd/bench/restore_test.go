package main

import (
	"testing"

	"github.com/tierwatch/tierwatch/deploy/examples/demo"
	"github.com/tierwatch/tierwatch/pipeline/fold"
)

func TestOnlyTheLastRecordOfAKeyIsLeft(t *testing.T) {
	put := func(c *compacted, list ...[2]string) {
		s := &fold.Saves{}
		for _, r := range list {
			s.List = append(s.List, fold.Saved{Key: []byte(r[0]), Value: []byte(r[1])})
		}
		c.put(s)
	}
	var c compacted
	put(&c, [2]string{"a", "1"}, [2]string{"b", "1"}, [2]string{"c", "1"})
	put(&c, [2]string{"a", "2"}, [2]string{"b", ""})
	got := ""
	for _, r := range c.records() {
		got += string(r.Key) + string(r.Value) + " "
	}
	if got != "c1 a2 " {
		t.Errorf("left %q, want c as it was and then a as it is", got)
	}
}

// What is restored is all of the bank that was saved.
func TestWhatIsRestoredIsTheBank(t *testing.T) {
	b := &foldBench{customers: 200, events: 1000, days: 70, late: usualLate, shape: uniform, policy: demo.Policy}
	state, err := b.saved()
	if err != nil {
		t.Fatal(err)
	}
	l := fold.NewLoading(fold.Options{Saves: true})
	for _, r := range state {
		l.Take(r.Key, r.Value)
	}
	p, from, err := l.Done()
	if err != nil {
		t.Fatal(err)
	}
	j, err := newJournal()
	if err == nil {
		err = b.write(func(int) []*journal { return []*journal{j} })
	}
	if err != nil {
		t.Fatal(err)
	}
	if from != int64(j.records) {
		t.Errorf("the log goes on at %d, want its end, %d", from, j.records)
	}
	if n := p.Stats().Customers; int(n) != b.customers {
		t.Errorf("%d customers came back, want %d", n, b.customers)
	}
	if _, err := restored(state[:len(state)-1]); err == nil {
		t.Error("a state without its end is taken for whole")
	}
}
